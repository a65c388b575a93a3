"""How a model reads each laboratory: balanced accuracy among the white cells that all of them have."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.errors import CheckpointError
from core.evaluation.alignment import align, in_space
from core.evaluation.bootstrap import resampled_counts
from core.evaluation.intervals import Interval, percentile_interval
from core.evaluation.metrics.accuracy import accuracy
from core.evaluation.metrics.sensitivity import balanced_accuracy
from core.evaluation.results.predictions import Predictions
from core.labels import WBC5, LabelSpace

FEW = 20
"""Images of a class below which a laboratory says little of it."""


@dataclass(frozen=True)
class LabScore:
    """A model on n images of one source; intervals are 95 % bootstrap ones that draw whole photos, scenes or videos
    where images share them. present: classes that occur; thin: those of them with fewer than FEW images.

    confusion: (K, K) counts, rows true. balanced: mean sensitivity over the classes that occur.
    """

    source: str
    lab: str
    n: int
    units: int
    present: int
    thin: tuple[str, ...]
    balanced: Interval
    accuracy: Interval
    confusion: npt.NDArray[np.int64]


def among_five(predictions: Predictions, space: LabelSpace) -> Predictions:
    """Predictions of a model among the five white cells: its likeliest class of these, other cells left out.

    CheckpointError where none of the cells is one of them.
    """
    return in_space(predictions, space, WBC5)


def white_cells_of(predictions: Predictions) -> Predictions:
    """The same cells with the predictions as they are, so that a white cell called a platelet is read wrongly.

    CheckpointError where none of the cells is one of the five.
    """
    rows = predictions.table["label"].isin(WBC5.keys).to_numpy()
    if not rows.any():
        raise CheckpointError(f"None of these cells is of a class of {WBC5.title}.")
    return Predictions(predictions.table[rows])


def lab_score(predictions: Predictions) -> LabScore:
    """Figures of the predictions for the images of one source."""
    k = len(predictions.classes)
    cells = predictions.labels * k + predictions.predicted
    groups = predictions.groups
    counts = np.bincount(cells, minlength=k * k).reshape(k, k).astype(np.int64)
    drawn = resampled_counts(cells, k * k, groups).reshape(-1, k, k)
    of_class = counts.sum(1)
    return LabScore(
        source=str(predictions.table["source"].iloc[0]),
        lab=str(predictions.table["lab"].iloc[0]),
        n=len(predictions),
        units=len(predictions) if groups is None else len(np.unique(groups)),
        present=int((of_class > 0).sum()),
        thin=tuple(key for key, n in zip(predictions.classes, of_class, strict=True) if 0 < n < FEW),
        balanced=percentile_interval(float(balanced_accuracy(counts)), np.asarray(balanced_accuracy(drawn))),
        accuracy=percentile_interval(float(accuracy(counts)), np.asarray(accuracy(drawn))),
        confusion=counts,
    )


def by_lab(
    predictions: Predictions, space: LabelSpace, labs: Iterable[str], *, split: str | None = "test", shared: bool = True
) -> dict[str, LabScore]:
    """Figures by source, of those among `labs` that the table has images of in the split (None: in any).

    shared: predictions among the five white cells alone, else as they are (see `among_five`, `white_cells_of`).
    """
    scores = {}
    for source in labs:
        rows = predictions.table["source"] == source
        if split is not None:
            rows = rows & (predictions.table["split"] == split)
        if rows.any():
            here = Predictions(predictions.table[rows])
            scores[source] = lab_score(among_five(here, space) if shared else white_cells_of(here))
    return scores


def worst_lab(scores: Mapping[str, LabScore]) -> LabScore:
    """The laboratory that is read worst; ValueError without any."""
    return min(scores.values(), key=lambda score: score.balanced.value)


def gain_in_balanced_accuracy(a: Predictions, b: Predictions) -> Interval:
    """Balanced accuracy of b less that of a on the cells that both predicted, whole groups resampled together.

    Both among the same classes. CheckpointError where they have no cell in common.
    """
    return mean_gain([(a, b)])


def mean_gain(pairs: Sequence[tuple[Predictions, Predictions]]) -> Interval:
    """The mean of that over pairs, such as one a laboratory; each pair counts alike and is drawn for itself."""
    values, draws = [], []
    for seed, (a, b) in enumerate(pairs):
        paired = align({"a": a, "b": b})
        first, second = paired["a"], paired["b"]
        k = len(first.classes)
        cells = (first.labels * k + first.predicted) * k + second.predicted
        counts = np.bincount(cells, minlength=k**3).reshape(1, k, k, k)
        drawn = resampled_counts(cells, k**3, first.groups, seed=seed).reshape(-1, k, k, k)
        values.append(float(_gain(counts)[0]))
        draws.append(_gain(drawn))
    return percentile_interval(float(np.mean(values)), np.mean(draws, axis=0))


def _gain(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """(B, true, a's answer, b's answer) -> (B,) balanced accuracy of b less that of a."""
    gain: npt.NDArray[np.float64] = np.asarray(balanced_accuracy(counts.sum(2)) - balanced_accuracy(counts.sum(3)))
    return gain
