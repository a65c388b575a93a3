"""Augmentation: torchvision's v2 transforms on batches, each small group of pictures with draws of its own."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

from core.training.colours import OtherLight, StainExchange

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

    def __init__(self, min_share: float) -> None:
        super().__init__()
        self.min_share = min_share

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        return {"share": float(torch.empty(()).uniform_(self.min_share, 1.0))}

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        size = inpt.shape[-1]
        inner_size = max(2, round(size * params["share"]))
        margin = (size - inner_size) // 2
        inner = F.center_crop(inpt, [inner_size, inner_size])
        margins = [margin, margin, size - inner_size - margin, size - inner_size - margin]
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


def _geometry() -> list[nn.Module]:
    """Turned and mirrored, at times a little nearer, farther or beside the middle, at times cut too tight."""
    return [
        *_symmetry(),
        v2.RandomApply([Turned(zoom=(0.85, 1.2), shift=0.06)], p=0.5),
        v2.RandomApply([TightView(0.45)], p=0.15),
    ]


def _nearer_and_farther() -> list[nn.Module]:
    """Turned and mirrored, cells of .6 to 1.4 times their size: a stranger's scale is known by guess alone."""
    return [*_symmetry(), v2.RandomApply([Turned(zoom=(0.6, 1.4), shift=0.08)], p=0.8)]


class Tint(v2.Transform):
    """Each colour channel times a factor near 1: another lamp or white balance.

    In place of a turned hue, which costs forty times as much on a CPU.
    """

    def __init__(self, max_strength: float) -> None:
        super().__init__()
        self.max_strength = max_strength

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        return {"factors": 1 + torch.empty(3, 1, 1).uniform_(-self.max_strength, self.max_strength)}

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        return (inpt * params["factors"].to(inpt.device)).clamp_(0, 255).to(inpt.dtype)


# Rows: what haematoxylin, eosin and a third stain take from red, green and blue light (Ruifrok and Johnston 2001).
_STAINS = torch.tensor([[0.650, 0.704, 0.286], [0.072, 0.990, 0.105], [0.268, 0.570, 0.776]])


class StainJitter(v2.Transform):
    """Stronger or weaker stains: the amount of each, as Ruifrok and Johnston's stains part it, times a factor and plus
    an offset.

    After Tellez et al., "Whole-slide mitosis detection ... using stain augmentation", IEEE TMI 37(9), 2018. Romanowsky
    stains are others than theirs, but any three axes of optical density do for making stains that differ.
    """

    def __init__(self, factor: float, offset: float) -> None:
        super().__init__()
        self.factor, self.offset = factor, offset

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        factors = 1 + torch.empty(3, 1).uniform_(-self.factor, self.factor)
        offsets = torch.empty(3, 1).uniform_(-self.offset, self.offset)
        unmixed = torch.linalg.inv(_STAINS.T)  # optical density (3,) -> amounts (3,)
        return {"turn": _STAINS.T @ (factors * unmixed), "shift": _STAINS.T @ offsets}

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        density = -((inpt.float() + 1) / 256).log()
        mixed = torch.einsum("ij,njhw->nihw", params["turn"].to(inpt.device), density)
        shifted = mixed + params["shift"].to(inpt.device).view(1, 3, 1, 1)
        return (256 * (-shifted).exp() - 1).round().clamp_(0, 255).to(inpt.dtype)


def _colour(strength: float) -> nn.Module:
    jitter = v2.ColorJitter(brightness=strength, contrast=strength, saturation=strength)
    return v2.Compose([jitter, Tint(strength / 3)])


def _other_stains() -> list[nn.Module]:
    """Colours far beyond those of one laboratory."""
    return [
        v2.RandomApply([StainJitter(0.5, 0.1)], p=0.7),
        v2.RandomApply([_colour(0.4)], p=0.7),
        v2.RandomApply([v2.RandomGrayscale(p=1.0)], p=0.05),
    ]


