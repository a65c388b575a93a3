"""Cached calls into the core. torch is loaded when a page first needs it, and the page says so."""

import hashlib
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from app.shared import alarm
from app.shared.figures.costs import Cost
from app.shared.language import N_
from core.datasets.laboratories import LABORATORIES
from core.errors import CheckpointError
from core.evaluation import conformal
from core.evaluation.calibration import PredictionSets
from core.evaluation.conformal import Coverage
from core.evaluation.confusion import confusion_matrix
from core.evaluation.curves import Curve, curve
from core.evaluation.domain_shift import LabScore, by_lab
from core.evaluation.reliability import Quality, quality
from core.evaluation.report import Report, evaluate, with_ranking
from core.evaluation.results.predictions import Predictions
from core.evaluation.results.speeds import Speed, read_speeds
from core.evaluation.scope import Scope, scopes_of
from core.wording import rounded

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.detection.detector import Detector
    from core.detection.localizer import Localizer
    from core.imaging.decoding import Photo
    from core.imaging.windows import Box
    from core.inference.reader import Reader, Reading
    from core.models.answers import AnswerStore

NO_MODELS = N_(
    "There is no trained model here. A model is a folder in `checkpoints`; "
    "`python -m core train --help` explains how to train one."
)


@dataclass(frozen=True)
class Scored:
    """How a checkpoint did on the cells of one scope. confusion: (K, K) counts, rows true."""

    report: Report
    confusion: np.ndarray


def checkpoints() -> "list[Checkpoint]":
    """Every checkpoint that reads cells, by name."""
    _load_torch()
    from core.checkpoints import list_checkpoints

    return list_checkpoints()


def _load_torch() -> None:
    """Loads torch behind a spinner: that takes seconds, once for all visitors."""
    if "core.inference.reader" not in sys.modules:
        with st.spinner("Loading PyTorch, which reads the cells. This takes a few seconds, once."):
            import core.inference.reader  # noqa: F401


def reader(checkpoint: "Checkpoint") -> "Reader":
    with st.spinner(f"Loading the model {checkpoint.name} …"):
        return _reader(checkpoint.card.sha256, checkpoint)


@st.cache_resource(max_entries=4, show_spinner=False)
def _reader(sha256: str, _checkpoint: "Checkpoint") -> "Reader":
    from core.inference.reader import Reader

    return Reader(_checkpoint, answers=_answers())


def read_once(checkpoint: "Checkpoint", photo: "Photo", box: "Box") -> "Reading":
    """What a model says of a window, by a reader that is not kept: of many models that are asked once each."""
    from core.inference.reader import Reader

    (reading,) = Reader(checkpoint, _localizer(), _answers()).read([photo], [box])
    return reading


@st.cache_resource(max_entries=1, show_spinner=False)
def _localizer() -> "Localizer":
    from core.detection.loading import load_localizer

    return load_localizer(_answers())


def detector() -> "Detector":
    """What finds the cells of a field: the detector, or the classical way where none is published."""
    with st.spinner("Loading what finds cells …"):
        return _detector()


@st.cache_resource(max_entries=1, show_spinner=False)
def _detector() -> "Detector":
    from core.detection.loading import load_detector

    return load_detector(answers=_answers())


@st.cache_resource(show_spinner=False)
def _answers() -> "AnswerStore":
    """What networks answered to anybody here, by content alone; of examples it lasts until the next start."""
    from core.models.answers import AnswerStore
    from core.settings import cache_folder

    return AnswerStore(cache_folder() / "answers")


def scopes(checkpoint: "Checkpoint") -> tuple[Scope, ...]:
    """Every source, split and lab of which the checkpoint has predictions; CheckpointError where none can be read."""
    return _scopes(_table(checkpoint), checkpoint)


@st.cache_data(max_entries=256, show_spinner=False)
def _scopes(table: str, _checkpoint: "Checkpoint") -> tuple[Scope, ...]:
    return scopes_of(_checkpoint.predictions())


def predictions(checkpoint: "Checkpoint", scope: Scope) -> Predictions:
    """The checkpoint's own predictions for these cells, to be read only; CheckpointError where there are none."""
    return _read_predictions(_table(checkpoint), scope, checkpoint)


# As a resource: a table is the same object for all visitors, which nobody changes, and never copied.
@st.cache_resource(max_entries=128, show_spinner=False)
def _read_predictions(table: str, scope: Scope, _checkpoint: "Checkpoint") -> Predictions:
    return scope.of(_checkpoint.predictions())


def _table(checkpoint: "Checkpoint") -> str:
    """sha256 of the table of predictions: what is remembered of it is good until the file changes."""
    from core.checkpoints import sha256_of

    return sha256_of(checkpoint.folder / "predictions.parquet")


def tested(checkpoint: "Checkpoint", scope: Scope) -> Scored:
    """Figures from the checkpoint's own table of predictions; CheckpointError where it has none of these cells."""
    return _tested(_table(checkpoint), scope, checkpoint.card.sha256, checkpoint)


@st.cache_data(max_entries=256, show_spinner=False)
def _tested(table: str, scope: Scope, sha256: str, _checkpoint: "Checkpoint") -> Scored:
    return _scored(_checkpoint, predictions(_checkpoint, scope), scope)


