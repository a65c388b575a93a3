"""Runs of studies on tiny drawn sources and, where they are at hand, on real images."""

from pathlib import Path

import numpy as np
import pytest

from core.datasets import find_source, open_source
from core.errors import RecipeError
from core.experiments.studies import STUDIES
from core.experiments.studies.preparing import FOLDS, PREPARATIONS, Plan, photos_in_folds, photos_once
from core.experiments.studies.running import StudyRunner, batch_by_batch, changed
from core.training.data import Images
from tests.core.datasets.conftest import BUILDERS

FEW = {"epochs": 1, "batch_size": 8, "precision": "fp32", "input_size": 32}


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """`drawn("kaggle")`: a tiny source of that name."""
    monkeypatch.setenv("SMEARLENS_CACHE", str(tmp_path / "cache"))

    def build(name):
        root = tmp_path / name
        root.mkdir()
        BUILDERS[name](root)
        return open_source(name, root)

    return build


def runner(letter: str, source, folder: Path, **settings) -> StudyRunner:
    return StudyRunner(STUDIES[letter], source, out=folder / "out", settings=FEW | settings, root=folder / "records")


def overlap(plan: Plan, column: str) -> set[str]:
    """Groups that lie in two splits."""
    seen = [set(plan.table[column].iloc[rows]) for rows in plan.rows.values()]
    return {one for i, a in enumerate(seen) for b in seen[i + 1 :] for one in a & b}


def test_splits_share_no_photo_where_that_is_promised_and_do_where_it_is_not(drawn):
    source = drawn("kaggle")
    recipe = STUDIES["E"].runs[0].recipe
    apart = PREPARATIONS["by photo"](source, recipe, 0)
    assert overlap(apart, "group") == set()
    mixed = PREPARATIONS["at random"](source, recipe, 0)
    train, val = (set(mixed.table["group"].iloc[mixed.rows[split]]) for split in ("train", "val"))
    assert train & val
    assert set(mixed.rows["test"]) == set(apart.rows["test"])


def test_a_part_of_the_images_holds_every_photo_first(drawn):
    source = drawn("kaggle")
    plan = PREPARATIONS["by photo"](source, STUDIES["B"].runs[0].recipe, 4)
    chosen = plan.table.iloc[plan.rows["train"]]
    assert (chosen["label"].value_counts() == 4).all()
    assert (chosen.groupby("label")["photo"].nunique() >= 4).all()


def test_a_run_is_recorded_with_its_photos_and_shares_its_training(drawn, tmp_path):
    study = STUDIES["B"]
    source = drawn("kaggle")
    first = runner("B", source, tmp_path, begin_from="none")
    read, left_in_training = (study.experiment.find(name) for name in ("resnet18-as-they", "resnet18-training-order"))
    one, two = first.run(read), first.run(left_in_training)
    assert one.facts.counts["train"] == len(PREPARATIONS["by photo"](source, read.recipe, 0).rows["train"])
    assert one.predictions().groups is not None
    assert one.history().equals(two.history())  # trained once
    assert not np.allclose(one.predictions().probabilities, two.predictions().probabilities)
    assert len(list((tmp_path / "out" / "study-b").iterdir())) == 1


def test_frozen_features_are_worked_out_once(drawn, tmp_path, monkeypatch):
    from core.experiments.studies.frozen import FrozenHeadTrainer

    source, calls, real = drawn("kaggle"), [], FrozenHeadTrainer._read
    monkeypatch.setattr(FrozenHeadTrainer, "_read", lambda self, progress: calls.append(1) or real(self, progress))
    for name in ("frozen-photo", "frozen-random"):
        found = runner("E", source, tmp_path, begin_from="none", epochs=3).run(STUDIES["E"].experiment.find(name))
        assert len(found.history()) == 3
    assert len(calls) == 1
    assert found.predictions().probabilities.shape[1] == 4


def test_every_photo_is_a_test_photo_once(drawn, tmp_path):
    source = drawn("bccd")
    plans = photos_in_folds(source, STUDIES["C"].runs[0].recipe, 0)
    tested = np.concatenate([plan.rows["test"] for plan in plans])
    assert len(plans) == FOLDS
    assert sorted(tested) == list(range(len(plans[0].table)))
    for plan in plans:
        assert overlap(plan, "group") == set()


def test_a_stopped_run_says_so(drawn, tmp_path):
    stopped = runner("B", drawn("kaggle"), tmp_path)
    stopped.stop()
    assert stopped.run(STUDIES["B"].experiment.find("basic_cnn")) is None


@pytest.mark.parametrize("setting", [{"magic": "1"}, {"epochs": "none"}, {"per_class": "many"}])
def test_a_wrong_setting_is_refused(setting):
    with pytest.raises(RecipeError):
        changed(STUDIES["B"].runs[0], setting)


def test_the_note_of_a_run_says_that_it_learned_from_a_part():
    run = STUDIES["B"].runs[0]
    assert "1,200 images a class" in changed(run, {"per_class": "1200", "epochs": "2"}).note
    assert changed(run, {"per_class": "0", "epochs": "2"}).note == run.note


def test_in_training_mode_an_answer_depends_on_its_neighbours():
    import torch
    from torch import nn

    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    rng = np.random.default_rng(0)
    images = Images(rng.integers(0, 256, (64, 8, 8, 3), dtype=np.uint8), np.zeros(64, np.int64))
    images.pixels[:32] //= 4
    plain, scale = (0.0,) * 3, (1.0,) * 3
    in_order, shuffled = (batch_by_batch(net, images, plain, scale, shuffled=mix) for mix in (False, True))
    assert np.allclose(in_order.sum(1), 1)
    assert np.abs(in_order - shuffled).max() > 0.001
    assert not net.training


# ---- real images


def test_study_c_is_cleaned_as_its_report_says(data_root):
    plan = photos_once(find_source("bccd"), STUDIES["C"].runs[0].recipe, 0)
    counts = plan.counts
    assert counts["kept neutrophil"] == counts["labelled neutrophil"] - round(0.1 * counts["labelled neutrophil"])
    assert "kept basophil" not in counts
    for label in ("eosinophil", "lymphocyte", "monocyte"):
        assert counts[f"kept {label}"] == counts[f"labelled {label}"]
        assert counts[f"trained {label}"] == pytest.approx(counts["trained neutrophil"], rel=0.25)
    assert overlap(plan, "group") == set()
    assert 28 <= len(plan.rows["test"]) <= 42


def test_a_reduced_run_on_real_photos(data_root, tmp_path):
    """Study B's basic CNN on 20 images a class, one epoch."""
    made = runner("B", find_source("kaggle"), tmp_path, per_class="20")
    found = made.run(STUDIES["B"].experiment.find("basic_cnn"))
    test = found.predictions().select(split="test")
    assert found.facts.counts["train"] == 80
    assert len(test) == 2487
    assert len(test.by_group()) == 71
