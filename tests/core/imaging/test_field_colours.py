"""Colours of fields, and the ranges of those that the detector learned from."""

import io

import numpy as np
import pytest
from PIL import Image
from skimage.color import rgb2lab

from core.imaging.field_colours import COLOURS, FieldLook, FieldRanges, LaboratoryRanges, learned_fields, look_of
from core.imaging.fields import Detection
from core.imaging.windows import square
from core.synthetic.examples import all_fields

GROUND, RED = (230, 225, 220), (220, 160, 170)


def test_the_look_of_a_field_is_that_of_its_ground_and_of_the_middle_of_its_whole_red_cells() -> None:
    pixels = np.full((200, 300, 3), GROUND, np.uint8)
    places = [(40, 40), (120, 60), (200, 140)]
    for x, y in places:
        pixels[y - 15 : y + 15, x - 15 : x + 15] = RED
    cells = [Detection(square(x, y, 40), "red", 0.9) for x, y in places]
    look = look_of(pixels, cells)
    ground, red = (rgb2lab(np.array(colour) / 255) for colour in (GROUND, RED))
    assert (look.ground_a, look.ground_b) == pytest.approx(ground[1:], abs=0.1)
    assert (look.red_a, look.red_b, look.depth) == pytest.approx((*red[1:], ground[0] - red[0]), abs=0.1)
    assert look_of(pixels, cells[:2]) == FieldLook(look.ground_a, look.ground_b)


def ranges_of(**ends: tuple[float, float]) -> FieldRanges:
    rows = {
        lab: LaboratoryRanges(fields=9, ranges=dict.fromkeys(COLOURS, (low, high))) for lab, (low, high) in ends.items()
    }
    return FieldRanges(detector="", date="", command="", laboratories=rows)


def test_another_laboratory_may_differ_as_these_do_among_themselves() -> None:
    ranges = ranges_of(one=(0, 4), other=(2, 7))
    assert ranges.of("depth") == (0, 7)
    assert ranges.wide("depth") == (-3, 10)
    usual = FieldLook(5, 5, 5, 5, 5)
    assert ranges.beyond([usual, FieldLook(14, 5, 5, 5, 5)]) == {}
    assert ranges.beyond([usual, FieldLook(16, 5, 5, 5, -12)]) == {"ground_a": True, "depth": False}
    assert ranges_of(one=(0, 4)).wide("depth") == (0, 4)


def test_ranges_leave_out_what_a_field_does_not_tell() -> None:
    rows = [{"depth": float(value), "over_red": np.nan} for value in range(101)]
    assert LaboratoryRanges.fit(rows) == LaboratoryRanges(fields=101, ranges={"depth": (1.0, 99.0)})


def test_the_record_fits_the_examples_that_ship_and_no_green_lamp() -> None:
    learned = learned_fields()
    assert learned is not None
    for field in all_fields():
        pixels = np.asarray(Image.open(io.BytesIO(field.data())).convert("RGB"))
        assert learned.beyond([look_of(pixels, [])]) == {}
        assert "ground_a" in learned.beyond([look_of((pixels * (0.8, 1, 0.8)).astype(np.uint8), [])])


def test_fields_that_were_held_back_are_seldom_said_to_be_of_other_colours() -> None:
    learned = learned_fields()
    assert learned is not None
    assert len(learned.held_back) > 5
    assert sum(row.alarms for row in learned.held_back) <= 0.05 * sum(row.fields for row in learned.held_back)
    assert not any(row.beyond for row in learned.held_back)
