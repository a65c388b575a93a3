"""What is kept of a photo so that it is known again: its keypoints, a small grey picture, and that picture's spectrum.

Keypoints are SIFT (Lowe, IJCV 2004;60:91) with the square root of their descriptors (Arandjelović and Zisserman, CVPR
2012). Those near the edges are preferred, since neighbouring photos share no others.
"""

from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np
from scipy import fft

LONGEST = 448
"""Longest side in pixels at which photos are compared; smaller ones are taken as they are."""

POINTS = 260
"""Keypoints that are kept of a photo, of twice as many that are described."""
CONTRAST = 0.004
"""SIFT's threshold of contrast: stained cells on glass are pale."""
EDGE, PREFERRED = 0.12, 3.0
"""Share of a side that is near the edge, and by how much keypoints there weigh more."""

FINE, COARSE, STRONGEST = 1.5, 5.0, 12.0
"""Standard deviations in pixels between which the detail lies, and the grey levels to which it is cut."""

THUMB = 16
FLAT, MARGIN = 15, 21
"""Side in pixels of a place that is one colour and so shows nothing (filled corners, burnt-out glass), and by how far
around it nothing is compared."""


@dataclass(frozen=True, eq=False)
class Layer:
    """Detail (h, w) float32, grey levels, and where it is one: (h, w) uint8, 255 inside and 0 in flat places."""

    detail: np.ndarray
    valid: np.ndarray

    @classmethod
    def of(cls, grey: np.ndarray) -> "Layer":
        levels = grey.astype(np.float32)
        between = cv2.GaussianBlur(levels, (0, 0), FINE) - cv2.GaussianBlur(levels, (0, 0), COARSE)
        valid = _valid(grey)
        return cls(np.where(valid > 0, np.clip(between, -STRONGEST, STRONGEST), 0).astype(np.float32), valid)


@dataclass(frozen=True, eq=False)
class Trace:
    """scale: pixels of `grey` (h, w) uint8 for one of the photo. points (P, 2) float32: x, y in pixels of `grey`.

    angles (P,) float32, radians; sizes (P,) float32, logarithms; descriptors (P, 128) float32 of unit length. thumb
    (16, 16) float32 of mean 0 and length 1.
    """

    width: int
    height: int
    scale: float
    grey: np.ndarray
    points: np.ndarray
    angles: np.ndarray
    sizes: np.ndarray
    descriptors: np.ndarray
    thumb: np.ndarray
    _spectra: dict[tuple[int, int], np.ndarray] = field(default_factory=dict)

    @cached_property
    def content(self) -> float:
        """The part of the photo that is not flat, in its pixels."""
        return float((self.layer.valid > 0).mean()) * self.width * self.height

    @cached_property
    def layer(self) -> Layer:
        return Layer.of(self.grey)

    @cached_property
    def half(self) -> np.ndarray:
        """The detail at half the size, (h / 2, w / 2) float32."""
        size = max(self.grey.shape[1] // 2, 8), max(self.grey.shape[0] // 2, 8)
        return Layer.of(cv2.resize(self.grey, size, interpolation=cv2.INTER_AREA)).detail

    def spectrum(self, shape: tuple[int, int]) -> np.ndarray:
        """Of `half`, padded to that shape."""
        if shape not in self._spectra:
            self._spectra[shape] = fft.rfft2(self.half, s=shape)
        return self._spectra[shape]

    def forget(self) -> None:
        """Free what can be worked out again, and is seldom wanted of photos that are far off in order."""
        self._spectra.clear()
        self.__dict__.pop("layer", None)


def trace_of(pixels: np.ndarray, points: int = POINTS) -> Trace:
    """The trace of a photo (H, W, 3) uint8. points: keypoints at most."""
    cv2.setNumThreads(1)  # what is found must not depend on how threads meet
    height, width = pixels.shape[:2]
    scale = min(1.0, LONGEST / max(height, width))
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    if scale < 1:
        size = max(round(width * scale), 8), max(round(height * scale), 8)
        grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA))
    keypoints, descriptors = _keypoints(grey, points)
    return Trace(
        width=width,
        height=height,
        scale=scale,
        grey=grey,
        points=np.array([point.pt for point in keypoints], np.float32).reshape(-1, 2),
        angles=np.deg2rad(np.array([point.angle for point in keypoints], np.float32)),
        sizes=np.log(np.array([point.size for point in keypoints], np.float32)),
        descriptors=descriptors,
        thumb=_thumb(grey),
    )


def _keypoints(grey: np.ndarray, most: int) -> tuple[list[cv2.KeyPoint], np.ndarray]:
    sift = cv2.SIFT.create(nfeatures=2 * most, contrastThreshold=CONTRAST)
    found, descriptors = sift.detectAndCompute(grey, _valid(grey))
    if not found:
        return [], np.zeros((0, 128), np.float32)
    height, width = grey.shape
    places = np.array([point.pt for point in found]) / (width, height)
    near_edge = np.minimum(places, 1 - places).min(axis=1) < EDGE
    weights = np.array([point.response for point in found]) * np.where(near_edge, PREFERRED, 1.0)
    chosen = np.argsort(-weights, kind="stable")[:most]
    shares = descriptors[chosen] / np.maximum(descriptors[chosen].sum(axis=1, keepdims=True), 1e-9)
    return [found[place] for place in chosen], np.sqrt(shares)


def _thumb(grey: np.ndarray) -> np.ndarray:
    small = cv2.resize(grey, (THUMB, THUMB), interpolation=cv2.INTER_AREA).astype(np.float32)
    small -= small.mean()
    length = float(np.linalg.norm(small))
    return np.asarray(small / length if length > 1 else np.zeros_like(small))


def _valid(grey: np.ndarray) -> np.ndarray:
    """(h, w) uint8: 0 in and around places of one colour, else 255."""
    near = np.ones((3, 3), np.uint8)
    same = (cv2.dilate(grey, near) == cv2.erode(grey, near)).astype(np.uint8)
    large = cv2.erode(same, np.ones((FLAT, FLAT), np.uint8), borderType=cv2.BORDER_REPLICATE)
    around = cv2.dilate(large, np.ones((FLAT + MARGIN, FLAT + MARGIN), np.uint8))
    return np.asarray((1 - around) * 255)
