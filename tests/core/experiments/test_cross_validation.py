"""Cross-validation: folds are disjoint, grouped and even, finished ones are kept, test is never read."""

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.datasets.development import development, with_index
from core.errors import RecipeError
from core.evaluation.metrics.registry import shown_in
from core.evaluation.results.folds import cross_validation
from core.experiments.cross_validation import CrossRun, deal, fold_source
from core.training.recipe import load_recipe

CPU = torch.device("cpu")
RECIPE = load_recipe("linear", source="folder", epochs=2, batch_size=16, precision="fp32")


def table(labels, groups=None, subtypes=None) -> pd.DataFrame:
    count = len(labels)
    return pd.DataFrame(
        {
            "key": [f"{number}.png" for number in range(count)],
            "label": labels,
            "subtype": subtypes or [""] * count,
            "group": groups or [""] * count,
        }
    )


@st.composite
def tables(draw) -> pd.DataFrame:
    count = draw(st.integers(20, 80))
    labels = draw(st.lists(st.sampled_from("abc"), min_size=count, max_size=count))
    groups = draw(st.lists(st.sampled_from(["", *map(str, range(15))]), min_size=count, max_size=count))
    return table(labels, groups)


@given(rows=tables(), folds=st.integers(2, 5), seed=st.integers(0, 3))
def test_every_image_is_in_one_fold_and_every_photo_too(rows, folds, seed):
    try:
        found = deal(rows, folds, seed)
    except RecipeError:
        return  # too few images of every class, or photos too unequal
    assert set(found) == set(range(1, folds + 1))
    shared = rows.assign(fold=found)[rows["group"] != ""]
    assert (shared.groupby("group")["fold"].nunique() == 1).all()


@given(rows=tables(), seed=st.integers(0, 3))
def test_left_out_validation_and_training_share_no_photo(rows, seed):
    try:
        found = deal(rows, 3, seed)
        inner = rows[found != 1]
        parts = deal(inner, 4, seed)
    except RecipeError:
        return
    grouped = rows.assign(part=0)
    grouped.loc[inner.index, "part"] = np.where(parts == 1, 1, 2)
    grouped = grouped[grouped["group"] != ""]
    assert (grouped.groupby("group")["part"].nunique() == 1).all()


def test_folds_have_each_class_and_subtype_alike():
    rows = table(["a"] * 50 + ["b"] * 25, subtypes=["x"] * 10 + ["y"] * 40 + [""] * 25)
    counts = pd.crosstab(deal(rows, 5, 0), rows["label"] + rows["subtype"])
    assert (counts == [2, 8, 5]).all().all()


def test_a_rare_subtype_is_dealt_with_its_class():
    rows = table(["a"] * 20 + ["b"] * 20, subtypes=["rare"] * 2 + ["x"] * 18 + [""] * 20)
    counts = pd.crosstab(deal(rows, 5, 0), rows["label"])
    assert (counts.max() - counts.min()).le(1).all()


def test_the_seed_decides():
    rows = table(list("ab") * 30)
    assert (deal(rows, 5, 1) == deal(rows, 5, 1)).all()
    assert (deal(rows, 5, 1) != deal(rows, 5, 2)).any()


@pytest.mark.parametrize("rows", [table(list("ab")), table(list("ab") * 20, ["one", "two"] * 20)])
def test_too_few_are_refused(rows):
    with pytest.raises(RecipeError, match="cannot be dealt"):
        deal(rows, 5, 0)


def test_a_fold_takes_its_validation_from_the_others(source):
    inside = development(source)
    fold = deal(inside.index, 5, 0)
    seen = fold_source(inside, fold, 2, 0).index["split"].to_numpy()
    assert ((seen == "test") == (fold == 2)).all()
    assert 0.05 < (seen == "val").mean() < 0.15


