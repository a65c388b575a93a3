"""A talk for a room by keyboard alone, its files, and the ways that lead to it, in a real browser."""

import io
import re
from pathlib import Path

import pptx
import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from app.present.content import FOOTER
from core.checkpoints import list_checkpoints

PAIR = ("resnet18", "linear")
PRESENT = f"present?models={PAIR[0]}&models={PAIR[1]}"
PACE_MS = 250
"""Between two keys: twice as quick as anyone turns slides, eight within two seconds."""


@pytest.fixture(autouse=True)
def _models() -> None:
    if not set(PAIR) <= {model.name for model in list_checkpoints()}:
        pytest.skip("no checkpoints here: there is nothing to show")


def title(page: Page) -> str:
    """Of the slide that is shown."""
    return page.locator(".slide:not([hidden]) h2").inner_text()


def place(page: Page) -> str:
    return page.locator(".count").inner_text()


def saved(page: Page, label: str) -> tuple[str, bytes]:
    """Name and content of what a button saves."""
    with page.expect_download() as download:
        page.get_by_role("button", name=label).click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


@pytest.mark.parametrize(("scheme", "screen"), [("light", "desktop"), ("dark", "phone")])
def test_a_talk_by_keyboard_alone_loses_no_key_at_twice_the_usual_pace(visit, scheme, screen):
    tab = visit(scheme, screen)
    tab.open(PRESENT)
    page = tab.page
    count = page.locator(".slide").count()
    assert count >= 9
    after = page.get_by_role("button", name="Next")
    spot = after.bounding_box()
    titles = [title(page)]
    for number, key in enumerate(["ArrowRight", "PageDown", "Space", "ArrowRight"] * 2, 2):
        page.keyboard.press(key)
        assert place(page) == f"{number} / {count}"  # at once: nothing is waited for
        assert after.bounding_box() == spot
        titles.append(title(page))
        assert tab.grave_violations() == [] if number in (4, 7, 9) else page.wait_for_timeout(PACE_MS) is None
    assert "slide=9" in page.url
    for key in ["PageUp", "ArrowLeft", "Shift+Space", "Home"]:
        page.keyboard.press(key)
    assert title(page) == titles[0]
    # Without any pause between them.
    for _ in range(8):
        page.keyboard.press("PageDown")
    assert title(page) == titles[8]
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert tab.errors == []
    assert tab.outside == []


def test_keys_are_kept_after_another_talk_is_chosen_and_in_full_screen_and_files_hold_it(visit):
    tab = visit()
    page = tab.page
    tab.open(f"{PRESENT}&slide=4&cells=validation")
    assert place(page).startswith("4 / ")
    assert "is right on" in title(page)
    page.get_by_label("Talk").click()
    page.get_by_role("option", name="What does it get wrong?").click()
    expect(page.locator(".slide h2").first).to_contain_text("is wrong on", timeout=60_000)
    tab.settle()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert place(page).startswith("4 / ")
    page.get_by_role("button", name="Full screen").click()
    expect(page.locator(".talk:fullscreen")).to_be_visible()
    page.keyboard.press("Space")
    page.keyboard.press("b")
    expect(page.locator(".slide:not([hidden]) h2")).to_be_hidden()
    page.keyboard.press("PageDown")
    expect(page.locator(".slide:not([hidden]) h2")).to_be_visible()
    assert place(page).startswith("5 / ")
    page.keyboard.press("f")
    expect(page.locator(".talk:fullscreen")).to_have_count(0)
    page.get_by_text("Notes for the speaker").click()
    expect(page.locator(".notes p")).to_contain_text("Confusion matrix of")
    name, data = saved(page, "Save as slides (PPTX)")
    assert re.fullmatch(r"smearlens-mistakes-\w+\.pptx", name)
    slides = pptx.Presentation(io.BytesIO(data)).slides
    assert [slide.shapes.title.text for slide in slides] == page.locator(".slide h2").all_text_contents()
    name, data = saved(page, "Save as PDF")
    assert re.fullmatch(r"smearlens-mistakes-\w+\.pdf", name)
    sheets = PdfReader(io.BytesIO(data)).pages
    assert len(sheets) == len(slides)
    assert all(FOOTER.rstrip(".") in sheet.extract_text() for sheet in sheets)
    assert tab.errors == []


def test_a_word_leads_to_its_drawing(visit):
    tab = visit(screen="phone")
    tab.open("model?model=linear&part=calibration")
    assert tab.grave_violations() == []
    with tab.page.context.expect_page() as opened:
        tab.page.get_by_role("link", name="calibration").first.click()
    about = opened.value
    assert about.url.endswith("/about?part=words#calibration")
    expect(about.get_by_role("heading", name="Calibration")).to_be_in_viewport(timeout=60_000)


def test_compare_leads_here_with_its_choice(visit):
    tab = visit()
    tab.open(f"compare?models={PAIR[0]}&models={PAIR[1]}&cells=validation")
    with tab.page.context.expect_page() as opened:
        tab.page.get_by_role("link", name="Present this comparison").click()
    lead = opened.value.locator(".slide:not([hidden]) p").first
    expect(lead).to_have_text("resnet18 and linear on 1,717 validation cells of PBC.", timeout=60_000)
