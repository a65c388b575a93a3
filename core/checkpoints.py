"""Checkpoints: folders that can be copied anywhere and explain themselves; listed, verified and loaded here."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load_file as load_arrays
from safetensors.torch import load_file as load_tensors
from torch import nn

from core.errors import CheckpointError
from core.evaluation.calibration import Calibration, PredictionSets
from core.evaluation.report import Report, evaluate
from core.evaluation.results.predictions import Predictions, read_once
from core.labels import LabelSpace, label_space
from core.models.cost import multiply_adds
from core.models.registry import ArchitectureSpec, build, find_architecture
from core.settings import checkpoints_folder

LOCALIZER = "finder"
"""The checkpoint that finds the cell in a photo; all classifiers are served behind it."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Preprocessing(_Data):
    """From a photo to a model's input: cut `window` (PBC pixels) around the cell, resize, scale by mean and std."""

    window: int
    size: int
    interpolation: Literal["bicubic"] = "bicubic"
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    symmetries: Literal[1, 8] = 1
    """8: the logits of the four quarter turns of the picture and of its mirror image are averaged."""


class Member(_Data):
    """One network of an ensemble: a checkpoint beside it, by name and sha256 of its weights, and its votes."""

    name: str
    sha256: str
    votes: int


class Ensemble(_Data):
    """Several checkpoints that answer together: the mean of their calibrated probabilities, by votes.

    `unit` scales the mean of their distances so that, as for one network, 1 is the gate.
    """

    members: tuple[Member, ...]
    unit: float = 1.0

    @property
    def sha256(self) -> str:
        """Of the list of members, which stands in for weights."""
        lines = "\n".join(f"{one.name} {one.sha256} {one.votes}" for one in self.members)
        return hashlib.sha256(lines.encode()).hexdigest()


class Trained(_Data):
    """What a model learned from: a source, its split by hash, and how many images of each split there were."""

    source: str
    split_hash: str
    counts: dict[str, int]
    licence: str
    citation: str


class AbstainThreshold(_Data):
    """Below this probability of the likeliest class the answer is "unsure".

    Chosen on validation as the lowest at which `aim` of the answered cells are right; `reached` says
    whether that could be had.
    """

    probability: float
    aim: float
    reached: bool


class DetectorSection(_Data):
    """Of a detector of cells in fields: the score from which each kind of cell is shown, chosen on validation, and the
    diameter of red cells, in pixels as the network sees them, that it was trained around."""

    thresholds: dict[str, float]
    diameter: float


class Card(_Data):
    """card.json: all that is known of a checkpoint except its predictions, which are in a table beside it."""

    schema_version: Literal[1] = 1
    task: Literal["classify", "find", "generate", "detect"]
    name: str
    title: str
    architecture: str
    label_space: str | None
    preprocessing: Preprocessing | None
    trained: Trained
    recipe: dict[str, Any]
    began_from: str
    calibration: Calibration | None
    answering: AbstainThreshold | None
    training: dict[str, float | int | str]
    """Best epoch, epochs, seconds, hardware."""
    versions: dict[str, str]
    parameters: int
    intended_use: str
    limits: str
    sha256: str
    """Of weights.safetensors, or of an ensemble's list of members."""
    statistics_sha256: str | None
    """Of statistics.safetensors: the gate against unlike pictures, and fingerprints of the training cells."""
    ensemble: Ensemble | None = None
    """The members, where several checkpoints answer together; such a checkpoint has no weights of its own."""
    sets: PredictionSets | None = None
    detecting: DetectorSection | None = None
    trained_also: tuple[Trained, ...] = ()
    """The other sources, where a model learned from several; `trained` is the one that gives its classes."""

    @property
    def learned_from(self) -> tuple[str, ...]:
        """Names of all sources that it learned from."""
        return tuple(one.source for one in (self.trained, *self.trained_also))

    def learned(self, source: str) -> Trained:
        """What it learned from that source; ValueError where it did not."""
        for one in (self.trained, *self.trained_also):
            if one.source == source:
                return one
        raise ValueError(f"{self.name} did not learn from {source}")

    @property
    def augmentation(self) -> str:
        """The policy (core.training.augment) by which its training cells were augmented."""
        return str(self.recipe.get("augment", "none"))

    @property
    def split_hashes(self) -> frozenset[str]:
        """Of all sources that it learned from: of these it may be tested on what it was not trained on."""
        return frozenset(one.split_hash for one in (self.trained, *self.trained_also))


