"""The photos and sheets of a smear on the page Count: what is chosen, framed, laid over, and said by a person."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from app.count import corrections, photo_chart, photo_image, photo_maps, photo_view, selection, sheet_view
from app.count.corrections import CellCorrection, numbered, photo_key
from core.differential.smear import Smear
from core.imaging.fields import DetectorIdentity
from core.imaging.windows import Box, whole
from core.labels import NO_CELL
from tests.core.differential.drawn import drawn_smear


def white_of(smear: Smear):
    return [cell for cell in smear.cells if cell.detection.kind == "white"]


# --- What a person said --------------------------------------------------------------------------


def test_words_are_brought_to_the_numbers_of_the_smear():
    smear = drawn_smear(2)
    first, second = map(photo_key, smear.photos)
    last = len(smear.photos[1].field)
    told = [
        CellCorrection(second, 3, "ig"),
        CellCorrection("gone", 1, "ig"),
        CellCorrection(second, 0, None, Box(1, 1, 9, 9)),
        CellCorrection(second, last + 1, "basophil"),
        CellCorrection(second, last + 2, "basophil"),
        CellCorrection(first, 2, "ig"),
        CellCorrection(first, 2, None),
    ]
    found = numbered(smear, told)
    assert found.called == {(2, 3): "ig", (2, last + 1): "basophil"}
    assert [(one.photo, one.box) for one in found.added] == [(2, Box(1, 1, 9, 9))]


def test_words_rest_where_the_cells_were_found_in_another_way():
    smear = drawn_smear(1)
    (photo,) = smear.photos
    told = [CellCorrection(photo_key(photo), 1, "ig")]
    otherwise = replace(photo, field=replace(photo.field, detector=DetectorIdentity("single cell")))
    assert numbered(smear, told).called
    assert not numbered(replace(smear, photos=(otherwise,)), told).called


def test_the_same_photos_in_another_order_are_worked_out_anew():
    smear = drawn_smear(2)
    one, other = smear.photos
    turned = replace(
        smear,
        photos=(replace(other, number=1), replace(one, number=2)),
        cells=tuple(replace(cell, photo=3 - cell.photo) for cell in reversed(smear.cells)),
    )
    lost = replace(smear, not_read=())
    smear_reader = object()
    for shown in (smear, turned, lost):
        found = corrections.corrected(SimpleNamespace(smear=shown, smear_reader=smear_reader, photo=None))
        assert [photo.name for photo in found.photos] == [photo.name for photo in shown.photos]
        assert found.not_read == shown.not_read


# --- What is shown -------------------------------------------------------------------------------


def test_cells_are_chosen_by_class_by_doubt_and_by_what_sets_them_apart():
    smear = drawn_smear(1)
    platelet = next(cell for cell in smear.cells if cell.detection.kind == "platelet")
    red, away = [cell for cell in smear.cells if cell.detection.kind == "red"][:2]
    white = white_of(smear)
    smear = smear.with_corrections(
        {(1, red.number): "monocyte", (1, away.number): NO_CELL, (1, white[0].number): NO_CELL}
    )
    (photo,) = smear.photos
    kinds = photo_view.groups_of(smear, photo)
    numbers = {name: [cell.number for cell in cells] for name, cells in kinds.items()}
    assert set(numbers[selection.WHITE_CELLS]) == {cell.number for cell in white} | {red.number}
    assert red.number in numbers["Monocyte"]
    assert platelet.number in numbers["Platelet"]
    assert set(numbers[photo_view.AWAY]) == {away.number, white[0].number}
    assert len(numbers[photo_view.RED_CELLS]) == sum(cell.detection.kind == "red" for cell in smear.cells) - 2
    assert set(numbers[selection.DOUBT]) == {cell.number for cell in smear.doubtful}
    others = [cell.number for cell in photo_view._others(smear, photo, kinds[selection.WHITE_CELLS])]
    assert away.number not in others
    assert platelet.number in others


def test_the_next_in_doubt_goes_over_all_photos_and_round():
    smear = drawn_smear(2)
    waiting = [(cell.photo, cell.number) for cell in smear.cells if cell.doubtful]
    assert {photo for photo, _ in waiting} == {1, 2}
    seen, here = [], (0, 0)
    for _ in waiting:
        cell = selection.next_in_doubt(smear, *here)
        here = cell.photo, cell.number
        seen.append(here)
    assert seen == waiting
    again = selection.next_in_doubt(smear, *here)
    assert (again.photo, again.number) == waiting[0]
    none = smear.with_corrections(dict.fromkeys(waiting, NO_CELL))
    assert selection.next_in_doubt(none, 1, 1) is None


def test_the_chart_frames_every_cell():
    smear = drawn_smear(1)
    photo, white = smear.photos[0], white_of(smear)
    others = tuple(cell for cell in smear.cells if cell.detection.kind != "white")
    scene = photo_chart.Scene((240, 320), tuple(white), white[1], others, Box(1, 1, 9, 9))
    part = whole(320, 240)
    figure = photo_chart.chart(
        smear, scene, [(photo_image.address(photo_image.Overlays(photo.preview), "x", part), part)]
    )
    assert len(figure.layout.shapes) == len(white) + 1
    assert [point[0] for point in figure.data[-1].customdata] == [cell.number for cell in white]
    assert list(figure.data[-1].selectedpoints) == [1]
    assert len(figure.layout.annotations) == len(white)
    assert figure.layout.xaxis.range == (0, 320)
    assert figure.layout.yaxis.range == (240, 0)


def test_very_many_cells_are_lines_and_can_be_clicked_all_the_same():
    smear = drawn_smear(1)
    red = tuple(cell for cell in smear.cells if cell.detection.kind == "red") * 20
    assert len(red) > photo_chart.MOST_FRAMES
    figure = photo_chart.chart(smear, photo_chart.Scene((240, 320), red), [])
    assert not figure.layout.shapes
    assert len(figure.data[-1].x) == len(red)
    assert all("red cell" in text for text in figure.data[-1].hovertext)


@pytest.mark.parametrize("enlarged", [1, 2, 8])
def test_what_is_enlarged_lies_in_the_photo_with_the_chosen_cell(enlarged):
    smear = drawn_smear(1)
    for cell in white_of(smear):
        part = photo_chart.part(photo_chart.Scene((240, 320), (), cell, enlarged=enlarged))
        assert (part.width, part.height) == (320 / enlarged, 240 / enlarged)
        assert part.left >= 0
        assert part.top >= 0
        assert part.right <= 320
        assert part.bottom <= 240
        x, y = cell.detection.box.centre
        assert part.left <= x <= part.right
        assert part.top <= y <= part.bottom


def test_no_more_is_sent_than_a_browser_takes_easily():
    assert photo_image.shrunk(np.zeros((4000, 6000, 3), np.uint8)).size <= 3 * photo_image.MOST_PIXELS
    small = np.zeros((40, 60, 3), np.uint8)
    assert photo_image.shrunk(small) is small


def test_a_sheet_begins_with_the_least_sure():
    smear = drawn_smear(2)
    sheets = sheet_view.sheets_of(smear)
    assert sum(map(len, sheets.values())) == sum(cell.crop is not None for cell in smear.cells)
    for title, shown in sheets.items():
        order = [sheet_view.sureness(cell) for cell in shown]
        assert title == sheet_view.APART or order == sorted(order)


def test_a_map_is_laid_over_its_window_and_nowhere_else():
    picture = np.full((60, 80, 3), 100, np.uint8)
    photo_maps.lay(picture, whole(80, 60), Box(-10, 20, 20, 50), np.ones((4, 4), np.float32), 0.5)
    assert (picture[20:50, :20] != 100).any(axis=2).all()
    assert (picture[:20] == 100).all()
    assert (picture[:, 20:] == 100).all()


def test_a_map_is_laid_in_its_place_of_a_part_that_is_shown_smaller():
    picture = np.full((30, 40, 3), 100, np.uint8)  # half of its size
    photo_maps.lay(picture, Box(100, 100, 180, 160), Box(120, 110, 160, 150), np.ones((4, 4), np.float32), 1.0)
    changed = (picture != 100).any(axis=2)
    assert changed[5:25, 10:30].all()
    assert changed.sum() == 20 * 20
