"""Other stains, lamps and cameras for scenes: what a detector has to see past in laboratories that it never met.

Each scene draws its own. Stains: optical density through a matrix near the identity, after Tellez et al., "Whole-slide
mitosis detection in H&E breast histology using PHH3 as a reference", IEEE TMI 37(9), 2018, who vary their amounts.
Lamps: a colour over the whole field that changes smoothly across it, as at the rim of a condenser. Haze: stray light
that takes contrast away. Cameras: gamma, brightness, blur, grain and compression.
"""

import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision.transforms import v2
from torchvision.transforms.v2.functional import resize

from core.training.augment import Augment

GLASS = 256.0
"""Level of light that nothing took from, with one added so that its logarithm is finite."""
PLAIN = 0.25
"""Share of scenes whose stain and light change little, as between slides of one laboratory."""
GRID = 3
"""Places along a side at which the lamp's light is drawn; between them it changes smoothly."""

BRIGHTEST = -0.15
"""Least density that a lamp adds: brighter light would leave no picture."""


class StrangeLooks:
    """(N, 3, H, W) uint8 -> the same shape and type, drawn anew for every scene from torch's generator.

    strength: 1 for what the detector is trained with; 0 changes nothing but camera faults.
    """

    def __init__(self, strength: float = 1.0) -> None:
        self.strength = strength
        self.slight = Augment("photo")
        self.camera = v2.Compose(
            [
                v2.RandomApply([v2.GaussianBlur(5, sigma=(0.3, 2.0))], p=0.25),
                v2.RandomApply([v2.Lambda(_coarser)], p=0.25),
                v2.RandomApply([v2.JPEG((30, 95))], p=0.2),
            ]
        )

    def __call__(self, batch: Tensor) -> Tensor:
        return torch.cat([self.camera(self._recoloured(scene)) for scene in batch.split(1)])

    def _recoloured(self, scene: Tensor) -> Tensor:
        if _chance(PLAIN):
            return self.slight(scene)
        density = -((scene.float() + 1) / GLASS).log()
        density = torch.einsum("ij,njhw->nihw", self._stains(), density) + self._lamp(scene.shape[-2:])
        light = (GLASS * (-density).exp() - 1).clamp_(0, 255)
        if _chance(0.35):
            veil = light.mean((2, 3), keepdim=True) * (1 + 0.3 * self.strength * torch.randn(1, 3, 1, 1))
            light = torch.lerp(light, veil.clamp(0, 255), 0.6 * self.strength * float(torch.rand(())))
        if _chance(0.15):
            light = light + 10 * self.strength * float(torch.rand(())) * torch.randn_like(light)
        return light.round().clamp_(0, 255).to(scene.dtype)

    def _stains(self) -> Tensor:
        """(3, 3): how much of each channel's density goes into each channel. One factor is a camera's gamma."""
        if _chance(0.15):
            return torch.eye(3)
        gamma = (0.35 * self.strength * torch.randn(())).exp()
        channels = (0.22 * self.strength * torch.randn(3)).exp()
        mixed = 0.12 * self.strength * torch.randn(3, 3).fill_diagonal_(0)
        return (gamma * (torch.diag(channels) + mixed)).clamp(-0.4, 2.5)

    def _lamp(self, size: torch.Size) -> Tensor:
        """(1, 3, H, W): density that the lamp's colour and its fall-off add; negative where it is brighter."""
        if _chance(0.2):
            return torch.zeros(1, 3, 1, 1)
        overall = 0.22 * self.strength * torch.randn(1, 1, 1, 1)
        colour = 0.25 * self.strength * torch.randn(1, 3, 1, 1)
        if _chance(0.5):
            return _dimmed(overall + colour)
        common = 0.25 * self.strength * torch.randn(1, 1, GRID, GRID)
        coloured = 0.15 * self.strength * torch.randn(1, 3, GRID, GRID)
        lamp = overall + colour + F.interpolate(common + coloured, size=list(size), mode="bicubic", align_corners=True)
        return _dimmed(lamp)


def _coarser(scene: Tensor) -> Tensor:
    """As a camera of fewer pixels, down to a third, shows it."""
    share = float(torch.empty(()).uniform_(0.33, 0.8))
    height, width = scene.shape[-2:]
    small = resize(scene, [round(height * share), round(width * share)], antialias=True)
    return resize(small, [height, width])


def _dimmed(lamp: Tensor) -> Tensor:
    """The lamp's density so much higher that it nowhere burns out what the photo shows."""
    return lamp + (BRIGHTEST - lamp.amin()).clamp(min=0)


def _chance(share: float) -> bool:
    return bool(torch.rand(()) < share)
