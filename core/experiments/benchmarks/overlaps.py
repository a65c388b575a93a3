"""How often photos that show the same are found, and others taken for it: planted in BCCD's photos.

A planted overlap is two parts of one photo, cut so that they share a part of each other; the second is changed as
people change photos. Unlike pairs are all pairs that the table of overlapping fields puts into different
groups. That table is a lower bound, so some of what counts as false here may be true.
"""

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
from PIL import Image, ImageDraw

from core.datasets.registry import load_file
from core.errors import SourceError
from core.evaluation.intervals import wilson
from core.experiments.benchmarks import BENCHMARKS, Benchmark, Order, Rows
from core.imaging.overlap import overlap_of
from core.imaging.tracing import trace_of
from core.inference.overlaps import COPY, OverlapFinder
from core.progress import Progress, silent
from core.settings import data_subfolder, records_folder
from core.storage import write_json

SHARES = tuple(tenth / 10 for tenth in range(1, 10))
"""Part of its width or height that each of two neighbours shares with the other."""

PHOTOS = 24
"""Photos in which overlaps are planted, unless another number is asked for: every so many of BCCD's."""

Change = Callable[[np.ndarray], np.ndarray]


def compressed(quality: int) -> Change:
    """As JPEG of that quality."""

    def change(pixels: np.ndarray) -> np.ndarray:
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "JPEG", quality=quality)
        return np.asarray(Image.open(file).convert("RGB"))

    return change


def resized(by: float) -> Change:
    """As wide and high by that factor."""
    way = cv2.INTER_AREA if by < 1 else cv2.INTER_CUBIC
    return lambda pixels: np.asarray(cv2.resize(pixels, None, fx=by, fy=by, interpolation=way))


def turned(degrees: float) -> Change:
    """On a canvas that is white where the photo shows nothing."""
    return lambda pixels: np.asarray(
        Image.fromarray(pixels).rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=(255, 255, 255))
    )


def _marked(pixels: np.ndarray) -> np.ndarray:
    image = Image.fromarray(pixels.copy())
    height, width = pixels.shape[:2]
    box = (0.4 * width, 0.35 * height, 0.6 * width, 0.65 * height)
    ImageDraw.Draw(image).ellipse(box, outline=(230, 0, 0), width=6)
    return np.asarray(image)


CHANGES: dict[str, Change] = {
    "as it is": lambda pixels: pixels,
    "JPEG of quality 40": compressed(40),
    "a quarter turn": lambda pixels: np.rot90(pixels).copy(),
    "turned by 7°, corners filled": turned(7),
    "at 0.7 of its size": resized(0.7),
    "at 1.5 times its size": resized(1.5),
    "at 0.8, upside down, JPEG of quality 60": lambda pixels: compressed(60)(np.rot90(resized(0.8)(pixels), 2).copy()),
}
COPIES: dict[str, Change] = CHANGES | {
    "JPEG of quality 20": compressed(20),
    "at a quarter of its size": resized(0.25),
    "twice as large": resized(2),
    "turned by 45°, corners filled": turned(45),
    "mirrored": lambda pixels: pixels[:, ::-1].copy(),
    "with a mark drawn on it": _marked,
}


def neighbours(pixels: np.ndarray, share: float, *, across: bool) -> tuple[np.ndarray, np.ndarray]:
    """Two parts of a photo, beside each other or one above the other, that share that part of each."""
    length = pixels.shape[1 if across else 0]
    side = round(length / (2 - share))
    if across:
        return pixels[:, :side].copy(), pixels[:, -side:].copy()
    return pixels[:side].copy(), pixels[-side:].copy()


