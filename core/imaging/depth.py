"""Brightness of any depth, scaled to the 8 bits of a photo."""

import numpy as np

from core.imaging.changes import Change, ChangeKind

BRIGHT, DULL, BRIGHTNESS = 99.9, 0.8, 0.95
"""Percentile of the bright parts; share of full brightness under which they use a part of the range; the one that they
have in photos of smears."""


def to_8_bit(values: np.ndarray) -> tuple[np.ndarray, Change | None]:
    """Brightness (H, W) or (H, W, C) of any type as uint8, and how it was scaled; colours are scaled together.

    Cameras put 10, 12 or 14 bits into a file of 16, and exports use a part of them, so full brightness is taken to be
    that of the fewest bits, from 8 on, which hold the brightest value; of floating-point pictures up to 1, it is 1.
    Where the bright parts stay well below that, they become as bright as those of other photos.

    Raises ValueError for values that are no brightness: negative, infinite, or beyond 16 bits.
    """
    if values.dtype == np.uint8:
        return values, None
    if values.dtype == np.bool_:
        return values.astype(np.uint8) * np.uint8(255), None
    low, high = values.min(), values.max()
    if not (low >= 0 and high <= 65535):  # also where values are not numbers
        raise ValueError("no brightness")
    if values.dtype.kind == "f" and high <= 1:
        full, change = 1.0, Change(ChangeKind.FLOATING_POINT)
    else:
        bits = max(8, int(high).bit_length())
        full = 2.0**bits - 1
        change = Change(ChangeKind.DEEP, bits) if bits > 8 else Change(ChangeKind.SHALLOW)
    if full > 255 or values.dtype.kind == "f":
        bright = float(np.percentile(values[::4, ::4], BRIGHT))
        full = bright / BRIGHTNESS if 0 < bright < DULL * full else full
    return np.rint(values.astype(np.float32) * np.float32(255 / full)).clip(0, 255).astype(np.uint8), change
