"""Tables of found cells survive a folder, and reports tell forgotten boxes from wrong ones."""

import math
from dataclasses import replace

import pandas as pd
import pytest

from core.errors import CheckpointError
from core.evaluation.detection_report import detection_report, detection_reports, working_points
from core.evaluation.results.detections import DetectionTable, FieldFacts, detection_table
from core.imaging.fields import KINDS

NAN = float("nan")
CELL, OTHER, THIRD = (0.0, 0.0, 10.0, 10.0), (20.0, 0.0, 30.0, 10.0), (0.0, 20.0, 10.0, 30.0)
HALF = dict.fromkeys(KINDS, 0.5)


def facts(key: str, trusted="white red platelet", covered=1.0, split="test", published="test", lab="A") -> FieldFacts:
    return FieldFacts("drawn", lab, split, published, key, 40, 40, trusted, covered)


@pytest.fixture
def told() -> DetectionTable:
    """One complete photo read right; one whose red cells nobody marked, in which two are found."""
    found, marked = ("red", "", 0.9, CELL), ("red", "", NAN, OTHER)
    a = [("white", "", 0.9, CELL), ("white", "", NAN, CELL), ("red", "", 0.8, OTHER), marked]
    b = [("red", "", 0.95, OTHER), found, ("white", "", NAN, THIRD)]
    c = [("red", "", 0.7, OTHER), marked, ("red", "", 0.2, CELL)]
    return detection_table(
        [(facts("a"), a), (facts("b", "white platelet", 0.4), b), (facts("c", split="val", published=""), c)]
    )


def test_tables_come_back_as_they_were(told, tmp_path):
    told.write(tmp_path)
    back = DetectionTable.read(tmp_path)
    pd.testing.assert_frame_equal(back.fields, told.fields)
    assert [len(photo.truth) for photo in back.of("white")] == [1, 1, 0]
    assert back.of("red")[2].scores.tolist() == pytest.approx([0.7, 0.2], abs=1e-3)


def test_a_damaged_table_is_refused_with_a_sentence(told, tmp_path):
    with pytest.raises(CheckpointError, match="missing or damaged"):
        DetectionTable.read(tmp_path)
    with pytest.raises(CheckpointError, match="lacks the column score"):
        DetectionTable(told.fields, told.boxes.drop(columns="score"))


def test_a_kind_that_was_not_marked_counts_only_where_published_figures_count_it(told):
    test = told.select(split="test")
    red = {figures.kind: figures for figures in detection_report("", test, HALF).kinds}["red"]
    assert (red.photos, red.ap50, red.precision.value) == (1, 1.0, 1.0)
    strict = {figures.kind: figures for figures in detection_report("", test, HALF, strict=True).kinds}["red"]
    assert (strict.photos, strict.precision.value) == (2, pytest.approx(1 / 3))
    assert strict.ap50 < 1


def test_counts_are_judged_only_where_boxes_are_complete(told):
    red = {figures.kind: figures for figures in detection_report("", told.select(split="test"), HALF).kinds}["red"]
    assert (red.counted, red.count_error.value) == (1, 0.0)


def test_the_mean_is_over_kinds_that_are_marked(told):
    made = detection_report("", told.select(split="test"), HALF)
    assert [figures.kind for figures in made.kinds] == ["white", "red"]
    assert made.map50 == pytest.approx((made.kinds[0].ap50 + 1) / 2)


def test_working_points_are_chosen_on_what_is_given(told):
    assert working_points(told.select(split="val"))["red"] == pytest.approx(0.45)


def test_reports_name_what_they_are_of(told):
    titles = [made.title for made in detection_reports(told, HALF)]
    assert titles == ["drawn, test", "drawn, its own test split, forgotten boxes held against it"]


def test_where_cells_may_lack_a_box_only_recall_is_known():
    rows = [("white", "", 0.9, CELL), ("white", "", NAN, CELL)]
    table = detection_table([(replace(facts("a"), complete=False), rows)])
    report = detection_report("open", table, HALF)
    (white,) = report.kinds
    assert (white.recall.value, white.marked) == (1, 1)
    unknown = (white.ap50, white.ap50_95, white.precision.value, report.map50, report.map50_95)
    assert all(math.isnan(figure) for figure in unknown)
    _, strict = detection_reports(table, HALF)
    assert strict.title.endswith("forgotten boxes held against it")
    assert (strict.kinds[0].precision.value, strict.map50) == (1, 1)
