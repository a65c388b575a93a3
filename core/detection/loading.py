"""The checkpoint that finds cells in fields, as core.checkpoints has those that read them."""

from pathlib import Path

from core.checkpoints import LOCALIZER, Checkpoint, check_hash, filled, open_checkpoint
from core.detection.classical import ClassicalDetector
from core.detection.detector import Detector, FieldDetector, working_points_of
from core.detection.localizer import Localizer, LocalizerNet
from core.detection.network import CellNet
from core.detection.recipe import DETECTOR, make_detector_recipe
from core.detection.scale import RedCells, pbc_red_cells
from core.errors import CheckpointError
from core.evaluation.results.detections import DetectionTable
from core.models.answers import AnswerStore
from core.settings import checkpoints_folder


def open_detector(folder: Path) -> Checkpoint:
    """The detector in a folder; CheckpointError where there is none."""
    checkpoint = open_checkpoint(folder)
    if checkpoint.card.detector is None:
        raise CheckpointError(f"The checkpoint {checkpoint.name} does not find cells in fields.")
    return checkpoint


def detector_net(checkpoint: Checkpoint) -> CellNet:
    """The network with its weights, float32, in evaluation mode; verified first."""
    check_hash(checkpoint.weights, checkpoint.card.sha256)
    net = CellNet(make_detector_recipe(checkpoint.card.recipe).channels)
    filled(net, checkpoint)
    return net


def field_detector(
    checkpoint: Checkpoint, red_cells: RedCells | None = None, answers: AnswerStore | None = None
) -> FieldDetector:
    """The detector of an opened checkpoint. answers: where what it found is remembered."""
    return FieldDetector(detector_net(checkpoint), checkpoint, red_cells or pbc_red_cells(), answers)


def check_detector(checkpoint: Checkpoint) -> None:
    """CheckpointError where a detector does not load, or its tables of found cells do not fit."""
    detector_net(open_detector(checkpoint.folder))
    working_points_of(checkpoint)
    DetectionTable.read(checkpoint.folder)


def load_detector(name: str = DETECTOR, answers: AnswerStore | None = None) -> Detector:
    """The detector of that name among our checkpoints; the classical way where none is there.

    answers: where what it found is remembered. CheckpointError where it is there but damaged: that is not to pass
    unnoticed.
    """
    folder = checkpoints_folder() / name
    if not (folder / "card.json").is_file():
        return ClassicalDetector(pbc_red_cells())
    return field_detector(open_detector(folder), answers=answers)


def load_localizer(answers: AnswerStore | None = None) -> Localizer:
    """The network that frames a cell before any model reads it. answers: where what it found is remembered."""
    checkpoint = open_checkpoint(checkpoints_folder() / LOCALIZER)
    check_hash(checkpoint.weights, checkpoint.card.sha256)
    net = LocalizerNet()
    filled(net, checkpoint)
    detector = load_detector(answers=answers)
    return Localizer(net, detector if detector.identity.method == "network" else None)
