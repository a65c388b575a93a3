"""The one way from a run to a checkpoint: its folder is written beside its place, verified, and moved there.

Each kind of network (classifier, ensemble, localizer, detector, generator) gives a description and its section of the
card; weights, statistics, predictions and the card are written here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file as save_arrays
from safetensors.torch import save_file as save_tensors
from torch import Tensor, nn

from core.checkpoints import (
    Card,
    Checkpoint,
    ClassifierSection,
    Description,
    DetectorSection,
    Trained,
    open_checkpoint,
    sha256_of,
)
from core.datasets import Source
from core.errors import CheckpointError
from core.evaluation.results.predictions import Predictions
from core.publishing.verification import verify
from core.storage import replacing_folder, write_json
from core.training.provenance import versions

INTENDED_USE = "Research and teaching on images of stained blood smears. Not for diagnosis."


class Draft:
    """A checkpoint in the making: what is written into its folder enters its card."""

    def __init__(self, folder: Path, card: Card) -> None:
        self.folder, self.card = folder, card

    @property
    def checkpoint(self) -> Checkpoint:
        """As it is so far."""
        return Checkpoint(self.folder, self.card)

    def write_weights(self, net: nn.Module) -> None:
        """weights.safetensors in fp16; everything after is measured with these."""
        parameters = save_weights(net, self.folder)
        self._enter(parameters=parameters, sha256=sha256_of(self.folder / "weights.safetensors"))

    def write_statistics(self, arrays: dict[str, np.ndarray]) -> None:
        path = self.folder / "statistics.safetensors"
        save_arrays(arrays, path)
        self._enter(statistics_sha256=sha256_of(path))

    def write_predictions(self, predictions: Predictions) -> None:
        predictions.write(self.folder / "predictions.parquet")

    def stand_for(self, members_sha256: str, parameters: int) -> None:
        """In place of weights, where other checkpoints answer together."""
        self._enter(sha256=members_sha256, parameters=parameters)

    def complete(self, section: ClassifierSection | DetectorSection) -> None:
        """The section with what was fitted on the predictions of the draft."""
        self._enter(**{"classifier" if isinstance(section, ClassifierSection) else "detector": section})

    def _enter(self, **entries: object) -> None:
        self.card = self.card.model_copy(update=entries)


@contextmanager
def published(target: Path, description: Description) -> Iterator[Draft]:
    """A checkpoint to be written inside the block; at its end it is verified and takes its place in `target`.

    CheckpointError where it is not whole; what was in `target` stays then, as where an error ends the block.
    """
    with replacing_folder(target) as folder:
        card = Card(**dict(description), name=target.name, versions=versions(), parameters=0, sha256="")
        draft = Draft(folder, card)
        yield draft
        write_card(folder, draft.card)
        problems = verify(open_checkpoint(folder))
        if problems:
            raise CheckpointError(f"The checkpoint {target.name} is not whole. {' '.join(problems)}")


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
    for file in folder.rglob("*"):
        if file.is_file():
            file.chmod(0o644)
    write_json(folder / "card.json", card, indent=2)


def trained_on(source: Source, *, left_out: int = 0) -> Trained:
    """What a card says of a source that was learned from. left_out: training images of it that took no part."""
    counts = source.index["split"].value_counts().to_dict()
    counts["train"] = counts.get("train", 0) - left_out
    return Trained(
        source=source.spec.name,
        split_hash=source.split_hash(),
        counts={str(split): int(count) for split, count in sorted(counts.items())},
        licence=source.spec.licence,
        citation=source.spec.citation,
    )
