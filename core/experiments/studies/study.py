"""What a study is: its question, its data, what it published, and the runs that see it again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from core.experiments.frame import Experiment, Finding
from core.experiments.studies.results import Result
from core.training.recipe import Recipe

Way = Literal["train", "head", "folds"]
"""train: the training loop; head: a frozen network's features, once, and new last layers on them;
folds: one training for each fifth of the photos, their answers to the photos left out pooled."""

Reading = Literal["evaluation", "training, in order", "training, shuffled"]
"""How the trained network reads its test images. `training` leaves batch normalisation in training mode, so that
each answer depends on the other images of its batch; `in order` takes the images as the folders list them,
class after class."""


PER_CLASS = ("sensitivity", "specificity", "precision")
"""The metrics of a class that studies published."""


@dataclass(frozen=True)
class StudyRun:
    """One run of a study.

    data: a name in core.experiments.studies.preparing.PREPARATIONS. note: what sets the run apart, in a sentence.
    unscaled: pixels from 0 to 1, without the mean and spread that the weights expect. default_start: random weights as
    PyTorch draws them by default, which for deep networks without normalisation are small. keeps: whose answers are
    recorded, the best epoch's by validation or the last one's. trained_as: the run whose training this one shares.
    """

    name: str
    title: str
    note: str
    data: str
    recipe: Recipe
    way: Way = "train"
    unscaled: bool = False
    default_start: bool = False
    keeps: Literal["best", "last"] = "best"
    reading: Reading = "evaluation"
    trained_as: str = ""

    @property
    def folder(self) -> str:
        """Name of the folder that the training is kept in."""
        return self.trained_as or self.name


@dataclass(frozen=True)
class Published:
    """One row of a study's own results.

    figures: by the names of `core.experiments.studies.results.study_metrics`. correct of n, where it counted.
    per_class: class -> the figures of PER_CLASS. run: our run that stands beside it.
    """

    system: str
    run: str
    figures: Mapping[str, float] = field(default_factory=dict)
    correct: int = 0
    n: int = 0
    per_class: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    of: str = "test"
    """Split that the study measured on."""


@dataclass(frozen=True)
class Study:
    """One of the five seed studies. `unclear`: what its report left open or had wrong; `limits`: what the figures
    can and cannot show."""

    letter: str
    title: str
    question: str
    data: str
    did: str
    citation: str
    published: tuple[Published, ...]
    unclear: tuple[str, ...]
    limits: str
    runs: tuple[StudyRun, ...]
    findings: tuple[Finding[Result], ...]
    checkpoints: tuple[str, ...] = ()
    """Our shipped models of the same architectures and data, shown beside."""
    searches: tuple[str, ...] = ()
    """Its searches for settings, run again (core.experiments.search_spaces)."""
    crossvals: tuple[str, ...] = ()
    """Its recipes that were cross-validated."""

    @property
    def experiment(self) -> Experiment[StudyRun]:
        """Its runs, and the name under which they are recorded."""
        return Experiment(f"study-{self.letter.lower()}", f"Study {self.letter}", self.runs)
