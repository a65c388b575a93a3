"""Present: every talk is sent whole to the browser, and the page says what it cannot show."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.present.registry import TALKS
from app.shared import smears
from tests.app.test_pages import opened, words_on
from tests.core.differential.drawn import cells_of, smear_of

ABOUT_MODELS = [talk.title for talk in TALKS.values() if talk.about != "smear"]


def talk_on(app: AppTest) -> dict:
    """What the browser is given of the talk that is chosen."""
    assert not app.exception
    assert not app.error
    (talk,) = app.get("bidi_component")
    return json.loads(talk.proto.mixed.json if talk.proto.HasField("mixed") else talk.proto.json)


def titles(app: AppTest) -> list[str]:
    return [slide["blocks"][0]["paragraphs"][0] for slide in talk_on(app)["slides"]]


@pytest.fixture
def present(tiny_checkpoints, no_photos) -> AppTest:
    return opened("present")


def test_every_talk_about_models_is_sent_whole(present):
    for title in ABOUT_MODELS:
        present.selectbox(key="talk").set_value(title).run()
        slides = talk_on(present)["slides"]
        assert all(slide["blocks"][-1]["paragraphs"][0].startswith(title) for slide in slides)
        assert {block["kind"] for slide in slides for block in slide["blocks"]} <= {"text", "table", "picture"}
    assert [button.label for button in present.get("download_button")] == ["Save as slides (PPTX)", "Save as PDF"]


def test_the_talk_is_about_the_models_and_cells_that_are_chosen(present):
    assert (
        titles(present)[0] == "Of these, simple_cnn: it is right more often than every other, by more than chance "
        "would explain."
    )
    present.pills(key="models").set_value(["linear"]).run()
    assert titles(present)[0] == "How far can linear be trusted?"
    present.segmented_control(key="cells").set_value("validation").run()
    assert "linear on 90 validation cells of PBC" in words_on(present)
    assert titles(present)[1] == "linear named 90 validation cells that it had not learned from."


def test_a_smear_that_is_counted_becomes_a_talk(present):
    present.selectbox(key="talk").set_value("This smear").run()
    assert "No smear is counted" in words_on(present)
    from core.checkpoints import find_checkpoint

    smear = smear_of(cells_of({"neutrophil": 3, "monocyte": 1}), red=40)
    present.session_state[smears.LAST] = smears.LastSmear(smear, find_checkpoint("linear"), lambda number: None)
    present.run()
    assert "This is not a laboratory's differential count, and no finding on a patient." in titles(present)


def test_a_damaged_table_hides_only_its_own_model(tiny_copy, no_photos):
    (Path(tiny_copy) / "linear" / "predictions.parquet").write_bytes(b"torn")
    app = opened("present")
    assert titles(app)[0] == "How far can simple_cnn be trusted?"
    assert "linear is left out" in words_on(app)


def test_where_no_table_can_be_read_the_page_says_so(tiny_copy, no_photos):
    for name in ("linear", "simple_cnn"):
        (Path(tiny_copy) / name / "predictions.parquet").write_bytes(b"torn")
    app = opened("present")
    assert not app.get("bidi_component")
    assert "nothing to show" in words_on(app)
