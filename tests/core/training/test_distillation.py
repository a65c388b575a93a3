"""Teachers: what they say of prepared views is what the student learns."""

import numpy as np
import pytest
import torch

from core.datasets import open_source
from core.errors import CheckpointError, RecipeError
from core.training.classifier import ClassifierTrainer
from core.training.data import load_data
from core.training.distillation import DistillationImages, with_teachers
from core.training.recipe import load_recipe, make_recipe

CPU = torch.device("cpu")


@pytest.fixture
def source(drawn_folder):
    return open_source("folder", drawn_folder)


@pytest.fixture
def recipe(tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("SMEARLENS_CACHE", str(tmp_path / "cache"))
    return load_recipe(
        "slim_resnet", source="folder", teachers=["tiny"], views=2, epochs=2, batch_size=16, precision="fp32"
    )


@pytest.fixture
def viewed(recipe, source):
    return with_teachers(load_data(recipe, source), recipe, source)


def test_targets_lie_between_label_and_teacher(recipe, viewed):
    assert isinstance(viewed.train, DistillationImages)
    rows = np.arange(10)
    pixels, targets = viewed.train.batch(rows, epoch=1)
    assert pixels.shape == (10, 3, 28, 28)
    assert targets.sum(1) == pytest.approx(torch.ones(10), abs=1e-2)
    labels = torch.nn.functional.one_hot(torch.from_numpy(viewed.train.labels[rows]), 8)
    teacher_probabilities = torch.from_numpy(viewed.train.teacher_probabilities[0][rows].astype(np.float32))
    share = recipe.teacher_share
    assert torch.allclose(targets, share * teacher_probabilities + (1 - share) * labels)
    assert not torch.allclose(teacher_probabilities, labels.float())


def test_the_first_view_is_the_picture_and_others_are_not(recipe, source, viewed):
    plain = load_data(recipe, source).train.batch(np.arange(6))[0]
    assert torch.equal(viewed.train.batch(np.arange(6), epoch=1)[0], plain)
    assert not torch.equal(viewed.train.batch(np.arange(6), epoch=2)[0], plain)
    assert torch.equal(viewed.train.batch(np.arange(6), epoch=3)[0], plain)


def test_views_are_made_once(recipe, source, viewed, monkeypatch):
    monkeypatch.setattr("core.training.distillation._make", lambda *args: pytest.fail("made again"))
    again = with_teachers(load_data(recipe, source), recipe, source)
    assert again.key == viewed.key
    assert np.array_equal(again.train.teacher_probabilities[1], viewed.train.teacher_probabilities[1])


def test_a_student_learns_from_them(recipe, viewed, tmp_path):
    trainer = ClassifierTrainer(recipe.model_copy(update={"epochs": 6}), viewed, tmp_path, device=CPU)
    assert trainer.train()
    history = trainer.state.history
    assert history[-1]["train_accuracy"] > max(0.5, history[0]["train_accuracy"])


def test_a_recipe_with_teachers_is_not_trained_without_them(recipe, source, tmp_path):
    with pytest.raises(RecipeError, match="teachers"):
        ClassifierTrainer(recipe, load_data(recipe, source), tmp_path, device=CPU)


@pytest.mark.parametrize("settings", [{"views": 0}, {"teachers": ()}, {"teacher_share": 0}])
def test_half_a_teacher_is_refused(recipe, settings):
    with pytest.raises(RecipeError, match="together"):
        make_recipe(recipe.model_dump() | settings)


def test_an_absent_teacher_is_told(recipe, source):
    absent = recipe.model_copy(update={"teachers": ("nobody",)})
    with pytest.raises(CheckpointError, match="nobody"):
        with_teachers(load_data(absent, source), absent, source)
