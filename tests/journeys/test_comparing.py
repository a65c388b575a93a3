"""Comparing models and looking at their mistakes, in a real browser."""

import re

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Locator, expect

from app.shared import gallery
from app.shared.figures import confusion
from core.checkpoints import list_checkpoints
from core.labels import PBC8
from tests.journeys.conftest import PATIENCE_MS

MODEL = "linear"
"""Of the shipped models it makes the most mistakes, so that its squares hold more than one page."""

COMPARE = f"compare?part=mistakes&squares=count&models=resnet18&models={MODEL}"


@pytest.fixture(autouse=True)
def _models() -> None:
    if not {"resnet18", MODEL} <= {model.name for model in list_checkpoints()}:
        pytest.skip("no checkpoints here: there is nothing to compare")


@pytest.fixture(scope="module")
def told():
    (model,) = [model for model in list_checkpoints() if model.name == MODEL]
    return model.predictions().select(source="pbc", split="test")


def files_in(told, true: str, said: str) -> list[str]:
    """Files of that class that the table says were called so, counted by hand, surest of the wrong class first."""
    table = told.table
    columns = [f"p_{key}" for key in PBC8.keys]
    answers = np.array(PBC8.keys)[table[columns].to_numpy().argmax(axis=1)]
    rows = table[(table["label"] == true) & (answers == said)]
    return list(rows.sort_values(f"p_{said}", ascending=False, kind="stable")["key"])


def shown_files(tab) -> list[str]:
    """What the cards of the gallery name."""
    cards = tab.page.locator(".st-key-gallery").get_by_text(re.compile(r"/\S+\.(jpg|png)$"))
    return [re.search(r"\S+\.(jpg|png)", text).group() for text in cards.all_inner_texts()]


def matrix(tab, name: str) -> Locator:
    chart = tab.page.locator(f".st-key-{name}")
    chart.scroll_into_view_if_needed()
    expect(chart.locator(".nsewdrag")).to_be_visible()
    return chart


def click_square(tab, name: str, true: str, said: str) -> None:
    """A click with the mouse in the middle of a square."""
    box = matrix(tab, name).locator(".nsewdrag").bounding_box()
    x = box["x"] + box["width"] * (PBC8.index(said) + 0.5) / len(PBC8)
    y = box["y"] + box["height"] * (PBC8.index(true) + 0.5) / len(PBC8)
    tab.page.mouse.move(x - 3, y)
    tab.page.mouse.move(x, y)
    expect(tab.page.locator(f".st-key-{name} .hoverlayer .hovertext")).to_be_visible()
    tab.page.mouse.click(x, y)


def choose_by_keyboard(tab, label: str, option: str) -> None:
    """Types into a box and takes what it offers, without a mouse."""
    box = tab.page.get_by_role("combobox", name=label, exact=True)
    box.focus()
    tab.page.keyboard.press("ControlOrMeta+a")
    tab.page.keyboard.type(option)
    expect(tab.page.get_by_role("option", name=option, exact=True)).to_be_visible()
    tab.page.keyboard.press("Enter")
    tab.settle()


@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_a_square_shows_its_cells_at_once_and_can_be_left_for_another(visit, told, screen):
    tab = visit(screen=screen)
    tab.open(COMPARE)
    click_square(tab, f"matrix-{MODEL}", "monocyte", "ig")
    cells = tab.page.get_by_role("dialog")
    title = cells.get_by_role("heading", name="monocyte cells called immature granulocyte")
    expect(title).to_be_in_viewport(timeout=PATIENCE_MS)  # it slides in
    tab.settle()
    wanted = files_in(told, "monocyte", "ig")
    assert len(wanted) > gallery.PAGE
    assert shown_files(tab) == wanted[: gallery.PAGE]
    expect(cells.get_by_role("img", name=wanted[0]).or_(cells.get_by_text(wanted[0])).first).to_be_in_viewport()
    assert "true=Monocyte" in tab.page.url
    assert f"of={MODEL}" in tab.page.url

    tab.page.get_by_role("button", name="Page 2").click()
    expect(tab.page.get_by_text(re.compile(rf"^{gallery.PAGE + 1} to "))).to_be_visible()
    tab.settle()
    assert shown_files(tab) == wanted[gallery.PAGE : 2 * gallery.PAGE]
    tab.page.keyboard.press("Escape")
    expect(cells).to_have_count(0)
    tab.settle()
    click_square(tab, f"matrix-{MODEL}", "monocyte", "ig")
    expect(cells).to_be_visible()
    assert tab.errors == []
    assert tab.outside == []


