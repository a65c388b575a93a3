"""Confusion matrices whose squares can be chosen, and the list behind each."""

import io

import numpy as np
import pandas as pd
import pytest

from app.shared import gallery, prediction_tables
from app.shared.figures import comparison, confusion, confusion_charts
from core.evaluation.confusion import confusion_matrix
from core.labels import PBC8
from tests.app.conftest import predictions
from tests.app.test_pages import opened, words_on

TOLD = {name: predictions(right).select(split="test") for name, right in (("linear", 0.6), ("simple_cnn", 0.9))}
COUNTS = {name: confusion_matrix(one.labels, one.predicted, 8) for name, one in TOLD.items()}
LINEAR, SIMPLE = COUNTS["linear"], COUNTS["simple_cnn"]


@pytest.mark.parametrize(("kind", "axis"), [(confusion_charts.OF_TRUE, 1), (confusion_charts.OF_ANSWER, 0)])
def test_shares_add_up_along_their_own_direction(kind, axis):
    shown = confusion_charts.figures(LINEAR, kind)
    assert shown.sum(axis=axis) == pytest.approx((LINEAR.sum(axis=axis) > 0).astype(float))
    assert (confusion_charts.figures(LINEAR, confusion_charts.COUNT) == LINEAR).all()


def test_every_square_can_be_clicked_and_says_which_it_is():
    figure = confusion_charts.selectable(LINEAR, PBC8, confusion_charts.COUNT, 10.0, (3, 6))
    heat, marks = figure.data
    assert figure.layout.clickmode == "event+select"
    assert heat.zmax == 10
    assert len(marks.x) == 64
    for x, y, (true, said, written) in zip(marks.x, marks.y, marks.customdata, strict=True):
        row, column = PBC8.names.index(true), PBC8.names.index(said)
        assert (x, y) == (PBC8.classes[column].abbreviation, PBC8.classes[row].abbreviation)
        assert int(written) == LINEAR[row, column]
    (outline,) = figure.layout.shapes
    assert (outline.x0, outline.x1, outline.y0, outline.y1) == (5.5, 6.5, 2.5, 3.5)
    assert not confusion_charts.selectable(LINEAR, PBC8, confusion_charts.COUNT, 10.0, None).layout.shapes


@pytest.mark.parametrize("kind", list(confusion_charts.SQUARES))
def test_a_difference_is_signed_and_its_scale_is_even(kind):
    figure = confusion_charts.difference(LINEAR, SIMPLE, PBC8, kind, None)
    heat = figure.data[0]
    assert heat.zmin == -heat.zmax
    assert heat.zmax == np.abs(heat.z).max()
    for value, text in zip(np.ravel(heat.z), np.ravel(heat.text), strict=True):
        assert text[:1] == {1: "+", -1: "−", 0: ""}[int(np.sign(value))]
    same = confusion_charts.difference(LINEAR, LINEAR, PBC8, kind, None).data[0]
    assert same.zmax == 1
    assert set(np.ravel(same.text)) == {""}


def test_a_difference_of_three_cells_is_a_plain_figure():
    assert confusion_charts.signed(3, confusion_charts.COUNT) == "+3"
    assert confusion_charts.signed(-0.124, confusion_charts.OF_TRUE) == "−12"
    assert confusion_charts.signed(-0.001, confusion_charts.OF_TRUE) == "−<1"


def test_the_difference_is_told_in_words():
    text = confusion.difference_in_words("linear", "simple_cnn", LINEAR, SIMPLE, PBC8)
    more = int(np.trace(SIMPLE) - np.trace(LINEAR))
    assert f"**simple_cnn** is right on {more} more cells than **linear**" in text
    assert "**linear** does that" in text
    assert "equally often" in confusion.difference_in_words("a", "b", LINEAR, LINEAR, PBC8)
    assert "two different models" in confusion.difference_in_words("a", "a", LINEAR, LINEAR, PBC8)


@pytest.mark.parametrize("name", list(TOLD))
def test_the_cells_of_all_squares_are_all_cells_and_each_is_in_its_own(name):
    told, counts = TOLD[name], COUNTS[name]
    seen = []
    for true in range(8):
        for said in range(8):
            rows = confusion.in_square(told, true, said)
            assert len(rows) == counts[true, said]
            assert (told.labels[rows] == true).all()
            assert (told.predicted[rows] == said).all()
            seen += list(rows)
    assert sorted(seen) == list(range(len(told)))


def test_the_worst_cell_of_a_square_comes_first():
    table = TOLD["linear"].table.copy()
    true, said = confusion.commonest(LINEAR)
    rows = confusion.in_square(TOLD["linear"], true, said)
    columns = [column for column in table.columns if column.startswith("p_")]
    worst = int(rows[-1])
    table.loc[worst, columns] = 0.0
    table.loc[worst, columns[said]] = 1.0
    assert confusion.in_square(type(TOLD["linear"])(table), true, said)[0] == worst


