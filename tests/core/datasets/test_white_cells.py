"""What is particular to the sources of white cells and to folders of one's own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.datasets import Source, find_source, open_source
from core.datasets.sources.bccd import boxes
from core.errors import SourceError
from core.imaging.windows import Box
from core.labels import LABEL_SPACES

Built, Opened = Callable[[str], Path], Callable[[str], Source]


def straddling(source: Source) -> int:
    grouped = source.index.query("group != ''")
    return int((grouped.groupby("group")["split"].nunique() > 1).sum())


def test_kaggle_takes_validation_by_photo(opened: Opened) -> None:
    source = opened("kaggle")
    assert source.index["split"].value_counts()["test"] == 4 * 2 * 2
    assert straddling(source) == 0
    assert "by source photo" in source.split_note
    assert set(source.label_space.keys) == set(source.index["label"])


def test_kaggle_leaves_out_fields_that_are_tested(built: Built) -> None:
    root = built("kaggle")
    table = (root / "image_source_map.csv").read_text()
    (root / "image_source_map.csv").write_text(table.replace("0TRAIN3", "0TEST1"))
    source = open_source("kaggle", root)
    assert len(source.index) == 4 * 8 * 2 - 2
    assert "2 images of TRAIN" in source.split_note


def test_kaggle_as_published_says_that_validation_is_too_good(built: Built) -> None:
    root = built("kaggle")
    (root / "image_source_map.csv").unlink()
    (root / "images").mkdir()
    for part in ("TRAIN", "TEST"):
        (root / part).rename(root / "images" / part)
    source = open_source("kaggle", root)
    assert source.keys()[0].startswith("images/TRAIN/")
    assert source.load(source.keys()[0]).shape == (30, 40, 3)
    assert "too good" in source.split_note


def test_bccd_takes_photos_with_one_known_cell(opened: Opened) -> None:
    source = opened("bccd")
    assert sorted(source.keys()) == [f"JPEGImages/BloodImage_{n:05d}.jpg" for n in (0, 1, 4, 5, 6, 7, 8)]


def test_bccd_frames_the_white_cell(opened: Opened) -> None:
    source = opened("bccd")
    assert source.frame("JPEGImages/BloodImage_00001.jpg", 96, 72) == Box(17.5, 12.5, 62.5, 57.5)
    assert source.frame("JPEGImages/BloodImage_00000.jpg", 96, 72) == Box(12, 0, 84, 72)  # no cell is marked


def test_bccd_boxes_leave_out_those_without_an_area(built: Built) -> None:
    root = built("bccd")
    found = boxes(root, "BloodImage_00003.jpg")
    assert found == [("WBC", Box(30, 20, 50, 50)), ("RBC", Box(1, 2, 20, 22))]
    assert boxes(root, "BloodImage_09999") == []
    (root / "Annotations" / "BloodImage_00003.xml").write_text("<annotation><object>")
    with pytest.raises(SourceError, match=r"BloodImage_00003\.xml could not be read"):
        boxes(root, "BloodImage_00003")


def test_chula_keeps_videos_whole(opened: Opened) -> None:
    source = opened("chula")
    assert straddling(source) == 0
    assert "video" in source.split_note


def test_jtsc_keeps_the_two_images_of_a_cell_together(data_root: Path) -> None:
    source = find_source("jtsc")
    assert source.index["label"].value_counts().to_dict() == {
        "neutrophil": 176,
        "lymphocyte": 53,
        "monocyte": 48,
        "eosinophil": 22,
        "basophil": 1,
    }
    assert straddling(source) == 0


@pytest.mark.parametrize(
    ("name", "test", "classes"), [("kaggle", 2487, 4), ("bccd", 78, 5), ("chula", 147, 5), ("jtsc", 60, 4)]
)
def test_real_sources_hold_what_was_counted(data_root: Path, name: str, test: int, classes: int) -> None:
    source = find_source(name)
    tested = source.index[source.index["split"] == "test"]
    assert len(tested) == test
    assert tested["label"].nunique() == classes
    assert straddling(source) == 0


def test_folder_maps_known_names_and_keeps_others(opened: Opened) -> None:
    source = opened("folder")
    assert source.label_space.keys == ("blast", "lymphocyte", "neutrophil")
    known = LABEL_SPACES["pbc8"]["neutrophil"]
    assert source.label_space["neutrophil"].colour == known.colour
    assert source.label_space["blast"].name == "Blast"
    assert len(set(source.label_space.colours.values())) == 3


def test_folder_with_the_classes_of_a_known_space_has_that_space(built: Built) -> None:
    root = built("kaggle") / "TRAIN"
    assert open_source("folder", root).label_space is LABEL_SPACES["kaggle4"]