class Blur(v2.Transform):
    """One of three: spread over a disc (out of focus), smeared along a line at any angle (moved), or pixelated.

    Radii and lengths are shares of the picture's side, so that small and large pictures are blurred alike. The
    benchmark of robustness has other kernels: discs of five fixed radii, fading lines within 45 degrees.
    """

    def __init__(self, max_strength: float) -> None:
        super().__init__()
        self.max_strength = max_strength

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        size = flat_inputs[0].shape[-1]
        radius = float(torch.empty(()).uniform_(0.2, 1.0)) * self.max_strength * size
        return {
            "blur": int(torch.randint(3, ())),
            "radius": radius,
            "angle": float(torch.empty(()).uniform_(0, torch.pi)),
        }

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        radius = params["radius"]
        if params["blur"] == 2:
            size = inpt.shape[-1]
            # About as much is lost as by a disc of that radius.
            small = F.resize(inpt, [max(8, round(size / max(1.0, 1.2 * radius)))] * 2, antialias=True)
            return F.resize(small, [size, size], interpolation=F.InterpolationMode.NEAREST)
        kernel = _disc(radius) if params["blur"] == 0 else _line(1.5 * radius, params["angle"])
        reach = kernel.shape[-1] // 2
        padded = F.pad(inpt, [reach] * 4, padding_mode="reflect").float()
        weight = kernel.to(inpt.device).expand(inpt.shape[-3], 1, -1, -1)
        blurred = torch.nn.functional.conv2d(padded, weight, groups=inpt.shape[-3])
        return blurred.round().clamp_(0, 255).to(inpt.dtype)


def _offsets(radius: float) -> tuple[Tensor, Tensor]:
    """Columns and rows (S, S) of a kernel that reaches so far, counted from its middle."""
    reach = int(radius + 1)
    along = torch.arange(-reach, reach + 1, dtype=torch.float32)
    return along.repeat(len(along), 1), along.repeat(len(along), 1).T


def _disc(radius: float) -> Tensor:
    across, down = _offsets(radius)
    kernel = (radius + 0.5 - torch.hypot(across, down)).clamp(0, 1)
    return kernel / kernel.sum()


def _line(half: float, angle: float) -> Tensor:
    """A line through the middle, `half` to each side, a pixel wide; adds up to 1."""
    across, down = _offsets(half)
    turn = torch.tensor(angle)
    along, aside = across * turn.cos() + down * turn.sin(), down * turn.cos() - across * turn.sin()
    kernel = (1 - aside.abs()).clamp(min=0) * (half + 0.5 - along.abs()).clamp(0, 1)
    return kernel / kernel.sum()


class Grain(v2.Transform):
    """Gaussian noise on every pixel, of a strength drawn up to `max_strength` levels."""

    def __init__(self, max_strength: float) -> None:
        super().__init__()
        self.max_strength = max_strength

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        return {"sigma": float(torch.empty(()).uniform_(0, self.max_strength))}

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        grain = params["sigma"] * torch.randn(inpt.shape, device=inpt.device)
        return (inpt + grain).round().clamp_(0, 255).to(inpt.dtype)


class CellAlone(v2.Transform):
    """Everything farther from the middle than `radius` of a side in the mean colour of the picture's rim, softly."""

    def __init__(self, radius: float = 0.36, softness: float = 0.03) -> None:
        super().__init__()
        self.radius, self.softness = radius, softness

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        side = inpt.shape[-1]
        along = (torch.arange(side, device=inpt.device) + 0.5) / side - 0.5
        shown = torch.sigmoid((self.radius - torch.hypot(along[:, None], along[None])) / self.softness)
        pixels = inpt.float()
        ground = (pixels * (1 - shown)).sum((2, 3), keepdim=True) / (1 - shown).sum()
        return (pixels * shown + ground * (1 - shown)).round().to(inpt.dtype)


def _poor_photos() -> list[nn.Module]:
    """Photos made worse: blurred, grainy, compressed, badly lit. Bubbles and blots are left to the benchmark, which
    so has two corruptions of which no model saw the like."""
    light = v2.ColorJitter(brightness=(0.55, 1.45), contrast=(0.5, 1.4), saturation=(0.7, 1.6))
    return [v2.RandomApply([v2.Compose([light, Tint(0.1)])], p=0.5), *_degraded()]