@dataclass(frozen=True)
class Checkpoint:
    """A published model in its folder. Everything is read when asked for, and checked before it is used."""

    folder: Path
    card: Card

    @property
    def name(self) -> str:
        return self.card.name

    @cached_property
    def members(self) -> "tuple[tuple[Checkpoint, int], ...]":
        """The networks that answer, each with its votes: an ensemble's members, else the checkpoint itself.

        CheckpointError where a member is missing or is no longer the one that the card names.
        """
        if self.card.ensemble is None:
            return ((self, 1),)
        found = []
        for wanted in self.card.ensemble.members:
            member = open_checkpoint(self.folder.parent / wanted.name)
            if member.card.sha256 != wanted.sha256:
                raise CheckpointError(f"The member {wanted.name} of {self.name} is not the one that its card names.")
            found.append((member, wanted.votes))
        return tuple(found)

    @property
    def lead(self) -> "Checkpoint":
        """The network that explains: the first member of an ensemble, which has the most votes; else itself."""
        return self.members[0][0]

    @property
    def spec(self) -> ArchitectureSpec:
        """Of the network that explains."""
        return find_architecture(self.lead.card.architecture)

    @property
    def space(self) -> LabelSpace:
        return label_space(self.card.label_space or "")

    @property
    def preprocessing(self) -> Preprocessing:
        """Of the network that explains."""
        found = self.lead.card.preprocessing
        if found is None:
            raise CheckpointError(f"The checkpoint {self.name} does not read cells.")
        return found

    @property
    def weights(self) -> Path:
        return self.folder / "weights.safetensors"

    @cached_property
    def bytes(self) -> int:
        """Size of the folder's files, and of an ensemble's members'."""
        folders = {self.folder, *(member.folder for member, _ in self.members)}
        return sum(file.stat().st_size for folder in folders for file in folder.iterdir() if file.is_file())

    @property
    def multiply_adds(self) -> int:
        """For one cell: of every network that answers, times the symmetries over which each averages."""
        return sum(
            multiply_adds(member.card.architecture, len(member.space), member.preprocessing.size)
            * member.preprocessing.symmetries
            for member, _ in self.members
        )

    def model(self) -> nn.Module:
        """The network with its weights, float32, in evaluation mode; verified first."""
        check_hash(self.weights, self.card.sha256)
        net = build(self.card.architecture, len(self.space), self.preprocessing.size)
        return filled(net, self)

    def predictions(self) -> Predictions:
        return read_once(self.folder / "predictions.parquet")

    def report(self, predictions: Predictions, source: str, split: str) -> Report:
        """Figures of this checkpoint on a source and split among predictions; CheckpointError if none are of it."""
        return evaluate(
            predictions,
            name=self.name,
            architecture=self.card.architecture,
            input_size=self.preprocessing.size,
            source=source,
            split=split,
        )

    def history(self) -> pd.DataFrame:
        """One row an epoch, columns as its trainer has them."""
        try:
            return pd.read_csv(self.folder / "history.csv")
        except (OSError, ValueError) as error:
            raise CheckpointError(f"The training history of {self.name} is missing or damaged.") from error

    def statistics(self) -> dict[str, np.ndarray]:
        """The arrays of statistics.safetensors, checked against the card."""
        path = self.folder / "statistics.safetensors"
        check_hash(path, self.card.statistics_sha256 or "")
        arrays: dict[str, np.ndarray] = load_arrays(path)
        return arrays

    def fingerprints(self) -> np.ndarray:
        """(N, 16) uint8, one for each training cell of each member (core.datasets.leaks)."""
        return np.concatenate([member.statistics()["fingerprints"] for member, _ in self.members])


def open_checkpoint(folder: Path) -> Checkpoint:
    """The checkpoint in a folder; CheckpointError where its card is missing, damaged or of another schema."""
    try:
        card = Card.model_validate_json((folder / "card.json").read_bytes())
    except OSError as error:
        raise CheckpointError(f"There is no checkpoint in {folder}: it has no card.json.") from error
    except ValidationError as error:
        raise CheckpointError(
            f"The card of the checkpoint {folder.name} is damaged or of another version of Smearlens."
        ) from error
    return Checkpoint(folder, card)


