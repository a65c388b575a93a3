"""What people have in front of them, counted by the shipped models: the command and the page say the same, first."""

import io
import json
import re
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter
from streamlit.testing.v1 import AppTest

from core.checkpoints import list_checkpoints
from core.detection.loading import load_detector
from core.imaging.decoding import Photo
from core.imaging.fields import Field
from core.synthetic.examples import all_cells, all_fields
from tests.app.test_pages import MAIN, PATIENCE, words_on
from tests.core.calling import call

pytestmark = pytest.mark.usefixtures("no_photos")

VIOLET = (110, 65, 150)


@pytest.fixture(scope="module", autouse=True)
def _shipped() -> None:
    if not list_checkpoints():
        pytest.skip("no checkpoints here")


@pytest.fixture(scope="module")
def generated() -> Image.Image:
    """F, the first of the generated fields."""
    return Image.open(io.BytesIO(all_fields()[0].data())).convert("RGB")


@pytest.fixture(scope="module")
def found(generated: Image.Image) -> Field:
    return load_detector().find(Photo("F.png", np.asarray(generated)))


def low_power(field: Image.Image, found: Field) -> Image.Image:
    return field.resize((field.width // 3, field.height // 3), Image.Resampling.BICUBIC)


def clumped(field: Image.Image, found: Field) -> Image.Image:
    """Fourteen discs on a spiral, far from all white cells."""
    white = [cell.box.centre for cell in found.of("white")]
    spots = [(x, y) for x in range(80, 560, 20) for y in range(80, 400, 20)]
    middle = max(spots, key=lambda spot: min(np.hypot(spot[0] - x, spot[1] - y) for x, y in white))
    drawing = field.copy()
    for n in range(14):
        x, y = middle[0] + 9 * n**0.5 * np.cos(2.4 * n), middle[1] + 9 * n**0.5 * np.sin(2.4 * n)
        ImageDraw.Draw(drawing).ellipse((x - 5, y - 5, x + 5, y + 5), fill=VIOLET)
    return drawing.filter(ImageFilter.GaussianBlur(0.7))


def nucleated(field: Image.Image, found: Field) -> Image.Image:
    """A nucleus in every red cell."""
    drawing = field.copy()
    for cell in found.of("red"):
        (x, y), wide, high = cell.box.centre, 0.22 * cell.box.width, 0.15 * cell.box.height
        ImageDraw.Draw(drawing).ellipse((x - wide, y - high, x + wide, y + high), fill=(90, 50, 130))
    return drawing.filter(ImageFilter.GaussianBlur(0.7))


def with_a_cut_cell(field: Image.Image, found: Field) -> Image.Image:
    """A part whose left edge goes through a white cell, and that has no other."""
    return field.crop((322, 140, 520, 470))


def without_white_cells(field: Image.Image, found: Field) -> Image.Image:
    return field.crop((360, 290, 630, 470))


def as_it_is(field: Image.Image, found: Field) -> Image.Image:
    return field


Make = Callable[[Image.Image, Field], Image.Image]
ALONE: dict[Make, str] = {
    low_power: r"^The magnification is too low to tell white cells: red cells are 1[3-7] pixels wide, 20 are needed\.",
    nucleated: r"^Nearly all red cells have nuclei: this is not human blood, or not a smear that this can count\.",
    with_a_cut_cell: r"^No white cell could be counted .*; set apart: 1 white cell cut by the edge",
    without_white_cells: r"^(These photos show red cells only|No white cell could be counted in these photos), so",
}
JUDGING = re.compile(r"than usual|usual in|is usual|so this is|by more than chance")


def saved(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def on_the_page(data: bytes) -> str:
    """All that the page Count says of a photo, what stands in its warnings first."""
    app = AppTest.from_file(MAIN, default_timeout=PATIENCE).run()
    app.switch_page("count/page.py").run()
    app.file_uploader[0].set_value([("photo.png", data, "image/png")]).run()
    assert not app.exception
    warnings = " ".join(warning.value for warning in app.warning)
    return flat(f"{warnings} {words_on(app)}")


def flat(text: str) -> str:
    return " ".join(text.replace("\\", "").replace("\u00a0", " ").split())


@pytest.mark.parametrize("make", ALONE, ids=lambda make: make.__name__)
def test_what_leaves_no_differential_is_said_alone(make: Make, generated, found, tmp_path) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(saved(make(generated, found)))
    lines = flat(call("count", str(path)))
    assert re.search(ALONE[make], lines)
    assert not JUDGING.search(lines)
    gate = json.loads(call("count", str(path), "--json"))["differential"]["gate"]
    assert gate["level"] == "closed"
    assert len(gate["reasons"]) == 1
    if make is low_power:
        assert "The magnification is too low to tell white cells" in call("predict", str(path))
    if make in (low_power, with_a_cut_cell):  # a page takes its time
        page = on_the_page(path.read_bytes())
        assert re.search(ALONE[make], page)
        assert not JUDGING.search(page)


def test_clumped_platelets_are_said_and_not_estimated(generated, found, tmp_path) -> None:
    path = tmp_path / "photo.png"
    for picture, clumps in ((generated, False), (clumped(generated, found), True)):
        path.write_bytes(saved(picture))
        lines = flat(call("count", str(path)))
        assert ("Platelets are not estimated, since they lie in clumps in photo 1" in lines) == clumps
        assert ("× 10⁹ platelets a litre" in lines) != clumps
    assert "Platelets are not estimated, since they lie in clumps in photo 1" in on_the_page(path.read_bytes())


def test_large_immature_cells_are_for_a_person_to_look_at(generated, tmp_path) -> None:
    """As in leukaemia: generated immature cells, half as wide again as they were made."""
    drawing = generated.copy()
    cells = [cell for cell in all_cells() if cell.label == "ig"]
    spots = [(x, y) for y in (110, 360) for x in (110, 320, 530)]
    for (x, y), cell in zip(spots, cells, strict=False):
        large = Image.fromarray(cell.pixels()).resize((188, 188), Image.Resampling.BICUBIC)
        mask = Image.new("L", large.size)
        ImageDraw.Draw(mask).ellipse((12, 12, 176, 176), fill=255)
        drawing.paste(large, (x - 94, y - 94), mask.filter(ImageFilter.GaussianBlur(4)))
    path = tmp_path / "photo.png"
    path.write_bytes(saved(drawing))
    lines = flat(call("count", str(path)))
    assert "may be immature: a person must look for blasts and other cells that it cannot name" in lines
    assert not JUDGING.search(lines)
    assert lines.index("a person must look") < lines.index("percentages and flags take 100 at least")


def test_few_white_cells_are_counted_and_nothing_is_held_against_what_is_usual(generated, tmp_path) -> None:
    """Also of a cell that lies on two of the detector's windows."""
    path = tmp_path / "photo.png"
    path.write_bytes(saved(generated))
    lines = flat(call("count", str(path)))
    assert lines.startswith("Only 4 white cells were counted, so only numbers and exact limits are given")
    assert not JUDGING.search(lines)
    counted = json.loads(call("count", str(path), "--json"))["differential"]
    assert (counted["gate"]["level"], counted["white_cells"], counted["erythroblasts"]) == ("counts", 4, 1)


def test_a_known_size_is_taken_and_contradicted(generated, tmp_path) -> None:
    """Red cells of 46 pixels are 0.16 µm a pixel."""
    path = tmp_path / "photo.png"
    path.write_bytes(saved(generated))
    assert "one of both is wrong" in flat(call("count", str(path), "--um-per-pixel", "0.5"))
    right = json.loads(call("count", str(path), "--um-per-pixel", "0.16", "--json"))
    assert right["photos"][0]["micrometres_per_pixel"] == 0.16
    assert "one of both is wrong" not in str(right["sentences"])
    with_bar = generated.copy()
    ImageDraw.Draw(with_bar).rectangle([20, 20, 119, 24], fill="red")
    path.write_bytes(saved(with_bar))
    measured = json.loads(call("count", str(path), "--scale-bar-um", "16", "--json"))
    assert measured["photos"][0]["micrometres_per_pixel"] == 0.16
    assert "a scale bar 100 pixels long is drawn" in str(measured)
