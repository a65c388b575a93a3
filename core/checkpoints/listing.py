"""The checkpoints that are there."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from core.checkpoints.checkpoint import Checkpoint, open_checkpoint
from core.errors import CheckpointError
from core.settings import checkpoints_folder

LOCALIZER = "finder"
"""The checkpoint that finds the cell in a photo; all classifiers are served behind it."""


def checkpoint_folders() -> Iterator[Path]:
    """Every folder with a card, sound or not, by name."""
    base = checkpoints_folder()
    if base.is_dir():
        yield from sorted(folder for folder in base.iterdir() if (folder / "card.json").is_file())


def all_checkpoints() -> list[Checkpoint]:
    """Every checkpoint with a sound card, by name; core.publishing.verification names the others."""
    checkpoints = []
    for folder in checkpoint_folders():
        with suppress(CheckpointError):
            checkpoints.append(open_checkpoint(folder))
    return checkpoints


def list_checkpoints() -> list[Checkpoint]:
    """Every checkpoint that reads cells, by name."""
    return [checkpoint for checkpoint in all_checkpoints() if checkpoint.card.task == "classify"]


def find_checkpoint(name: str) -> Checkpoint:
    """A cell-reading checkpoint by name; CheckpointError naming those there are otherwise."""
    by_name = {checkpoint.name: checkpoint for checkpoint in list_checkpoints()}
    if name not in by_name:
        raise CheckpointError(f"There is no checkpoint called {name}; there are: {', '.join(by_name) or 'none'}.")
    return by_name[name]
