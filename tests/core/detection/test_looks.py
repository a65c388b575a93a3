"""Strange looks change colours, never where things are, and leave a picture to be seen."""

import pytest
import torch

from core.detection.looks import StrangeLooks
from core.detection.scenes import Scenes


@pytest.fixture
def disc() -> torch.Tensor:
    """Eight bright scenes with a dark disc in the middle of each."""
    rows = torch.arange(96)
    inside = (rows[:, None] - 48) ** 2 + (rows[None] - 48) ** 2 < 24**2
    scene = torch.full((3, 96, 96), 225, dtype=torch.uint8)
    scene[:, inside] = torch.tensor([90, 50, 140], dtype=torch.uint8)[:, None]
    return scene.expand(8, -1, -1, -1).clone()


@pytest.mark.parametrize("seed", range(5))
def test_the_disc_stays_where_it_was_and_stays_darker(disc, seed):
    torch.manual_seed(seed)
    looks = StrangeLooks()(disc).float()
    assert looks.shape == disc.shape
    middle, around = looks[:, :, 44:52, 44:52].mean((1, 2, 3)), looks[:, :, 14:22, 44:52].mean((1, 2, 3))
    assert (middle < around).float().mean() >= 0.75


def test_every_scene_has_its_own_look_and_the_same_seed_the_same(disc):
    torch.manual_seed(0)
    one = StrangeLooks()(disc)
    torch.manual_seed(0)
    same = StrangeLooks()(disc)
    assert torch.equal(one, same)
    assert len({scene.float().mean().item() for scene in one}) == len(disc)


def test_a_recipe_without_looks_has_small_changes_only(tiny_recipe, drawn_fields):
    plain = Scenes(drawn_fields, tiny_recipe.model_copy(update={"looks": 0.0}))
    assert not isinstance(plain.augment, StrangeLooks)
    assert isinstance(Scenes(drawn_fields, tiny_recipe).augment, StrangeLooks)
