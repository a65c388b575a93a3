"""A round of the quiz by keyboard alone, in a real browser."""

import re

import pandas as pd
import pytest
from playwright.sync_api import expect

from app.learn import cell_pictures
from app.learn.quiz import Round
from core.checkpoints import list_checkpoints
from core.labels import PBC8

MODEL = "simple_cnn"
"""Small, so that a round takes seconds."""

LONG = Round(cell_pictures.GENERATED, 10, 3, PBC8.keys)
SHORT = Round(cell_pictures.GENERATED, 5, 3, PBC8.keys)
MISSED = (4, 7)
"""Questions that are answered wrongly."""

VERDICT = re.compile(r"^(Right: it is|It is) an? ")

TYPING_MS = 120
"""From key to key of somebody who types fast."""

LISTENS = """() => { const key = new KeyboardEvent('keydown', {key: '9', bubbles: true, cancelable: true});
  document.body.dispatchEvent(key); return key.defaultPrevented }"""
"""Whether the page takes keys: of a digit that is no class it does nothing."""

FOCUSED = """() => { const e = document.activeElement;
  return [e.closest('[class*="st-key-"]')?.className.match(/st-key-([\\w-]+)/)?.[1] ?? '', e.innerText ?? ''] }"""


@pytest.fixture(autouse=True)
def _models() -> None:
    if MODEL not in {model.name for model in list_checkpoints()}:
        pytest.skip("no checkpoints here: there is no model beside the student")


def address(quiz_round: Round) -> str:
    return f"learn?pictures={quiz_round.collection}&length={quiz_round.n}&round={quiz_round.number}&model={MODEL}"


def said(place: int, kind: str) -> str:
    """What is answered: the truth, or the class after it where the question is to be missed."""
    return PBC8.keys[(PBC8.index(kind) + 1) % len(PBC8)] if place in MISSED else kind


def answer(tab, quiz_round: Round, place: int) -> None:
    """Answers a question by its number, once it is there."""
    expect(tab.page.get_by_text(f"Cell {place + 1} of {quiz_round.n}.")).to_be_visible()
    tab.settle()
    tab.page.keyboard.press(key_of(quiz_round, place))
    expect(tab.page.get_by_text(VERDICT)).to_be_visible()
    tab.settle()


def key_of(quiz_round: Round, place: int) -> str:
    """The digit by which a question is answered."""
    return str(PBC8.index(said(place, quiz_round.questions()[place].label)) + 1)


def go_on(tab) -> None:
    tab.page.keyboard.press("ArrowRight")
    expect(tab.page.get_by_text(VERDICT)).to_have_count(0)
    tab.settle()


def tab_to(tab, key: str, most: int = 120) -> None:
    """Presses the tab key until the control of that key has the focus."""
    for _ in range(most):
        tab.page.keyboard.press("Tab")
        if tab.page.evaluate(FOCUSED)[0] == key:
            return
    pytest.fail(f"{key} was not reached with the tab key")


def test_a_round_of_ten_by_keyboard_alone_and_its_file(visit):
    tab = visit()
    tab.open(address(LONG))
    for place in range(LONG.n):
        answer(tab, LONG, place)
        go_on(tab)
    expect(tab.page.get_by_role("heading", name="You named 8 of 10 cells correctly")).to_be_visible(timeout=60_000)
    expect(tab.page.locator(".js-plotly-plot")).to_have_count(1)
    tab_to(tab, f"save-round-{LONG.number}")
    with tab.page.expect_download() as download:
        tab.page.keyboard.press("Enter")
    table = pd.read_csv(download.value.path())
    questions = LONG.questions()
    assert list(table["file"]) == [question.name for question in questions]
    assert list(table["truth"]) == [question.label for question in questions]
    assert list(table["answer"]) == [said(place, question.label) for place, question in enumerate(questions)]
    assert "model_answer" not in table  # generated cells are practice
    assert (table["seconds"] > 0).all()
    assert tab.errors == []
    assert tab.outside == []


