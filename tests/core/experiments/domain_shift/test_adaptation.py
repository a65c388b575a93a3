"""Batch normalisation with another laboratory's statistics."""

import numpy as np
import pytest
import torch
from torch import nn

from core.experiments.domain_shift.adaptation import adapted
from core.training.data import Images

MEAN = STD = (0.5, 0.5, 0.5)


def net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()


@pytest.fixture
def images():
    pixels = np.random.default_rng(0).integers(120, 160, (100, 12, 12, 3), dtype=np.uint8)
    return Images(pixels, np.zeros(100, np.int64))


def outputs(model, images):
    with torch.inference_mode():
        return model((images.batch(np.arange(len(images)))[0].float() / 255 - 0.5) / 0.5)


def test_statistics_become_those_of_the_pictures(images):
    model = net()
    before = [value.clone() for value in model.state_dict().values()]
    assert outputs(model, images).mean(0).abs().max() > 0.05
    assert outputs(adapted(model, images, MEAN, STD), images).mean(0).abs().max() < 0.02
    assert all(torch.equal(a, b) for a, b in zip(before, model.state_dict().values(), strict=True))


def test_a_share_of_none_changes_nothing_and_half_lies_between(images):
    model = net()
    none, half, full = (adapted(model, images, MEAN, STD, share)[1].running_mean for share in (0.0, 0.5, 1.0))
    assert torch.allclose(none, model[1].running_mean)
    assert torch.allclose(half, (none + full) / 2)


def test_a_network_without_batch_normalisation_stays(images):
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.GroupNorm(2, 4), nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
    assert torch.equal(outputs(model, images), outputs(adapted(model, images, MEAN, STD), images))
