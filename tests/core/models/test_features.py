"""Features on the way through a network: means and spreads, the same logits, and no hook left behind."""

import pytest
import torch

from core.models.features import channel_statistics, head_width, stage_features, stage_names
from core.models.registry import build, find_architecture


@pytest.mark.parametrize("name", ["linear", "simple_cnn", "resnet18", "mobilenet_v2"])
def test_one_pass_gives_the_features_and_the_logits(name):
    net, spec = build(name, 4, 32).eval(), find_architecture(name)
    batch = torch.rand(2, 3, 32, 32)
    names = stage_names(name, 4, 32)
    with torch.inference_mode():
        plain = net(batch)
        with stage_features(net, spec, names) as forward:
            features, logits = forward(batch)
    assert torch.equal(plain, logits)
    assert torch.equal(features[:, :6], channel_statistics(batch))
    head = net.get_submodule(spec.head)
    with torch.inference_mode():
        assert torch.allclose(head(features[:, -head_width(net, spec) :]), logits, atol=1e-5)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in net.modules())


def test_a_layer_without_maps_has_no_stages():
    assert stage_names("linear", 4, 32) == ()


def test_statistics_of_channels_worked_by_hand():
    maps = torch.tensor([[[[1.0, 3.0]], [[2.0, 2.0]]]])
    assert channel_statistics(maps).tolist() == [[2.0, 2.0, 1.0, 0.0]]
