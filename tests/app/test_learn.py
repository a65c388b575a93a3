"""The page to learn with, with and without models and photographs."""

import io
import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from app.learn import cell_pictures, choices, class_list, keyboard, quiz
from app.learn.quiz import Round
from app.learn.results import RoundResult, as_csv, in_words, listed
from core.checkpoints import find_checkpoint
from core.imaging.windows import Box
from core.inference.reader import Reading
from core.labels import PBC8, Probabilities
from core.synthetic import examples
from core.synthetic.drawings import DRAWING_NOTE, drawn_cell
from core.teaching import Answer, Question
from tests.app import test_pages
from tests.app.test_compare import rewrite
from tests.app.test_pages import MAIN, PATIENCE, opened

DRAWN = Round(cell_pictures.DRAWN, 5, 1, PBC8.keys)


def words_on(app: AppTest) -> str:
    """What the page says, names of models as they are."""
    return test_pages.words_on(app).replace("\\", "")


def at(**query: str | list[str]) -> AppTest:
    """The page with these choices in its address."""
    app = AppTest.from_file(MAIN, default_timeout=PATIENCE).run()
    app.switch_page("learn/page.py")
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    assert not app.error
    return app


def press(app: AppTest, key: str) -> None:
    app.button(key=key).click().run()
    assert not app.exception
    assert not app.error


def name(app: AppTest, kind: str) -> None:
    press(app, f"say-{PBC8.index(kind) + 1}")


def alts(app: AppTest) -> list[str]:
    return [image.proto.imgs[0].alt for image in app.get("image")]


def played(app: AppTest, quiz_round: Round, says) -> None:
    """Answers every question of a round: says(place, question) is the key of a class."""
    for place, question in enumerate(quiz_round.questions()):
        name(app, says(place, question))
        press(app, "turn")


def rightly(place: int, question: Question) -> str:
    return question.label


def test_the_first_question_is_there_at_once_and_gives_nothing_away(tiny_checkpoints, no_photos):
    app = opened("learn")
    assert app.header[0].value == "Which cell is this?"
    assert [button.label for button in app.button if str(button.key).startswith("say-")] == list(PBC8.names)
    assert alts(app) == ["Cell 1, a generated cell: to be named."]
    assert examples.NOTE in words_on(app)
    assert "simple_cnn" in words_on(app)


def test_an_answer_shows_the_truth_the_model_and_what_to_see_and_stands(tiny_checkpoints, no_photos):
    app = at(pictures="drawings", length="5")
    true = PBC8[DRAWN.questions()[0].label]
    wrong = next(kind for kind in PBC8.classes if kind != true)
    name(app, wrong.key)
    text = words_on(app)
    assert true.name.lower() in app.warning[0].value
    assert wrong.name.lower() in app.warning[0].value
    assert true.definition in text
    assert wrong.definition[1:] in text
    assert "Lime: where the evidence for" in text
    assert len(alts(app)) == 2
    assert true.name in alts(app)[0]
    other = next(kind for kind in PBC8.classes if kind not in (true, wrong))
    name(app, other.key)  # no second answer, but what such a cell looks like
    assert other.definition[1:] in words_on(app)
    assert wrong.name.lower() in app.warning[0].value
    press(app, "turn")
    assert "Cell 2 of 5. Right so far: 0 of 1." in words_on(app)
    name(app, DRAWN.questions()[1].label)
    assert "Right" in app.success[0].value
    assert "Right so far: 1 of 2." in words_on(app)


def test_keys_are_taken_in_their_order_and_each_once(monkeypatch):
    monkeypatch.setattr("streamlit.session_state", {})
    questions = DRAWN.questions()
    digits = [str(PBC8.index(question.label) + 1) for question in questions]
    keys = ["ArrowRight", digits[0], "9", "ArrowRight", digits[1], digits[0], "ArrowRight", digits[2]]
    for end in (0, 2, 5, 5, 8):
        keyboard.take({"pressed": {"opened": "now", "keys": keys[:end]}}, DRAWN, len(questions))
    progress = quiz.progress(DRAWN)
    assert [answer.label for answer in progress.answers] == [question.label for question in questions[:3]]
    assert progress.turned == 2
    keyboard.take({"pressed": None}, DRAWN, len(questions))
    keyboard.take({"pressed": {"opened": "again", "keys": ["ArrowRight"]}}, DRAWN, len(questions))
    assert quiz.progress(DRAWN).turned == 3


