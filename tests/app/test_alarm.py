"""One warning at a time, the gravest; the rest in a list under it."""

import pytest
from streamlit.testing.v1 import AppTest


def shown(sentences: list[str]) -> AppTest:
    def page(sentences):
        from app.shared import alarm

        alarm.show(sentences)

    app = AppTest.from_function(page, args=(sentences,), default_timeout=60).run()
    assert not app.exception
    return app


@pytest.mark.parametrize("sentences", [[], [""]])
def test_without_a_sentence_there_is_no_bar(sentences):
    app = shown(sentences)
    assert not app.warning
    assert not app.expander


def test_one_sentence_is_the_bar_however_often_it_comes():
    app = shown(["", "A.", "A."])
    assert [warning.value for warning in app.warning] == ["A."]
    assert not app.expander


def test_of_several_the_first_is_the_bar_and_the_others_are_listed_as_they_stand():
    app = shown(["Worst.", "Bad_ *one*.", "", "Odd."])
    assert [warning.value.replace("\\", "") for warning in app.warning] == ["Worst."]
    (more,) = app.expander
    assert more.label == "2 more remarks"
    assert more.markdown[0].value.replace("\\", "") == "- Bad_ *one*.\n- Odd."
