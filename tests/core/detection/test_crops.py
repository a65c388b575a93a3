"""Photos of single cells for scenes: boxes as sources mark them or the detector at hand tells, classes evenly."""

import numpy as np
import pytest

from core.datasets import open_source
from core.datasets.boxes import MarkedField
from core.datasets.laboratories import LABORATORIES
from core.detection.crops import cell_sources, load_crops, most_learned, neutrophils_over_red_cells
from core.detection.decoding import Boxes
from core.errors import SourceError
from core.imaging.windows import Box, square
from tests.core.datasets.sources import chula, jtsc


class Teacher:
    """Finds a white cell in the middle, a sure one and a doubtful one beside it."""

    def __init__(self, middle: float = 0.9) -> None:
        self.middle = middle

    def boxes(self, pixels, progress=None) -> Boxes:
        height, width = pixels.shape[:2]
        edges = [square(width / 2, height / 2, 40), Box(0, 0, 20, 20), Box(80, 0, 100, 20)]
        return Boxes(
            np.array([box.as_tuple() for box in edges], np.float32),
            np.array([self.middle, 0.9, 0.4], np.float32),
            np.zeros(3, np.int64),
        )


@pytest.fixture
def fields(tmp_path) -> list[MarkedField]:
    """A neutrophil of 40 pixels among red cells of 20."""
    cells = (("white", square(50, 50, 40)), *[("red", square(10 + 25 * i, 10, 20)) for i in range(3)])
    return [MarkedField("drawn", "A", "a", "train", "", tmp_path, cells, types=("neutrophil", "", "", ""))]


@pytest.fixture
def source(tmp_path):
    jtsc.build(tmp_path)
    return open_source("jtsc", tmp_path)


def crops_of(tiny_recipe, source, fields, teacher, **changes):
    recipe = tiny_recipe.model_copy(update={"cells_each": 10} | changes)
    return load_crops(recipe, [source], fields, teacher, lambda done, total: None)


def test_boxes_are_those_of_the_source_and_only_white_cells_are_known(tiny_recipe, source, fields):
    crops = crops_of(tiny_recipe, source, fields, Teacher())
    train = source.index[source.index["split"] == "train"]
    assert len(crops) == 10 // train["label"].nunique() * train["label"].nunique()
    for crop in crops:
        assert crop.boxes.tolist() == [list(jtsc.CELL)]
        assert crop.kinds.tolist() == [0]
        assert crop.trusted.tolist() == [True, False, False]


def test_red_cells_are_as_large_as_neutrophils_tell(tiny_recipe, source, fields):
    assert neutrophils_over_red_cells(fields) == 2
    left, top, right, bottom = jtsc.CELL
    crops = crops_of(tiny_recipe, source, fields, Teacher())
    assert crops[0].red_diameter == pytest.approx((right - left + bottom - top) / 2 / 2)
    with pytest.raises(SourceError, match="cannot be told"):
        crops_of(tiny_recipe, source, [], Teacher())


def test_where_a_source_marks_no_edges_the_detector_tells_them(tiny_recipe, source, fields, monkeypatch):
    monkeypatch.setattr("core.detection.crops.LABORATORIES", {"jtsc": type("", (), {"boxes": lambda *_: {}})})
    crops = crops_of(tiny_recipe, source, fields, Teacher())
    assert {len(crop.boxes) for crop in crops} == {2}
    assert crops[0].boxes[0].tolist() == [40, 40, 80, 80]
    with pytest.raises(SourceError):
        crops_of(tiny_recipe, source, fields, Teacher(middle=0.3))


def test_nothing_is_learned_from_laboratories_left_out(tiny_recipe, source, monkeypatch):
    monkeypatch.setattr("core.detection.crops.find_source", lambda name: source)
    recipe = tiny_recipe.model_copy(update={"crops": 0.5, "cells_of": ("jtsc",)})
    assert cell_sources(recipe) == [source]
    assert cell_sources(recipe.model_copy(update={"leave_out": tuple(source.spec.labs)})) == []
    assert cell_sources(recipe.model_copy(update={"crops": 0.0})) == []


def test_no_photo_counts_twice(tiny_recipe, source):
    train = source.index[source.index["split"] == "train"]
    many = tiny_recipe.model_copy(update={"cells_each": 10_000})
    assert most_learned(many, source) == len(train)
    few = tiny_recipe.model_copy(update={"cells_each": train["label"].nunique()})
    assert most_learned(few, source) == train["label"].nunique()


def test_the_box_of_chula_lies_in_the_middle_of_its_crop(tmp_path):
    chula.build(tmp_path)
    source = open_source("chula", tmp_path)
    key = source.index["key"][0]
    box = LABORATORIES["chula"].boxes(source, [key])[key]
    assert box.centre == (96, 96)
    assert (box.width, box.height) == pytest.approx((144, 90))
