"""The page on one model: its figures are those of its table, its commands are those that would make it."""

import io
import json
import shlex

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from app.model import calibration, confident_mistakes, reproduce, subtypes
from core.checkpoints import find_checkpoint
from core.evaluation.metrics.calibration import brier, ece
from core.evaluation.reliability import reliability
from core.evaluation.results.predictions import Predictions
from core.evaluation.subtypes import subtypes as find_subtypes
from core.labels import PBC8
from core.publishing.drafting import write_card
from core.training.recipe import load_recipe, make_recipe, recipe_names
from tests.app.conftest import predictions, publish_ensemble, speed
from tests.app.test_pages import opened, turned, words_on


def finer_predictions() -> Predictions:
    """The made-up answers under file names as PBC has them."""
    table = predictions(0.9).table
    prefix = {"neutrophil": ["SNE", "BNE"], "ig": ["PMY", "MY", "IG"]}
    keys = [
        f"{label}/{prefix.get(label, ['X'])[number % len(prefix.get(label, ['X']))]}_{number}.jpg"
        for number, label in enumerate(table["label"])
    ]
    return Predictions(table.assign(key=keys))


def with_recipe(folder, name: str, **changes: object) -> None:
    card = find_checkpoint(name).card
    recipe = load_recipe("simple_cnn", **changes).model_dump(mode="json")
    write_card(folder / name, card.model_copy(update={"recipe": recipe}))


def test_it_tells_what_the_table_says(tiny_checkpoints, no_photos):
    app = opened("model", "calibration")
    told = find_checkpoint("simple_cnn").predictions().select(split="test")
    right = np.mean(told.labels == told.predicted)
    assert f"Of 160 test cells, simple\\_cnn names {100 * right:.0f}" in words_on(app)
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["Calibration error (ECE)"].startswith(f"{100 * ece(told.probabilities, told.labels):.2f}")
    assert shown["Brier score"] == f"{brier(told.probabilities, told.labels):.4f}"
    turned(app, "surest mistakes")
    wrong = int((told.labels != told.predicted).sum())
    assert f"It is wrong on {wrong} of 160 test cells" in words_on(app)
    assert any(len(frame.value) == wrong for frame in app.dataframe)
    assert "photographs of PBC" in words_on(app)


def test_it_follows_its_controls(tiny_checkpoints, no_photos):
    app = opened("model", "again")
    app.selectbox(key="model").set_value("linear").run()
    app.segmented_control(key="cells").set_value("validation").run()
    assert not app.exception
    assert not app.error
    assert "Of 90 validation cells, linear" in words_on(app)
    sha256 = find_checkpoint("linear").card.sha256
    assert any(sha256 in code.value for code in app.code)


def test_the_finer_kinds_are_under_their_class(tiny_copy, no_photos):
    finer_predictions().write(tiny_copy / "simple_cnn" / "predictions.parquet")
    app = opened("model", "classes")
    (table,) = [frame.value for frame in app.dataframe if "Kind" in frame.value]
    assert list(table["Kind"]) == [
        "Promyelocyte",
        "Myelocyte",
        "Not specified",
        "Segmented neutrophil",
        "Band neutrophil",
    ]
    assert set(table["Class"]) == {"Immature granulocyte", "Neutrophil"}
    assert table["Remark"].str.contains("soft").any()


def test_without_finer_names_nothing_is_said_of_them(tiny_checkpoints, no_photos):
    assert "subtypes within a class" not in words_on(opened("model", "classes"))


def test_the_csv_of_finer_kinds_holds_plain_numbers():
    told = finer_predictions()
    table = pd.read_csv(io.StringIO(subtypes.as_csv(find_subtypes(told))))
    assert (table["low"] <= table["called_by_class"]).all()
    assert (table["called_by_class"] <= table["high"]).all()
    assert table["n"].sum() == told.table["label"].isin(["ig", "neutrophil"]).sum()


def test_the_worst_comes_first():
    told = predictions(0.6)
    rows = confident_mistakes.worst_rows(told)
    table = confident_mistakes.worst_table(told, rows, PBC8)
    assert set(rows) == set(np.flatnonzero(told.labels != told.predicted))
    assert table["Confidence"].is_monotonic_decreasing
    assert (table["It was"] != table["Called"]).all()
    assert (table["Given to the right class"] < table["Confidence"]).all()


