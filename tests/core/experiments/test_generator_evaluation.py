"""Judging: real cells judged as if made come out as real, and copies come out as copies."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from core.checkpoints import find_checkpoint
from core.datasets import cached_pixels
from core.experiments.generator_evaluation import ALL, judge, nearest_pixels, small
from core.experiments.generator_sheets import COLUMNS, GAP, write_sheets
from core.inference.cell_maker import CellMaker
from core.inference.reader import Reader
from core.synthetic.generator.copies import FeatureNet, eight_views


@pytest.fixture
def parts(generator):
    return CellMaker(generator), FeatureNet("tiny", 8), Reader(find_checkpoint("tiny"))


def test_every_figure_stands_beside_that_of_real_cells(parts, drawn, tmp_path):
    maker, features, reader = parts
    judged = judge(maker, drawn, features, reader, split="test")
    told = judged.to_dict()
    assert told["n"] == len(judged.made) == len(judged.real) > 5
    assert told["guidance"] == maker.net.recipe.flow.guidance
    for name in ("likeness", "read_as_asked", "nearest_training_cell"):
        assert set(told[name]) == {"generated", "real"}
    rate = told["read_as_asked"]["generated"][ALL]
    assert rate["n"] == told["n"]
    assert rate["low"] <= rate["value"] <= rate["high"]
    per_class = [one for name, one in told["read_as_asked"]["real"].items() if name != ALL]
    assert sum(one["n"] for one in per_class) == told["n"]
    # After two epochs nobody would take them for real.
    assert judged.made_likeness.frechet > judged.real_likeness.frechet
    assert judged.made_likeness.kernel > judged.real_likeness.kernel
    paths = write_sheets(judged, drawn, tmp_path)
    assert [path.name for path in paths] == ["shuffled.png", "answers.json", "closest.png"]
    with Image.open(paths[0]) as sheet:
        assert sheet.width == COLUMNS * (32 + GAP) + GAP


def test_training_cells_handed_out_as_made_are_found(parts, drawn, cells, monkeypatch):
    maker, features, reader = parts
    drawn_by_heart = lambda kinds, seed, first=0: cells.train.pictures(first + np.arange(len(kinds)))  # noqa: E731
    monkeypatch.setattr(maker, "draw", drawn_by_heart)
    near = judge(maker, drawn, features, reader, split="test").nearest_made
    assert near.copied.all()
    assert near.pixels.max() < 1e-6
    assert np.array_equal(near.pixels_row, np.arange(len(near.pixels)))


def test_real_cells_handed_out_as_made_are_judged_real(parts, drawn, monkeypatch):
    maker, features, reader = parts
    pixels = cached_pixels(drawn, 32)
    rows = np.flatnonzero((drawn.index["split"] == "test").to_numpy())
    half = len(rows) // 2
    order = np.random.default_rng(0).permutation(len(rows))
    monkeypatch.setattr(maker, "draw", lambda kinds, seed, first=0: pixels[rows[order[:half]]])
    judged = judge(maker, drawn, features, reader, split="test")
    assert judged.made_likeness == judged.real_likeness
    assert judged.right_made == judged.right_real
    told = judged.to_dict()["nearest_training_cell"]
    assert told["generated"] == told["real"]


def test_most_bounds_how_many_are_drawn(parts, drawn):
    maker, features, reader = parts
    assert len(judge(maker, drawn, features, reader, split="test", most=5).made) == 5


def test_pixels_are_compared_in_all_positions(noise_pictures):
    known = small(noise_pictures)
    assert known.shape == (4, 32 * 32 * 3)
    for seen in eight_views(noise_pictures):
        distance, row = nearest_pixels(seen, known)
        assert distance.max() < 1e-6
        assert row.tolist() == [0, 1, 2, 3]
    brighter = np.clip(noise_pictures.astype(int) + 51, 0, 255).astype(np.uint8)
    assert nearest_pixels(brighter, known)[0] == pytest.approx(0.2, abs=1e-3)


@pytest.fixture
def noise_pictures() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 200, (4, 32, 32, 3), dtype=np.uint8)


def test_another_pull_is_told(generator, drawn):
    maker = CellMaker(generator, guidance=3.0)
    judged = judge(maker, drawn, FeatureNet("tiny", 8), Reader(find_checkpoint("tiny")), split="val", most=4)
    assert (judged.guidance, judged.split) == (3.0, "val")
    assert replace(judged, guidance=1.0).to_dict()["guidance"] == 1.0
