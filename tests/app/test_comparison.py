"""Models side by side: sentences, tables, charts."""

import io
import math

import numpy as np
import pandas as pd
import pytest

from app.shared import charts
from app.shared.figures import comparison, confusion_charts
from app.shared.figures.costs import Cost
from app.shared.load import Scored
from core.evaluation.confusion import confusion_matrix
from core.evaluation.report import evaluate
from core.labels import PBC8
from tests.app.conftest import history, predictions


def made(right: float, name: str) -> Scored:
    table = predictions(right).select(split="test")
    report = evaluate(table, name=name, architecture=name, input_size=28, source="pbc", split="test")
    return Scored(report, confusion_matrix(table.labels, table.predicted, 8))


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
    assert "most common mistake" in comparison.weakness("linear", tested["linear"], PBC8)


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
    figure = confusion_charts.plain(tested["linear"].confusion, PBC8, confusion_charts.OF_TRUE, 1.0)
    assert figure.data[0].zmax == 1.0
    assert np.nanmax(figure.data[0].z) <= 1
    assert "cells right" in comparison.matrix_in_words("linear", tested["linear"].confusion, PBC8)


COSTS = {"linear": Cost(18_824, 18_816.0, 944_000, math.nan), "simple_cnn": Cost(607_688, 3.5e6, 1_648_000, 2.5)}


def test_the_overview_sorts_by_number(tested):
    table = comparison.overview(tested, COSTS)
    assert list(table["Model"]) == ["simple_cnn", "linear"]
    assert all(pd.api.types.is_numeric_dtype(table[column]) for column in table.columns[1:])
    assert (table["Low"] < table["Accuracy"]).all()
    assert (table["Accuracy"] < table["High"]).all()
    assert table["Time a cell"].isna().tolist() == [False, True]


def test_many_models_do_not_make_long_sentences():
    many = {f"model_{number}": made(0.9 + number / 1000, "x") for number in range(18)}
    assert sum(f"**model_{number}**" in comparison.verdict(many) for number in range(18)) <= comparison.NAMED
    assert "more models" in comparison.verdict(many)
    assert "the other 17 models on" in comparison.accuracies(many)


def test_every_architecture_has_a_style_of_its_own():
    from core.models.registry import ARCHITECTURES

    styles = charts.model_styles(list(ARCHITECTURES), {name: name for name in ARCHITECTURES})
    assert len(set(styles.values())) == len(ARCHITECTURES)


def test_models_of_one_architecture_and_of_an_unknown_one_look_different():
    from core.models.registry import ARCHITECTURES

    plain = charts.model_styles(list(ARCHITECTURES), {name: name for name in ARCHITECTURES})
    more = {"champion": "resnet18", "a_distilled": "slim_resnet", "ensemble": "ensemble", "other": "ensemble"}
    styles = charts.model_styles(list(ARCHITECTURES), {name: name for name in ARCHITECTURES} | more)
    assert len(set(styles.values())) == len(ARCHITECTURES) + len(more)
    assert styles.items() >= plain.items()


def test_the_models_looked_at_first_have_colours_of_their_own():
    from core.models.registry import ARCHITECTURES

    names = ["ensemble", "champion", "densenet121", "xception", *ARCHITECTURES]
    models = {name: "resnet18" if name == "champion" else name for name in names}
    styles = charts.model_styles(list(ARCHITECTURES), models)
    assert len({styles[name][0] for name in ("ensemble", "champion", "densenet121")}) == 3


def test_the_learning_rate_is_drawn_and_its_fall_to_nothing_is_cut_off():
    course = history()
    course.loc[course.index[-1], "lr"] = 0.0
    figure = charts.curves({"x": course}, {"x": ("#000000", "x")}, {"x": 3}, "learning rate")
    assert [len(trace.x) for trace in figure.data] == [len(course), 1]
    low, high = figure.layout.yaxis.range
    assert low < np.log10(course["lr"].max()) < high
    assert high - low < 4


def test_the_network_that_pages_begin_with_is_named_where_another_comes_first():
    assert "**both** comes first. Read and Count start with **one**" in comparison.by_validation("both", "one", 2)
    assert comparison.by_validation("one", "one", 2).endswith("**one** comes first, so Read and Count start with it.")
    assert comparison.by_validation("one", "one", 0) == ""