def planted(photos: Sequence[np.ndarray], progress: Progress = silent) -> Iterator[dict[str, Any]]:
    """A row a share and change, then one a kind of copy: how many of the photos were found."""
    total = (len(SHARES) * len(CHANGES) + len(COPIES)) * len(photos)
    done = 0
    for share in SHARES:
        firsts, seconds = zip(
            *(neighbours(pixels, share, across=number % 2 == 0) for number, pixels in enumerate(photos)), strict=True
        )
        traces = [trace_of(first) for first in firsts]
        for name, change in CHANGES.items():
            found = [overlap_of(a, trace_of(change(b))) for a, b in zip(traces, seconds, strict=True)]
            yield _row("overlap", name, share, sum(each is not None for each in found), len(photos))
            progress(done := done + len(photos), total)
    traces = [trace_of(pixels) for pixels in photos]
    for name, change in COPIES.items():
        found = [overlap_of(a, trace_of(change(pixels))) for a, pixels in zip(traces, photos, strict=True)]
        copies = sum(each is not None and each.shared >= COPY for each in found)
        yield _row("copy", name, 1.0, copies, len(photos))
        progress(done := done + len(photos), total)


def _row(pair: str, change: str, share: float, found: int, n: int) -> dict[str, Any]:
    rate = wilson(found, n)
    return {
        "pairs": pair,
        "change": change,
        "share": share,
        "n": n,
        "found": found,
        "rate": round(rate.value, 5),
        "low": round(rate.low, 5),
        "high": round(rate.high, 5),
    }


def among(photos: Iterable[np.ndarray], groups: Sequence[object], progress: Progress = silent) -> list[dict[str, Any]]:
    """Pairs of photos of different groups that were found to overlap, and those of one group that were."""
    finder, keys = OverlapFinder(), [f"{number}" for number in range(len(groups))]
    for number, pixels in enumerate(photos):
        finder.add(keys[number], pixels, single=False)
        progress(number + 1, len(groups))
    pairs = [(int(one), int(other)) for one, other, _ in finder.among(keys)]
    alike = sum(groups[one] == groups[other] for one, other in pairs)
    same = sum(groups[one] == groups[other] for other in range(len(groups)) for one in range(other))
    unlike = len(groups) * (len(groups) - 1) // 2 - same
    found = [list(pair) for pair in pairs if groups[pair[0]] != groups[pair[1]]]
    return [
        _row("of one group", "as they are", 0.0, alike, same),
        _row("of different groups", "as they are", 0.0, len(found), unlike) | {"which": found},
    ]


def bccd_photos() -> tuple[Path, list[str], list[object]]:
    """Folder, files and groups of BCCD's 364 photos; SourceError where they are not at hand."""
    folder = data_subfolder("bccd")
    if folder is None or not (folder / "photos.csv").is_file():
        raise SourceError("BCCD's photos and its table photos.csv are looked for in bccd in the folder SMEARLENS_DATA.")
    table = pd.read_csv(folder / "photos.csv")
    names = [f"JPEGImages/{photo}" for photo in table["photo"]]
    there = [(folder / name).is_file() for name in names]
    return folder, [name for name, kept in zip(names, there, strict=True) if kept], table["field_group"][there].tolist()


def record_path() -> Path:
    """Where what was measured is kept."""
    return records_folder() / "overlaps" / "bccd.json"


def _run(order: Order) -> Rows:
    folder, files, groups = bccd_photos()
    every = max(1, len(files) // (order.limit or PHOTOS))
    with order.bar("Unlike pairs") as progress:
        rows = among((load_file(folder, name) for name in files), groups, progress)
    with order.bar("Planted pairs") as progress:
        chosen = [load_file(folder, name) for name in files[every // 2 :: every]]
        rows = [*planted(chosen, progress), *rows]
    if order.keep:
        write_json(record_path(), {"photos": len(files), "rows": rows}, indent=1)
    return [{name: value for name, value in row.items() if name != "which"} for row in rows]


BENCHMARKS.add(
    Benchmark(
        "overlaps", 12, "how often photos that show the same are found, and others taken for it", _run, keeps=True
    )
)