def test_a_round_of_practice_ends_with_a_matrix_and_no_score_that_is_compared(tiny_checkpoints, no_photos):
    app = at(pictures="drawings", length="5")
    taken = {"first": ""}

    def says(place: int, question: Question) -> str:
        if place:
            return question.label
        taken["first"] = question.label
        return PBC8.keys[(PBC8.index(question.label) + 1) % 8]

    played(app, DRAWN, says)
    assert app.header[0].value == "You named 4 of 5 cells correctly"
    text = words_on(app)
    assert "This was practice with drawings." in text
    assert "95 % interval" not in text
    assert "On the same cells" not in text
    assert len(app.get("plotly_chart")) == 1
    table = next(frame.value for frame in app.dataframe if "It was" in frame.value)
    assert list(table["It was"]) == [PBC8[question.label].name for question in DRAWN.questions()]
    assert (table["It was"] == table["You said"]).sum() == 4
    assert list(table.columns) == ["File", "It was", "You said", "Seconds"]
    first = PBC8[taken["first"]]
    assert any(first.name.lower() in button.label.lower() for button in app.button if button.key == "practise-0")


def test_the_pairs_that_were_mixed_up_make_a_round_of_their_own(tiny_checkpoints, no_photos):
    app = at(pictures="drawings", length="5")
    true = DRAWN.questions()[0].label
    other = PBC8.keys[(PBC8.index(true) + 1) % 8]
    played(app, DRAWN, lambda place, question: question.label if place else other)
    press(app, "practise-0")
    assert app.header[0].value == "Which cell is this?"
    pair = tuple(key for key in PBC8.keys if key in (true, other))
    assert set(app.pills(key="classes").value) == {PBC8[key].name for key in pair}
    assert app.number_input(key="round").value == 2
    again = Round(cell_pictures.DRAWN, 5, 2, pair)
    assert {question.label for question in again.questions()} == set(pair)
    played(app, again, rightly)
    assert app.header[0].value == "You named 5 of 5 cells correctly"
    assert "You mixed up no classes" in words_on(app)
    press(app, "again")
    assert app.pills(key="classes").value == []
    assert app.number_input(key="round").value == 3


def test_a_round_can_be_left_and_continued(tiny_checkpoints, no_photos):
    app = at(pictures="drawings", length="20", round="7")
    name(app, "ig")
    press(app, "turn")
    app.switch_page("about/page.py").run()
    app.switch_page("learn/page.py").run()
    assert not app.exception
    assert "Cell 2 of 20." in words_on(app)
    assert app.number_input(key="round").value == 7
    app.selectbox(key="model").set_value("linear").run()
    app.segmented_control(key="part").set_value(choices.LOOKING).run()
    app.segmented_control(key="part").set_value(choices.NAMING).run()
    assert "Cell 2 of 20." in words_on(app)
    assert app.selectbox(key="model").value == "linear"
    app.number_input(key="round").set_value(8).run()
    assert "Cell 1 of 20." in words_on(app)
    app.number_input(key="round").set_value(7).run()
    assert "Cell 2 of 20." in words_on(app)


def test_without_models_cells_can_be_named_all_the_same(no_checkpoints, no_photos):
    app = at(pictures="drawings", length="5", model="simple_cnn")
    assert "no trained model here" in words_on(app)
    played(app, DRAWN, rightly)
    assert app.header[0].value == "You named 5 of 5 cells correctly"
    assert len(app.get("plotly_chart")) == 1
    table = next(frame.value for frame in app.dataframe if "It was" in frame.value)
    assert list(table.columns) == ["File", "It was", "You said", "Seconds"]


@pytest.mark.parametrize("collection", [cell_pictures.REAL, cell_pictures.GENERATED])
def test_pictures_that_are_not_here_are_said_to_be_missing_and_no_others_shown(
    collection, tiny_checkpoints, no_photos, monkeypatch, tmp_path
):
    monkeypatch.setattr(examples, "FOLDER", tmp_path)
    app = at(pictures=collection)
    assert cell_pictures.how_to_get(collection) in words_on(app)
    assert alts(app) == []
    app.segmented_control(key="pictures").set_value(cell_pictures.DRAWN).run()
    assert len(alts(app)) == 1


