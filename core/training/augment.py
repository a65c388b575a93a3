"""Augmentation: torchvision's v2 transforms on batches, each small group of pictures with draws of its own."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

GROUP = 8
"""Pictures that share one draw. A v2 transform draws once a call; shuffled batches keep this harmless."""


class QuarterTurns(v2.Transform):
    """Turn by 0, 90, 180 or 270 degrees: exact, since a smear has no up."""

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        return {"turns": int(torch.randint(4, ()))}

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        return torch.rot90(inpt, params["turns"], (-2, -1))


class TightView(v2.Transform):
    """Keep only the middle of a picture and mirror it outwards, as framing does with a crop cut too tight."""

    def __init__(self, narrowest: float) -> None:
        super().__init__()
        self.narrowest = narrowest

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        return {"share": float(torch.empty(()).uniform_(self.narrowest, 1.0))}

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        size = inpt.shape[-1]
        kept = max(2, round(size * params["share"]))
        before = (size - kept) // 2
        inner = F.center_crop(inpt, [kept, kept])
        margins = [before, before, size - kept - before, size - kept - before]
        return F.pad(inner, margins, padding_mode="symmetric")


class Turned(v2.Transform):
    """Any angle, a little zoom and shift; what turns in from outside is the mirror image, not black."""

    def __init__(self, zoom: tuple[float, float], shift: float) -> None:
        super().__init__()
        self.affine = v2.RandomAffine(
            180, translate=(shift, shift), scale=zoom, interpolation=F.InterpolationMode.BILINEAR
        )

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        size = inpt.shape[-1]
        margin = round(size * 0.3)
        padded = F.pad(inpt, [margin] * 4, padding_mode="reflect")
        return F.center_crop(self.affine(padded), [size, size])


def _symmetry() -> list[nn.Module]:
    return [v2.RandomHorizontalFlip(), QuarterTurns()]


class Tint(v2.Transform):
    """Each colour channel times a factor near 1: another lamp or white balance.

    In place of a turned hue, which costs forty times as much on a CPU.
    """

    def __init__(self, most: float) -> None:
        super().__init__()
        self.most = most

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        return {"factors": 1 + torch.empty(3, 1, 1).uniform_(-self.most, self.most)}

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        return (inpt * params["factors"].to(inpt.device)).clamp_(0, 255).to(inpt.dtype)


def _colour(strength: float) -> nn.Module:
    jitter = v2.ColorJitter(brightness=strength, contrast=strength, saturation=strength)
    return v2.Compose([jitter, Tint(strength / 3)])


POLICIES: dict[str, Callable[[], list[nn.Module]]] = {
    "none": lambda: [],
    "symmetry": _symmetry,
    "smear": lambda: [
        *_symmetry(),
        v2.RandomApply([Turned(zoom=(0.85, 1.2), shift=0.06)], p=0.5),
        v2.RandomApply([TightView(0.45)], p=0.15),
        v2.RandomApply([_colour(0.2)], p=0.6),
        v2.RandomApply([v2.GaussianBlur(5, sigma=(0.3, 1.5))], p=0.1),
    ],
    "photo": lambda: [
        v2.RandomApply([_colour(0.3)], p=0.8),
        v2.RandomApply([v2.GaussianBlur(5, sigma=(0.3, 1.5))], p=0.2),
        v2.RandomApply([v2.JPEG((40, 95))], p=0.2),
    ],
}
"""name -> the transforms, in order. Each takes and gives uint8 pictures (N, 3, S, S)."""


class Augment:
    """A policy by name, ready for batches; ValueError naming the known ones otherwise."""

    def __init__(self, policy: str) -> None:
        if policy not in POLICIES:
            raise ValueError(f"{policy!r} is not one of {', '.join(POLICIES)}")
        steps = POLICIES[policy]()
        self._transform = v2.Compose(steps) if steps else None

    def __call__(self, batch: Tensor) -> Tensor:
        """(N, 3, S, S) uint8 -> the same shape and type, every group of eight drawn anew."""
        if self._transform is None:
            return batch
        return torch.cat([self._transform(group) for group in batch.split(GROUP)])


def resized(batch: Tensor, size: int) -> Tensor:
    """(N, 3, S, S) uint8 -> (N, 3, size, size), bicubic with antialiasing."""
    if batch.shape[-1] == size:
        return batch
    return F.resize(batch, [size, size], interpolation=F.InterpolationMode.BICUBIC, antialias=True)
