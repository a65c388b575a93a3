"""Pictures that stand for cells, drawn by the tests."""

from pathlib import Path

import numpy as np
from PIL import Image


def blob(seed: int, width: int, height: int) -> np.ndarray:
    """(height, width, 3) uint8: a dark disc on a pale ground with some noise, another one for every seed."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.arange(width) / width, np.arange(height) / height)
    inside = np.hypot(x - rng.uniform(0.35, 0.65), y - rng.uniform(0.35, 0.65)) < rng.uniform(0.15, 0.3)
    pixels = np.where(inside[..., None], rng.integers(40, 140, 3), rng.integers(190, 240, 3))
    return (pixels + rng.integers(-12, 13, pixels.shape)).clip(0, 255).astype(np.uint8)


def save(path: Path, seed: int, width: int, height: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(blob(seed, width, height)).save(path)
