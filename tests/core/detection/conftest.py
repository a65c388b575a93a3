"""Drawn fields, whose cells are known, as marked fields in memory."""

import numpy as np
import pytest

from core.detection.decoding import Boxes
from core.detection.recipe import DetectorRecipe, make_detector_recipe
from core.detection.scenes import LoadedField
from core.imaging.fields import KINDS
from core.synthetic.drawings import RED_CELL, drawn_field


def kind_of(drawn: str) -> str:
    """A drawn cell's kind as a detector tells it."""
    return {RED_CELL: "red", "platelet": "platelet"}.get(drawn, "white")


def loaded_field(seed: int, trusted=(True, True, True)) -> LoadedField:
    """A drawn field of 240 x 320 pixels in memory."""
    drawn = drawn_field(seed, (240, 320), cells=1)
    boxes = np.array([cell.box.as_tuple() for cell in drawn.cells], np.float32)
    kinds = np.array([KINDS.index(kind_of(cell.label)) for cell in drawn.cells], np.int64)
    red = float(np.median((boxes[:, 2:] - boxes[:, :2])[kinds == 1].mean(1)))
    return LoadedField(drawn.pixels, boxes, kinds, np.array(trusted), red, np.array([230.0, 225, 220]))


@pytest.fixture(scope="session")
def drawn_fields() -> list[LoadedField]:
    return [loaded_field(seed) for seed in range(4)]


@pytest.fixture
def tiny_recipe() -> DetectorRecipe:
    """Small enough for a test: scenes of 96 x 128, begun from random weights."""
    return make_detector_recipe(
        {
            "begin_from": "none",
            "channels": 8,
            "height": 96,
            "width": 128,
            "diameter": 32,
            "epochs": 2,
            "batch_size": 2,
            "precision": "fp32",
        }
    )


def boxes(*rows: tuple[float, float, float, float], kind: int = 1, scores: list[float] | None = None) -> Boxes:
    """Found boxes of one kind."""
    return Boxes(
        np.array(rows, np.float32).reshape(-1, 4),
        np.array(scores or [0.9] * len(rows), np.float32),
        np.full(len(rows), kind, np.int64),
    )
