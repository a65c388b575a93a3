"""What a model gets wrong: filters, orders, marks."""

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from app.errors import doubtful_labels, mistakes
from app.shared.scoping import Together, together
from core.checkpoints import list_checkpoints
from core.evaluation.results.predictions import Predictions
from core.evaluation.scope import Scope
from tests.app.test_pages import opened, words_on


@pytest.fixture
def asked(tiny_checkpoints) -> Together:
    """`linear` with `simple_cnn` beside it, on the test cells."""
    models = {model.name: model for model in list_checkpoints()}
    return together([models["linear"], models["simple_cnn"]], Scope("pbc", "test"))


def with_told(asked: Together, **told: Predictions) -> Together:
    return replace(asked, predictions=asked.predictions | told)


def listed(app) -> pd.DataFrame:
    return next(frame.value for frame in app.dataframe if "True class" in frame.value)


def changed(told: Predictions, rows, probabilities) -> Predictions:
    table = told.table.copy()
    columns = [column for column in table.columns if column.startswith("p_")]
    table.loc[rows, columns] = np.asarray(probabilities, np.float32)
    return Predictions(table)


def test_the_facts_are_of_the_mistakes_alone(asked):
    table = mistakes.facts(asked)
    own = asked.predictions["linear"]
    assert list(table["row"]) == list(np.flatnonzero(own.labels != own.predicted))
    assert (table["true"] != table["said"]).all()
    assert table["surest of the wrong class"].to_numpy() == pytest.approx(
        own.probabilities[mistakes.wrong(asked)].max(axis=1)
    )
    assert set(table["verdict"]) == {"Answer"}
    assert set(table["subtype"]) == {""}


def test_each_order_puts_its_own_cell_first(asked):
    first, second, third = mistakes.wrong(asked)[:3]
    labels = asked.predictions["linear"].labels
    sure = np.zeros(8)
    sure[(labels[first] + 1) % 8] = 1
    even = np.full(8, 1 / 8)
    even[labels[second]] -= 0.01
    even[(labels[second] + 1) % 8] += 0.01
    one = changed(changed(asked.predictions["linear"], first, sure), second, even)
    far = np.zeros(8)
    far[labels[third]] = 1
    other = changed(asked.predictions["simple_cnn"], first, sure)
    other = changed(changed(other, second, even), third, far)
    table = mistakes.facts(with_told(asked, linear=one, simple_cnn=other))
    rows = table.set_index("row")
    assert rows["surest of the wrong class"].idxmax() == first
    assert rows["most undecided"].idxmax() == second
    assert rows[mistakes.DISAGREE][third] > max(rows[mistakes.DISAGREE][first], rows[mistakes.DISAGREE][second])


def test_a_subtype_is_told_by_the_name_of_a_pbc_file():
    assert mistakes._subtype("neutrophil/BNE_1.jpg", "pbc") == "Band neutrophil"
    assert mistakes._subtype("ig/PMY_1.jpg", "pbc") == "Promyelocyte"
    assert mistakes._subtype("basophil/BA_1.jpg", "pbc") == ""
    assert mistakes._subtype("neutrophil/BNE_1.jpg", "folder") == ""


def test_the_summary_counts_and_says_what_would_have_been_admitted(asked):
    text = mistakes.in_short(asked)
    assert f"wrong on {len(mistakes.wrong(asked))} of 160 test cells" in text
    assert "Of 0 of these cells" in text
    far = Predictions(asked.predictions["linear"].table.assign(distance=2.0))
    unlike = with_told(asked, linear=far)
    assert f"Of {len(mistakes.wrong(asked))} of these cells" in mistakes.in_short(unlike)
    right = asked.predictions["linear"].table.assign(
        label=np.array(asked.predictions["linear"].classes)[asked.predictions["linear"].predicted]
    )
    perfect = with_told(asked, linear=Predictions(right))
    assert "wrong on none" in mistakes.in_short(perfect)


def test_filters_keep_what_fits_and_offer_only_what_there_is(tiny_checkpoints, no_photos):
    app = opened("errors")
    assert "Where is it wrong?" in words_on(app)
    app.selectbox(key="model").set_value("linear").run()
    everything = listed(app)
    true = everything["True class"].iloc[0]
    app.selectbox(key="true").set_value(true).run()
    assert set(listed(app)["True class"]) == {true}
    assert 0 < len(listed(app)) < len(everything)
    assert set(app.selectbox(key="said").options) == set(listed(app)["linear says"])
    assert not [box for box in app.selectbox if box.key == "subtype"]
    app.segmented_control(key="sort").set_value(mistakes.DISAGREE).run()
    app.segmented_control(key="cells").set_value("validation").run()
    assert not app.error
    assert "validation cells" in words_on(app)


def test_marks_stay_while_pages_models_and_filters_change(tiny_checkpoints, no_photos):
    app = opened("errors")
    app.selectbox(key="model").set_value("linear").run()
    first, second = [box for box in app.checkbox if str(box.key).startswith("doubtful-")][:2]
    keys = [str(box.key).split("-", 2)[2] for box in (first, second)]
    app.checkbox(key=first.key).check().run()
    app.checkbox(key=second.key).check().run()
    app.pagination(key="page").set_value(2).run()
    app.segmented_control(key="sort").set_value("most undecided").run()
    app.switch_page("about/page.py").run()
    app.switch_page("errors/page.py").run()
    app.selectbox(key="model").set_value("linear").run()
    assert "2 labels marked" in words_on(app)
    marks = [frame.value for frame in app.dataframe if "True class" in frame.value][-1]
    assert list(marks["File"]) == keys
    app.pagination(key="page").set_value(1).run()
    assert app.checkbox(key=first.key).value
    app.checkbox(key=first.key).uncheck().run()
    assert "1 label marked" in words_on(app)
    app.segmented_control(key="cells").set_value("validation").run()
    assert "are not among these cells" in words_on(app)


def test_the_saved_marks_say_what_each_model_says(asked):
    own = asked.predictions["linear"]
    marks = [("pbc", str(own.table["key"].iloc[7])), ("elsewhere", "x.png"), ("pbc", str(own.table["key"].iloc[3]))]
    table = pd.read_csv(io.StringIO(doubtful_labels.marks_csv(asked.predictions, marks)))
    assert list(zip(table["source"], table["file"], strict=True)) == marks
    assert table["marked"].all()
    assert table["label"].iloc[0] == own.table["label"].iloc[7]
    assert pd.isna(table["label"].iloc[1])
    for name, one in asked.predictions.items():
        assert table[f"{name}_says"].iloc[2] == own.classes[one.predicted[3]]
        assert table[f"{name}_confidence"].iloc[2] == pytest.approx(one.probabilities[3].max())


def test_a_damaged_table_is_a_sentence(tiny_copy, no_photos):
    (tiny_copy / "linear" / "predictions.parquet").write_bytes(b"torn")
    app = opened("errors")
    assert "**linear** is left out" in words_on(app)
    app.selectbox(key="model").set_value("linear").run()
    assert not app.error
    assert "damaged" in words_on(app)
