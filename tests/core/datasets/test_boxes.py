"""Marked fields: boxes as the sources have them, no field in two splits, and what was never marked is not trusted."""

import pytest

from core.datasets.boxes import FIELD_SOURCES, marked_fields, yolo_boxes
from core.errors import SourceError
from core.imaging.fields import KINDS
from core.imaging.windows import Box
from tests.core.detection.drawn_sources import as_bccd, as_txl

FULL = {"white": 1, "red": 3, "platelet": 1}


def test_photos_of_one_field_go_to_the_strictest_of_their_splits(tmp_path):
    photos = [("a", "train", 1, FULL), ("b", "test", 1, FULL), ("c", "train", 2, FULL), ("d", "val", 2, FULL)]
    photos += [("e", "train", None, FULL), ("f", "test", None, FULL)]
    fields = FIELD_SOURCES["bccd"].read(as_bccd(tmp_path, photos))
    assert [field.split for field in fields] == ["test", "test", "val", "val", "train", "test"]
    assert [field.published for field in fields] == [split for _, split, _, _ in photos]


def test_a_kind_without_any_box_is_not_trusted_unless_it_is_platelets(tmp_path):
    photos = [("a", "train", None, {"white": 1}), ("b", "train", None, {"red": 2}), ("c", "train", None, FULL)]
    fields = FIELD_SOURCES["bccd"].read(as_bccd(tmp_path, photos))
    assert [sorted(field.trusted) for field in fields] == [["platelet", "white"], ["platelet", "red"], sorted(KINDS)]


def test_boxes_and_kinds_of_a_photo(tmp_path):
    (field,) = FIELD_SOURCES["bccd"].read(as_bccd(tmp_path, [("a", "train", None, {"white": 1, "red": 2})]))
    assert field.boxes.tolist() == [[0, 1, 4, 9], [0, 1, 4, 9], [5, 1, 9, 9]]
    assert [KINDS[kind] for kind in field.kinds] == ["white", "red", "red"]
    assert field.pixels().shape == (48, 64, 3)


def test_yolo_lines_become_pixels_within_the_photo(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("1 0.5 0.5 0.2 0.4\n\n0 0.0 0.0 0.2 0.2\n2 0.5 0.5 0.0 0.1\n")
    assert yolo_boxes(file, 100, 50) == [(1, Box(40, 15, 60, 35)), (0, Box(0, 0, 10, 5))]


def test_labs_and_splits_of_txl(tmp_path):
    fields = FIELD_SOURCES["txl-pbc"].read(as_txl(tmp_path))
    assert {field.lab for field in fields} == {"Hospital Clínic Barcelona", "Tehran (three hospitals)"}
    assert [field.split for field in fields].count("train") == 3
    assert {KINDS[kind] for field in fields for kind in field.kinds} == set(KINDS)


@pytest.mark.parametrize("prepare", [lambda root: None, lambda root: (root / "txl-pbc").mkdir()])
def test_what_is_missing_or_damaged_is_one_sentence(tmp_path, monkeypatch, prepare):
    monkeypatch.setenv("SMEARLENS_DATA", str(tmp_path))
    prepare(tmp_path)
    with pytest.raises(SourceError, match="txl-pbc"):
        marked_fields("txl-pbc")


def test_the_real_sources(data_root):
    """Facts that SMEARLENS_DATA's README states: 364 photos, 15 without red boxes; 315; no group in two splits."""
    bccd = marked_fields("bccd")
    assert len(bccd) == 364
    assert sum("red" not in field.trusted for field in bccd) == 15
    assert all(field.split == "test" for field in bccd if field.published == "test")
    txl = marked_fields("txl-pbc")
    assert len(txl) == 315
    chula = marked_fields("chula")
    assert len(chula) > 30
    assert not any(field.complete for field in chula)
