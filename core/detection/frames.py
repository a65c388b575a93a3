"""Windows that the localizer finds in a source's pictures, kept in the cache: a training reads thousands of them."""

import hashlib
import inspect
from collections.abc import Sequence

import numpy as np

from core.datasets import Source
from core.detection import detector, notes
from core.detection import localizer as framing
from core.detection.localizer import Localizer
from core.imaging import windows
from core.imaging.windows import Box
from core.progress import Progress
from core.settings import cache_folder
from core.storage import write_array

BATCH = 64

CODE = "".join(inspect.getsource(module) for module in (framing, detector, notes, windows))
"""What makes a window of what the networks say, as it was when it was loaded: files may change while it runs."""


def found_frames(
    source: Source, keys: Sequence[str], localizer: Localizer, progress: Progress | None = None
) -> dict[str, Box]:
    """By key, the window that the localizer frames in each picture. The first call decodes; later ones read a file.

    The file is of these contents, these weights and this code; SourceError for an image that is missing or damaged.
    """
    if not keys:
        return {}
    identity = hashlib.sha256(f"{source.spec.digest(source.root, keys)} {_identity(localizer)}".encode()).hexdigest()
    path = cache_folder() / "frames" / f"{source.spec.name}-{identity[:24]}.npy"
    try:
        edges = np.load(path)
    except (OSError, ValueError, EOFError):
        edges = None
    if edges is None or edges.shape != (len(keys), 4):
        edges = _found(source, keys, localizer, progress)
        write_array(path, edges)
    return {key: Box(*row) for key, row in zip(keys, edges.tolist(), strict=True)}


def _found(source: Source, keys: Sequence[str], localizer: Localizer, progress: Progress | None) -> np.ndarray:
    """(N, 4) float64: left, top, right and bottom of each window, in pixels of its picture."""
    edges: list[tuple[float, ...]] = []
    for first in range(0, len(keys), BATCH):
        framings = localizer.frame([source.load(key) for key in keys[first : first + BATCH]])
        edges += [framing.box.as_tuple() for framing in framings]
        if progress:
            progress(len(edges), len(keys))
    return np.array(edges, np.float64)


def _identity(localizer: Localizer) -> str:
    """sha256 of the weights, of the detector, and of the code that makes a window of what they say."""
    total = hashlib.sha256(repr(localizer.detector and localizer.detector.identity).encode())
    for name, tensor in localizer.net.state_dict().items():
        total.update(name.encode() + tensor.cpu().numpy().tobytes())
    total.update(CODE.encode())
    return total.hexdigest()
