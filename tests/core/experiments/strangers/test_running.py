"""An ingredient on tiny laboratories, from recipe to record."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.datasets.laboratories import training_laboratories
from core.errors import RecipeError, SourceError
from core.evaluation.results.left_out import DOUBTED, fold_name
from core.evaluation.results.records import open_record, records
from core.experiments.strangers.running import StrangerRunner, known_keys, read_keys
from core.experiments.strangers.runs import BASE, EXPERIMENT, JUDGE, Ingredient
from core.training.recipe import load_recipe
from tests.core.calling import call
from tests.core.datasets.audits import keep_audit

FEW = {"epochs": 1, "epoch_images": 16, "batch_size": 8, "input_size": 32, "architecture": "linear"}
FEW |= {"begin_from": "none", "precision": "fp32"}
INGREDIENT = Ingredient("trial", "a trial", "Made up.")


@pytest.fixture
def runner(labs, localizer, tmp_path):
    def build(**settings):
        return StrangerRunner(labs, localizer, out=tmp_path / "out", settings=FEW | settings, root=tmp_path / "records")

    return build


def test_each_laboratory_is_left_out_in_turn_and_read_by_the_network_that_never_saw_it(runner, labs):
    made = runner().run(INGREDIENT)
    assert [record.facts.source for record in made] == training_laboratories()
    for record in made:
        lab, table = record.facts.source, record.predictions().table
        assert lab not in record.facts.recipe["sources"] or record.facts.recipe["leave_out_lab"] == lab
        validated = {name for name in training_laboratories() if known_keys(labs[name])}
        assert set(table["source"]) == {lab, JUDGE, *validated}
        strangers = table[table["source"].isin([lab, JUDGE])]
        assert set(table.drop(strangers.index)["split"]) == {"val"}
        assert set(strangers.loc[strangers["source"] == lab, "key"]) == set(read_keys(labs[lab]))
        assert record.facts.training["epochs"] == 1
        assert (record.predictions().select(source=JUDGE).groups != "").all()


def test_doubted_labels_are_set_apart_where_a_laboratory_is_left_out_and_not_learned_from(runner, labs):
    key = next(key for key in read_keys(labs["bccd"]))
    keep_audit(Path(key).name)
    made = {record.facts.source: record.predictions().table for record in runner().run(INGREDIENT)}
    left_out, others = made.pop("bccd"), made
    assert list(left_out.loc[left_out["split"] == DOUBTED, "key"]) == [key]
    assert all(key not in set(table["key"]) for table in others.values())


def test_probabilities_are_kept_in_half_the_room_and_add_up(runner):
    record = runner().run(INGREDIENT)[0]
    stored = record.predictions().probabilities
    assert stored.sum(axis=1) == pytest.approx(1, abs=1e-3)
    assert (stored == stored.astype(np.float16)).all()


def test_recorded_folds_are_passed_over_and_a_stopped_one_goes_on(runner):
    stopped = runner()
    stopped.stop()
    assert stopped.run(INGREDIENT) is None
    first = runner().run(INGREDIENT)
    assert len(first) == len(training_laboratories())
    assert runner().run(INGREDIENT) == []
    again = runner()
    again.again = True
    assert len(again.run(INGREDIENT)) == len(first)


def test_joined_ingredients_average_what_is_recorded(runner):
    both = [Ingredient("one", "one", "One."), Ingredient("two", "two", "Two.", {"augment": "none", "seed": 2})]
    joined = Ingredient("both", "both", "Both.", joined=("one", "two"))
    with pytest.raises(RecipeError, match="one-without-pbc"):
        runner().run(joined)
    parts = [runner().run(ingredient)[1].predictions() for ingredient in both]
    made = runner().run(joined)[1]
    mean = np.mean([part.probabilities for part in parts], axis=0)
    assert made.predictions().probabilities == pytest.approx(mean, abs=1e-3)
    assert runner().run(joined) == []


def test_a_shipped_checkpoint_reads_the_laboratories_that_it_never_saw(runner, own_copy):
    made = runner().run(Ingredient("tiny", "tiny", "As shipped.", shipped="tiny"))
    assert [record.facts.source for record in made] == [
        lab for lab in training_laboratories() if lab not in own_copy.card.learned_from
    ]
    for record in made:
        assert set(record.predictions().table["source"]) == {record.facts.source, JUDGE}
        assert record.facts.began_from == "checkpoint tiny"
    assert runner().run(Ingredient("tiny", "tiny", "As shipped.", shipped="tiny")) == []


@pytest.mark.parametrize("colours", ["reinhard", "white balance"])
def test_photos_are_brought_to_the_colours_of_pbc_before_learning_and_reading(runner, labs, colours):
    made = runner()
    plain, brought = labs["jtsc"], made._coloured(labs["jtsc"], colours)
    key = plain.keys()[0]
    assert (brought.load(key) != plain.load(key)).any()
    assert brought.spec.digest(plain.root, [key]) != plain.spec.digest(plain.root, [key])
    assert len(made.run(Ingredient("trial", "a trial", "Made up.", colours=colours))) == len(training_laboratories())


def test_a_laboratory_that_is_missing_is_named(runner, labs):
    del labs[JUDGE]
    with pytest.raises(SourceError, match=JUDGE):
        runner().run(INGREDIENT)


def test_no_network_begins_from_what_has_seen_the_laboratory_left_out():
    for run in EXPERIMENT.runs:
        for lab in () if run.joined or run.shipped else run.folds():
            recipe = run.recipe(lab)
            assert lab not in recipe.learned
            assert JUDGE not in recipe.learned
            assert recipe.name == fold_name(run.name, lab)
    assert INGREDIENT.recipe("jtsc").begin_from == BASE["begin_from"] == "checkpoint:champion"
    assert INGREDIENT.recipe("pbc").begin_from == "data"
    assert INGREDIENT.recipe("pbc", {"begin_from": "none"}).begin_from == "none"
    with pytest.raises(RecipeError, match="colour"):
        INGREDIENT.recipe("jtsc", {"colour": "red"})


def test_what_is_read_is_chosen_by_name_and_limited(labs):
    raabin, pbc = labs["raabin"], labs["pbc"]
    one = read_keys(raabin, most=1)
    rows = raabin.index.set_index("key").loc[one]
    assert (rows.assign(test=rows["split"] == "test").groupby(["test", "label"]).size() == 1).all()
    assert set(one) < set(read_keys(raabin))
    assert set(pbc.index.set_index("key").loc[read_keys(pbc), "label"]) == {
        "basophil",
        "eosinophil",
        "lymphocyte",
        "monocyte",
        "neutrophil",
    }
    assert known_keys(labs[JUDGE]) == []
    assert set(raabin.index.set_index("key").loc[known_keys(raabin), "split"]) == {"val"}


def test_the_command_records_where_it_is_told_to(own_copy, folders, tmp_path):
    keep_audit()
    settings = [part for name, value in FEW.items() for part in ("--set", f"{name}={value}")]
    call("strangers", "run", "base", *settings, "--out", str(tmp_path / "out"), "--records", str(tmp_path / "records"))
    made = records(EXPERIMENT.name, tmp_path / "records")
    assert {record.facts.name for record in made} == {fold_name("base", lab) for lab in training_laboratories()}
    facts = json.loads((open_record(made[0].folder).folder / "run.json").read_text())
    assert facts["experiment"] == "strangers"


def test_the_folds_of_the_published_reader_learn_as_it_does():
    published = load_recipe("multilab").model_dump()
    for lab in training_laboratories():
        fold = EXPERIMENT.find("reader").recipe(lab).model_dump()
        unlike = {key for key, value in fold.items() if value != published[key]}
        assert unlike <= {"name", "leave_out_lab", "calibration_folds", "begin_from" if lab == "pbc" else "name"}
    assert published["calibration_folds"] == "strangers/reader"