def test_a_square_is_chosen_with_the_keyboard_alone(visit, told):
    tab = visit()
    tab.open(COMPARE)
    choose_by_keyboard(tab, "They were", "Basophil")
    choose_by_keyboard(tab, "by", MODEL)
    choose_by_keyboard(tab, "and were called", "Lymphocyte")
    expect(tab.page.get_by_role("dialog")).to_be_visible()
    assert shown_files(tab) == files_in(told, "basophil", "lymphocyte")[: gallery.PAGE]
    assert "true=Basophil" in tab.page.url
    assert tab.errors == []


def test_an_address_brings_back_the_square_and_its_list_is_saved_whole(visit, told):
    tab = visit(screen="phone")
    tab.open(f"{COMPARE}&true=Monocyte&said=Immature+granulocyte&of={MODEL}&page=2")
    wanted = files_in(told, "monocyte", "ig")
    assert shown_files(tab) == wanted[gallery.PAGE : 2 * gallery.PAGE]
    save = tab.page.locator(f".st-key-save-monocyte-immature-granulocyte-{MODEL}").get_by_role("button")
    # Where no photographs are at hand, the list is open already.
    if not save.is_visible():
        tab.page.get_by_text("The list (").click()
    expect(save).to_be_visible()
    tab.settle()
    with tab.page.expect_download() as download:
        save.click()
    table = pd.read_csv(download.value.path())
    assert list(table["file"]) == wanted
    assert set(table["label"]) == {"monocyte"}
    assert set(table[f"{MODEL}_says"]) == {"ig"}
    assert table[[f"{MODEL}_p_{key}" for key in PBC8.keys]].sum(axis=1).to_numpy() == pytest.approx(1, abs=1e-3)
    excess = tab.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert excess <= 0


def test_the_link_holds_what_was_chosen_and_opens_it_elsewhere(visit, told):
    tab = visit()
    tab.open(COMPARE.replace("part=mistakes", "part=differences"))
    click_square(tab, "difference", "neutrophil", "ig")
    expect(tab.page.get_by_role("dialog")).to_be_visible()
    tab.settle()
    files = shown_files(tab)
    assert files
    tab.page.get_by_role("dialog").get_by_role("button", name="Copy link").click()
    code = tab.page.get_by_test_id("stPopoverBody").get_by_test_id("stCode")
    expect(code).to_contain_text("true=Neutrophil", timeout=20_000)
    address = code.inner_text().strip()
    assert address.startswith(tab.app_url)
    other = visit()
    other.open(address.removeprefix(f"{tab.app_url}/"))
    assert shown_files(other) == files
    assert tab.errors == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "address",
    [f"{COMPARE}&true=Monocyte&said=Immature+granulocyte&of={MODEL}&maps=true", f"errors?model={MODEL}&maps=true"],
    ids=["compare", "errors"],
)
def test_pages_with_a_gallery_are_accessible(visit, address, scheme):
    tab = visit(scheme)
    tab.open(address)
    assert len(shown_files(tab)) == gallery.PAGE
    assert tab.page.get_by_test_id("stException").count() == 0
    assert tab.grave_violations() == []
    assert tab.errors == []


def test_a_doubtful_label_is_marked_kept_and_saved(visit, told):
    tab = visit()
    tab.open(f"errors?model={MODEL}")
    first = shown_files(tab)[0]
    wrong = told.table[told.labels != told.predicted]
    assert first == wrong["key"].iloc[int(told.probabilities.max(axis=1)[told.labels != told.predicted].argmax())]
    tab.page.get_by_text("Label doubtful").first.click()
    expect(tab.page.get_by_text("1 label marked.")).to_be_visible()
    tab.settle()
    tab.page.get_by_role("link", name="Compare").first.click()
    expect(tab.page.get_by_role("heading", name="Which model should I trust?")).to_be_visible()
    tab.settle()
    tab.page.get_by_role("link", name="Errors").first.click()
    expect(tab.page.get_by_text("1 label marked.")).to_be_visible(timeout=PATIENCE_MS)
    tab.settle()
    with tab.page.expect_download() as download:
        tab.page.locator(".st-key-save-doubtful").get_by_role("button").click()
    table = pd.read_csv(download.value.path())
    assert list(table["file"]) == [first]
    assert list(table["label"]) == [first.split("/")[0]]
    assert tab.errors == []


def test_the_square_in_words_counts_as_the_table_does(told):
    """The list that the journeys above compare with is not the page's own."""
    rows = confusion.in_square(told, PBC8.index("monocyte"), PBC8.index("ig"))
    assert [told.table["key"].iloc[row] for row in rows] == files_in(told, "monocyte", "ig")
