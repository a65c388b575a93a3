"""What all models say of one cell: how far they agree, and each of them beside the others."""

from dataclasses import replace

import numpy as np
import pytest

from app.read import others
from app.shared.words import VERDICTS
from core.checkpoints import list_checkpoints
from core.experiments.studies import STUDIES
from core.imaging.windows import Box
from core.inference.reader import Reading
from core.labels import PBC8, Probabilities
from tests.app.test_pages import opened, words_on


def reading(kind: str, verdict: str = "answer") -> Reading:
    values = np.array([0.9 if key == kind else 0.1 / 7 for key in PBC8.keys])
    return Reading("x", 1, Box(0, 0, 9, 9), "given", Probabilities(PBC8, values), 0.5, verdict, "m", "0" * 64)


@pytest.fixture
def models(tiny_checkpoints):
    linear, small = list_checkpoints()
    return [small, linear, replace(small, card=small.card.model_copy(update={"name": "third"}))]


@pytest.mark.parametrize(
    ("answers", "text"),
    [
        ((("monocyte", "answer"),) * 3, "All 3 models say monocyte."),
        ((("ig", "answer"), ("monocyte", "answer"), ("ig", "answer")), "2 of 3 models say immature granulocyte and"),
        ((("ig", "answer"), ("monocyte", "unsure"), ("ig", "unlike")), "1 of 3 models says immature granulocyte and 2"),
        ((("ig", "unsure"),) * 3, "None of 3 models names this cell."),
    ],
)
def test_agreement_comes_first_and_silence_is_no_vote(models, answers, text):
    answered = [(model, reading(*answer)) for model, answer in zip(models, answers, strict=True)]
    assert text in others.in_short(answered)
    table = others.table(answered)
    assert len(table) == 3
    named = [verdict == "answer" for _, verdict in answers]
    assert list(table["Verdict"] == VERDICTS["answer"]) == sorted(named, reverse=True)  # those in doubt stand last
    assert set(table["Study"]) <= {*(f"studies?study={letter}" for letter in STUDIES), None}
    assert table["Study"].notna().any()


def test_the_others_are_asked_on_demand_and_once(tiny_checkpoints, no_photos, monkeypatch):
    app = opened("read")
    assert "models say" not in words_on(app)
    app.button(key="others-ask").click().run()
    assert not app.exception
    assert not app.error
    table = next(frame.value for frame in app.dataframe if "Laboratories" in frame.value)
    assert list(table["Model"].str.removeprefix("model?model=").sort_values()) == ["linear", "simple_cnn"]
    monkeypatch.setattr("app.shared.load.read_once", lambda *_: pytest.fail("asked again"))
    app.run()
    assert not app.exception
    assert not app.error
