"""Folders that come with Smearlens, and what moves them."""

import os
from pathlib import Path


def checkpoints_folder() -> Path:
    """Where our checkpoints are: SMEARLENS_CHECKPOINTS, or the folder that came with Smearlens."""
    named = os.environ.get("SMEARLENS_CHECKPOINTS")
    return Path(named) if named else Path(__file__).resolve().parents[1] / "checkpoints"


def records_folder() -> Path:
    """Where the records of runs are whose weights are not shipped (core.evaluation.results.records)."""
    return checkpoints_folder() / "records"