@pytest.mark.parametrize(
    ("stated", "right", "said"),
    [(0.9, 9, "neither too much nor too little"), (0.9, 6, "30.0 points too much"), (0.6, 8, "20.0 points too little")],
)
def test_calibration_in_words(stated, right, said):
    p = np.tile([stated, 1 - stated], (10, 1))
    assert said in calibration.calibration_in_words(reliability(p, [0] * right + [1] * (10 - right)))


def test_an_ensemble_is_shown_with_its_members(tiny_copy, no_photos):
    publish_ensemble(tiny_copy / "together", [tiny_copy / "linear", tiny_copy / "simple_cnn"])
    app = opened("model")
    app.selectbox(key="model").set_value("together").run()
    assert not app.error
    text = words_on(app) + words_on(turned(app, "training"))
    assert "**linear** (1 vote) and **simple_cnn** (1 vote)" in text
    assert "together was not trained itself" in text


def test_a_damaged_table_leaves_the_card(tiny_copy, no_photos):
    (tiny_copy / "simple_cnn" / "predictions.parquet").write_bytes(b"torn")
    app = opened("model")
    app.selectbox(key="model").set_value("simple_cnn").run()
    assert not app.error
    assert "There are no figures of simple\\_cnn" in words_on(app)
    assert "It learned nothing." in words_on(app)


def test_its_speed_is_shown_where_it_was_measured(tiny_copy, no_photos):
    from core.evaluation.results.speeds import write_speeds

    write_speeds([speed("simple_cnn", find_checkpoint("simple_cnn").card.sha256)], ["simple_cnn"])
    shown = {metric.label: metric.value for metric in opened("model", "cost").metric}
    assert shown["Among many"].startswith("2.5")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"epochs": 3, "seed": 7},
        {"sizes": [[1, 28], [2, 32]], "input_size": 32},
        {"begin_from": "a file.safetensors"},
    ],
)
def test_the_commands_make_the_recipe_again(tiny_copy, changes):
    with_recipe(tiny_copy, "simple_cnn", **changes)
    checkpoint = find_checkpoint("simple_cnn")
    train, evaluate = reproduce.commands(checkpoint)
    assert settings_of(train) == make_recipe(checkpoint.card.recipe)
    assert shlex.split(train)[-2:] == ["--publish", "simple_cnn-again"]
    assert evaluate.endswith("evaluate simple_cnn-again --fresh")


def settings_of(line: str):
    """The recipe that a command would train by, read as the command reads it."""
    from core.cli.running import settings_of as read_settings

    words = shlex.split(line)
    assert words[:4] == ["python", "-m", "core", "train"]
    changes = [words[place + 1] for place, word in enumerate(words) if word == "--set"]
    return load_recipe(words[4], **read_settings(changes))


@pytest.mark.parametrize("command", ["train", "ensemble", "evaluate"])
def test_there_are_such_commands(command):
    from core.__main__ import app

    assert CliRunner().invoke(app, [command, "--help"]).exit_code == 0


def test_an_ensemble_is_made_after_its_members(tiny_copy):
    for name in ("linear", "simple_cnn"):
        with_recipe(tiny_copy, name)
    publish_ensemble(tiny_copy / "together", [tiny_copy / "linear", tiny_copy / "simple_cnn"])
    lines = reproduce.commands(find_checkpoint("together"))
    assert [shlex.split(line)[3] for line in lines] == ["train", "train", "ensemble", "evaluate"]
    assert "linear simple_cnn" in lines[2]


def test_an_unknown_recipe_is_said_to_be_unknown(tiny_checkpoints):
    assert "does not come with this version" in reproduce.lines_of(find_checkpoint("linear"))


def test_every_shipped_recipe_is_its_own(tiny_checkpoints):
    card = find_checkpoint("linear").card
    for name in recipe_names():
        own = card.model_copy(update={"recipe": json.loads(load_recipe(name).model_dump_json())})
        assert reproduce.recipe_of(own) == (name, {})
