"""One checkpoint: its folder, opened, checked against its card and loaded."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load_file as load_arrays
from safetensors.torch import load_file as load_tensors
from torch import nn

from core.checkpoints.card import Card, ClassifierSection, DetectorSection, Ensemble, Preprocessing
from core.errors import CheckpointError
from core.evaluation.report import Report, evaluate
from core.evaluation.results.predictions import Predictions, read_once
from core.labels import LabelSpace, label_space
from core.models.cost import multiply_adds
from core.models.registry import ArchitectureSpec, build, find_architecture


@dataclass(frozen=True)
class Checkpoint:
    """A published model in its folder. Everything is read when asked for, and checked before it is used."""

    folder: Path
    card: Card

    @property
    def name(self) -> str:
        return self.card.name

    @property
    def classifier(self) -> ClassifierSection:
        """What its card says of reading cells; CheckpointError where it does not read any."""
        if self.card.classifier is None:
            raise CheckpointError(f"The checkpoint {self.name} does not read cells.")
        return self.card.classifier

    @property
    def detector(self) -> DetectorSection:
        """What its card says of finding cells in fields; CheckpointError where it does not find any."""
        if self.card.detector is None:
            raise CheckpointError(f"The checkpoint {self.name} does not find cells in fields.")
        return self.card.detector

    @property
    def ensemble(self) -> Ensemble | None:
        """The list of members, where several networks answer together."""
        return self.card.classifier.ensemble if self.card.classifier else None

    @cached_property
    def members(self) -> "tuple[tuple[Checkpoint, int], ...]":
        """The networks that answer, each with its votes: an ensemble's members, else the checkpoint itself.

        CheckpointError where a member is missing or is no longer the one that the card names.
        """
        if self.ensemble is None:
            return ((self, 1),)
        members = []
        for entry in self.ensemble.members:
            member = open_checkpoint(self.folder.parent / entry.name)
            if member.card.sha256 != entry.sha256:
                raise CheckpointError(f"The member {entry.name} of {self.name} is not the one that its card names.")
            members.append((member, entry.votes))
        return tuple(members)

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
        section = self.card.classifier or self.card.generator
        if section is None:
            raise CheckpointError(f"The checkpoint {self.name} has no classes.")
        return label_space(section.label_space)

    @property
    def preprocessing(self) -> Preprocessing:
        """Of the network that explains."""
        preprocessing = self.lead.classifier.preprocessing
        if preprocessing is None:
            raise CheckpointError(f"The first member of {self.name} is an ensemble itself.")
        return preprocessing

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
        """(N, 16) uint8, one for each training cell of each member (core.datasets.fingerprints)."""
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
