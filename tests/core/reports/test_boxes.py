"""Boxes as data sets: read back by COCO's own tools and by what reads YOLO's files here, and nothing is lost."""

import io
import json
import zipfile
from dataclasses import replace

import pytest
import yaml
from pycocotools.coco import COCO

from core.datasets.boxes import yolo_boxes
from core.differential.cell_types import read_types
from core.differential.smear import CountedCell
from core.imaging.fields import Detection
from core.imaging.windows import Box
from core.labels import NO_CELL
from core.reports.boxes import RED_CELL, UNLIKE, as_coco, as_yolo, labelled
from tests.core.differential.drawn import drawn_smear


@pytest.fixture(scope="module")
def smear():
    """Drawn fields of which a person named some cells, and one with a box that reaches beyond the photo."""
    found = replace(drawn_smear(), types=read_types("blood_stages"))
    white = [cell for cell in found.of(1) if cell.detection.kind == "white"]
    words = dict(zip([(1, cell.number) for cell in white], ["band neutrophil", "blast", NO_CELL], strict=False))
    debris = Detection(Box(5, 5, 25, 25), "white", 0.6, note="debris")
    return found.with_corrections(words).with_added(
        [
            CountedCell(2, 0, Detection(Box(-10, 200, 30, 250), "white", 1.0, True), corrected="monocyte", added=True),
            CountedCell(2, 0, debris),
        ]
    )


@pytest.fixture(scope="module")
def coco(smear, tmp_path_factory):
    path = tmp_path_factory.mktemp("boxes") / "cells.coco.json"
    path.write_text(as_coco(smear))
    return COCO(str(path))


def expected(smear, unlike):
    """(photo, class, box) of every cell that is to be exported."""
    return [
        (photo.number, each.label, each.box.as_tuple())
        for photo in smear.photos
        for each in labelled(smear, photo, unlike=unlike)
    ]


def test_every_cell_but_dirt_and_what_was_removed_has_a_box_in_its_photo(smear):
    boxes = expected(smear, unlike=True)
    left_out = [cell for cell in smear.cells if cell.corrected == NO_CELL or cell.detection.note == "debris"]
    assert len(left_out) == 2
    assert len(boxes) == len(smear.cells) - len(left_out)
    assert {"band neutrophil", "blast", "monocyte", RED_CELL, UNLIKE} <= {label for _, label, _ in boxes}
    assert (2, "monocyte", (0.0, 200.0, 30.0, 240.0)) in boxes  # cut at the edges of the photo


def test_coco_comes_back_through_its_own_reader(smear, coco):
    names = {each["id"]: each["name"] for each in coco.loadCats(coco.getCatIds())}
    back = [(one["image_id"], names[one["category_id"]], one["bbox"]) for one in coco.loadAnns(coco.getAnnIds())]
    called = {each.key: each.name for each in smear.vocabulary.classes} | {RED_CELL: "Red cell", UNLIKE: "Unlike"}
    wanted = expected(smear, unlike=False)
    assert len(back) == len(wanted)
    for (photo, name, (left, top, width, height)), (number, label, box) in zip(back, wanted, strict=True):
        assert (photo, name) == (number, called[label])
        assert (left, top, left + width, top + height) == pytest.approx(box, abs=0.02)
    (image,) = coco.loadImgs([2])
    assert (image["file_name"], image["width"], image["height"]) == ("photo-2.png", 320, 240)
    assert image["fingerprint"] == smear.photos[1].fingerprint


def test_coco_says_who_named_a_cell_and_of_what_the_model_is_unsure(smear, coco):
    by_name = {one["attributes"]["cell"]: one["attributes"] for one in coco.loadAnns(coco.getAnnIds())}
    for cell in smear.cells:
        if cell.name not in by_name:
            continue
        said = by_name[cell.name]
        assert said["named_by"] == ("person" if cell.named else "model")
        assert said["reviewed"] == (cell.named is not None)
        assert said["unlike"] == (cell.named is None and cell.verdict == "unlike")
        assert said["verdict"] == cell.verdict
    assert any(said["unlike"] for said in by_name.values())


def test_yolo_comes_back_through_the_reader_of_our_own_sources(smear, tmp_path):
    with zipfile.ZipFile(io.BytesIO(as_yolo(smear))) as archive:
        archive.extractall(tmp_path)
    data = yaml.safe_load((tmp_path / "data.yaml").read_text())
    assert (tmp_path / "classes.txt").read_text().splitlines() == list(data["names"].values())
    assert list(data["names"]) == list(range(len(data["names"])))
    called = {each.key: each.name for each in smear.vocabulary.classes} | {RED_CELL: "Red cell", UNLIKE: "Unlike"}
    back = [
        (photo, data["names"][number], box.as_tuple())
        for photo in (1, 2)
        for number, box in yolo_boxes(tmp_path / "labels" / f"photo-{photo}.txt", 320, 240)
    ]
    wanted = expected(smear, unlike=True)
    assert [(photo, name) for photo, name, _ in back] == [(photo, called[label]) for photo, label, _ in wanted]
    for (_, _, box), (_, _, edges) in zip(back, wanted, strict=True):
        assert box == pytest.approx(edges, abs=0.01)


def test_a_class_has_the_same_number_in_every_count_with_the_same_types(smear):
    few = replace(smear, cells=smear.of(2)[:2], photos=smear.photos[1:])
    first, second = (
        {one["name"]: one["id"] for one in json.loads(as_coco(each))["categories"]} for each in (smear, few)
    )
    assert all(second[name] == number for name, number in first.items() if name in second)
    assert {"Neutrophil", "Blast", "Red cell"} <= set(second)


def test_files_have_their_photos_names_where_they_are_asked_for_and_never_one_name_twice(smear):
    names = ("../Anna/eye.png", "b\\eye.jpg")
    photos = tuple(replace(photo, name=name) for photo, name in zip(smear.photos, names, strict=True))
    renamed = replace(smear, photos=photos)
    with zipfile.ZipFile(io.BytesIO(as_yolo(renamed, names=True))) as archive:
        assert set(archive.namelist()) == {
            "data.yaml",
            "classes.txt",
            "labels/eye.txt",
            "labels/photo-2 eye.txt",
        }
    images = json.loads(as_coco(renamed, names=True))["images"]
    assert [image["file_name"] for image in images] == ["eye.png", "photo-2 eye.jpg"]
    assert "Anna" not in as_coco(renamed)
    assert as_yolo(renamed) == as_yolo(renamed)


def test_a_photo_without_cells_has_a_file_without_lines(smear):
    with zipfile.ZipFile(io.BytesIO(as_yolo(replace(smear, cells=())))) as archive:
        assert archive.read("labels/photo-1.txt") == b""
    assert json.loads(as_coco(replace(smear, cells=())))["annotations"] == []
