"""Records: what a finished run said of its images, kept and read again."""

import numpy as np
import pytest
import torch

from core.datasets import open_source
from core.errors import CheckpointError
from core.evaluation.results.records import open_record, records
from core.experiments.recording import probabilities, record
from core.training.classifier import ClassifierTrainer
from core.training.data import load_data
from core.training.recipe import load_recipe


@pytest.fixture
def kept(drawn_folder, tmp_path):
    """A record of a run on drawings, and the trainer that it is of."""
    source = open_source("folder", drawn_folder)
    recipe = load_recipe("linear", source="folder", epochs=2, batch_size=16, precision="fp32", symmetries=8)
    data = load_data(recipe, source)
    trainer = ClassifierTrainer(recipe, data, tmp_path / "run", device=torch.device("cpu"))
    trainer.train()
    rows = source.index[source.index["split"] == "val"].assign(photo=lambda table: table["label"])
    about = {"experiment": "trial", "name": "linear", "title": "Linear", "note": "A trial."}
    return record(trainer, source, {"val": (rows, data.val)}, root=tmp_path / "records", **about), trainer, data


def test_answers_are_those_of_the_best_epoch(kept):
    one, trainer, data = kept
    expected = probabilities(trainer.best(), data.val, trainer.start.mean, trainer.start.std, 8)
    assert one.predictions().probabilities == pytest.approx(expected, abs=1e-6)
    assert np.array_equal(one.predictions().labels, data.val.labels)


def test_it_is_found_again_with_its_facts(kept, tmp_path):
    one, trainer, _ = kept
    (found,) = records("trial", tmp_path / "records")
    assert found.facts == one.facts
    assert found.facts.training == trainer.summary()
    assert len(found.history()) == 2


def test_images_of_one_photo_are_scored_together(kept):
    one, _, _ = kept
    by_photo = one.predictions().by_group()
    assert sorted(by_photo.table["key"]) == sorted(set(one.predictions().groups))


def test_no_experiment_is_no_record(tmp_path):
    assert records("nothing", tmp_path) == []


def test_a_damaged_record_is_told(kept):
    one, _, _ = kept
    (one.folder / "run.json").write_text("{}")
    with pytest.raises(CheckpointError, match="damaged"):
        open_record(one.folder)
