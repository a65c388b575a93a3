"""How a model reads each laboratory: balanced accuracy among the white cells that all of them have."""

from collections.abc import Iterable, Mapping
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


def five(told: Predictions, own: LabelSpace) -> Predictions:
    """Answers of a model among the five white cells: its likeliest class of these, other cells left out.

    CheckpointError where none of the cells is one of them.
    """
    return in_space(told, own, WBC5)


def white(told: Predictions) -> Predictions:
    """The same cells with the answers as they are, so that a white cell called a platelet is read wrongly.

    CheckpointError where none of the cells is one of the five.
    """
    rows = told.table["label"].isin(WBC5.keys).to_numpy()
    if not rows.any():
        raise CheckpointError(f"None of these cells is of a class of {WBC5.title}.")
    return Predictions(told.table[rows])


def score(told: Predictions) -> LabScore:
    """Figures of answers for the images of one source."""
    k = len(told.classes)
    kinds = told.labels * k + told.predicted
    groups = told.groups
    counts = np.bincount(kinds, minlength=k * k).reshape(k, k).astype(np.int64)
    drawn = resampled_counts(kinds, k * k, groups).reshape(-1, k, k)
    of_class = counts.sum(1)
    return LabScore(
        source=str(told.table["source"].iloc[0]),
        lab=str(told.table["lab"].iloc[0]),
        n=len(told),
        units=len(told) if groups is None else len(np.unique(groups)),
        present=int((of_class > 0).sum()),
        thin=tuple(key for key, n in zip(told.classes, of_class, strict=True) if 0 < n < FEW),
        balanced=percentile_interval(float(balanced_accuracy(counts)), np.asarray(balanced_accuracy(drawn))),
        accuracy=percentile_interval(float(accuracy(counts)), np.asarray(accuracy(drawn))),
        confusion=counts,
    )


def by_lab(
    told: Predictions, own: LabelSpace, labs: Iterable[str], *, split: str | None = "test", shared: bool = True
) -> dict[str, LabScore]:
    """Figures by source, of those among `labs` that the table has images of in the split (None: in any).

    shared: answers among the five white cells alone, else as they are (see `five`, `white`).
    """
    found = {}
    for source in labs:
        rows = told.table["source"] == source
        if split is not None:
            rows = rows & (told.table["split"] == split)
        if rows.any():
            here = Predictions(told.table[rows])
            found[source] = score(five(here, own) if shared else white(here))
    return found


def worst(scores: Mapping[str, LabScore]) -> LabScore:
    """The laboratory that is read worst; ValueError without any."""
    return min(scores.values(), key=lambda one: one.balanced.value)


def change(a: Predictions, b: Predictions) -> Interval:
    """Balanced accuracy of b less that of a on the cells that both answered for, whole groups resampled together.

    Both among the same classes. CheckpointError where they have no cell in common.
    """
    paired = align({"a": a, "b": b})
    first, second = paired["a"], paired["b"]
    k = len(first.classes)
    kinds = (first.labels * k + first.predicted) * k + second.predicted
    counts = np.bincount(kinds, minlength=k**3).reshape(1, k, k, k)
    drawn = resampled_counts(kinds, k**3, first.groups).reshape(-1, k, k, k)
    return percentile_interval(float(_gain(counts)[0]), _gain(drawn))


def _gain(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """(B, true, a's answer, b's answer) -> (B,) balanced accuracy of b less that of a."""
    gain: npt.NDArray[np.float64] = np.asarray(balanced_accuracy(counts.sum(2)) - balanced_accuracy(counts.sum(3)))
    return gain