def test_grouped_folds_of_a_source(source):
    """Three neighbouring drawings count as made from one photo."""
    index = source.index.assign(group=[str(place // 3) for place in range(len(source.index))])
    run = CrossRun(RECIPE, with_index(source, index, ""), source.root / "unused", 3, device=CPU)
    assert (run.source.index.assign(fold=run.fold).groupby("group")["fold"].nunique() == 1).all()


@pytest.fixture(scope="module")
def straight(source, tmp_path_factory):
    """Three folds run without a stop: the folder, and what was found."""
    folder = tmp_path_factory.mktemp("straight")
    told = []
    run = CrossRun(RECIPE, source, folder, 3, report=told.append, device=CPU)
    assert run.run()
    return run, folder, told


def test_every_cell_but_the_test_cells_is_answered_once(straight, source, tmp_path):
    run, _, told = straight
    run.keep(tmp_path)
    found = cross_validation("linear", tmp_path)
    assert len(found.folds) == 3
    answered = [record.predictions().table for record in map(run._kept, (1, 2, 3))]
    assert [set(one["split"]) for one in answered] == [{"fold 1"}, {"fold 2"}, {"fold 3"}]
    keys = pd.concat(answered)["key"]
    assert keys.is_unique
    assert set(keys) == set(source.keys("train")) | set(source.keys("val"))
    assert told[0].seconds_left > told[-1].seconds_left == 0
    facts = found.facts
    assert facts.counts["train"] + facts.counts["val"] + facts.counts["fold 1"] == len(keys)


def test_figures_are_those_of_the_predictions(straight):
    run, _, _ = straight
    found = run.result()
    table = run._kept(2).predictions()
    assert found.folds.loc[1, "accuracy"] == pytest.approx((table.labels == table.predicted).mean())
    assert found.mean["accuracy"] == pytest.approx(found.folds["accuracy"].mean())
    assert found.sd["accuracy"] == pytest.approx(np.std(found.folds["accuracy"], ddof=1))
    assert set(found.to_dict()["folds"][0]) == {"fold", "n", *shown_in("folds")}


@pytest.mark.parametrize("stop_after", [2, 14])
def test_stopped_and_resumed_is_equal(straight, source, tmp_path, stop_after):
    batches = []

    def stop_there(progress):
        batches.append(progress)
        if len(batches) == stop_after:
            first.stop()

    first = CrossRun(RECIPE, source, tmp_path, 3, report=stop_there, device=CPU)
    assert not first.run()
    torch.manual_seed(999)
    second = CrossRun(RECIPE, source, tmp_path, 3, device=CPU)
    assert second.run()
    for number in (1, 2, 3):
        pd.testing.assert_frame_equal(
            second._kept(number).predictions().table, straight[0]._kept(number).predictions().table
        )


def test_finished_folds_are_not_run_again(straight, source):
    _, folder, _ = straight
    again = CrossRun(RECIPE, source, folder, 3, report=lambda progress: pytest.fail("trained again"), device=CPU)
    assert again.run()


@pytest.mark.parametrize(("recipe", "folds"), [(RECIPE.model_copy(update={"epochs": 3}), 3), (RECIPE, 4)])
def test_a_folder_of_another_cross_validation_is_refused(straight, source, recipe, folds):
    with pytest.raises(RecipeError, match="another cross-validation"):
        CrossRun(recipe, source, straight[1], folds, device=CPU).run()


def test_fewer_folds_replace_more(straight, tmp_path):
    run, _, _ = straight
    (tmp_path / "crossval-linear" / "fold-9").mkdir(parents=True)
    assert {folder.name for folder in run.keep(tmp_path).iterdir()} == {"fold-1", "fold-2", "fold-3"}


def test_a_recipe_that_begins_from_a_checkpoint_is_refused(source, tmp_path):
    recipe = RECIPE.model_copy(update={"begin_from": "checkpoint:linear"})
    with pytest.raises(RecipeError, match="may have learned"):
        CrossRun(recipe, source, tmp_path)


def test_test_images_are_never_read(without_test_images, tmp_path):
    """The folds run although every test image is gone."""
    run = CrossRun(RECIPE.model_copy(update={"epochs": 1}), without_test_images, tmp_path / "run", 2, device=CPU)
    assert run.run()


def test_a_recipe_without_folds_has_none(tmp_path):
    assert cross_validation("nothing", tmp_path) is None
