"""Checkpoints: folders that can be copied anywhere and explain themselves; opened, verified and listed here."""

from core.checkpoints.card import (
    AbstainThreshold,
    Card,
    ClassifierSection,
    Description,
    DetectorSection,
    Ensemble,
    GeneratorSection,
    Member,
    Preprocessing,
    Task,
    Trained,
)
from core.checkpoints.checkpoint import Checkpoint, check_hash, filled, open_checkpoint, sha256_of
from core.checkpoints.listing import LOCALIZER, all_checkpoints, checkpoint_folders, find_checkpoint, list_checkpoints

__all__ = [
    "LOCALIZER",
    "AbstainThreshold",
    "Card",
    "Checkpoint",
    "ClassifierSection",
    "Description",
    "DetectorSection",
    "Ensemble",
    "GeneratorSection",
    "Member",
    "Preprocessing",
    "Task",
    "Trained",
    "all_checkpoints",
    "check_hash",
    "checkpoint_folders",
    "filled",
    "find_checkpoint",
    "list_checkpoints",
    "open_checkpoint",
    "sha256_of",
]