def _degraded() -> list[nn.Module]:
    """What blur, grain and compression take away."""
    return [
        v2.RandomApply([Blur(0.03)], p=0.35),
        v2.RandomApply([Grain(30.0)], p=0.15),
        v2.RandomApply([v2.JPEG((6, 60))], p=0.25),
    ]


POLICIES: dict[str, Callable[[], list[nn.Module]]] = {
    "none": lambda: [],
    "symmetry": _symmetry,
    "smear": lambda: [
        *_geometry(),
        v2.RandomApply([_colour(0.2)], p=0.6),
        v2.RandomApply([v2.GaussianBlur(5, sigma=(0.3, 1.5))], p=0.1),
    ],
    # The three below ask what matters for other laboratories (docs/labs.md).
    "shape": lambda: [
        *_geometry(),
        v2.RandomApply([v2.GaussianBlur(5, sigma=(0.3, 1.5))], p=0.1),
    ],
    "stain": lambda: [
        *_geometry(),
        *_other_stains(),
        v2.RandomApply([v2.GaussianBlur(5, sigma=(0.3, 1.5))], p=0.1),
    ],
    "wide": lambda: [
        *_symmetry(),
        v2.RandomApply([Turned(zoom=(0.6, 1.6), shift=0.1)], p=0.8),
        v2.RandomApply([TightView(0.45)], p=0.15),
        *_other_stains(),
        v2.RandomApply([v2.GaussianBlur(5, sigma=(0.3, 2.5))], p=0.3),
    ],
    # For a sturdier model (docs/robustness.md).
    "hard": lambda: [
        *_geometry(),
        *_poor_photos(),
    ],
    # For laboratories that nobody saw: other stains, and photos as poor as theirs may be.
    "stain-hard": lambda: [
        *_geometry(),
        *_other_stains(),
        *_degraded(),
    ],
    # What lets a model read strangers (docs/labs.md); each of the first four without one of the last's parts.
    "light": lambda: [*_nearer_and_farther(), OtherLight(0.5)],
    "light-strong": lambda: [*_nearer_and_farther(), OtherLight(1.0)],
    "exchange": lambda: [*_nearer_and_farther(), StainExchange(0.6)],
    "exchange-light-same-size": lambda: [*_geometry(), StainExchange(0.6), OtherLight(0.5)],
    "exchange-light": lambda: [*_nearer_and_farther(), StainExchange(0.6), OtherLight(0.5)],
    "exchange-light-alone": lambda: [
        *_nearer_and_farther(),
        StainExchange(0.6),
        OtherLight(0.5),
        v2.RandomApply([CellAlone()], p=0.5),
    ],
    "exchange-light-poor": lambda: [*_nearer_and_farther(), StainExchange(0.6), OtherLight(0.5), *_degraded()],
    "exchange-light-grey": lambda: [
        *_nearer_and_farther(),
        StainExchange(0.6),
        OtherLight(0.5),
        v2.RandomGrayscale(0.4),
    ],
    # Four in ten pictures nearly as they are, so that what is told at home by colour and size is not forgotten.
    "strangers": lambda: [
        *_geometry(),
        v2.RandomApply(
            [
                v2.Compose(
                    [
                        *_nearer_and_farther(),
                        StainExchange(0.7),
                        OtherLight(0.5),
                        *_degraded(),
                        v2.RandomGrayscale(0.3),
                    ]
                )
            ],
            p=0.6,
        ),
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


def augment_each(policy: str, crops: np.ndarray, seed: int = 0) -> np.ndarray:
    """(N, S, S, 3) uint8 -> the same shape, every picture drawn on its own; the same for the same seed."""
    augment = Augment(policy)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        batch = torch.from_numpy(np.array(crops)).permute(0, 3, 1, 2).contiguous()
        return torch.cat([augment(image) for image in batch.split(1)]).permute(0, 2, 3, 1).numpy()


def resized(batch: Tensor, size: int) -> Tensor:
    """(N, 3, S, S) uint8 -> (N, 3, size, size), bicubic with antialiasing."""
    if batch.shape[-1] == size:
        return batch
    return F.resize(batch, [size, size], interpolation=F.InterpolationMode.BICUBIC, antialias=True)