def checkpoint_folders() -> Iterator[Path]:
    """Every folder with a card, sound or not, by name."""
    base = checkpoints_folder()
    if base.is_dir():
        yield from sorted(folder for folder in base.iterdir() if (folder / "card.json").is_file())


def all_checkpoints() -> list[Checkpoint]:
    """Every checkpoint with a sound card, by name; core.publishing.verification names the others."""
    found = []
    for folder in checkpoint_folders():
        with suppress(CheckpointError):
            found.append(open_checkpoint(folder))
    return found


def list_checkpoints() -> list[Checkpoint]:
    """Every checkpoint that reads cells, by name."""
    return [checkpoint for checkpoint in all_checkpoints() if checkpoint.card.task == "classify"]


def find_checkpoint(name: str) -> Checkpoint:
    """A cell-reading checkpoint by name; CheckpointError naming those there are otherwise."""
    for checkpoint in list_checkpoints():
        if checkpoint.name == name:
            return checkpoint
    known = ", ".join(checkpoint.name for checkpoint in list_checkpoints()) or "none"
    raise CheckpointError(f"There is no checkpoint called {name}; there are: {known}.")


def best_checkpoint() -> Checkpoint:
    """The champion of all there are; CheckpointError where there is none."""
    there = list_checkpoints()
    if not there:
        raise CheckpointError("There are no checkpoints yet; `python -m core train linear --publish linear` makes one.")
    return champion(best_first(there))


def champion(ranked: Sequence[Checkpoint]) -> Checkpoint:
    """Of one or more checkpoints, the best first, the first single network; an ensemble only where there is none.

    A single network is quicker than an ensemble, and the map of where it looked is of the one that answered.
    """
    return next((one for one in ranked if one.card.ensemble is None), ranked[0])


def widest(ranked: Sequence[Checkpoint]) -> Checkpoint:
    """Of one or more checkpoints, the best first, the network that learned from most sources.

    It is for photos that nobody knows the laboratory of; a network of a single laboratory calls most others' unlike.
    """
    return max((champion(ranked), *ranked), key=lambda one: len(one.card.learned_from))


def choose(name: str) -> Checkpoint:
    """The checkpoint of that name, or the champion where the name is empty."""
    return find_checkpoint(name) if name else best_checkpoint()


def choose_for_fields(name: str) -> Checkpoint:
    """The checkpoint of that name, or the widest where the name is empty."""
    return find_checkpoint(name) if name else widest(best_first(list_checkpoints()) or [best_checkpoint()])


def best_first(found: Iterable[Checkpoint]) -> list[Checkpoint]:
    """The most accurate on its own validation images first; last those whose predictions cannot be read."""
    return sorted(found, key=lambda checkpoint: -_validation_accuracy(checkpoint))


def _validation_accuracy(checkpoint: Checkpoint) -> float:
    try:
        return _accuracy(checkpoint.predictions(), checkpoint.card.trained.source)
    except CheckpointError:
        return -1.0


@lru_cache(maxsize=256)
def _accuracy(told: Predictions, source: str) -> float:
    """Share of right answers among the validation images; remembered, since the same table is the same object."""
    known = told.select(source=source, split="val")
    return float(np.mean(known.labels == known.predicted))


def filled(net: nn.Module, checkpoint: Checkpoint) -> nn.Module:
    """A network with a checkpoint's weights, float32, in evaluation mode; CheckpointError where they do not fit."""
    try:
        tensors = load_tensors(checkpoint.weights)
        missing, unexpected = net.load_state_dict(tensors, strict=False)
    except (SafetensorError, RuntimeError) as error:
        raise CheckpointError(f"The weights of {checkpoint.name} do not fit its architecture.") from error
    if unexpected or any(not name.endswith("num_batches_tracked") for name in missing):
        raise CheckpointError(f"The weights of {checkpoint.name} do not fit its architecture.")
    return net.float().eval()


def sha256_of(path: Path) -> str:
    """Hex digest of a file; CheckpointError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise CheckpointError(f"The file {path.name} of the checkpoint {path.parent.name} is missing.") from error


def check_hash(path: Path, expected: str) -> None:
    """CheckpointError where a file of a checkpoint is missing or not the one that its card describes."""
    if sha256_of(path) != expected:
        raise CheckpointError(
            f"The file {path.name} of the checkpoint {path.parent.name} is not the one its card describes "
            "(its sha256 differs); fetch it again."
        )
