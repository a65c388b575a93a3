"""From photos of a smear to a checked count and a report, in a real browser."""

import json

import pandas as pd
import pytest
from playwright.sync_api import expect

from core.checkpoints import list_checkpoints
from core.synthetic.drawings import drawn_cell, png
from tests.journeys.test_reading import drop

MODEL = "simple_cnn"
ADDRESS = f"count?model={MODEL}&single=true&part=Photos"
KINDS = ("neutrophil", "monocyte", "basophil")


@pytest.fixture(autouse=True)
def _models() -> None:
    if MODEL not in {model.name for model in list_checkpoints()}:
        pytest.skip("no checkpoints here: nothing can be counted")


def counted(tab) -> None:
    """Three photos of one cell each, counted, with the first one open."""
    tab.open(ADDRESS)
    drop(tab, *((f"{kind}.png", "image/png", png(drawn_cell(kind, 5))) for kind in KINDS))
    expect(picture_of(tab, "1.1")).to_be_visible()
    tab.settle()


def picture_of(tab, cell: str):
    """The cell that is looked at closely."""
    return tab.page.get_by_role("img", name=f"Cell {cell} as the model saw it.")


def in_chart(tab, x: float, y: float) -> tuple[float, float]:
    """A place on the photo, in shares of its width and height, as a place on the screen."""
    chart = tab.page.locator(".js-plotly-plot .nsewdrag").first
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_cell_is_renamed_by_keyboard_and_taken_back(visit, scheme):
    tab = visit(scheme)
    counted(tab)
    tab.page.keyboard.press("0")
    expect(tab.page.get_by_text("You said: no cell.")).to_be_visible()
    tab.settle()
    assert tab.grave_violations() == []
    tab.page.get_by_role("button", name="Undo").click()
    expect(tab.page.get_by_text("Your answer counts.")).to_be_visible()
    assert tab.errors == []
    assert tab.outside == []


def test_a_cell_is_opened_by_a_click_and_one_is_framed_with_the_mouse(visit):
    tab = visit()
    counted(tab)
    tab.page.mouse.click(*in_chart(tab, 0.5, 0.5))
    tab.settle()
    tab.page.get_by_text("Add a cell", exact=True).click()
    expect(tab.page.get_by_role("button", name="Add this cell")).to_be_visible()
    tab.page.wait_for_function("document.querySelector('.js-plotly-plot')._fullLayout.dragmode === 'select'")
    tab.settle()
    tab.page.mouse.move(*in_chart(tab, 0.1, 0.1))
    tab.page.mouse.down()
    tab.page.mouse.move(*in_chart(tab, 0.3, 0.3), steps=6)
    tab.page.mouse.up()
    expect(tab.page.get_by_role("button", name="Add this cell")).to_be_enabled()
    tab.settle()
    tab.page.get_by_role("button", name="Add this cell").click()
    expect(picture_of(tab, "1.2")).to_be_visible()
    tab.settle()
    assert tab.page.get_by_test_id("stException").count() == 0
    assert tab.errors == []


def test_what_a_person_said_is_in_the_files(visit):
    tab = visit()
    counted(tab)
    tab.page.keyboard.press("5")
    expect(tab.page.get_by_text("You said: ")).to_be_visible()
    tab.settle()
    tab.page.get_by_role("tab", name="Report").click()
    tab.settle()
    saved = {}
    for label in ("Table of the cells (CSV)", "All figures (JSON)", "PDF, for print"):
        with tab.page.expect_download() as download:
            tab.page.get_by_role("button", name=label).click()
        saved[label] = download.value.path()
    table = pd.read_csv(saved["Table of the cells (CSV)"], keep_default_na=False)
    assert list(table["corrected"] != "") == [True, False, False]
    told = json.loads(saved["All figures (JSON)"].read_text())
    assert [cell.get("corrected") for cell in told["cells"]] == [table["corrected"][0], None, None]
    assert saved["PDF, for print"].read_bytes().startswith(b"%PDF")
    assert tab.errors == []


def test_every_part_of_the_page_fits_a_phone(visit):
    tab = visit("dark", "phone")
    counted(tab)
    for part in ("Photos", "Cells", "Report", "Count"):
        tab.page.get_by_role("tab", name=part).click()
        tab.settle()
        assert tab.page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
        assert tab.grave_violations() == []
    assert tab.errors == []
