"""One checkpoint on one split, in figures, each with its interval where it has one."""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.evaluation import metrics
from core.evaluation.intervals import RESAMPLES, SEED, Interval, Rate, percentile_interval, wilson
from core.evaluation.results.predictions import Predictions

SOFT_BELOW = 30  # test images of a class below which its rates are too soft to lean on


@dataclass(frozen=True)
class ClassReport:
    """One class against all others, for the n images that are of it; intervals as in Report."""

    key: str
    n: int
    sensitivity: Rate
    specificity: Rate
    precision: Rate
    f1: Interval

    @property
    def soft(self) -> bool:
        """Whether too few images are of this class for its rates to be firm."""
        return self.n < SOFT_BELOW

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it, undefined figures as null."""
        return {
            "class": self.key,
            "n": self.n,
            "sensitivity": _bounds(self.sensitivity),
            "specificity": _bounds(self.specificity),
            "precision": _bounds(self.precision),
            "f1": _bounds(self.f1),
            "soft": self.soft,
        }


@dataclass(frozen=True)
class Report:
    """Figures of checkpoint `name` over n images of one source and split.

    accuracy and the per-class figures have Wilson's 95 % intervals (F1 through the Jaccard index), balanced
    accuracy has a 95 % bootstrap interval by image. Both take images to be independent, so they are too
    narrow where many cells come from one photo or patient; and the bootstrap's is too narrow near 1, down
    to no width where no image was read wrongly. macro averages are over the classes that occur; ece is
    the calibration error in 15 bins of equally many images. NaN: undefined.
    """

    name: str
    architecture: str
    input_size: int
    source: str
    split: str
    n: int
    accuracy: Rate
    balanced_accuracy: Interval
    macro: metrics.Macro
    ece: float
    per_class: tuple[ClassReport, ...]

    def to_dict(self) -> dict[str, Any]:
        """As `python -m core evaluate --json` prints it: plain numbers and text, undefined as null."""
        return {
            "name": self.name,
            "architecture": self.architecture,
            "input_size": self.input_size,
            "source": self.source,
            "split": self.split,
            "n": self.n,
            "accuracy": _bounds(self.accuracy),
            "balanced_accuracy": _bounds(self.balanced_accuracy),
            "macro": {name: _number(value) for name, value in asdict(self.macro).items()},
            "ece": _number(self.ece),
            "per_class": [one.to_dict() for one in self.per_class],
        }


def evaluate(
    predictions: Predictions, *, name: str, architecture: str, input_size: int, source: str, split: str
) -> Report:
    """Report on the images of this source and split among predictions; CheckpointError if there are none.

    The same table always gives the same report, in whatever order its rows are.
    """
    chosen = predictions.select(source=source, split=split)
    counts = metrics.confusion(chosen.labels, chosen.predicted, len(chosen.classes))
    balanced = metrics.balanced_accuracy(resampled_confusions(counts))
    return Report(
        name=name,
        architecture=architecture,
        input_size=input_size,
        source=source,
        split=split,
        n=len(chosen),
        accuracy=wilson(int(np.trace(counts)), len(chosen)),
        balanced_accuracy=percentile_interval(float(metrics.balanced_accuracy(counts)), balanced),
        macro=metrics.macro(counts),
        ece=metrics.ece(chosen.probabilities, chosen.labels),
        per_class=_per_class(chosen.classes, counts),
    )


def resampled_confusions(
    confusion: npt.NDArray[np.int64], n_resamples: int = RESAMPLES, seed: int = SEED
) -> npt.NDArray[np.int64]:
    """Confusion matrices of bootstrap samples of the images: (K, K) counts -> (n_resamples, K, K).

    Drawing n images with replacement and counting them is, exactly, one multinomial draw of n over the
    matrix's cells with their observed shares. So for figures that depend on images only through the
    confusion matrix this is the ordinary bootstrap by image, without touching the images.
    """
    cells = confusion.ravel()
    drawn = np.random.default_rng(seed).multinomial(cells.sum(), cells / cells.sum(), size=n_resamples)
    return drawn.reshape(n_resamples, *confusion.shape)


def _f1_interval(tp: int, wrong: int) -> Interval:
    """F1 = 2 J / (1 + J), where J = TP / (TP + FP + FN) is a proportion and has Wilson's interval.

    After Lam et al., arXiv:2309.14621. The bootstrap is too narrow near 1 and has no width without errors.
    """
    if tp + wrong == 0:
        return Interval(math.nan, math.nan, math.nan)
    jaccard = wilson(tp, tp + wrong)
    return Interval(*(2 * j / (1 + j) for j in (jaccard.value, jaccard.low, jaccard.high)))


def _per_class(classes: tuple[str, ...], counts: npt.NDArray[np.int64]) -> tuple[ClassReport, ...]:
    o = metrics.outcomes(counts)
    reports = []
    for i, key in enumerate(classes):
        tp, fp, fn, tn = (int(count[i]) for count in (o.tp, o.fp, o.fn, o.tn))
        reports.append(
            ClassReport(
                key=key,
                n=tp + fn,
                sensitivity=wilson(tp, tp + fn),
                specificity=wilson(tn, tn + fp),
                precision=wilson(tp, tp + fp),
                f1=_f1_interval(tp, fp + fn),
            )
        )
    return tuple(reports)


def _bounds(figure: Rate | Interval) -> dict[str, float | None]:
    return {"value": _number(figure.value), "low": _number(figure.low), "high": _number(figure.high)}


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
