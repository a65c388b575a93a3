"""From a finished run to a checkpoint: rounded weights, calibration, OOD score, predictions and the card."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file as save_arrays
from safetensors.torch import save_file as save_tensors
from torch import Tensor, nn

from core.checkpoints import Card, Checkpoint, Preprocessing, Trained, open_checkpoint, sha256_of
from core.datasets import Source
from core.datasets.leaks import fingerprints
from core.errors import CheckpointError
from core.evaluation.calibration import Calibration
from core.evaluation.results.predictions import stacked
from core.imaging.windows import WINDOW
from core.inference.reader import Reader
from core.inference.sources import assess
from core.models.features import compute_stage_features, head_width, stage_names
from core.ood.scores import OodScore
from core.ood.training_features import batches, training_features
from core.progress import Progress
from core.publishing.calibration import calibrated
from core.publishing.drafting import drafted
from core.training.classifier import ClassifierTrainer
from core.training.data import Images
from core.training.provenance import versions

INTENDED_USE = "Research and teaching on images of stained blood smears. Not for diagnosis."
LIMITS = (
    "Learned from single cells of one laboratory, one stain and one instrument; figures are for cells, not for "
    "patients, and optimistic for it. Cells of other laboratories are read far worse."
)

LIMITS_OF_SEVERAL = (
    "Learned from single cells of a few laboratories, of which three gave some hundred cells each; figures are for "
    "cells, not for patients, and optimistic for it. Laboratories that it did not learn from are read worse."
)


def publish(
    trainer: ClassifierTrainer,
    source: Source,
    title: str,
    target: Path,
    progress: Progress,
    others: Sequence[Source] = (),
) -> Checkpoint:
    """Write the checkpoint of a finished run to the folder `target`, replacing what was there.

    source: the one whose classes it tells apart; others: those that it learned from beside it. The fp16 weights are
    what everything after is measured with. Written beside and moved into place.
    """
    with drafted(target) as draft:
        net = trainer.best()
        parameters = save_weights(net, draft)
        shutil.copy(trainer.folder / "history.csv", draft / "history.csv")
        card = _card(trainer, source, title, target.name, parameters, sha256_of(draft / "weights.safetensors"))
        if others:
            also = tuple(trained_on(one) for one in others)
            card = card.model_copy(update={"trained_also": also, "limits": LIMITS_OF_SEVERAL})
        checkpoint = Checkpoint(draft, card)
        card = card.model_copy(update={"statistics_sha256": _save_statistics(checkpoint, trainer)})
        checkpoint = replace(checkpoint, card=card)
        raw = stacked([assess(Reader(checkpoint), one, progress=progress).table for one in (source, *others)])
        told, fitted = calibrated(raw)
        told.write(draft / "predictions.parquet")
        write_card(draft, fitted.on(card))
    return open_checkpoint(target)


def save_weights(net: nn.Module, folder: Path) -> int:
    """weights.safetensors in fp16, counters of batches left out. Returns the number of parameters.

    CheckpointError where a weight does not fit into fp16.
    """
    tensors: dict[str, Tensor] = {}
    for name, value in net.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        tensors[name] = value.detach().cpu().to(torch.float16).contiguous()
        if not bool(torch.isfinite(tensors[name]).all()):
            raise CheckpointError(f"The weights {name} are too large to be kept in 16 bits.")
    save_tensors(tensors, folder / "weights.safetensors")
    return sum(parameter.numel() for parameter in net.parameters())


def write_card(folder: Path, card: Card) -> None:
    """card.json, and the folder's files made readable for all (safetensors writes them for their owner alone)."""
    for file in folder.iterdir():
        file.chmod(0o644)
    (folder / "card.json").write_text(card.model_dump_json(indent=2) + "\n", "utf-8")


def trained_on(source: Source) -> Trained:
    counts = source.index["split"].value_counts().to_dict()
    return Trained(
        source=source.spec.name,
        split_hash=source.split_hash(),
        counts={str(split): int(count) for split, count in sorted(counts.items())},
        licence=source.spec.licence,
        citation=source.spec.citation,
    )


def _card(trainer: ClassifierTrainer, source: Source, title: str, name: str, parameters: int, sha256: str) -> Card:
    recipe = trainer.recipe
    mean, std = trainer.start.mean, trainer.start.std
    return Card(
        task="classify",
        name=name,
        title=title,
        architecture=recipe.architecture,
        label_space=trainer.data.space.name,
        preprocessing=Preprocessing(
            window=WINDOW, size=recipe.input_size, mean=mean, std=std, symmetries=recipe.symmetries
        ),
        trained=trained_on(source),
        recipe=recipe.model_dump(mode="json"),
        began_from=trainer.start.description,
        calibration=Calibration(),
        answering=None,
        training=trainer.summary(),
        versions=versions(),
        parameters=parameters,
        intended_use=INTENDED_USE,
        limits=LIMITS,
        sha256=sha256,
        statistics_sha256=None,
    )


def _save_statistics(checkpoint: Checkpoint, trainer: ClassifierTrainer) -> str:
    """Fit and write the OOD score and the fingerprints; returns the file's sha256."""
    train, val = trainer.data.train, trainer.data.val
    net, wanted = checkpoint.model(), checkpoint.preprocessing
    names = stage_names(checkpoint.spec.name, len(checkpoint.space), wanted.size)

    def extract(crops: list[np.ndarray]) -> np.ndarray:
        return compute_stage_features(net, checkpoint.spec, names, crops, wanted.mean, wanted.std)[0]

    fitted_on = training_features(extract, _each(train), len(train), trainer.recipe.augment)
    val_features = np.concatenate([extract(part) for part in batches(_each(val))])
    score = OodScore.fit(fitted_on.features, fitted_on.all_outliers(), val_features, head_width(net, checkpoint.spec))
    pixels = np.concatenate([_pixels(train, first) for first in range(0, len(train), 512)])
    path = checkpoint.folder / "statistics.safetensors"
    save_arrays(score.tensors() | {"fingerprints": fingerprints(pixels)}, path)
    return sha256_of(path)


def _pixels(images: Images, first: int) -> np.ndarray:
    rows = np.arange(first, min(first + 512, len(images)))
    pixels: np.ndarray = images.pixels[rows]
    return pixels


def _each(images: Images) -> Iterator[np.ndarray]:
    """The unaugmented pictures one after another, (S, S, 3) uint8."""
    for first in range(0, len(images), 512):
        yield from _pixels(images, first)
