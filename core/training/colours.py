"""Colours of other laboratories: stains exchanged between the pictures of a batch, and other light and cameras.

Every picture has draws of its own, all worked out at once. Pictures are uint8 RGB.
"""

from typing import Any

import torch
from torch import Tensor
from torchvision.transforms import v2

START = torch.tensor([[0.65, 0.20], [0.70, 0.95], [0.30, 0.25]])
"""Optical densities (red, green, blue) of a blue and a red stain, from which each picture's own are sought."""

STEPS = 25
"""Multiplicative updates of the factorisation: its stains hardly move after these."""

STRIDE = 23
"""One pixel in so many tells a picture's stains."""

_YIQ = torch.tensor([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])
"""RGB to brightness and two axes of colour (NTSC), in whose plane a hue is turned."""


def optical_density(pixels: Tensor) -> Tensor:
    """(..., 3, H, W) of 0 to 255 -> how much light is taken away, natural logarithm, 0 for white."""
    return -((pixels.float() + 1) / 256).log()


def from_density(density: Tensor) -> Tensor:
    """The inverse of `optical_density`, uint8."""
    return (256 * (-density).exp() - 1).round().clamp_(0, 255).to(torch.uint8)


def stains(density: Tensor) -> tuple[Tensor, Tensor]:
    """The two stains of each picture and how strong each is, by non-negative matrix factorisation.

    density: (N, 3, P) above the picture's ground. Returns (N, 3, 2), columns of length 1, and (N, 2), the amount that
    95 % of pixels do not exceed. After Lee and Seung, NIPS 2000 (multiplicative updates), and Vahadane et al.,
    "Structure-preserving color normalization and sparse stain separation", IEEE TMI 35(8), 2016, without its sparsity.
    """
    positive = density.clamp(min=1e-4)
    matrix = START.to(density.device).expand(len(density), 3, 2).clone()
    amounts = torch.full((len(density), 2, density.shape[2]), 0.3, device=density.device)
    for _ in range(STEPS):
        turned = matrix.transpose(1, 2)
        amounts = amounts * (turned @ positive) / (turned @ matrix @ amounts + 1e-6)
        back = amounts.transpose(1, 2)
        matrix = matrix * (positive @ back) / (matrix @ (amounts @ back) + 1e-6)
        matrix = matrix / matrix.norm(dim=1, keepdim=True).clamp(min=1e-6)
    return matrix, torch.quantile(amounts, 0.95, 2)


class StainExchange(v2.Transform):
    """A share of the pictures in the stains and on the ground of another picture of the batch.

    Each is parted into its two stains, which are drawn towards the other's, their amounts scaled to the other's; what
    two stains leave out stays in part. Where laboratories are mixed, the other is mostly of another one. After SADA
    (stain augmentation between laboratories for white blood cells): stain matrices by NMF, matched concentrations.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        n = flat_inputs[0].shape[0]
        drawn = torch.empty(n, 1, 1).uniform_(0.4, 1.0) * (torch.rand(n, 1, 1) < self.share)
        return {"towards": drawn, "other": torch.randperm(n)}

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        towards, other = params["towards"].to(inpt.device), params["other"].to(inpt.device)
        density = optical_density(inpt).flatten(2)
        ground = torch.quantile(density[..., ::STRIDE], 0.05, 2, keepdim=True)
        stained = density - ground
        matrix, strength = stains(stained[..., ::STRIDE])

        def drawn(own: Tensor) -> Tensor:
            share = towards.view(-1, *[1] * (own.ndim - 1))
            return (1 - share) * own + share * own[other]

        amounts = torch.linalg.pinv(matrix) @ stained
        rest = stained - matrix @ amounts
        ratio = (drawn(strength) / strength.clamp(min=0.02)).clamp(0.4, 2.5)
        new_matrix = drawn(matrix)
        new_matrix = new_matrix / new_matrix.norm(dim=1, keepdim=True)
        rebuilt = new_matrix @ (amounts * ratio[..., None]) + rest * (1 - 0.5 * towards) + drawn(ground)
        changed = from_density(rebuilt.view(inpt.shape))
        return torch.where(towards[..., None] > 0, changed, inpt)


class OtherLight(v2.Transform):
    """Another lamp, white balance and camera: gain a channel, gamma, contrast, brightness, saturation and hue.

    strength: 1 goes as far as laboratories differ; .5 half as far.
    """

    def __init__(self, strength: float, share: float = 0.8) -> None:
        super().__init__()
        self.strength, self.share = strength, share

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        n = flat_inputs[0].shape[0]
        strength = self.strength * (torch.rand(n, 1) < self.share)

        def drawn(low: float, high: float, values: int = 1) -> Tensor:
            return torch.empty(n, values).uniform_(low, high) * strength

        hue, saturation = drawn(-0.3, 0.3), drawn(-0.7, 0.5).exp()
        turn = torch.zeros(n, 3, 3)
        turn[:, 0, 0] = 1
        turn[:, 1, 1] = turn[:, 2, 2] = (saturation * hue.cos())[:, 0]
        turn[:, 2, 1] = (saturation * hue.sin())[:, 0]
        turn[:, 1, 2] = -turn[:, 2, 1]
        return {
            "gain": 1 + drawn(-0.2, 0.2, 3)[..., None, None],
            "gamma": drawn(-0.35, 0.35).exp()[..., None, None],
            "contrast": drawn(-0.4, 0.4).exp()[..., None, None],
            "brightness": drawn(-0.12, 0.12)[..., None, None],
            "colours": torch.linalg.inv(_YIQ) @ turn @ _YIQ,
        }

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        gain, gamma, contrast, brightness, colours = (
            params[name].to(inpt.device) for name in ("gain", "gamma", "contrast", "brightness", "colours")
        )
        lit = (inpt.float() / 255 * gain).clamp(1e-3, 1) ** gamma
        middle = lit.mean((1, 2, 3), keepdim=True)
        lit = (lit - middle) * contrast + middle + brightness
        turned = torch.einsum("nij,njhw->nihw", colours, lit)
        return (turned * 255).round().clamp_(0, 255).to(inpt.dtype)
