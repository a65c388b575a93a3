"""The first minutes of somebody who has just started Smearlens, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from app.navigation import ENTRIES
from core.synthetic import examples

FIRST = ""
ABSENT = re.compile(r"[^.\n]*\b(?:yet|recorded here|no trained model|nothing to (?:show|compare))\b[^.\n]*")
"""What a page says only of what is missing: with all that ships, nothing is."""
PAGES = [FIRST, *(entry.address for entry in ENTRIES)]


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
    tab.page.get_by_role("combobox", name="Example").click()
    tab.page.get_by_role("option", name="Eosinophil 1 (generated)").click()
    expect(tab.page.get_by_role("heading", name="Eosinophil")).to_be_visible()
    tab.settle()
    assert tab.errors == []
    assert tab.outside == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path or "first")
def test_every_page_has_an_address_and_is_accessible(visit, path, scheme):
    tab = visit(scheme)
    tab.open(path)
    assert tab.page.get_by_test_id("stException").count() == 0
    assert absences(tab.page.get_by_test_id("stMain").inner_text()) == []
    assert tab.grave_violations() == []
    assert tab.errors == []
    assert tab.outside == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path or "first")
def test_no_page_scrolls_sideways_on_a_phone(visit, path):
    tab = visit(screen="phone")
    tab.open(path)
    excess = tab.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert excess <= 0


def test_the_navigation_lists_the_pages_that_work(visit):
    tab = visit()
    tab.open(FIRST)
    links = tab.page.get_by_test_id("stSidebarNavLink")
    expect(links).to_have_count(len(ENTRIES))


def test_the_theme_follows_the_system(visit):
    grounds = {}
    for scheme in ("light", "dark"):
        tab = visit(scheme)
        tab.open(FIRST)
        app = tab.page.get_by_test_id("stApp")
        grounds[scheme] = app.evaluate("element => getComputedStyle(element).backgroundColor")
    assert grounds["light"] != grounds["dark"]