def test_the_commonest_mistake_is_not_on_the_diagonal():
    true, said = confusion.commonest(LINEAR)
    assert true != said
    assert LINEAR[true, said] == (LINEAR - np.diag(np.diag(LINEAR))).max()
    assert confusion.commonest(np.diag([3, 4])) is None


def test_the_matrix_in_words_says_what_is_right():
    text = comparison.matrix_in_words("linear", LINEAR, PBC8)
    assert f"{np.trace(LINEAR)} of {LINEAR.sum()} cells right" in text
    assert "none" in comparison.matrix_in_words("x", np.diag([5] * 8), PBC8)


def shown_files(app) -> set[str]:
    """Files that the cards on the page name, each under the name of its true class."""
    cards = [one.value.split("  \n") for one in app.markdown if "  \n" in one.value]
    return {name.replace("\\", "") for _, name in cards}


def test_the_boxes_choose_a_square_and_the_gallery_shows_exactly_its_cells(tiny_checkpoints, no_photos):
    app = opened("compare", "mistakes")
    app.selectbox(key="of").set_value("linear").run()
    true, said = confusion.commonest(LINEAR)
    app.selectbox(key="true").set_value(PBC8.names[true]).run()
    app.selectbox(key="said").set_value(PBC8.names[said]).run()
    assert not app.error
    told = TOLD["linear"]
    keys = [str(told.table["key"].iloc[row]) for row in confusion.in_square(told, true, said)]
    assert "The most confident first." in words_on(app)
    assert shown_files(app) == set(keys[: gallery.PAGE])
    (listed,) = [frame.value for frame in app.dataframe if "File" in frame.value]
    assert list(listed["File"]) == keys
    assert set(listed["linear says"]) == {PBC8.names[said]}
    assert "are not on this computer" in words_on(app)


def test_an_address_with_a_square_opens_it(tiny_checkpoints, no_photos):
    app = opened("compare", "mistakes")
    true, said = confusion.commonest(SIMPLE)
    (button,) = [button for button in app.button if button.key == "commonest"]
    button.click().run()
    assert not app.error
    assert app.selectbox(key="true").value == PBC8.names[true]
    assert app.selectbox(key="said").value == PBC8.names[said]
    assert len(shown_files(app)) == min(SIMPLE[true, said], gallery.PAGE)


def test_cells_that_are_put_away_leave_their_row_chosen_and_can_be_opened_again(monkeypatch):
    state = {"true": "Basophil", "said": "Monocyte"}
    monkeypatch.setattr(confusion.st, "session_state", state)
    confusion._close()
    assert (state["true"], state["said"], state[confusion.CLOSED]) == ("Basophil", None, 1)


def test_an_empty_square_says_so(tiny_checkpoints, no_photos):
    app = opened("compare", "mistakes")
    app.selectbox(key="true").set_value("Basophil").run()
    app.selectbox(key="said").set_value("Platelet").run()
    assert "this square is empty" in words_on(app)
    assert not shown_files(app)


def test_a_click_becomes_the_choice(monkeypatch):
    state = {"m": {"selection": {"points": [{"customdata": ["Basophil", "Monocyte", "−3"]}]}}}
    monkeypatch.setattr(confusion.st, "session_state", state)
    confusion._take("m", PBC8, ("first", "second"))
    assert (state["true"], state["said"], state["of"]) == ("Basophil", "Monocyte", "second")
    state["m"] = {"selection": {"points": [{"customdata": ["Eosinophil", "Monocyte", "+3"]}]}}
    confusion._take("m", PBC8, ("first", "second"))
    assert (state["true"], state["of"]) == ("Eosinophil", "first")
    for points in ([], [{"customdata": ["Nothing", "Monocyte", "1"]}]):
        state["m"] = {"selection": {"points": points}}
        confusion._take("m", PBC8, ("first",))
    assert state["true"] == "Eosinophil"


def test_the_list_and_its_csv_say_what_the_tables_say():
    rows = [5, 2]
    table = prediction_tables.listing(TOLD, rows, PBC8)
    assert list(table["File"]) == [TOLD["linear"].table["key"].iloc[row] for row in rows]
    assert table["simple_cnn, sure"].to_numpy() == pytest.approx(TOLD["simple_cnn"].probabilities[rows].max(axis=1))
    raw = pd.read_csv(io.StringIO(prediction_tables.raw(TOLD, rows).to_csv(index=False)))
    assert list(raw["label"]) == list(TOLD["linear"].table["label"].iloc[rows])
    for name, one in TOLD.items():
        columns = [f"{name}_p_{key}" for key in PBC8.keys]
        assert raw[columns].to_numpy() == pytest.approx(one.probabilities[rows])
        assert list(raw[f"{name}_says"]) == [PBC8.keys[number] for number in one.predicted[rows]]
