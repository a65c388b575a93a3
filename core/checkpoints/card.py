"""card.json: what is common to all checkpoints, and a section for what a kind of network needs beside it."""

import hashlib
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import SerializerFunctionWrapHandler, model_serializer, model_validator

from core.evaluation.calibration import Calibration, PredictionSets
from core.storage import StoredModel

Task = Literal["classify", "find", "generate", "detect"]


class Preprocessing(StoredModel):
    """From a photo to a model's input: cut `window` (PBC pixels) around the cell, resize, scale by mean and std."""

    window: int
    size: int
    interpolation: Literal["bicubic"] = "bicubic"
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    symmetries: Literal[1, 8] = 1
    """8: the logits of the four quarter turns of the picture and of its mirror image are averaged."""


class Member(StoredModel):
    """One network of an ensemble: a checkpoint beside it, by name and sha256 of its weights, and its votes."""

    name: str
    sha256: str
    votes: int


class Ensemble(StoredModel):
    """Several checkpoints whose calibrated probabilities are averaged, weighted by votes.

    `unit` scales the mean of their distances so that, as for one network, 1 is the threshold.
    """

    members: tuple[Member, ...]
    unit: float = 1.0

    @property
    def sha256(self) -> str:
        """Of the list of members, which stands in for weights."""
        lines = "\n".join(f"{member.name} {member.sha256} {member.votes}" for member in self.members)
        return hashlib.sha256(lines.encode()).hexdigest()


class Trained(StoredModel):
    """What a model learned from: a source, its split by hash, and how many images of each split there were."""

    source: str
    split_hash: str
    counts: dict[str, int]
    licence: str
    citation: str


class AbstainThreshold(StoredModel):
    """Below this probability of the likeliest class the answer is "unsure".

    Chosen on validation as the lowest at which `aim` of the answered cells are right; `reached` says
    whether that could be had. Where laboratories are named: chosen on each of them as a network reads it that never
    saw it, as the lowest at which no more than 1 - `aim` of all cells of each are answered wrongly.
    """

    probability: float
    aim: float
    reached: bool
    laboratories: tuple[str, ...] = ()


class ClassifierSection(StoredModel):
    """Of a network that reads cells, or of several that answer together.

    A network has preprocessing; an ensemble has members instead, which have their own. The threshold and the prediction
    sets are None until they are fitted on validation.
    """

    label_space: str
    preprocessing: Preprocessing | None = None
    calibration: Calibration = Calibration()
    abstain: AbstainThreshold | None = None
    prediction_sets: PredictionSets | None = None
    ensemble: Ensemble | None = None

    @model_validator(mode="after")
    def _network_or_ensemble(self) -> Self:
        if (self.preprocessing is None) == (self.ensemble is None):
            raise ValueError("a classifier has preprocessing or members")
        return self


class DetectorSection(StoredModel):
    """Of a detector of cells in fields: the score from which each kind of cell is shown, chosen on validation, and the
    diameter of red cells, in pixels as the network sees them, that it was trained around."""

    preprocessing: Preprocessing
    thresholds: dict[str, float]
    diameter: float


class GeneratorSection(StoredModel):
    """Of a network that generates cells: of which classes, and how its training cells were cut and scaled."""

    label_space: str
    preprocessing: Preprocessing


SECTIONS: Mapping[Task, str] = {"classify": "classifier", "detect": "detector", "generate": "generator"}
"""The section that each task has; the localizer ("find") needs none."""


class Description(StoredModel):
    """What a training says of its network; the rest of a card follows from the files beside it."""

    task: Task
    title: str
    architecture: str
    trained: Trained
    trained_also: tuple[Trained, ...] = ()
    """The other sources, where a model learned from several; `trained` is the one that gives its classes."""
    recipe: dict[str, Any]
    began_from: str
    training: dict[str, float | int | str]
    """Best epoch, epochs, seconds, hardware."""
    intended_use: str
    limits: str
    classifier: ClassifierSection | None = None
    detector: DetectorSection | None = None
    generator: GeneratorSection | None = None

    @model_validator(mode="after")
    def _section_of_its_task(self) -> Self:
        present = [name for name in SECTIONS.values() if getattr(self, name) is not None]
        if present != [name for task, name in SECTIONS.items() if task == self.task]:
            raise ValueError(f"a card of the task {self.task} has the sections {present}")
        return self


class Card(Description):
    """card.json: all that is known of a checkpoint except its predictions, which are in a table beside it.

    Cards of schema version 1, which had every section's entries side by side, are read as well.
    """

    schema_version: Literal[2] = 2
    name: str
    versions: dict[str, str]
    parameters: int
    sha256: str
    """Of weights.safetensors, or of an ensemble's list of members."""
    statistics_sha256: str | None = None
    """Of statistics.safetensors: the OOD score and fingerprints of the training cells, or what tells copies of them."""

    @model_validator(mode="before")
    @classmethod
    def _from_version_1(cls, data: Any) -> Any:
        return _sectioned(data) if isinstance(data, dict) and data.get("schema_version") == 1 else data

    @model_serializer(mode="wrap")
    def _in_order(self, entries: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Its name first, and only the sections that it has."""
        written = entries(self)
        first = {name: written[name] for name in ("schema_version", "task", "name") if name in written}
        return first | {n: value for n, value in written.items() if value is not None or n not in SECTIONS.values()}

    @property
    def digest(self) -> str:
        """sha256 of the card: of weights, thresholds and everything else that decides how the network answers."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    @property
    def learned_from(self) -> tuple[str, ...]:
        """Names of all sources that it learned from."""
        return tuple(trained.source for trained in (self.trained, *self.trained_also))

    def learned(self, source: str) -> Trained:
        """What it learned from that source; ValueError where it did not."""
        for trained in (self.trained, *self.trained_also):
            if trained.source == source:
                return trained
        raise ValueError(f"{self.name} did not learn from {source}")

    @property
    def augmentation(self) -> str:
        """The policy (core.training.augment) by which its training cells were augmented."""
        return str(self.recipe.get("augment", "none"))

    @property
    def split_hashes(self) -> frozenset[str]:
        """Of all sources that it learned from: of these it may be tested on what it was not trained on."""
        return frozenset(trained.split_hash for trained in (self.trained, *self.trained_also))


_FLAT: Mapping[str, str] = {
    "label_space": "label_space",
    "preprocessing": "preprocessing",
    "calibration": "calibration",
    "answering": "abstain",
    "sets": "prediction_sets",
    "ensemble": "ensemble",
}
"""Entries of a card of version 1 that belong to a section, and their names there."""


def _sectioned(flat: dict[str, Any]) -> dict[str, Any]:
    """A card of version 1 as one of version 2; what has no place in it stays, and is refused."""
    card = {name: value for name, value in flat.items() if name not in {*_FLAT, "detecting"}}
    section = {_FLAT[name]: value for name, value in flat.items() if name in _FLAT and value is not None}
    if isinstance(flat.get("detecting"), dict):
        section |= flat["detecting"]
    task = flat.get("task")
    name = next((name for own_task, name in SECTIONS.items() if own_task == task), "section")
    return card | ({name: section} if section else {}) | {"schema_version": 2}
