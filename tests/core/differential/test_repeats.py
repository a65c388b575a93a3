"""A cell that two photos show counts once, as the better one of the two."""

from dataclasses import replace

import numpy as np
import pytest

from core.differential.counts import differential
from core.differential.platelets import estimate
from core.differential.repeats import counted_once, repeated
from core.differential.smear import CountedCell, CountedPhoto, PhotoOverlap
from core.differential.wording import photo_remarks, wrong_first
from core.imaging.fields import Detection, Field
from core.imaging.windows import Box
from core.reports.tables import as_csv, as_dict
from tests.core.differential.drawn import cells_of, smear_of

SHIFT = 60
BACK = np.array([[1, 0, SHIFT], [0, 1, 0]], np.float32)


def box(x, y, side=20):
    return Box(x - side / 2, y - side / 2, x + side / 2, y + side / 2)


def smear_with(first, second, back=BACK, size=(100, 100)):
    """Two photos of that many columns and rows; cells as (kind, box, cut), white ones called neutrophils."""
    (read,) = cells_of({"neutrophil": 1})
    photos, cells = [], []
    for number, placed in enumerate((first, second), 1):
        detections = tuple(Detection(where, kind, 0.9, cut) for kind, where, cut in placed)
        field = Field(f"{number}.png", *size, detections, 1.0)
        other = 3 - number
        photos.append(CountedPhoto(number, field.name, field, f"{number}" * 64, overlapping=(other,)))
        for place, detection in enumerate(detections, 1):
            white = detection.kind == "white"
            cells.append(
                replace(read, photo=number, number=place, detection=detection)
                if white
                else CountedCell(number, place, detection)
            )
    overlap = PhotoOverlap(1, 2, back, 0.4)
    return counted_once(replace(smear_of([]), photos=tuple(photos), cells=tuple(cells), overlaps=(overlap,)))


def test_what_both_show_counts_once_and_the_rest_as_before():
    smear = smear_with(
        [("white", box(30, 50), False), ("white", box(80, 50), False), ("red", box(70, 20), False)],
        [("white", box(21, 51), False), ("red", box(10, 21), False), ("white", box(70, 70), False)],
    )
    assert [cell.repeats for cell in smear.cells] == [None, None, None, (1, 2), (1, 3), None]
    assert len(smear.counted("neutrophil")) == 3
    assert sum(smear.corrected_field(photo).count("red") for photo in smear.photos) == 1
    assert [len(repeated(smear, white=white)) for white in (True, False)] == [1, 1]


def test_the_whole_one_of_two_counts():
    smear = smear_with([("white", Box(88, 40, 100, 60), True)], [("white", box(36, 50, 22), False)])
    assert [cell.repeats for cell in smear.cells] == [(2, 1), None]
    assert len(smear.counted("neutrophil")) == 1


def test_the_one_that_a_person_named_counts():
    smear = smear_with([("white", box(80, 50), False)], [("white", box(20, 50), False)])
    named = counted_once(smear.with_corrections({(2, 1): "monocyte"}))
    assert [cell.repeats for cell in named.cells] == [(2, 1), None]
    assert (len(named.counted("monocyte")), len(named.counted("neutrophil"))) == (1, 0)


def test_a_cell_that_a_person_adds_counts_once_as_well():
    smear = smear_with([], [("white", box(20, 50), False)])
    (read,) = cells_of({"neutrophil": 1})
    added = replace(read, photo=1, detection=Detection(box(80, 50), "white", 1.0), added=True)
    assert len(counted_once(smear.with_added([added])).counted("neutrophil")) == 1


def test_neighbours_that_are_close_stay_two():
    smear = smear_with([("white", box(75, 50), False)], [("white", box(30, 50), False)])
    assert [cell.repeats for cell in smear.cells] == [None, None]


@pytest.mark.parametrize("quarter", range(4))
def test_photos_may_be_turned_and_of_another_scale(quarter):
    turn = 0.5 * np.exp(0.5j * np.pi * quarter)
    axes = np.array([[turn.real, -turn.imag], [turn.imag, turn.real]])
    back = np.column_stack([axes, [50, 50] - axes @ [50, 50]]).astype(np.float32)
    where = back[:, :2] @ [80, 30] + back[:, 2]
    smear = smear_with([("white", box(*where, 10), False)], [("white", box(80, 30, 20), False)], back)
    assert smear.cells[1].repeats == (1, 1)


def test_a_chain_of_photos_counts_a_cell_once():
    cells = [("white", box(50, 50), False)]
    two = smear_with(cells, cells, np.array([[1, 0, 0], [0, 1, 0]], np.float32))
    third = replace(two.photos[0], number=3, fingerprint="3" * 64)
    chained = replace(
        two,
        photos=(*two.photos, third),
        cells=(*two.cells, replace(two.cells[0], photo=3, repeats=None)),
        overlaps=(two.overlaps[0], replace(two.overlaps[0], first=2, second=3)),
    )
    once = counted_once(chained)
    assert [cell.repeats for cell in once.cells] == [None, (1, 1), (1, 1)]


def test_it_is_said_everywhere():
    smear = smear_with(
        [("white", box(80, 50), False), ("white", box(20, 50), False)],
        [("white", box(20, 50), False), ("white", box(80, 50), False), ("white", box(60, 20), False)],
    )
    count = differential(smear)
    assert count.white == 4
    assert any("1\u00a0white cell and 0\u00a0other cells" in sentence for sentence in wrong_first(smear, count))
    assert any("It overlaps photo\u00a01" in remark for remark in photo_remarks(smear.photos[1]))
    made = as_dict(smear, count)
    assert made["overlaps"] == [{"photos": [1, 2], "shared": 0.4}]
    assert made["cells"][2]["repeats"] == {"photo": 1, "cell": 1}
    assert "cell 1.1" in as_csv(smear)


def test_platelets_are_estimated_from_cells_that_count_once():
    reds = [("red", box(70 + x, y, 4), False) for x in (0, 10, 20) for y in range(5, 95, 5)]
    smear = smear_with(
        reds, [(kind, Box(b.left - SHIFT, b.top, b.right - SHIFT, b.bottom), cut) for kind, b, cut in reds]
    )
    assert estimate(smear.corrected_field(photo) for photo in smear.photos).red == len(reds)
