"""Pixels are scaled as torchvision does it, and the features before the last layer are those that it gets."""

import numpy as np
import pytest
import torch
from torchvision.transforms.v2 import functional as F

from core.models.features import compute_head_features, head_features
from core.models.normalization import scaled
from core.models.registry import build, find_architecture

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def pictures(number: int, size: int = 28) -> torch.Tensor:
    return torch.randint(0, 256, (number, 3, size, size), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))


def test_scaled_as_torchvision_does_it():
    batch = pictures(4)
    expected = F.normalize(F.to_dtype(batch, torch.float32, scale=True), list(MEAN), list(STD))
    assert torch.allclose(scaled(batch, MEAN, STD), expected, atol=1e-6)


@pytest.mark.parametrize("name", ["linear", "simple_cnn", "slim_resnet"])
def test_features_come_batch_by_batch_and_in_evaluation_mode(name):
    torch.manual_seed(0)
    net, spec = build(name, 8, 28), find_architecture(name)
    net.train()
    batch = pictures(10)
    parts = list(compute_head_features(net, spec, batch.split(4), MEAN, STD))
    assert [len(part) for part in parts] == [4, 4, 2]
    with torch.inference_mode(), head_features(net.eval(), spec) as forward:
        expected = forward(scaled(batch, MEAN, STD))[0].numpy()
    assert np.allclose(np.concatenate(parts), expected, atol=1e-5)
