"""The glossary: what the drawings show is what the words beside them say."""

import numpy as np
import pytest

from app.navigation import ENTRIES
from app.shared import glossary
from app.shared.terms import PLAIN
from core.evaluation.metrics.auc import class_areas
from tests.app.test_pages import opened, words_on

DRAWN = [word for word in glossary.WORDS if word.drawing is not None]


@pytest.mark.parametrize("name", ["Sensitivity", "specificity", "Interval", "calibration", "AUC", "chance", "F1"])
def test_a_word_leads_to_its_place(name):
    assert glossary.link(name).startswith(f"[{name}](about?part=words#{name.lower()}")


def test_an_unknown_word_leads_nowhere():
    with pytest.raises(ValueError, match="not in the glossary"):
        glossary.link("luck")


def test_no_two_words_have_one_address():
    addresses = [glossary.anchor(word.name) for word in glossary.WORDS]
    assert len(set(addresses)) == len(addresses)


@pytest.mark.parametrize("word", DRAWN, ids=lambda word: word.name)
def test_every_measure_is_drawn_and_told(word):
    assert word.drawing().data
    assert any(letter.isdigit() for letter in word.caption)


@pytest.mark.parametrize(
    ("name", "bright"),
    [
        ("Sensitivity", glossary.FOUND + glossary.MISSED),
        ("Specificity", glossary.FALSE + glossary.LEFT),
        ("Precision", glossary.FOUND + glossary.FALSE),
        ("F1", glossary.FOUND + glossary.MISSED + glossary.FALSE),
        ("Accuracy", glossary.FOUND + glossary.LEFT),
    ],
)
def test_the_bright_cells_are_those_that_count(name, bright):
    (word,) = [word for word in DRAWN if word.name == name]
    traces = word.drawing().data
    assert sum(len(trace.x) for trace in traces) == glossary.SIDE**2
    assert sum(len(trace.x) for trace in traces if trace.marker.opacity == 1) == bright
    places = {(x, y) for trace in traces for x, y in zip(trace.x, trace.y, strict=True)}
    assert len(places) == glossary.SIDE**2


def test_the_area_is_the_real_one():
    given = glossary._GIVEN
    p = np.concatenate(given)
    truth = np.repeat([0, 1], [len(one) for one in given])
    assert glossary.area() == pytest.approx(class_areas(np.column_stack([p, 1 - p]), truth)[0])


def test_about_shows_every_word(tiny_checkpoints, no_photos):
    app = opened("about", "words")
    text = words_on(app)
    assert all(word.name in text and word.meaning in text for word in glossary.WORDS)
    assert len(app.get("plotly_chart")) == len(DRAWN)


JARGON = (
    "balanced accuracy 95 % intervals bootstrap Wilson's McNemar ROC sensitivities specificity precision F1 "
    "calibration temperature prediction sets thresholds Grad-CAM integrated gradients faithful cross-validation folds "
    "subtypes checkpoint sha256 ensembles features parameters severity augmentation epochs loss learning rate "
    "batch norm differential reference intervals weight decay unsure unlike validation cells"
)
"""What a person who does not program need not know."""


def test_the_glossary_knows_what_needs_a_word_whatever_its_form():
    used = {word.name for word in glossary.used_in(JARGON)}
    assert used >= {word.name for word in PLAIN} - {"Framing", "Confusion", "Trial"}
    assert not glossary.used_in("The folder on the losing side of a feathered confusing day.")


def test_every_page_names_words_that_there_are():
    names = {word.name for word in glossary.WORDS}
    assert len(names) == len(glossary.WORDS)
    assert all(set(entry.terms) <= names for entry in ENTRIES)
