"""Pictures of one laboratory in the colours of another: stain normalisation before a model reads them.

For one picture and one target they give what torchstain 1.4 gives with 256 as the light of glass: Reinhard's way to
two levels, Macenko's to one. They differ in this: statistics may come from all pictures of a laboratory; levels are
rounded and not cut off; directions of stain always point to more density, where torchstain leaves them as the
decomposition has them; and a picture in which next to nothing is stained is no error.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

ColourMethod = Literal["as they are", "reinhard", "macenko", "white balance"]
Floats = npt.NDArray[np.float32]

STAINED = 0.15
"""Optical density above which a pixel counts as stained, as Macenko et al. have it."""
EDGE = 1.0
"""Percent of the stained pixels that are left out at each end of the fan of colours, as they have it."""
LIGHT = 95.0
"""Percentile of a channel that is taken for the glass between the cells."""
MOST_PIXELS = 200_000
"""Pixels of a laboratory that its statistics are worked out from, evenly spaced."""


@dataclass(frozen=True)
class Normalization:
    """fit: pixels (M, 3) uint8 -> what their colours are like; turn: pixels (M, 3) uint8, what theirs are like, what
    they shall be like -> (M, 3) float32, not yet within 0 to 255."""

    fit: Callable[[np.ndarray], Floats]
    turn: Callable[[np.ndarray, Floats, Floats], Floats]


def recoloured(pixels: np.ndarray, method: ColourMethod, reference: np.ndarray, *, single: bool) -> np.ndarray:
    """(N, S, S, 3) uint8 with the colours of the reference pictures (R, S, S, 3).

    single: each picture is brought there on its own, whatever cell it shows; else all of them alike.
    """
    if method == "as they are":
        return pixels
    normalization = METHODS[method]
    goal = normalization.fit(_some(reference))
    own = None if single else normalization.fit(_some(pixels))
    normalized = np.empty_like(pixels)
    for number, picture in enumerate(pixels):
        flat = np.ascontiguousarray(picture).reshape(-1, 3)
        turned = normalization.turn(flat, normalization.fit(flat) if own is None else own, goal)
        normalized[number] = np.rint(turned.clip(0, 255)).astype(np.uint8).reshape(picture.shape)
    return normalized


def _some(pixels: np.ndarray) -> np.ndarray:
    flat = np.asarray(pixels).reshape(-1, 3)
    return flat[:: max(1, len(flat) // MOST_PIXELS)]


# ---- Reinhard et al., "Color transfer between images", IEEE CG&A 21(5), 2001, in CIE L*a*b*


def _lab(pixels: np.ndarray) -> Floats:
    scaled = (pixels.astype(np.float32) / 255).reshape(1, -1, 3)
    lab: Floats = cv2.cvtColor(scaled, cv2.COLOR_RGB2Lab)[0]
    return lab


def _reinhard_fit(pixels: np.ndarray) -> Floats:
    """(2, 3): mean and standard deviation of L*, a* and b*."""
    lab = _lab(pixels)
    return np.stack([lab.mean(0), lab.std(0) + 1e-3])


def _reinhard(pixels: np.ndarray, own: Floats, goal: Floats) -> Floats:
    turned = ((_lab(pixels) - own[0]) / own[1] * goal[1] + goal[0]).astype(np.float32)
    back: Floats = cv2.cvtColor(turned[None], cv2.COLOR_Lab2RGB)[0] * 255
    return back


# ---- Macenko et al., "A method for normalizing histology slides for quantitative analysis", ISBI 2009


def _density(pixels: np.ndarray) -> Floats:
    return -np.log((pixels.astype(np.float32) + 1) / 256)


def _macenko_fit(pixels: np.ndarray) -> Floats:
    """(3, 3): the two stains' directions of optical density, and in the last row how much there is of each at most."""
    density = _density(pixels)
    stained = density[(density > STAINED).all(1)]
    if len(stained) < 50:  # nothing to tell stains by
        stained = density
    _, axes = np.linalg.eigh(np.cov(stained.T))
    plane = axes[:, [2, 1]] * np.where(axes[:, [2, 1]].sum(0) < 0, -1, 1)
    angle = np.arctan2(*(stained @ plane).T[::-1])
    ends = np.percentile(angle, [EDGE, 100 - EDGE])
    stains = np.stack([plane @ (np.cos(end), np.sin(end)) for end in ends])
    # The one that takes more red light first: it is the blue of the nucleus.
    stains = stains[np.argsort(-stains[:, 0])]
    amounts = _amounts(density, stains)
    most = np.maximum(np.percentile(amounts, 99, axis=0), 1e-2)
    return np.vstack([stains, [*most, 0.0]]).astype(np.float32)


def _amounts(density: Floats, stains: npt.NDArray[np.floating]) -> Floats:
    amounts: Floats = (density @ np.linalg.pinv(stains)).astype(np.float32)
    return amounts


def _macenko(pixels: np.ndarray, own: Floats, goal: Floats) -> Floats:
    amounts = _amounts(_density(pixels), own[:2]) * (goal[2, :2] / own[2, :2])
    back: Floats = 256 * np.exp(-(amounts @ goal[:2])) - 1
    return back


# ---- the colour of the glass alone


def _light(pixels: np.ndarray) -> Floats:
    light: Floats = np.percentile(pixels, LIGHT, axis=0).astype(np.float32) + 1
    return light


def _white(pixels: np.ndarray, own: Floats, goal: Floats) -> Floats:
    back: Floats = pixels.astype(np.float32) * (goal / own)
    return back


METHODS: dict[str, Normalization] = {
    "reinhard": Normalization(_reinhard_fit, _reinhard),
    "macenko": Normalization(_macenko_fit, _macenko),
    "white balance": Normalization(_light, _white),
}
