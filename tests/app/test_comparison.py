"""Models side by side: sentences, tables, charts."""

import io

import numpy as np
import pandas as pd
import pytest

from app.parts import charts, comparison
from app.parts.load import Scored
from core.cells import PBC8
from core.evaluation import metrics
from core.evaluation.report import evaluate
from tests.app.conftest import predictions


def made(right: float, name: str) -> Scored:
    table = predictions(right).select(split="test")
    report = evaluate(table, name=name, architecture=name, input_size=28, source="pbc", split="test")
    return Scored(report, metrics.confusion(table.labels, table.predicted, 8))


@pytest.fixture(scope="module")
def tested() -> dict[str, Scored]:
    return {"linear": made(0.6, "linear"), "simple_cnn": made(0.95, "simple_cnn")}


def test_the_better_model_is_named(tested):
    assert comparison.ranked(tested) == ["simple_cnn", "linear"]
    assert "Of these, **simple_cnn**" in comparison.verdict(tested)
    assert "cannot tell" in comparison.verdict({"a": tested["linear"], "b": tested["linear"]})
    assert "only model" in comparison.verdict({"a": tested["linear"]})


def test_accuracies_and_weakness_are_sentences(tested):
    text = comparison.accuracies(tested)
    assert text.startswith("On 160 test cells, **simple_cnn** is right on 9")
    assert "**linear** on" in text
    assert "commonest mistake" in comparison.weakness("linear", tested["linear"], PBC8)


def test_a_perfect_model_made_no_mistake():
    assert "no mistake" in comparison.weakness("x", made(1.1, "x"), PBC8)


def test_soft_rates_are_marked(tested):
    table = comparison.per_class(tested, PBC8).set_index(["Model", "Class"])
    assert "soft" in table.loc[("linear", "Platelet"), "Remark"]


def test_the_csv_holds_plain_numbers(tested):
    table = pd.read_csv(io.StringIO(comparison.per_class_csv(tested)))
    assert len(table) == 16
    assert (
        (table["sensitivity_low"] <= table["sensitivity"]) & (table["sensitivity"] <= table["sensitivity_high"])
    ).all()


def test_matrices_share_a_scale_and_have_words(tested):
    figure = charts.confusion(tested["linear"].confusion, PBC8, True, 1.0)
    assert figure.data[0].zmax == 1.0
    assert np.nanmax(figure.data[0].z) <= 1
    assert "cells right" in comparison.matrix_in_words("linear", tested["linear"], PBC8)


def test_every_architecture_has_a_style_of_its_own():
    from core.models.registry import ARCHITECTURES

    styles = {charts.model_style(list(ARCHITECTURES), name) for name in ARCHITECTURES}
    assert len(styles) == len(ARCHITECTURES)