def _scored(checkpoint: "Checkpoint", predictions: Predictions, scope: Scope) -> Scored:
    report = evaluate(
        predictions,
        name=checkpoint.name,
        architecture=checkpoint.card.architecture,
        input_size=checkpoint.preprocessing.size,
        source=scope.source,
        split=scope.split,
    )
    return Scored(report, confusion_matrix(predictions.labels, predictions.predicted, len(predictions.classes)))


def in_depth(checkpoint: "Checkpoint", predictions: Predictions, scope: Scope) -> Scored:
    """The same figures, with the area under ROC of each class, from predictions that a page has narrowed or mapped."""
    return _in_depth(_stamp(predictions), scope, checkpoint.name, checkpoint.card.sha256, checkpoint, predictions)


@st.cache_data(max_entries=256, show_spinner=False)
def _in_depth(
    stamp: str, scope: Scope, name: str, sha256: str, _checkpoint: "Checkpoint", _predictions: Predictions
) -> Scored:
    scored = _scored(_checkpoint, _predictions, scope)
    return Scored(with_ranking(scored.report, _predictions), scored.confusion)


def class_curve(predictions: Predictions, key: str) -> Curve:
    """ROC and precision-recall curves of one class among these predictions."""
    return _curve(_stamp(predictions), key, predictions)


@st.cache_data(max_entries=256, show_spinner=False)
def _curve(stamp: str, key: str, _predictions: Predictions) -> Curve:
    return curve(_predictions, key)


def calibration(predictions: Predictions) -> Quality:
    """How far the stated probabilities keep their word, with bootstrap intervals."""
    return _calibration(_stamp(predictions), predictions)


@st.cache_data(max_entries=64, show_spinner=False)
def _calibration(stamp: str, _predictions: Predictions) -> Quality:
    return quality(_predictions.probabilities, _predictions.labels)


def coverages(fitted: PredictionSets, predictions: Predictions) -> dict[tuple[str, str], Coverage]:
    """How often prediction sets hold the right class, by method and level."""
    return _coverages(_stamp(predictions), fitted.model_dump_json(), fitted, predictions)


@st.cache_data(max_entries=64, show_spinner=False)
def _coverages(
    stamp: str, thresholds: str, _fitted: PredictionSets, _predictions: Predictions
) -> dict[tuple[str, str], Coverage]:
    return conformal.coverages(_fitted.thresholds, _predictions.probabilities, _predictions.labels)


def _stamp(predictions: Predictions) -> str:
    """Short name for a table's content, by which what is worked out from it is remembered."""
    rows = pd.util.hash_pandas_object(predictions.table, index=False).to_numpy()
    return f"{hashlib.sha256(rows.tobytes()).hexdigest()} {' '.join(predictions.classes)}"


def lab_scores(checkpoint: "Checkpoint", split: str | None, *, shared: bool) -> dict[str, LabScore]:
    """Figures by laboratory; of all splits (None) only of laboratories that the model did not learn from.

    CheckpointError where its table cannot be read.
    """
    return _lab_scores(_table(checkpoint), split, checkpoint, shared=shared)


@st.cache_data(max_entries=256, show_spinner=False)
def _lab_scores(table: str, split: str | None, _checkpoint: "Checkpoint", *, shared: bool) -> dict[str, LabScore]:
    labs = [lab for lab in LABORATORIES if split or lab not in _checkpoint.card.learned_from]
    return by_lab(_checkpoint.predictions(), _checkpoint.space, labs, split=split, shared=shared)


def states_of(files: Iterable[Path]) -> tuple[tuple[str, int, int], ...]:
    """By what a result that is kept is known to be of these files as they are now; missing ones are passed over."""
    return tuple((str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files if file.is_file())


def best_first(models: "list[Checkpoint]") -> "list[Checkpoint]":
    """The same checkpoints, the most accurate on its validation cells first."""
    from core.inference.selection import best_first

    return best_first(models)


def widest(ranked: "Sequence[Checkpoint]") -> "Checkpoint":
    """Of one or more checkpoints, the best first, the network that learned from most laboratories."""
    from core.inference.selection import widest

    return widest(ranked)


def speeds() -> dict[str, Speed]:
    """What was measured of speed, by sha256; of a damaged table the page says so and goes on."""
    try:
        return read_speeds()
    except CheckpointError as error:
        alarm.show([str(error)])
        return {}


def cost(checkpoint: "Checkpoint", speeds: Mapping[str, Speed]) -> Cost:
    """What a checkpoint costs; its time only where it was measured with these very weights."""
    sha256 = checkpoint.card.sha256
    speed = speeds.get(sha256)
    return Cost(
        parameters=checkpoint.card.parameters,
        multiply_adds=_multiply_adds(checkpoint),
        bytes=checkpoint.bytes,
        milliseconds=rounded(speed.batch_ms_a_cell) if speed else math.nan,
    )


def _multiply_adds(checkpoint: "Checkpoint") -> float:
    try:
        return float(checkpoint.multiply_adds)  # core.models.cost remembers what it counted
    except ValueError:  # its architecture is one that this version does not know
        return math.nan
