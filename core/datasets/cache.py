"""Framed crops, decoded once: a memory-mapped array, so that an epoch is not JPEG decoding."""

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import PIL

from core.datasets.registry import Source
from core.errors import SourceError
from core.imaging.windows import Box, cut, whole
from core.progress import Progress
from core.settings import cache_folder
from core.storage import replacing


def cached_pixels(
    source: Source, size: int, keys: Sequence[str] | None = None, progress: Progress | None = None
) -> np.ndarray:
    """Framed crops of a source, (N, size, size, 3) uint8, read-only, in the order of keys (or the index).

    The first call decodes; later ones map the file. Raises SourceError for an image that is missing or
    damaged, or where the disk has no room.
    """
    wanted = source.keys() if keys is None else [str(key) for key in keys]
    if not wanted:
        return np.zeros((0, size, size, 3), np.uint8)
    path = cache_folder() / "pixels" / f"{source.spec.name}-{size}-{_identity(source, size, wanted)[:24]}.npy"
    cached = _mapped(path, (len(wanted), size, size, 3))
    if cached is not None:
        if progress:
            progress(len(wanted), len(wanted))
        return cached
    try:
        _write(path, source, size, wanted, progress)
    except OSError as error:
        reason = f"{path.parent}: {error.strerror}"
        raise SourceError(f"The decoded images could not be kept in {reason}.") from error
    array: np.ndarray = np.load(path, mmap_mode="r")
    return array


def framed(source: Source, key: str, size: int) -> np.ndarray:
    """One framed crop, (size, size, 3) uint8, decoded now."""
    pixels = source.load(key)
    height, width = pixels.shape[:2]
    return cut(pixels, source.frame(key, width, height), size)


def _identity(source: Source, size: int, keys: Sequence[str]) -> str:
    """sha256 of everything that the pixels depend on: contents, boxes, the resampling itself."""
    total = hashlib.sha256(source.spec.digest(source.root, keys).encode())
    for key in keys:
        total.update(repr(source.frame(key, 360, 363).as_tuple()).encode())
    probe = np.random.default_rng(0).integers(0, 256, (97, 101, 3), dtype=np.uint8)
    for box in (whole(101, 97), Box(20, 30, 70, 80), Box(-9.5, 20.2, 70, 100)):
        total.update(cut(probe, box, size).tobytes())
    total.update(f"{size} {PIL.__version__}".encode())
    return total.hexdigest()


def _mapped(path: Path, shape: tuple[int, ...]) -> np.ndarray | None:
    """The array in a file, or None where there is none or it is not whole."""
    try:
        array: np.ndarray = np.load(path, mmap_mode="r")
    except (OSError, ValueError, EOFError):
        return None
    return array if array.shape == shape and array.dtype == np.uint8 else None


def _write(path: Path, source: Source, size: int, keys: Sequence[str], progress: Progress | None) -> None:
    """Decode into a file of its own and move it into place, so that nobody ever sees half an array."""
    with replacing(path) as draft:
        array = np.lib.format.open_memmap(draft, mode="w+", dtype=np.uint8, shape=(len(keys), size, size, 3))
        with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
            crops = pool.map(lambda key: framed(source, key, size), keys)
            for done, crop in enumerate(crops, start=1):
                array[done - 1] = crop
                if progress:
                    progress(done, len(keys))
        array.flush()
        del array