@pytest.mark.parametrize(
    "query",
    [
        {"pictures": "photographs"},
        {"length": "7"},
        {"round": "-3"},
        {"round": "many"},
        {"classes": "Heffalump"},
        {"classes": "Monocyte"},
        {"model": "nobody"},
        {"part": "nothing"},
    ],
)
def test_an_address_that_makes_no_sense_leads_to_the_first_round(query, tiny_checkpoints, no_photos):
    app = at(**query)
    assert "Cell 1 of 10." in words_on(app)
    assert "Round 1: 10 generated cells of all eight classes." in words_on(app)


def test_the_classes_are_told_with_their_sources_and_pictures(tiny_checkpoints, no_photos):
    app = at(part=choices.LOOKING)
    text = words_on(app)
    for kind in PBC8.classes:
        assert kind.definition[1:] in text
        assert kind.source in text
    assert "Metamyelocyte" in text
    assert examples.NOTE in text
    assert len(alts(app)) == class_list.EXAMPLES * len(PBC8)
    assert "simple_cnn most often takes it for" in text


def test_what_a_model_mixes_up_is_that_of_its_own_source_alone(tiny_copy, no_photos):
    told = class_list.confused_with(find_checkpoint("simple_cnn"))

    def with_another_first(table: pd.DataFrame) -> pd.DataFrame:
        others = table[table["split"] == "test"].head(40).assign(source="another", label="basophil")
        return pd.concat([others, table], ignore_index=True)

    rewrite(tiny_copy / "simple_cnn", with_another_first)
    assert class_list.confused_with(find_checkpoint("simple_cnn")) == told != {}


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """Two cells of each class that count as generated."""
    (tmp_path / "cells").mkdir()
    rows = []
    for kind in PBC8.keys:
        for number in (1, 2):
            file = f"cells/{kind}-{number:02}.webp"
            Image.fromarray(drawn_cell(kind, number, 64)).save(tmp_path / file, "WEBP")
            subtype = "BNE" if kind == "neutrophil" else kind.upper()
            rows.append({"file": file, "class": kind, "subtype": subtype, "seed": number, "generated_by": "0" * 64})
    (tmp_path / "index.json").write_text(json.dumps(rows))
    monkeypatch.setattr(examples, "FOLDER", tmp_path)


def test_generated_cells_come_first_where_they_are_shipped(tiny_checkpoints, no_photos, shipped):
    app = opened("learn")
    assert examples.NOTE in words_on(app)
    assert alts(app) == ["Cell 1, a generated cell: to be named."]
    app.segmented_control(key="length").set_value(20).run()
    assert "Round 1: 16 generated cells of all eight classes. There are no more here." in words_on(app)
    app.pills(key="classes").set_value(["Neutrophil", "Platelet"]).run()
    quiz_round = Round(cell_pictures.GENERATED, 20, 1, ("neutrophil", "platelet"))
    played(app, Round(quiz_round.collection, quiz_round.n, quiz_round.number, quiz_round.classes), rightly)
    assert app.header[0].value == "You named 4 of 4 cells correctly"
    assert "This was practice with generated cells." in words_on(app)


def test_the_finer_kind_is_told_where_it_is_known(tiny_checkpoints, no_photos, shipped):
    app = at(pictures=cell_pictures.GENERATED, length="5", classes=["Neutrophil", "Platelet"])
    quiz_round = Round(cell_pictures.GENERATED, 5, 1, ("neutrophil", "platelet"))
    for question in quiz_round.questions():
        name(app, question.label)
        told = "This one is a band neutrophil." in words_on(app)
        assert told == (question.label == "neutrophil")
        press(app, "turn")


def test_real_cells_are_of_the_test_split_and_their_names_are_not_told(tiny_checkpoints, data_root, monkeypatch):
    import streamlit as st

    st.cache_data.clear()
    st.cache_resource.clear()
    app = at(length="5")  # photographs come first where they are at hand
    quiz_round = Round(cell_pictures.REAL, 5, 1, PBC8.keys)
    source = cell_pictures.photos.source("pbc")
    assert source is not None
    assert {source.row(question.name)["split"] for question in quiz_round.questions()} == {"test"}
    first = quiz_round.questions()[0]
    assert first.name not in words_on(app) + " ".join(alts(app))
    assert source.row(first.name)["label"] == first.label
    name(app, first.label)
    assert "Right" in app.success[0].value
    assert len(alts(app)) == 2
    press(app, "turn")
    for question in quiz_round.questions()[1:]:
        name(app, question.label)
        press(app, "turn")
    assert app.header[0].value == "You named 5 of 5 cells correctly"
    text = words_on(app)
    assert "95 % interval" in text
    assert "**simple_cnn**" in text
    assert len(app.get("plotly_chart")) == 3
    table = next(frame.value for frame in app.dataframe if "It was" in frame.value)
    assert set(table.columns) >= {"simple_cnn said", "Seconds"}
    rates = next(frame.value for frame in app.dataframe if "Remark" in frame.value)
    assert set(rates["Remark"]) == {"soft: fewer than 30 cells"}
    narrow = RoundResult(Round(cell_pictures.REAL, 1, 1, ("ig", "monocyte")), (first,), (Answer("ig", 1),), None, [])
    assert "practice" not in in_words(narrow)


