"""From `train detector` to a checkpoint that finds cells, with its tables, beside the classical way."""

import json
import shutil

import numpy as np
import pytest

from core.cli.running import settings_of
from core.cli.training import train_detector
from core.detection.classical import CLASSICAL, ClassicalDetector
from core.detection.loading import load_detector, open_detector
from core.detection.scale import pbc_red_cells
from core.errors import CheckpointError
from core.evaluation.results.detections import DetectionTable
from core.experiments.benchmarks.detector import finding_reports
from core.imaging.decoding import Photo
from core.imaging.fields import KINDS
from core.imaging.wording import detector_name
from core.publishing.verification import verify
from core.synthetic.drawings import drawn_field
from tests.core.calling import call
from tests.core.detection.drawn_sources import as_txl

SETTINGS = ('sources=["txl-pbc"]', "crops=0", "begin_from=none", "channels=8", "height=96", "width=128", "diameter=32")
QUICK = ("epochs=2", "batch_size=2", "precision=fp32", "average=0.5")


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A folder of checkpoints with a detector of drawings that learned next to nothing, and PBC's red cells."""
    folder = tmp_path_factory.mktemp("detector")
    as_txl(folder / "data" / "txl-pbc")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMEARLENS_DATA", str(folder / "data"))
        patch.setenv("SMEARLENS_CHECKPOINTS", str(folder / "checkpoints"))
        (folder / "checkpoints").mkdir()
        call("bench", "scale", "--keep", "--json")
        assert train_detector(folder / "run", settings_of([*SETTINGS, *QUICK]), "detector")
    return folder


@pytest.fixture
def folder(root, monkeypatch):
    monkeypatch.setenv("SMEARLENS_CHECKPOINTS", str(root / "checkpoints"))
    return root / "checkpoints" / "detector"


def test_the_checkpoint_is_whole(folder):
    checkpoint = open_detector(folder)
    assert verify(checkpoint) == []
    assert set(checkpoint.detector.thresholds) == set(KINDS)
    assert checkpoint.card.trained.counts == {"test": 2, "train": 3, "val": 2}
    assert checkpoint.bytes < 10_000_000


def test_both_ways_looked_at_the_same_photos(folder):
    ours, classical = DetectionTable.read(folder), DetectionTable.read(folder / CLASSICAL)
    assert ours.fields.equals(classical.fields)
    assert set(ours.fields["split"]) == {"val", "test"}


def test_the_bench_sets_both_side_by_side(folder):
    rows = json.loads(call("bench", "detector", "--json"))
    assert {row["finder"] for row in rows} == {"detector", CLASSICAL}
    assert {row["kind"] for row in rows} == {"all", *KINDS}


def test_the_published_detector_gives_fields(folder):
    detector = load_detector()
    assert detector_name(detector.identity).startswith("detector ")
    drawn = drawn_field(9, (240, 320), cells=1)
    field = detector.find(Photo("drawn", drawn.pixels))
    assert (field.width, field.height, field.detector) == (320, 240, detector.identity)
    boxes = detector.boxes(drawn.pixels)
    assert np.isfinite(boxes.edges).all()
    table = DetectionTable.read(folder)
    assert len(table.boxes)


def test_without_a_detector_the_classical_way_serves(root, monkeypatch, tmp_path):
    monkeypatch.setenv("SMEARLENS_CHECKPOINTS", str(tmp_path))
    assert isinstance(load_detector(), ClassicalDetector)
    assert pbc_red_cells() is None
    with pytest.raises(CheckpointError, match="no detector"):
        finding_reports()


def test_the_scale_is_measured_on_training_photos_of_pbc(folder):
    measured = pbc_red_cells()
    assert measured.photos == 2
    assert measured.diameter == pytest.approx(7.5 / drawn_field(0, (240, 320), cells=1).micrometres_per_pixel, rel=0.2)


def test_damaged_weights_are_refused(folder, tmp_path, monkeypatch):
    shutil.copytree(folder, tmp_path / "detector")
    (tmp_path / "detector" / "weights.safetensors").write_bytes(b"nothing")
    monkeypatch.setenv("SMEARLENS_CHECKPOINTS", str(tmp_path))
    with pytest.raises(CheckpointError, match="sha256"):
        load_detector()
