"""What a reading says by its prediction set, and the tables of sets and of what is unlike."""

import numpy as np
import pytest

from app.model import card, ood
from app.shared import words
from core.evaluation.calibration import Calibration
from core.evaluation.results.ood import OodFigures, OodMeasurement, ood_figures, path_of, write_measurement
from core.imaging.windows import Box
from core.inference.reader import Reading
from core.labels import LABEL_SPACES, PBC8, Probabilities
from tests.app.test_pages import opened

SPACE = LABEL_SPACES["pbc8"]


def measurement(name: str, rows: tuple[OodFigures, ...]) -> OodMeasurement:
    return OodMeasurement(name=name, sha256="", chosen="b", used="b", cells=100, date="d", command="c", rows=rows)


def reading(held: tuple[str, ...] | None, verdict: str = "answer") -> Reading:
    p = dict.fromkeys(SPACE.keys, 0.0) | {"neutrophil": 0.6, "ig": 0.3, "monocyte": 0.1}
    probabilities = Probabilities(SPACE, np.array(list(p.values())))
    sets = {} if held is None else {"lac": {"99": held}}
    return Reading("a.png", 1, Box(0, 0, 9, 9), "given", probabilities, 0.5, verdict, "m", "0", sets=sets)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("held", "verdict", "wanted"),
    [
        (None, "answer", "Neutrophil, 60"),
        (("neutrophil",), "answer", "Neutrophil, 60"),
        (("neutrophil", "ig"), "answer", "Neutrophil or immature granulocyte"),
        (("neutrophil", "ig", "monocyte"), "answer", "Unsure: neutrophil, immature granulocyte or monocyte"),
        ((), "answer", "Unsure: neutrophil or immature granulocyte"),
        (("neutrophil",), "unsure", "Unsure: neutrophil or immature granulocyte"),
        (("neutrophil",), "unlike", words.UNLIKE),
    ],
)
def test_the_headline_says_the_set(held, verdict, wanted):
    said = reading(held, verdict)
    assert words.headline(said, SPACE).startswith(wanted)
    assert words.explanation(said, SPACE)


def test_how_it_was_calibrated_is_said():
    assert "0.58" in card.adjusted(Calibration(temperature=0.58))
    assert "vector" in card.adjusted(Calibration(factors=(1.0,) * 8, shifts=(0.0,) * 8))


def test_what_is_unlike_is_shown_by_the_score_that_the_gate_has():
    rows = tuple(ood_figures(score, "unlike", "dogs", far, range(100)) for score, far in (("a", [500.0]), ("b", [1.0])))
    found = OodMeasurement(name="m", sha256="0", chosen="a", used="b", cells=100, date="d", command="c", rows=rows)
    assert list(ood.unlike_table(found)["Pass the gate"]) == ["1 of 1"]
    assert list(ood.scores_table(found)["Score"]) == ["a", "b"]


def test_a_class_left_out_is_counted_by_the_score_that_the_gate_has():
    far = {"a": [500.0, 600.0], "b": [1.0, 500.0]}
    rows = [
        ood_figures(score, "left out", kind, pair, range(100))
        for score, pair in far.items()
        for kind in ("ig", "platelet")
    ]
    rows += [ood_figures("b", "test", "known cells", [1.0, 2.0], range(100))]
    found = OodMeasurement(
        name="m", sha256="", chosen="b", used="b", cells=100, date="d", command="c", rows=tuple(rows)
    )
    assert "it took 2 of 4 test cells" in ood.left_out_in_words(found)
    table = ood.left_out_table(found, PBC8)
    assert list(table["Class"]) == ["Immature granulocyte", "Platelet"]
    assert list(table["Pass the gate"]) == ["1 of 2", "1 of 2"]


def test_classes_left_out_are_shown_where_nothing_else_was_measured_and_a_torn_record_is_said(tiny_copy, no_photos):
    rows = (ood_figures("b", "left out", "ig", [1.0, 500.0], range(100)),)
    name = "simple_cnn-left-out"
    write_measurement(
        OodMeasurement(name=name, sha256="", chosen="b", used="b", cells=100, date="d", command="c", rows=rows)
    )
    assert any("it took 1 of 2 test cells" in text.value for text in opened("model", "other pictures").markdown)
    path_of(name).write_text("torn", "utf-8")
    app = opened("model", "other pictures")
    assert not app.exception
    assert [warning for warning in app.warning if "damaged" in warning.value]
