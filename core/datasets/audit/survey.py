"""One pass over the images of a source: everything that an audit asks of each is taken down while it is open.

Images are compared small and grey: one scale for all, halved until the usual image is at most `WORKING` pixels long.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import pandas as pd

from core.datasets import Source
from core.datasets.audit import facts
from core.datasets.registry import load_file
from core.errors import ImageError, SourceError
from core.imaging.decoding import open_photo
from core.progress import Progress, silent

WORKING = 192
"""Longest side in pixels at which images are compared."""

POINTS, MOST_POINTS, ALL_POINTS = 40, 160, 640_000
"""SIFT keypoints kept of an image, the strongest: at least, at most, and of all images together, about."""

THUMB = 16


@dataclass(frozen=True, eq=False)
class Survey:
    """What an audit keeps of N images.

    table: one row an image, in the order of the index: key, label, split, group, every number of the source's own table
    and of `facts.measure`; `trouble` is "" where the image could be opened, and all else is empty where not.
    greys: (h, w) uint8 of each at the working scale, (0, 0) where not opened. thumbs: (N, 256) float32 of unit length
    and mean 0. rings: (N, R) float32, what the outermost eighth looks like. points (P, 2) float32 x, y in working
    pixels; descriptors (P, 128) float32 of unit length; owner (P,) the image of each, rising. scale: working pixels
    for one of the image.
    """

    source: Source
    table: pd.DataFrame
    greys: list[np.ndarray]
    thumbs: np.ndarray
    rings: np.ndarray
    points: np.ndarray
    descriptors: np.ndarray
    owner: np.ndarray
    scale: float

    @property
    def opened(self) -> np.ndarray:
        """(N,) bool: which images could be opened."""
        return (self.table["trouble"] == "").to_numpy()


@dataclass(frozen=True, eq=False)
class _Image:
    facts: facts.Facts
    grey: np.ndarray
    ring: np.ndarray
    points: np.ndarray
    descriptors: np.ndarray


def survey_images(source: Source, progress: Progress = silent) -> Survey:
    """Open every image of a source once; those that cannot be opened are taken down, not fatal."""
    # One thread: an audit runs beside other work, and its result must not depend on how threads meet.
    cv2.setNumThreads(1)
    keys, images = source.keys(), []
    scale = _scale(source, keys)
    sift = cv2.SIFT.create(nfeatures=int(np.clip(ALL_POINTS // max(len(keys), 1), POINTS, MOST_POINTS)))
    for done, key in enumerate(keys, start=1):
        images.append(_examine(source, key, scale, sift))
        progress(done, len(keys))
    table = source.index.reset_index(drop=True)
    measured = pd.DataFrame([image.facts.row() for image in images])
    table = pd.concat([table, measured[[name for name in measured if name not in table]]], axis=1)
    numbers = [len(image.points) for image in images]
    return Survey(
        source=source,
        table=table,
        greys=[image.grey for image in images],
        thumbs=np.stack([_thumb(image.grey) for image in images]),
        rings=np.stack([image.ring for image in images]),
        points=np.concatenate([image.points for image in images]),
        descriptors=np.concatenate([image.descriptors for image in images]),
        owner=np.repeat(np.arange(len(images)), numbers),
        scale=scale,
    )


def is_of_files(source: Source) -> bool:
    """Whether the keys of a source are files in its folder (BloodMNIST's are rows of one file)."""
    return source.spec.load is load_file


def _scale(source: Source, keys: Sequence[str]) -> float:
    """From the first, middle and last images that can be opened."""
    sides = []
    for key in [keys[place] for place in np.unique(np.linspace(0, len(keys) - 1, 15).astype(int))]:
        try:
            sides.append(max(source.load(key).shape[:2]))
        except (ImageError, SourceError):
            continue
    longest, scale = float(np.median(sides)) if sides else 1.0, 1.0
    while longest * scale > WORKING:
        scale /= 2
    return scale


def _examine(source: Source, key: str, scale: float, sift: cv2.SIFT) -> _Image:
    try:
        if is_of_files(source):
            data = (source.root / key).read_bytes()
            pixels = open_photo(data, key).pixels
        else:
            data, pixels = b"", source.load(key)
    except (ImageError, SourceError, OSError) as error:
        reason = "The file is missing." if isinstance(error, FileNotFoundError) else str(error)
        return _Image(facts.unopened(reason), np.zeros((0, 0), np.uint8), _ring(None), *_keypoints(None, sift))
    size = [max(round(side * scale), 8) for side in (pixels.shape[1], pixels.shape[0])]
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    grey = grey if scale == 1 else np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA))
    measured = facts.measure(data, pixels, grey, _turned_alike(pixels))
    return _Image(measured, grey, _ring(pixels), *_keypoints(grey, sift))


def _keypoints(grey: np.ndarray | None, sift: cv2.SIFT) -> tuple[np.ndarray, np.ndarray]:
    """Places (P, 2) and RootSIFT descriptors (P, 128), both float32.

    Sources: Lowe 2004, IJCV 60(2); the square root after Arandjelović & Zisserman, CVPR 2012.
    """
    keypoints, descriptors = sift.detectAndCompute(grey, None) if grey is not None else ([], None)
    if descriptors is None:
        return np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32)
    shares = descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-9)
    return np.array([point.pt for point in keypoints], np.float32), np.sqrt(shares).astype(np.float32)


def _thumb(grey: np.ndarray) -> np.ndarray:
    """(256,) float32 of mean 0 and length 1; zeros of an image that is blank or was not opened."""
    if not grey.size:
        return np.zeros(THUMB * THUMB, np.float32)
    small = cv2.resize(grey, (THUMB, THUMB), interpolation=cv2.INTER_AREA).astype(np.float32).ravel()
    small -= small.mean()
    length = float(np.linalg.norm(small))
    return np.asarray(small / length if length > 1 else np.zeros_like(small))


def _ring(pixels: np.ndarray | None) -> np.ndarray:
    """Colours along the border, (252,) float32: the 28 outermost of 8 x 8 parts, mean and spread of each channel,
    and the 28 means again as a share of red, green and blue together, which do not change with exposure.
    """
    edge = np.ones((8, 8), bool)
    edge[1:-1, 1:-1] = False
    if pixels is None:
        return np.zeros(28 * 9, np.float32)
    fine = cv2.resize(pixels, (64, 64), interpolation=cv2.INTER_AREA).astype(np.float32)
    parts = fine.reshape(8, 8, 8, 8, 3).transpose(0, 2, 1, 3, 4).reshape(8, 8, 64, 3)
    mean, spread = parts.mean(axis=2)[edge], parts.std(axis=2)[edge]
    share = 255 * mean / np.maximum(mean.sum(axis=1, keepdims=True), 1)
    return np.concatenate([mean.ravel(), spread.ravel(), share.ravel()]).astype(np.float32)


def _turned_alike(pixels: np.ndarray) -> str:
    """A hash that the eight positions of a picture (quarter turns, and their mirror images) share."""
    turns = [np.rot90(base, turn) for base in (pixels, pixels[:, ::-1]) for turn in range(4)]
    digests = (hashlib.blake2b(_with_shape(turn), digest_size=16).hexdigest() for turn in turns)
    return min(digests)


def _with_shape(pixels: np.ndarray) -> bytes:
    return repr(pixels.shape).encode() + np.ascontiguousarray(pixels).tobytes()
