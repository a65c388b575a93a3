"""Sheets for a person's look: real and generated cells shuffled, and the closest pairs.

They show photographs of the data set, so they are written only where a person asks for them.
"""

from pathlib import Path

import numpy as np
from PIL import Image

from core.datasets import Source, cached_pixels
from core.experiments.generator_evaluation import PAIRS, Judgement
from core.storage import write_json

COLUMNS, ROWS = 10, 6
GAP = 4


def write_sheets(judged: Judgement, source: Source, folder: Path, seed: int = 0) -> list[Path]:
    """shuffled.png with its answers.json (row by row, true where generated), and closest.png: generated cells
    above the training cells nearest to them, by features in the first two rows and by pixels in the last two.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    count = min(COLUMNS * ROWS // 2, len(judged.made))
    chosen = rng.choice(len(judged.made), count, replace=False)
    pictures = np.concatenate([judged.made[chosen], judged.real[chosen]])
    generated = np.arange(2 * count) < count
    order = rng.permutation(2 * count)
    shuffled, answers, closest = (folder / name for name in ("shuffled.png", "answers.json", "closest.png"))
    Image.fromarray(_sheet(pictures[order], COLUMNS)).save(shuffled)
    write_json(answers, [bool(one) for one in generated[order]], indent=None)
    Image.fromarray(_closest(judged, source)).save(closest)
    return [shuffled, answers, closest]


def _closest(judged: Judgement, source: Source) -> np.ndarray:
    pixels = cached_pixels(source, judged.made.shape[1])
    train = np.flatnonzero((source.index["split"] == "train").to_numpy())
    near = judged.nearest_made
    strips = []
    for distance, rows in ((near.features, near.features_row), (near.pixels, near.pixels_row)):
        first = np.argsort(distance, kind="stable")[:PAIRS]
        strips += [judged.made[first], np.asarray(pixels[train[rows[first]]])]
    return _sheet(np.concatenate(strips), len(strips[0]))


def _sheet(pictures: np.ndarray, columns: int) -> np.ndarray:
    """(N, S, S, 3) -> one picture, on white."""
    side = pictures.shape[1] + GAP
    rows = -(-len(pictures) // columns)
    sheet = np.full((rows * side + GAP, columns * side + GAP, 3), 255, np.uint8)
    for place, picture in enumerate(pictures):
        top, left = (place // columns) * side + GAP, (place % columns) * side + GAP
        sheet[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return sheet
