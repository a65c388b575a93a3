"""A checkpoint on data sets: its own splits, others, and never cells that it learned from."""

import shutil

import pytest
from PIL import Image

from core.datasets import open_source
from core.errors import LeakError, SourceError
from core.inference.reader import Reader
from core.inference.sources import assess
from core.synthetic.drawings import CELL_CLASSES, drawn_cell


@pytest.fixture
def reader(tiny):
    return Reader(tiny)


def test_its_own_splits_give_the_published_table(reader, drawn_folder, tiny):
    told = assess(reader, open_source("folder", drawn_folder))
    published = tiny.predictions()
    assert list(told.table["key"]) == list(published.table["key"])
    assert told.probabilities == pytest.approx(published.probabilities, abs=1e-5)


def test_training_cells_under_other_names_are_refused(reader, drawn_folder, tmp_path):
    """By content: other file names, another size, another split."""
    source = open_source("folder", drawn_folder)
    for number, key in enumerate(source.keys("train")):
        label = key.split("/")[0]
        (tmp_path / label).mkdir(exist_ok=True)
        seed = int(key.rsplit("_", 1)[1].removesuffix(".png"))
        Image.fromarray(drawn_cell(label, seed, 96)).save(tmp_path / label / f"renamed{number}.png")
    with pytest.raises(LeakError, match="learned from"):
        assess(reader, open_source("folder", tmp_path))


def test_other_cells_are_read(reader, tmp_path):
    for kind in CELL_CLASSES[:3]:
        (tmp_path / kind).mkdir()
        for seed in range(500, 508):
            Image.fromarray(drawn_cell(kind, seed, 48)).save(tmp_path / kind / f"{seed}.png")
    told = assess(reader, open_source("folder", tmp_path), ["test"])
    assert set(told.table["split"]) == {"test"}
    assert told.classes == reader.checkpoint.space.keys


def test_unknown_classes_are_refused(reader, drawn_folder, tmp_path):
    shutil.copytree(drawn_folder / "basophil", tmp_path / "dragon")
    shutil.copytree(drawn_folder / "monocyte", tmp_path / "monocyte")
    with pytest.raises(SourceError, match="dragon"):
        assess(reader, open_source("folder", tmp_path))
