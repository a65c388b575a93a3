"""The eight positions of a picture."""

import pytest
import torch

from core.models.symmetries import mean_logits, positions


def test_one_position_is_the_picture_itself():
    batch = torch.rand(2, 3, 5, 5)
    (only,) = positions(batch, 1)
    assert only is batch


def test_eight_positions_differ_and_keep_every_pixel():
    batch = torch.arange(27.0).reshape(1, 3, 3, 3)
    turned = positions(batch, 8)
    assert len({tuple(images.flatten().tolist()) for images in turned}) == 8
    assert all(torch.equal(images.flatten().sort().values, batch.flatten()) for images in turned)


@pytest.mark.parametrize("turn", [lambda x: x.flip(-1), lambda x: x.flip(-2), lambda x: torch.rot90(x, 1, (-2, -1))])
def test_the_mean_does_not_change_when_the_picture_is_turned(turn):
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(36, 2))
    batch = torch.rand(3, 3, 5, 5)
    assert torch.allclose(mean_logits(net, batch, 8), mean_logits(net, turn(batch), 8), atol=1e-5)
    assert not torch.allclose(mean_logits(net, batch, 1), mean_logits(net, turn(batch), 1), atol=1e-5)
