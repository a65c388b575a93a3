"""One model in depth, and a comparison shown to a room, in a real browser."""

import io
import re
from pathlib import Path

import pptx
import pytest
from PIL import Image
from playwright.sync_api import expect
from pypdf import PdfReader

from app.present.deck import FOOTER
from core.checkpoints import find_checkpoint, list_checkpoints

PAIR = ("resnet18", "linear")
PRESENT = f"present?models={PAIR[0]}&models={PAIR[1]}"
GROUNDS = {"light": (255, 255, 255), "dark": (16, 24, 27)}


@pytest.fixture(autouse=True)
def _models() -> None:
    if not set(PAIR) <= {model.name for model in list_checkpoints()}:
        pytest.skip("no checkpoints here: there is nothing to show")


def heading(tab, text: str) -> None:
    expect(tab.page.get_by_role("heading", level=1)).to_have_text(text)
    tab.settle()


def saved(tab, label: str) -> tuple[str, bytes]:
    """Name and content of what a button saves."""
    with tab.page.expect_download() as download:
        tab.page.get_by_role("button", name=label).click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def test_the_arrow_keys_turn_the_slides_and_the_address_follows(visit):
    tab = visit()
    tab.open(PRESENT)
    heading(tab, "Which of these models should I trust?")
    for title in ("What was asked?", "Which cells were they?"):
        tab.page.keyboard.press("ArrowRight")
        heading(tab, title)
    assert "slide=3" in tab.page.url
    tab.page.keyboard.press("ArrowLeft")
    heading(tab, "What was asked?")
    assert tab.errors == []


def test_a_slide_is_restored_from_its_address(visit):
    tab = visit()
    tab.open(f"{PRESENT}&slide=9&cells=validation")
    heading(tab, "Is the difference more than chance?")
    n = len(find_checkpoint("linear").predictions().select(split="val"))
    expect(tab.page.get_by_role("heading", level=2)).to_contain_text(f"On these {n:,} cells resnet18 is right on")
    assert tab.grave_violations() == []


def test_the_files_that_are_saved_hold_the_comparison(visit):
    tab = visit()
    tab.open(PRESENT)
    hashes = [find_checkpoint(name).card.sha256 for name in PAIR]
    name, data = saved(tab, "Save as slides (PPTX)")
    assert name == "smearlens-resnet18-linear.pptx"
    file = pptx.Presentation(io.BytesIO(data))
    cells = [
        cell.text
        for slide in file.slides
        for shape in slide.shapes
        if shape.has_table
        for row in shape.table.rows
        for cell in row.cells
    ]
    assert set(hashes) <= set(cells)
    name, data = saved(tab, "Save as PDF")
    assert name == "smearlens-resnet18-linear.pdf"
    pages = PdfReader(io.BytesIO(data)).pages
    assert len(pages) == len(file.slides)
    text = re.sub(r"\s", "", "".join(page.extract_text() for page in pages))
    assert all(one in text for one in hashes)
    assert text.count(re.sub(r"\s", "", FOOTER)) >= len(pages)
    assert tab.errors == []
    assert tab.outside == []


@pytest.mark.parametrize("scheme", GROUNDS)
def test_a_chart_is_saved_as_a_picture_that_can_be_read_anywhere(visit, scheme):
    tab = visit(scheme)
    tab.open(f"{PRESENT}&slide=4")
    chart = tab.page.locator(".st-key-slide-chart")
    chart.hover()
    with tab.page.expect_download() as download:
        chart.locator(".modebar-btn").click()
    assert download.value.suggested_filename == "smearlens-slide.png"
    picture = Image.open(download.value.path()).convert("RGBA")
    assert picture.width > 1.9 * chart.bounding_box()["width"]
    assert picture.getpixel((3, 3)) == (*GROUNDS[scheme], 255)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "path", [f"{PRESENT}&slide=4", f"{PRESENT}&slide=6", f"{PRESENT}&slide=8", "model?model=linear"]
)
def test_slides_and_a_model_are_accessible_and_fit_a_phone(visit, path, scheme):
    tab = visit(scheme, "phone")
    tab.open(path)
    assert tab.grave_violations() == []
    assert tab.page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert tab.errors == []


def test_a_word_leads_to_its_drawing(visit):
    tab = visit()
    tab.open("model?model=linear")
    with tab.page.context.expect_page() as opened:
        tab.page.get_by_role("link", name="calibration").first.click()
    about = opened.value
    assert about.url.endswith("/about#calibration")
    expect(about.get_by_role("heading", name="Calibration")).to_be_in_viewport(timeout=60_000)


def test_compare_leads_here_with_its_choice(visit):
    tab = visit()
    tab.open(f"compare?models={PAIR[0]}&models={PAIR[1]}&cells=validation")
    with tab.page.context.expect_page() as opened:
        tab.page.get_by_role("link", name="Present this comparison").click()
    message = opened.value.get_by_role("heading", level=2)
    expect(message).to_contain_text("resnet18 and linear, on 1,717 validation cells", timeout=60_000)
