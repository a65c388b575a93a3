"""Cells on request: the same each time, none a copy, and read as asked where that is wanted."""

from dataclasses import replace

import numpy as np
import pytest

from core.checkpoints import find_checkpoint
from core.errors import CheckpointError, RecipeError
from core.inference import cell_maker as module
from core.inference.cell_maker import CellMaker
from core.inference.reader import Reader


@pytest.fixture
def maker(generator) -> CellMaker:
    """One that keeps every cell: two epochs teach too little for real limits."""
    made = CellMaker(generator)
    made.copies = replace(made.copies, least_bits=0, least_features=0.0)
    return made


def test_the_same_arguments_make_the_same_cells(maker):
    first, again = (maker.make("basophil", 5, seed=3) for _ in range(2))
    assert len(first) == 5
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(first, again, strict=True))
    assert [one.number for one in first] == list(range(5))
    assert {one.condition.cell for one in first} == {"basophil"}
    other = maker.make("basophil", 5, seed=4)
    assert not np.array_equal(first[0].pixels, other[0].pixels)


def test_a_copy_is_refused(maker, cells, monkeypatch):
    """A generator that knows nothing but a training cell by heart, turned, is told at once."""
    learned = np.rot90(cells.train.pictures(np.array([3]))[0])
    honest = maker.draw([0] * module.BATCH, 1)

    def draw(kinds, seed, first=0):
        pictures = honest.copy()
        pictures[::2] = learned
        return pictures

    monkeypatch.setattr(maker, "draw", draw)
    maker.copies = replace(maker.copies, least_bits=1, least_features=0.0)
    kept = maker.make("basophil", 8, seed=1)
    assert [one.number for one in kept] == [1, 3, 5, 7, 9, 11, 13, 15]
    assert (maker.tally.drawn, maker.tally.copies) == (module.BATCH, module.BATCH // 2)


def test_where_all_are_copies_it_says_so(maker, monkeypatch):
    monkeypatch.setattr(module, "TRIES", 2)
    maker.copies = replace(maker.copies, least_bits=129)
    with pytest.raises(CheckpointError, match="only 0 could be kept"):
        maker.make("basophil", 2, seed=1)


def test_only_cells_read_as_asked_are_kept(generator, monkeypatch):
    reader = Reader(find_checkpoint("tiny"))
    maker = CellMaker(generator, reader)
    maker.copies = replace(maker.copies, least_bits=0, least_features=0.0)
    pictures = maker.draw([0] * 64, 1)
    said = [one.label for one in reader.read([module.Photo(str(n), p) for n, p in enumerate(pictures)])]
    wanted = max(set(said), key=said.count)
    other = next(cell for cell in generator.space.keys if cell not in said)
    kept = maker.make(wanted, 2, seed=1)
    assert [one.read_as for one in kept] == [wanted] * 2
    assert f"tiny ({generator_sha(reader)}) reads it as {wanted}" == maker.facts(kept[0])["kept_because"]
    monkeypatch.setattr(module, "TRIES", 2)
    with pytest.raises(CheckpointError, match="could be kept"):
        maker.make(other, 40, seed=1)
    assert maker.tally.read_otherwise > 0


def generator_sha(reader: Reader) -> str:
    return reader.checkpoint.card.sha256[:6]


def test_an_unknown_class_is_refused(maker):
    with pytest.raises(RecipeError, match="unicorn"):
        maker.make("unicorn", 1, seed=1)


def test_another_guidance_makes_other_cells(generator):
    plain, strong = CellMaker(generator, guidance=1.0), CellMaker(generator, guidance=8.0)
    assert not np.array_equal(plain.draw([0], 1), strong.draw([0], 1))
