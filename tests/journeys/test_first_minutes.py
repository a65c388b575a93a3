"""The first minutes of somebody who has just started Smearlens, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from app.navigation import ENTRIES
from app.read import example_row
from app.shared.examples import pictured
from core.checkpoints import list_checkpoints
from core.synthetic import examples

FIRST = ""
ABSENT = re.compile(r"[^.\n]*\b(?:yet|recorded here|no trained model|nothing to (?:show|compare))\b[^.\n]*")
"""What a page says only of what is missing: with all that ships, nothing is."""
GROUND = "element => getComputedStyle(element).backgroundColor"
PAGES = [FIRST, *(entry.address for entry in ENTRIES)]
ANSWERS = {
    "read": r"^Neutrophil, ",
    "count": r"^Compared with what is known",
    "learn": r"^Which cell is this\?$",
    "compare": r"(cannot tell|is right on)",
    "model": r"^Of [\d,]+ test cells, .* correctly\.$",
    "errors": r"is wrong on",
    "data": r"holds [\d,]+ cells",
    "studies": r"^Does the CNN beat",
    "about": r"^It is not for diagnosis",
}
"""What answers a page's title, by address; on the first screen of a desktop and, but for Read and Count, of a phone."""


def answers_at_once(tab, path: str) -> None:
    """The answer to the page's question is on its first screen, without scrolling."""
    if path in ANSWERS and list_checkpoints():
        answer = tab.page.get_by_test_id("stMain").get_by_text(re.compile(ANSWERS[path])).first
        expect(answer).to_be_in_viewport()


def absences(text: str) -> list[str]:
    """The sentences of a page that speak of what is not there."""
    return [sentence.strip() for sentence in ABSENT.findall(text)]


def test_the_first_page_opens_cleanly(visit):
    tab = visit()
    tab.open(FIRST)
    expect(tab.page.get_by_role("heading", level=1)).to_be_visible()
    assert tab.errors == []
    assert tab.outside == []


def test_the_first_view_is_a_cell_with_its_answer_and_another_is_one_choice_away(visit):
    tab = visit()
    tab.open(FIRST)
    expect(tab.page.get_by_text(examples.NOTE).first).to_be_visible()
    expect(tab.page.get_by_role("img", name="The part in the box; lime")).to_be_visible()
    row = tab.page.locator(f".st-key-{example_row.ROW} canvas").first
    place = [example_row.short(example) for example in pictured()].index("Monocyte")
    row.scroll_into_view_if_needed()
    corner = row.bounding_box()
    tab.page.mouse.click(corner["x"] + (place + 0.5) * example_row.HEIGHT, corner["y"] + 0.8 * example_row.HEIGHT)
    chosen = tab.page.get_by_role("combobox", name="Example")
    expect(chosen).to_have_value("Monocyte 1 (generated)", timeout=60_000)
    expect(tab.page.get_by_text("monocyte-01.webp", exact=False).first).to_be_visible(timeout=60_000)
    tab.settle()
    assert "example=Monocyte+1" in tab.page.url
    assert tab.errors == []
    assert tab.outside == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path or "first")
def test_every_page_has_an_address_and_is_accessible(visit, path, scheme):
    tab = visit(scheme)
    tab.open(path)
    assert tab.page.get_by_test_id("stException").count() == 0
    assert tab.page.get_by_test_id("stAlertContentWarning").count() <= 1
    answers_at_once(tab, path)
    assert absences(tab.page.get_by_test_id("stMain").inner_text()) == []
    assert tab.grave_violations() == []
    assert tab.errors == []
    assert tab.outside == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path or "first")
def test_no_page_scrolls_sideways_on_a_phone_and_each_answers_at_once(visit, path):
    tab = visit(screen="phone")
    tab.open(path)
    if path not in ("read", "count"):
        answers_at_once(tab, path)
    excess = tab.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert excess <= 0


def test_the_navigation_lists_the_pages_that_work(visit):
    tab = visit()
    tab.open(ENTRIES[0].address)
    links = tab.page.get_by_test_id("stTopNavLink")
    expect(links).to_have_count(len(ENTRIES))
    expect(links.and_(tab.page.locator("[aria-current=page]"))).to_have_text(re.compile(f"{ENTRIES[0].title}$"))


def test_on_a_phone_the_list_of_pages_closes_after_a_tap_and_every_page_says_what_it_is_not_for(visit):
    tab = visit(screen="phone")
    tab.open("about")
    purpose = tab.page.get_by_test_id("stMain").get_by_text("not for diagnosis", exact=False).first
    expect(purpose).to_be_in_viewport()
    tab.page.get_by_test_id("stExpandSidebarButton").tap()
    tab.page.get_by_test_id("stSidebarNavLink").filter(has_text="Learn").tap()
    expect(tab.page.get_by_role("heading", level=1, name="Can you name this cell?")).to_be_in_viewport()
    expect(tab.page.get_by_test_id("stSidebarNavLink").first).not_to_be_in_viewport()
    expect(purpose).to_be_in_viewport()


def test_light_and_dark_are_switched_in_the_menu_of_the_page(visit):
    tab = visit("light")
    tab.open("about")
    app = tab.page.get_by_test_id("stApp")
    light = app.evaluate(GROUND)
    tab.page.get_by_role("button", name="Main menu").click()
    tab.page.get_by_role("menuitemradio", name="Dark").click()
    expect(app).not_to_have_css("background-color", light)
    tab.page.keyboard.press("Escape")
    assert tab.grave_violations() == []
    assert tab.errors == []


def test_the_theme_follows_the_system(visit):
    grounds = {}
    for scheme in ("light", "dark"):
        tab = visit(scheme)
        tab.open(FIRST)
        grounds[scheme] = tab.page.get_by_test_id("stApp").evaluate(GROUND)
    assert grounds["light"] != grounds["dark"]
