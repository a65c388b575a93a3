"""Whether a label can be told from what should not tell it: the border, the size, the mean colour, the file itself."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier

from core.datasets.audit.labels import scene_folds
from core.datasets.audit.survey import Survey
from core.datasets.statistics import stable_shuffle
from core.evaluation.bootstrap import bootstrap
from core.evaluation.confusion import confusion_matrix
from core.evaluation.metrics.sensitivity import balanced_accuracy
from core.progress import Progress, silent

MOST = 400
"""Images of each class that are looked at, where it has more."""

FOLDS, TREES, RESAMPLES, SEED = 5, 100, 500, 0

CHECKS: dict[str, tuple[str, tuple[str, ...]]] = {
    "size": (
        "width and height, and those of the original where known",
        ("width", "height", "source_width", "source_height"),
    ),
    "colour": ("the mean of red, green and blue", ("red", "green", "blue")),
    "background": ("the colour of the palest tenth", ("ground_red", "ground_green", "ground_blue")),
    "file": ("bytes and JPEG quality", ("bytes", "quality")),
}
"""Columns of the survey's table by check, and what they are in words; `border` looks at the rings."""


@dataclass(frozen=True)
class Shortcut:
    """How well classes are told from one thing alone: balanced accuracy with interval, and what guessing reaches.

    beyond: whether all of the interval lies above chance. images: looked at, and left out in turn.
    """

    name: str
    looks_at: str
    images: int
    balanced_accuracy: float
    low: float
    high: float
    chance: float
    beyond: bool

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def shortcuts(survey: Survey, scenes: np.ndarray, progress: Progress = silent) -> list[Shortcut]:
    """Every check, by cross-validation that keeps the images of a scene together. scenes: (N,)."""
    places = _sample(survey)
    labels = np.unique(survey.table["label"].to_numpy()[places].astype(str), return_inverse=True)[1]
    if len(np.unique(labels)) < 2 or len(np.unique(scenes[places])) < FOLDS:
        return []
    checks = {"border": ("the outermost eighth of the image on each side", survey.rings[places])}
    for name, (words, columns) in CHECKS.items():
        present = [column for column in columns if column in survey.table]
        numbers = survey.table.iloc[places][present].fillna(-1).to_numpy(float)
        checks[name] = (words, numbers)
    results = []
    for done, (name, (words, numbers)) in enumerate(checks.items(), start=1):
        results.append(check(name, words, numbers, labels, scenes[places]))
        progress(done, len(checks))
    return results


def check(name: str, words: str, numbers: np.ndarray, labels: np.ndarray, scenes: np.ndarray) -> Shortcut:
    """numbers: (N, D). labels: (N,) in 0..K-1, each occurring. scenes: (N,)."""
    classes = int(labels.max()) + 1
    predictions = np.zeros_like(labels)
    for learned, left_out in scene_folds(labels, scenes, FOLDS):
        # Trees, for a size or a shade may betray a class without lying at the end of a scale.
        model = ExtraTreesClassifier(TREES, min_samples_leaf=3, class_weight="balanced", random_state=SEED)
        predictions[left_out] = model.fit(numbers[learned], labels[learned]).predict(numbers[left_out])

    def figure(true: np.ndarray, predicted: np.ndarray) -> float:
        return float(balanced_accuracy(confusion_matrix(true, predicted, classes)))

    interval = bootstrap(figure, labels, predictions, groups=scenes, n_resamples=RESAMPLES)
    chance = 1 / classes
    value, low, high = (round(number, 4) for number in (interval.value, interval.low, interval.high))
    return Shortcut(name, words, len(labels), value, low, high, round(chance, 4), low > chance)


def _sample(survey: Survey) -> np.ndarray:
    """Up to MOST opened images of each class that has as many as there are folds."""
    table = survey.table[survey.opened]
    chosen: list[int] = []
    for _, members in table.groupby("label", sort=True):
        if len(members) >= FOLDS:
            place = dict(zip(members["key"].astype(str), members.index, strict=True))
            chosen += [int(place[key]) for key in stable_shuffle(list(place))[:MOST]]
    return np.array(sorted(chosen), int)
