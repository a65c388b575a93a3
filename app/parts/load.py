"""Cached calls into the core. torch is loaded when a page first needs it, and the page says so."""

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from app.parts.costs import Cost
from core.errors import CheckpointError
from core.evaluation import metrics
from core.evaluation.report import Report
from core.evaluation.speeds import Speed, read_speeds

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.reader import Reader

NO_MODELS = (
    "There is no trained model here yet. A model is a folder in `checkpoints`; the command "
    "`python -m core train --help` says how one is trained."
)


@dataclass(frozen=True)
class Scored:
    """How a checkpoint did on one split of its own source. confusion: (K, K) counts, rows true."""

    report: Report
    confusion: np.ndarray


def checkpoints() -> "list[Checkpoint]":
    """Every checkpoint that reads cells, by name."""
    _wake()
    from core.checkpoints import list_checkpoints

    return list_checkpoints()


def _wake() -> None:
    """Loads torch behind a spinner: that takes seconds, once for all visitors."""
    if "core.reader" not in sys.modules:
        with st.spinner("Loading PyTorch, which reads the cells. This takes some seconds, once."):
            import core.reader  # noqa: F401


def reader(checkpoint: "Checkpoint") -> "Reader":
    with st.spinner(f"Loading the model {checkpoint.name} …"):
        return _reader(checkpoint.card.sha256, checkpoint)


@st.cache_resource(max_entries=4, show_spinner=False)
def _reader(sha256: str, _checkpoint: "Checkpoint") -> "Reader":
    from core.reader import Reader

    return Reader(_checkpoint)


def tested(checkpoint: "Checkpoint", split: str) -> Scored:
    """Figures from the checkpoint's own table of predictions; CheckpointError where there is none."""
    from core.checkpoints import sha256_of

    table = sha256_of(checkpoint.folder / "predictions.parquet")
    return _tested(table, split, checkpoint.card.sha256, checkpoint)


@st.cache_data(max_entries=128, show_spinner=False)
def _tested(table: str, split: str, sha256: str, _checkpoint: "Checkpoint") -> Scored:
    source = _checkpoint.card.trained.source
    predictions = _checkpoint.predictions().select(source=source, split=split)
    counts = metrics.confusion(predictions.labels, predictions.predicted, len(predictions.classes))
    return Scored(_checkpoint.report(predictions, source, split), counts)


def best_first(found: "list[Checkpoint]") -> "list[Checkpoint]":
    """The same checkpoints, the most accurate on its validation cells first."""
    from core.checkpoints import best_first

    return best_first(found)


def speeds() -> dict[str, Speed]:
    """What was measured of speed, by sha256; of a damaged table the page says so and goes on."""
    try:
        return read_speeds()
    except CheckpointError as error:
        st.warning(str(error))
        return {}


def cost(checkpoint: "Checkpoint", speeds: Mapping[str, Speed]) -> Cost:
    """What a checkpoint costs; its time only where it was measured with these very weights."""
    sha256 = checkpoint.card.sha256
    speed = speeds.get(sha256)
    return Cost(
        parameters=checkpoint.card.parameters,
        multiply_adds=_multiply_adds(checkpoint),
        bytes=checkpoint.bytes,
        milliseconds=speed.batch_ms_a_cell if speed else math.nan,
    )


def _multiply_adds(checkpoint: "Checkpoint") -> float:
    try:
        return float(checkpoint.multiply_adds)  # core.models.cost remembers what it counted
    except ValueError:  # its architecture is one that this version does not know
        return math.nan
