"""The network that finds cells: a centre and the four distances to its box's edges, without anchors.

After Liu et al., Training-Time-Friendly Network for Real-Time Object Detection, AAAI 2020 (arXiv:1909.00700):
one map of centres a kind, and one box a place, on a quarter of the picture's resolution. The first three
stages of a ResNet-18 are its backbone, so that it can begin from ImageNet's or from our own weights.
"""

from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models import ResNet

from core.imaging.fields import KINDS
from core.models.registry import build

STRIDE = 4
"""Pixels of the picture to one place of the maps."""
COARSEST = 32
"""Sides of a picture are multiples of this."""
UNIT = 32.0
"""Pixels by which the distances to a box's edges are told: exp(0) times this."""
RARE = -4.6
"""Logit of a centre where nothing was learned yet: one place in a hundred."""


class DetectionMaps(NamedTuple):
    """centres: (N, 3, h, w) logits, in the order of KINDS. edges: (N, 4, h, w) distances to left, top, right,
    bottom, in pixels of the picture. Both float32."""

    centres: Tensor
    edges: Tensor


class CellNet(nn.Module):
    """(N, 3, H, W) float32, scaled as its card says, H and W multiples of 32 -> DetectionMaps of H/4 x W/4."""

    def __init__(self, channels: int = 64) -> None:
        super().__init__()
        backbone = cast(ResNet, build("resnet18", 2, 128))
        self.stem = nn.Sequential(backbone.conv1, backbone.bn1, backbone.relu, backbone.maxpool)
        self.layer1, self.layer2, self.layer3 = backbone.layer1, backbone.layer2, backbone.layer3
        self.layer4 = nn.Sequential(_block(256, 192, 2), _block(192, 192, 1))
        self.lateral = nn.ModuleList(nn.Conv2d(width, channels, 1) for width in (64, 128, 256, 192))
        self.smooth = nn.ModuleList(_block(channels, channels, 1) for _ in range(3))
        centres, edges = nn.Conv2d(channels, len(KINDS), 1), nn.Conv2d(channels, 4, 1)
        nn.init.constant_(cast(Tensor, centres.bias), RARE)
        nn.init.zeros_(cast(Tensor, edges.bias))
        nn.init.normal_(edges.weight, std=0.01)
        self.to_centres = nn.Sequential(_block(channels, channels, 1), centres)
        self.to_edges = nn.Sequential(_block(channels, channels, 1), edges)

    def forward(self, x: Tensor) -> DetectionMaps:
        levels = []
        x = self.stem(x)
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = stage(x)
            levels.append(x)
        *finer, features = (lateral(level) for lateral, level in zip(self.lateral, levels, strict=True))
        for level, smooth in zip(reversed(finer), self.smooth, strict=True):
            features = smooth(level + F.interpolate(features, scale_factor=2.0, mode="nearest"))
        edges = self.to_edges(features).float().clamp(-6, 4).exp() * UNIT
        return DetectionMaps(self.to_centres(features).float(), edges)


def _block(before: int, after: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, 3, stride=stride, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU()
    )


def take_backbone(net: CellNet, whole: nn.Module) -> None:
    """Copy the stem and the first three stages of a whole ResNet-18 into the detector."""
    for name in ("layer1", "layer2", "layer3"):
        net.get_submodule(name).load_state_dict(whole.get_submodule(name).state_dict())
    net.stem[0].load_state_dict(whole.get_submodule("conv1").state_dict())
    net.stem[1].load_state_dict(whole.get_submodule("bn1").state_dict())


@torch.no_grad()
def places(height: int, width: int) -> tuple[Tensor, Tensor]:
    """x (1, w) and y (h, 1) of the middles of a map's places, in pixels of the picture."""
    x = (torch.arange(width, dtype=torch.float32) + 0.5) * STRIDE
    y = (torch.arange(height, dtype=torch.float32) + 0.5) * STRIDE
    return x[None], y[:, None]
