"""Dropping files onto the first page, in a real browser."""

import pytest
from playwright.sync_api import expect

from core.checkpoints import list_checkpoints
from core.synthetic.drawings import drawn_cell, png

DRAWING = "This is a drawing, not a photograph."


@pytest.fixture(autouse=True)
def _models() -> None:
    if not list_checkpoints():
        pytest.skip("no checkpoints here: nothing can be read")


def drop(tab, *files: tuple[str, str, bytes]) -> None:
    payloads = [{"name": name, "mimeType": kind, "buffer": data} for name, kind, data in files]
    tab.page.get_by_test_id("stFileUploader").locator("input[type=file][multiple]").set_input_files(payloads)


def cell(kind: str, seed: int = 5) -> bytes:
    return png(drawn_cell(kind, seed))


def test_a_dropped_photo_is_answered_explained_and_saved(visit):
    tab = visit()
    tab.open("")
    drop(tab, ("mine.png", "image/png", cell("eosinophil")))
    expect(tab.page.get_by_text("mine.png, 200 × 200 pixels.")).to_be_visible()
    expect(tab.page.get_by_text(DRAWING).first).to_be_visible()
    tab.settle()
    for label, ending in (
        ("Save this card as a picture (PNG)", ".png"),
        ("Save all readings as a table (CSV)", ".csv"),
    ):
        with tab.page.expect_download() as download:
            tab.page.get_by_role("button", name=label).click()
        assert download.value.suggested_filename.endswith(ending)
        assert download.value.path().stat().st_size > 100
    assert tab.errors == []
    assert tab.outside == []


def test_a_bad_file_is_named_and_the_others_are_read(visit):
    tab = visit("dark")
    tab.open("")
    files = [(f"{kind}.png", "image/png", cell(kind)) for kind in ("monocyte", "platelet")]
    drop(tab, *files, ("letter.jpg", "image/jpeg", b"Dear colleague, this is no photo."))
    expect(tab.page.get_by_text("letter.jpg is a text file").first).to_be_visible()
    expect(tab.page.get_by_text("2 cells read").first).to_be_visible()
    tab.settle()
    assert tab.page.get_by_test_id("stException").count() == 0
    assert tab.grave_violations() == []
    assert tab.errors == []


def test_a_choice_is_in_the_address_and_comes_back_with_it(visit):
    tab = visit()
    tab.open("?example=Monocyte+%28drawing%29&opacity=80")
    expect(tab.page.get_by_text("Monocyte (drawing).png", exact=False).first).to_be_visible()
    expect(tab.page.get_by_role("slider", name="Opacity of the map in percent")).to_have_value("80")
    assert "example=Monocyte" in tab.page.url