def reading(kind: str, verdict: str = "answer") -> Reading:
    rest = dict.fromkeys(PBC8.keys, 0.01)
    probabilities = Probabilities(PBC8, np.array(list((rest | {kind: 0.93}).values())))
    return Reading("x", 1, Box(0, 0, 9, 9), "found", probabilities, 0.5, verdict, "simple_cnn", "0" * 64)


@pytest.fixture
def result(tiny_checkpoints) -> RoundResult:
    """Four cells: both right, only the person, no answer of the model's, both wrong."""
    questions = tuple(Question(kind, f"{kind}-1") for kind in ("ig", "monocyte", "platelet", "basophil"))
    answers = tuple(Answer(kind, 1.234) for kind in ("ig", "monocyte", "platelet", "ig"))
    said = [reading("ig"), reading("ig"), reading("platelet", "unlike"), reading("eosinophil")]
    return RoundResult(
        Round(cell_pictures.REAL, 5, 1, PBC8.keys), questions, answers, find_checkpoint("simple_cnn"), said
    )


def test_the_saved_table_says_who_said_what_and_how_fast(result):
    table = pd.read_csv(io.StringIO(as_csv(result)))
    assert list(table["file"]) == [question.name for question in result.questions]
    assert list(table["truth"]) == ["ig", "monocyte", "platelet", "basophil"]
    assert list(table["answer"]) == ["ig", "monocyte", "platelet", "ig"]
    assert list(table["model_answer"]) == ["ig", "ig", "unlike", "eosinophil"]
    assert set(table["seconds"]) == {1.23}
    assert set(table["model"]) == {"simple_cnn"}
    assert listed(result)["simple_cnn said"].iloc[2] == "no answer"


def test_the_sentence_counts_and_does_not_claim_what_a_round_cannot_tell(result):
    text = in_words(result).replace("\\", "")
    assert "right on 1, wrong on 2 and gives no answer to 1" in text
    assert "You got 2 that it missed, and it got none" in text
    assert "may well be chance" in text


@pytest.mark.parametrize(("collection", "model"), [(cell_pictures.DRAWN, None), (cell_pictures.REAL, "simple_cnn")])
def test_a_link_leaves_nothing_to_the_computer_on_which_it_is_opened(collection, model, tiny_checkpoints):
    quiz_round = Round(collection, 10, 1, PBC8.keys)
    checkpoint = find_checkpoint(model) if model else None
    told = choices.query_of(quiz_round, checkpoint)
    assert told == {"pictures": [collection], "length": ["10"], "round": ["1"]} | ({"model": [model]} if model else {})
    narrow = Round(collection, 10, 1, ("ig", "monocyte"))
    assert choices.query_of(narrow, checkpoint)["classes"] == ["Immature granulocyte", "Monocyte"]


@pytest.mark.parametrize("collection", cell_pictures.COLLECTIONS)
def test_no_picture_is_shown_without_saying_what_it_is(collection):
    assert cell_pictures.note(collection)
    assert cell_pictures.single(collection)


def test_read_begins_with_a_generated_cell_and_says_so(tiny_checkpoints, no_photos, shipped):
    app = opened("read")
    assert examples.NOTE in [info.value for info in app.info]
    titles = app.selectbox(key="example").options
    assert titles[:2] == ["Neutrophil 1 (generated)", "Neutrophil 2 (generated)"]
    assert sum(title.endswith("(generated)") for title in titles) == 16
    assert titles[-1].endswith("(drawing)")
    app.selectbox(key="example").set_value(titles[-1]).run()
    assert not app.error
    assert DRAWING_NOTE in [info.value for info in app.info]
