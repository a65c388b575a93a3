"""Several sources in one training: how they are drawn, and what is left out."""

import numpy as np
import pytest
from torch import nn

from core.datasets import open_source
from core.errors import RecipeError
from core.labels import PBC8
from core.models.architectures.grouped import NORMS
from core.models.registry import build
from core.training.classifier import ClassifierTrainer, freeze_norms
from core.training.data import epoch_batches, load_data, steps_per_epoch
from core.training.mixing import MixedImages, PixelParts, lab_weights, load_mixed, rows_of_split
from core.training.recipe import load_recipe
from tests.core.datasets.conftest import BUILDERS


@pytest.fixture
def sources(tmp_path, monkeypatch):
    monkeypatch.setenv("SMEARLENS_CACHE", str(tmp_path / "cache"))
    for name in ("pbc", "jtsc", "chula"):
        (tmp_path / name).mkdir()
        BUILDERS[name](tmp_path / name)
    return [open_source(name, tmp_path / name) for name in ("pbc", "jtsc", "chula")]


def recipe(**changes):
    return load_recipe("multilab", **({"sources": ["pbc", "jtsc", "chula"], "input_size": 32, "sizes": []} | changes))


def test_pictures_of_all_sources_under_one_list_of_classes(sources):
    data = load_mixed(recipe(), sources, PBC8)
    counts = [len(source.keys("train")) for source in sources]
    assert isinstance(data.train, MixedImages)
    assert np.bincount(data.train.labs).tolist() == counts
    chula = sources[2]
    first = int(np.flatnonzero(data.train.labs == 2)[0])
    label = chula.row(chula.keys("train")[0])["label"]
    assert PBC8.keys[data.train.labels[first]] == label
    pixels, _ = data.train.batch(np.array([first, 0, first]))
    assert pixels.shape == (3, 3, 32, 32)
    assert (pixels[0] == pixels[2]).all()
    assert (pixels[0] != pixels[1]).any()


def test_what_is_left_out_changes_the_data(sources):
    all_of_them = load_mixed(recipe(), sources, PBC8)
    fewer = load_mixed(recipe(leave_out_lab="jtsc"), [sources[0], sources[2]], PBC8)
    assert fewer.key != all_of_them.key
    assert len(fewer.train) == len(all_of_them.train) - len(sources[1].keys("train"))
    assert recipe(leave_out_lab="jtsc").learned == ("pbc", "chula")


def test_a_few_cells_of_the_other_sources(sources):
    few = load_mixed(recipe(most_others=8), sources, PBC8)
    assert np.bincount(few.train.labs).tolist() == [len(sources[0].keys("train")), 6, 6]
    assert np.bincount(few.val.labs, minlength=3)[1:].max() <= 2
    assert few.key != load_mixed(recipe(), sources, PBC8).key


def test_labs_are_drawn_alike_and_rare_classes_more_often():
    labs = np.array([0] * 900 + [1] * 50)
    labels = np.array([0] * 800 + [1] * 100 + [0] * 25 + [1] * 25)
    weights = lab_weights(labs, labels)
    assert weights.sum() == pytest.approx(1)
    assert weights[labs == 1].sum() == pytest.approx(0.5)
    share = weights[(labs == 0) & (labels == 1)].sum() / weights[labs == 0].sum()
    assert share == pytest.approx(np.sqrt(100) / (np.sqrt(100) + np.sqrt(800)))
    assert (weights > 0).all()


def test_an_epoch_has_as_many_images_as_the_recipe_says(sources):
    data = load_mixed(recipe(), sources, PBC8)
    settings = recipe(epoch_images=80, batch_size=8)
    batches = list(epoch_batches(data.train, settings, 1, 8))
    assert len(batches) == steps_per_epoch(data.train, settings) == 10
    drawn = np.bincount(data.train.labs[np.concatenate(batches)], minlength=3)
    assert drawn.min() > 15
    plain = recipe(epoch_images=8, batch_size=8, balance="none")
    (rows,) = epoch_batches(data.train, plain, 1, 8)
    assert len(set(rows)) == 8 == 8 * steps_per_epoch(data.train, plain)


def test_validation_takes_so_many_of_each_source(sources):
    rows = rows_of_split(sources[2], "train", 3)
    assert len(rows) == 3
    assert set(sources[2].index["split"].iloc[rows]) == {"train"}
    assert len(rows_of_split(sources[2], "train", None)) == len(sources[2].keys("train"))


def test_parts_keep_their_order():
    parts = PixelParts(
        [np.zeros((3, 2, 2, 3), np.uint8), np.ones((4, 2, 2, 3), np.uint8)], [np.array([2]), np.array([0, 3])]
    )
    assert parts[np.array([1, 0, 2])][:, 0, 0, 0].tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"sources": ["jtsc"]}, "sources must name pbc"),
        ({"sources": ["pbc", "jtsc", "jtsc"]}, "twice"),
        ({"leave_out_lab": "moon"}, "leave_out_lab"),
        ({"leave_out_lab": "pbc"}, "begin_from"),
        ({"sources": []}, "several sources"),
    ],
)
def test_recipes_that_do_not_fit_are_refused(changes, named):
    with pytest.raises(RecipeError, match=named):
        recipe(**changes)


def test_a_way_of_training_that_mixes_nothing_is_refused(sources, tmp_path):
    plain = load_data(load_recipe("linear", input_size=32), sources[0])
    with pytest.raises(RecipeError, match="several sources"):
        ClassifierTrainer(recipe(architecture="linear", begin_from="none"), plain, tmp_path / "run")


def test_frozen_norms_neither_learn_nor_count():
    net = build("mobilenet_v2", 8, 32).train()
    freeze_norms(net)
    norms = [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)]
    assert norms
    assert not any(norm.training or norm.weight.requires_grad for norm in norms)
    assert net.classifier[1].weight.requires_grad


def test_the_norms_that_begin_anew_are_all_of_the_stages_that_are_filled():
    net = build("resnet18_gn", 8, 96)
    norms = {name for name, module in net.named_modules() if isinstance(module, nn.GroupNorm)}
    assert {name for name in norms if not name.startswith("layer4")} == set(NORMS)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in net.modules())
