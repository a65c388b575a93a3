"""Train the attribute head of a published checkpoint: features once, then one linear layer for all attributes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from core.checkpoints import Checkpoint
from core.datasets import Source
from core.errors import CheckpointError
from core.evaluation.calibration import fit_temperature
from core.evaluation.metrics.calibration import negative_log_likelihood
from core.evaluation.probabilities import Floats, temperature_scaled
from core.inference.features import features_of
from core.inference.reader import Reader
from core.morphology.attributes import ATTRIBUTES, OUTPUTS, columns
from core.morphology.head import PREDICTIONS, AttributeCard, HeadCard, softmaxes, write_head
from core.morphology.predictions import AttributePredictions, predictions_of
from core.morphology.wbcatt import CITATION, LICENCE, AnnotatedCells, value_counts
from core.progress import Progress, silent
from core.training.provenance import versions

PENALTIES = (10.0, 3.0, 1.0, 3e-1, 1e-1, 1e-2, 1e-3)
"""On half the mean square of the weights; each attribute takes the one with the least loss on validation."""

STEPS = 60
AIM = 0.95
"""Share of sure values that should be right on validation. Two people agree on 89 to 99 % of the cells."""

NEVER = 1.01
"""A probability that no value reaches."""


@dataclass(frozen=True, eq=False)
class FittedHead:
    """weight (F, 31) and bias (31,) on features as they come; of each attribute temperature, threshold and penalty."""

    weight: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]
    temperatures: Floats
    sure_from: Floats
    penalties: Floats

    def probabilities(self, features: npt.NDArray[np.float32]) -> Floats:
        return softmaxes(features @ self.weight + self.bias, self.temperatures)


def fit(
    train: npt.NDArray[np.float32],
    values: npt.NDArray[np.int8],
    val: npt.NDArray[np.float32],
    val_values: npt.NDArray[np.int8],
    progress: Progress = silent,
) -> FittedHead:
    """A multinomial logistic regression for each attribute, its penalty and temperature chosen on validation.

    train (N, F) and val (M, F) features; values (N, 11), val_values (M, 11) numbers of the values.
    """
    centre, spread = train.mean(axis=0), train.std(axis=0)
    spread = np.where(spread > 1e-6, spread, 1).astype(np.float32)
    inputs = torch.from_numpy((train - centre) / spread)
    targets = torch.from_numpy(values.astype(np.int64))
    weight, bias = torch.zeros(train.shape[1], OUTPUTS), torch.zeros(OUTPUTS)
    best = [(np.inf, 0.0)] * len(ATTRIBUTES)
    chosen = np.zeros((train.shape[1], OUTPUTS), np.float32), np.zeros(OUTPUTS, np.float32)
    for done, penalty in enumerate(PENALTIES, start=1):
        # Each begins where the stronger one before it ended.
        weight, bias = _minimised(inputs, targets, weight, bias, penalty)
        probabilities = softmaxes((val - centre) / spread @ weight.numpy() + bias.numpy(), np.ones(len(ATTRIBUTES)))
        for number, part in enumerate(columns()):
            loss = float(negative_log_likelihood(probabilities[:, part], val_values[:, number]))
            if loss < best[number][0]:
                best[number] = loss, penalty
                chosen[0][:, part], chosen[1][part] = weight.numpy()[:, part], bias.numpy()[part]
        progress(done, len(PENALTIES))
    weight_16 = (chosen[0] / spread[:, None]).astype(np.float16).astype(np.float32)
    return _calibrated(
        weight_16, chosen[1] - centre @ weight_16, val, val_values, np.array([penalty for _, penalty in best])
    )


def _minimised(inputs: Tensor, targets: Tensor, weight: Tensor, bias: Tensor, penalty: float) -> tuple[Tensor, Tensor]:
    """Weights of least penalised loss; the attributes do not touch each other, so each is at its own least.

    A convex fit by L-BFGS to its end, in seconds: nothing for the engine of core.training to stop or go on with.
    """
    weight, bias = weight.clone().requires_grad_(), bias.clone().requires_grad_()
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=STEPS, history_size=10, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        logits = inputs @ weight + bias
        parts = [
            torch.nn.functional.cross_entropy(logits[:, part], targets[:, number])
            for number, part in enumerate(columns())
        ]
        total = torch.stack(parts).sum() + penalty / 2 * (weight**2).sum()
        total.backward()
        return total

    optimizer.step(loss)
    return weight.detach(), bias.detach()


def _calibrated(
    weight: npt.NDArray[np.float32],
    bias: npt.NDArray[np.float32],
    val: npt.NDArray[np.float32],
    values: npt.NDArray[np.int8],
    penalties: Floats,
) -> FittedHead:
    logits = val @ weight + bias
    temperatures, sure_from = calibrate(softmaxes(logits, np.ones(len(ATTRIBUTES))), values)
    return FittedHead(weight, bias.astype(np.float32), temperatures, sure_from, penalties)


def calibrate(raw: Floats, values: npt.NDArray[np.int8]) -> tuple[Floats, Floats]:
    """(11,) temperatures and (11,) least probabilities of a sure value. raw: (M, 31) of validation cells."""
    temperatures, sure_from = [], []
    for number, part in enumerate(columns()):
        temperatures.append(fit_temperature(raw[:, part], values[:, number].astype(np.intp)))
        probabilities = temperature_scaled(raw[:, part], temperatures[-1])
        sure_from.append(sure_threshold(probabilities.max(axis=1), probabilities.argmax(axis=1) == values[:, number]))
    return np.array(temperatures), np.array(sure_from)


def sure_threshold(confidence: Floats, right: npt.NDArray[np.bool_]) -> float:
    """The least probability from which on AIM of the values are right, NEVER where none is.

    confidence: (M,) of the likeliest value; right: (M,).
    """
    order = np.argsort(-confidence, kind="stable")
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(share >= AIM)
    return round(float(confidence[order][good[-1]]) - 5e-5, 4) if len(good) else NEVER


def cell_features(
    checkpoint: Checkpoint, source: Source, cells: AnnotatedCells, progress: Progress = silent
) -> npt.NDArray[np.float32]:
    """(N, F) features of the annotated cells, in their order."""
    return features_of(Reader(checkpoint.lead), source, cells.keys, progress)


def publish_head(
    checkpoint: Checkpoint, source: Source, cells: AnnotatedCells, features: npt.NDArray[np.float32], progress: Progress
) -> AttributePredictions:
    """Train on our split and write head, card and the table of validation and test beside the lead's weights.

    CheckpointError where the cells are split otherwise than those that the network learned from.
    """
    lead = checkpoint.lead
    if lead.card.trained.split_hash != source.split_hash():
        raise CheckpointError(f"{lead.name} learned from another split of these cells, so a head would not be tested.")
    train, val = (cells.where("split", split) for split in ("train", "val"))
    fitted = fit(features[train], cells.values[train], features[val], cells.values[val], progress)
    labels = [str(label) for label in cells.table["label"].iloc[train]]
    card = HeadCard(
        weights_sha256=lead.card.sha256,
        sha256="",
        features=features.shape[1],
        attributes=tuple(_attribute_cards(fitted)),
        expected=value_counts(labels, cells.values[train]),
        source=source.spec.name,
        split_hash=source.split_hash(),
        counts={split: len(cells.where("split", split)) for split in ("train", "val", "test")},
        citation=CITATION,
        licence=LICENCE,
        versions=versions(),
    )
    head = write_head(lead.folder, fitted.weight, fitted.bias, card)
    rows = np.concatenate([val, cells.where("split", "test")])
    predictions = predictions_of(cells, rows, "split", head.probabilities(features[rows]), lead.card.sha256)
    predictions.write(lead.folder / PREDICTIONS)
    return predictions


def _attribute_cards(fitted: FittedHead) -> Sequence[AttributeCard]:
    return [
        AttributeCard(
            key=attribute.key,
            values=attribute.values,
            temperature=float(fitted.temperatures[number]),
            sure_from=float(fitted.sure_from[number]),
            aim=AIM,
            penalty=float(fitted.penalties[number]),
        )
        for number, attribute in enumerate(ATTRIBUTES)
    ]


def on_authors_split(
    checkpoint: Checkpoint, cells: AnnotatedCells, features: npt.NDArray[np.float32], progress: Progress
) -> AttributePredictions:
    """A head trained, chosen and tested on the authors' parts. Its features come from a network that learned from
    our training cells, of which most of the authors' test cells are: its figures flatter, and are said to."""
    parts = {part: cells.where("part", part) for part in ("train", "val", "test")}
    fitted = fit(
        features[parts["train"]],
        cells.values[parts["train"]],
        features[parts["val"]],
        cells.values[parts["val"]],
        progress,
    )
    test = parts["test"]
    return predictions_of(cells, test, "part", fitted.probabilities(features[test]), checkpoint.lead.card.sha256)
