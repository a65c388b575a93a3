"""Which images stand for a laboratory, and how their cells are framed."""

import pytest

from core.datasets.laboratories import LABORATORIES, MARGIN, other_laboratories, single_cells
from core.experiments.domain_shift.reframing import reframed
from tests.core.datasets.sources.jtsc import CELL


def test_of_bccd_only_photos_with_one_marked_white_cell(labs):
    kept = single_cells(labs["bccd"])
    dropped = set(labs["bccd"].keys()) - set(kept.keys())
    assert dropped == {"JPEGImages/BloodImage_00000.jpg"}  # it has no white cell's box
    assert single_cells(labs["jtsc"]) is labs["jtsc"]
    others = other_laboratories(["pbc"])
    assert others[:3] == ["jtsc", "chula", "bccd"]
    assert others == list(LABORATORIES)[1:]


def test_marked_boxes_of_jtsc_are_of_its_masks(labs, localizer):
    framed = reframed(labs["jtsc"], "boxes", localizer)
    left, top, right, bottom = CELL
    box = framed.frame("images/003.png", 120, 120)
    assert box.centre == ((left + right) / 2, (top + bottom) / 2)
    assert box.width == box.height == MARGIN * (right - left)


def test_marked_boxes_of_chula_are_of_its_table(labs, localizer):
    framed = reframed(labs["chula"], "boxes", localizer)
    box = framed.frame(framed.keys()[0], 192, 192)
    assert box.centre == (96, 96)
    assert box.width == pytest.approx(MARGIN * 144)


def test_pictures_as_read_and_whole(labs, localizer):
    jtsc, bccd = labs["jtsc"], single_cells(labs["bccd"])
    key = jtsc.keys()[0]
    assert reframed(jtsc, "whole", localizer).frame(key, 120, 120).as_tuple() == (0, 0, 120, 120)
    found = localizer.frame([jtsc.load(key)])[0].box
    assert reframed(jtsc, "as read", localizer, [key]).frame(key, 120, 120) == found
    field = bccd.keys()[0]
    assert reframed(bccd, "as read", localizer).frame(field, 96, 72) == bccd.frame(field, 96, 72)
    assert reframed(bccd, "whole", localizer).frame(field, 96, 72).as_tuple() == (12, 0, 84, 72)
    assert reframed(bccd, "found", localizer).frame(field, 96, 72) != bccd.frame(field, 96, 72)
