"""The examples: marked, listed, with known truth, small, and the same each time."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from core.errors import CheckpointError
from core.inference.cell_maker import CellMaker
from core.publishing import example_cells as module
from core.publishing.example_cells import A_CLASS, CELLS_A_FIELD, FIELDS_WRITTEN, write_examples
from core.publishing.example_fields import HEIGHT, WIDTH, composed
from core.synthetic.drawings import RED_CELL, drawn_field
from core.synthetic.examples import all_cells, all_fields
from core.synthetic.generator.mark import facts_of


@pytest.fixture
def maker(generator) -> CellMaker:
    made = CellMaker(generator)
    made.copies = replace(made.copies, least_bits=0, least_features=0.0)
    return made


def test_they_are_written_marked_and_listed(maker, tmp_path):
    written = write_examples(maker, tmp_path, seed=1)
    cells = all_cells(tmp_path)
    assert len(cells) == A_CLASS * 8
    assert {cell.label for cell in cells} == set(maker.checkpoint.space.keys)
    assert {cell.generated_by for cell in cells} == {maker.checkpoint.card.sha256}
    for path in written:
        if path.suffix == ".webp":
            facts = facts_of(path.read_bytes())
            assert facts is not None
            assert facts["generated_by"] == maker.checkpoint.card.sha256
    assert cells[0].pixels().shape == (32, 32, 3)
    assert sum(path.stat().st_size for path in written) < module.MOST_BYTES
    fields = all_fields(tmp_path)
    assert len(fields) == FIELDS_WRITTEN
    labels = set()
    for field in fields:
        assert len(field.generated) == CELLS_A_FIELD
        labels |= {cell.label for cell in field.generated}
        with Image.open(io.BytesIO(field.data())) as picture:
            assert picture.size == (WIDTH, HEIGHT)
    assert labels == set(maker.checkpoint.space.keys)


def test_writing_again_changes_nothing_and_leaves_nothing_over(maker, tmp_path):
    first = {path: path.read_bytes() for path in write_examples(maker, tmp_path, seed=1)}
    (tmp_path / "cells" / "old.webp").write_bytes(b"old")
    assert {path: path.read_bytes() for path in write_examples(maker, tmp_path, seed=1)} == first
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == set(first)


def test_too_large_is_refused_and_the_earlier_ones_stay(maker, tmp_path, monkeypatch):
    (tmp_path / "index.json").write_text("[]")
    monkeypatch.setattr(module, "MOST_BYTES", 1000)
    with pytest.raises(CheckpointError, match="more than the 1,000"):
        write_examples(maker, tmp_path, seed=1)
    assert [path.name for path in tmp_path.iterdir()] == ["index.json"]


def test_a_field_shows_each_cell_where_its_truth_says(maker):
    made = maker.make("monocyte", 4, seed=1)
    loud = [replace(one, pixels=np.full((32, 32, 3), [250, 0, 250], np.uint8)) for one in made]
    field = composed(loud, seed=2)
    ground = drawn_field(2, (HEIGHT, WIDTH), cells=0)
    assert field.pixels.shape == ground.pixels.shape
    assert np.array_equal(field.pixels, composed(loud, seed=2).pixels)
    assert not np.array_equal(field.pixels, composed(loud, seed=3).pixels)
    changed = np.abs(field.pixels.astype(int) - ground.pixels).sum(-1) > 0
    boxes = [cell.box for cell in field.cells if not cell.drawn]
    for box in boxes:
        x, y = (int(value) for value in box.centre)
        assert field.pixels[y, x, 1] < field.pixels[y, x, 0]
        changed[int(box.top) : int(box.bottom), int(box.left) : int(box.right)] = False
    assert not changed.any()  # beyond the windows nothing was touched
    kinds = {cell.label for cell in field.cells if cell.drawn}
    assert kinds <= {RED_CELL, "platelet"}
    covered = [cell for cell in field.cells if cell.drawn for box in boxes if _middle_in(cell.box, box)]
    assert covered == []


def _middle_in(cell, box) -> bool:
    (x, y), (u, v) = cell.centre, box.centre
    return np.hypot(x - u, y - v) < 0.7 * box.width / 2


def test_a_field_has_room_for_so_many(maker):
    made = maker.make("monocyte", 1, seed=1)
    with pytest.raises(ValueError, match="room"):
        composed(made * 99, seed=1)