def test_the_focus_goes_from_name_to_name_and_enter_answers(visit):
    tab = visit()
    tab.open(address(SHORT))
    tab_to(tab, "say-1")
    order = ["say-1"]
    for _ in range(7):
        tab.page.keyboard.press("Tab")
        order.append(tab.page.evaluate(FOCUSED)[0])
    assert order == [f"say-{place}" for place in range(1, 9)]
    tab.page.keyboard.press("Enter")
    expect(tab.page.get_by_text(VERDICT)).to_be_visible()
    tab.page.keyboard.press("1")  # a second answer changes nothing
    tab.settle()
    right = int(SHORT.questions()[0].label == "platelet")
    expect(tab.page.get_by_text(f"Right so far: {right} of 1.")).to_be_visible()
    tab_to(tab, "turn")
    tab.page.keyboard.press("Enter")
    expect(tab.page.get_by_text("Cell 2 of 5.")).to_be_visible()


def test_a_round_at_full_typing_speed_loses_no_key(visit):
    tab = visit()
    tab.open(address(LONG))
    tab.page.wait_for_function(LISTENS)
    for place in range(LONG.n):
        for key in (key_of(LONG, place), "ArrowRight"):
            tab.page.keyboard.press(key, delay=TYPING_MS / 2)
            tab.page.wait_for_timeout(TYPING_MS / 2)
    expect(tab.page.get_by_role("heading", name="You named 8 of 10 cells correctly")).to_be_visible(timeout=60_000)
    assert tab.errors == []


def test_a_round_is_left_for_another_page_and_continued(visit):
    tab = visit()
    tab.open(address(SHORT))
    answer(tab, SHORT, 0)
    go_on(tab)
    tab.page.get_by_role("link", name="About").first.click()
    expect(tab.page.get_by_role("heading", name="Can you name this cell?")).to_have_count(0)
    tab.settle()
    tab.page.get_by_role("link", name="Learn").first.click()
    answer(tab, SHORT, 1)
    expect(tab.page.get_by_text("Right so far: 2 of 2.")).to_be_visible()
    assert tab.errors == []


def test_nothing_on_the_page_names_the_cell_before_it_is_answered(visit):
    tab = visit()
    tab.open(address(SHORT))
    question = SHORT.questions()[0]
    assert question.name not in tab.page.content()
    names = tab.page.get_by_role("img").evaluate_all("all => all.map(one => one.alt ?? '')")
    assert not [name for name in names if PBC8[question.label].name.lower() in name.lower()]


def test_a_number_that_is_typed_into_a_box_is_no_answer(visit):
    tab = visit()
    tab.open(address(SHORT))
    tab.page.get_by_text("Choose the round").click()
    box = tab.page.get_by_role("spinbutton", name="Round")
    box.focus()
    box.fill("")
    tab.page.keyboard.type("4")
    tab.page.keyboard.press("Enter")
    expect(tab.page.get_by_text("Round 4: 5 generated cells")).to_be_visible()
    expect(tab.page.get_by_text("Cell 1 of 5. Right so far: 0 of 0.")).to_be_visible()


def test_the_link_leads_to_the_same_round(visit):
    tab = visit()
    tab.open(address(SHORT))
    tab.page.get_by_role("button", name="Copy link").click()
    code = tab.page.get_by_test_id("stPopoverBody").get_by_test_id("stCode")
    expect(code).to_contain_text("round=3")
    link = code.inner_text().strip()
    other = visit()
    other.open(link.removeprefix(f"{tab.app_url}/"))
    expect(other.page.get_by_text("Round 3: 5 generated cells of all eight classes.")).to_be_visible()
    answer(other, SHORT, 0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_asking_telling_the_end_and_the_classes_are_accessible(visit, scheme):
    tab = visit(scheme)
    tab.open(address(SHORT))
    assert tab.grave_violations() == []
    for place in range(SHORT.n):
        answer(tab, SHORT, place)
        if place in (0, *MISSED):
            assert tab.grave_violations() == []
        go_on(tab)
    expect(tab.page.get_by_role("heading", name="You named 4 of 5 cells correctly")).to_be_visible()
    tab.settle()
    assert tab.grave_violations() == []
    tab.open("learn?part=the+classes")
    assert tab.grave_violations() == []
    assert tab.errors == []


def test_no_part_of_a_round_scrolls_sideways_on_a_phone(visit):
    tab = visit(screen="phone")
    tab.open(address(SHORT))
    answer(tab, SHORT, 0)
    excess = "document.documentElement.scrollWidth - window.innerWidth"
    assert tab.page.evaluate(excess) <= 0
    tab.open("learn?part=the+classes")
    assert tab.page.evaluate(excess) <= 0
