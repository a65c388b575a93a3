"""Whether a model is about to be tested on cells that it learned from: told by content, not by name.

Each framed crop has a difference hash: does grey grow from one patch to the next, along the rows of an
8 x 9 and down the columns of a 9 x 8 reduction by exact area means? The same cell cut at 28 or at 224 pixels
gives nearly the same 128 bits.
"""

import numpy as np

from core.errors import LeakError

PATCHES = 8
MAX_DISTANCE = 11
"""Bits in which two hashes of one cell may differ. Measured in tests/core/datasets/test_fingerprints.py."""

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_BLOCK = 512


def fingerprints(pixels: np.ndarray) -> np.ndarray:
    """128-bit difference hashes of framed crops.

    pixels: (N, S, S, 3) uint8, S >= 9. Returns (N, 16) uint8: 8 bytes by rows, then 8 by columns.
    """
    if pixels.ndim != 4 or pixels.shape[-1] != 3:
        raise ValueError(f"pixels must be (N, S, S, 3), got {pixels.shape}")
    parts = [_block(pixels[start : start + _BLOCK]) for start in range(0, len(pixels), _BLOCK)]
    return np.concatenate(parts) if parts else np.zeros((0, 16), np.uint8)


def distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """For every hash of b (M, 16) the number of bits to the nearest of a (N, 16); 128 where a is empty."""
    nearest = np.full(len(b), 128, np.int64)
    left, right = _words(a), _words(b)
    for start in range(0, len(right) if len(left) else 0, _BLOCK):
        differing = right[start : start + _BLOCK, None, :] ^ left[None, :, :]
        bits = np.bitwise_count(differing).sum(axis=2, dtype=np.uint8)
        nearest[start : start + _BLOCK] = bits.min(axis=1)
    return nearest


def matches(a: np.ndarray, b: np.ndarray, max_distance: int = MAX_DISTANCE) -> np.ndarray:
    """Which hashes of b (M, 16) are those of a cell among a (N, 16): (M,) bool."""
    return distances(a, b) <= max_distance


def refuse_leak(trained: np.ndarray, tested: np.ndarray, model: str, source: str) -> None:
    """Raise LeakError where images of a test are cells that a model learned from; hashes as above.

    Not for a split of the very source that a model was trained on: that is disjoint by its files, and
    there alone does chance find look-alikes (JTSC's 60 test images have 3 in its training part).
    """
    leaked = int(matches(trained, tested).sum())
    if leaked:
        raise LeakError(
            f"{leaked:,} of the {len(tested):,} test images of {source} show cells that {model} learned "
            "from, so its result there would flatter it."
        )


def _block(pixels: np.ndarray) -> np.ndarray:
    grey = pixels.astype(np.float32) @ _LUMA
    rows = _reduced(grey, PATCHES, PATCHES + 1)
    columns = _reduced(grey, PATCHES + 1, PATCHES)
    bits = [np.diff(rows, axis=2) > 0, np.diff(columns, axis=1) > 0]
    return np.concatenate([np.packbits(b.reshape(len(pixels), -1), axis=1) for b in bits], axis=1)


def _reduced(grey: np.ndarray, high: int, wide: int) -> np.ndarray:
    """(N, H, W) to (N, high, wide) by means over equal areas."""
    return np.asarray(_areas(grey.shape[1], high) @ grey @ _areas(grey.shape[2], wide).T)


def _areas(size: int, patches: int) -> np.ndarray:
    """(patches, size): the share of each pixel in each of equal patches; rows sum to 1."""
    edges = np.linspace(0, size, patches + 1)
    pixel = np.arange(size)
    shared = np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel)
    return (np.clip(shared, 0, None) * patches / size).astype(np.float32)


def _words(hashes: np.ndarray) -> np.ndarray:
    words: np.ndarray = np.ascontiguousarray(hashes, np.uint8).view(np.uint64).reshape(len(hashes), 2)
    return words
