"""Outliers: pictures that are no cell, made here, which OOD scores are fitted on and chosen by.

They are made from crops of cells and from nothing, so that no set of out-of-distribution pictures has a say in what
is chosen. None is a photograph of another thing, except crops of two that come with scikit-learn.
"""

import io
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter
from sklearn.datasets import load_sample_images

from core.synthetic.drawings import CELL_CLASSES, drawn_cell

Pixels = NDArray[np.uint8]
Maker = Callable[[Pixels, np.random.Generator], Pixels]
"""(a crop (S, S, 3), randomness) -> an outlier of the same shape."""

DRAWINGS = 5
"""So many drawings of each class are made, and shown in turns: a drawing takes longer than all else here."""

WORDS = ("a", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog", "01234", "REPORT", "page", "total", "%")


def blank(crop: Pixels, rng: np.random.Generator) -> Pixels:
    """One colour: the crop's own ground, or any."""
    colour = crop[0, 0] if rng.random() < 0.5 else rng.integers(0, 256, 3)
    return np.broadcast_to(colour, crop.shape).astype(np.uint8)


def noise(crop: Pixels, rng: np.random.Generator) -> Pixels:
    """Grain about a colour, in grey or in colours."""
    spread, channels = rng.uniform(10, 90), 1 if rng.random() < 0.5 else 3
    return _clipped(rng.integers(0, 256, 3) + rng.normal(0, spread, (*crop.shape[:2], channels)))


def clouds(crop: Pixels, rng: np.random.Generator) -> Pixels:
    """Soft hills of several sizes between two colours of the crop, or any two."""
    side = crop.shape[0]
    hills = sum((_enlarged(rng.normal(size=(n, n)), side) / n for n in (2, 4, 8, 16)), np.zeros((side, side)))
    share = ((hills - hills.min()) / max(float(np.ptp(hills)), 1e-6))[..., None]
    first, second = _two_colours(crop, rng)
    return _clipped(first + share * (second - first))


def text(crop: Pixels, rng: np.random.Generator) -> Pixels:
    """Lines of words."""
    side = crop.shape[0]
    dark = rng.random() < 0.3
    ground, ink = ((20, 20, 30), (230, 230, 230)) if dark else ((250, 250, 245), (20, 20, 30))
    image = Image.new("RGB", (96, 96), ground)
    draw = ImageDraw.Draw(image)
    step = int(rng.integers(10, 16))
    for top in range(3, 96, step):
        draw.text((3, top), " ".join(rng.permutation(WORDS)[:4]), fill=ink)
    return np.asarray(image.resize((side, side), Image.Resampling.BICUBIC))


def shapes(crop: Pixels, rng: np.random.Generator) -> Pixels:
    """Boxes, ellipses and lines in any colours, as of a chart or a sign."""
    side = crop.shape[0]
    image = Image.new("RGB", (side, side), _colour(rng))
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(3, 12))):
        corners = np.sort(rng.integers(0, side, (2, 2)), axis=0)
        box = [int(value) for value in corners.ravel()]
        which = int(rng.integers(0, 3))
        if which == 2:
            draw.line(box, fill=_colour(rng), width=max(1, side // 40))
        else:
            (draw.ellipse if which else draw.rectangle)(box, fill=_colour(rng))
    return np.asarray(image)


def disc(crop: Pixels, rng: np.random.Generator) -> Pixels:
    """A round, pale-middled blob in the colours of the crop's edge: what a lone red cell is."""
    side = crop.shape[0]
    edge = np.concatenate([crop[0], crop[-1], crop[:, 0], crop[:, -1]]).astype(float)
    light = edge.sum(1).argsort()
    ground, body = edge[light[-len(light) // 10]], edge[light[len(light) // 10]]
    y, x = (np.mgrid[:side, :side] + 0.5) / side - 0.5
    angle, squeeze = rng.uniform(0, np.pi), rng.uniform(0.35 if rng.random() < 0.3 else 0.75, 1)
    along, beside = x * np.cos(angle) + y * np.sin(angle), (y * np.cos(angle) - x * np.sin(angle)) / squeeze
    distance = np.hypot(along, beside) / rng.uniform(0.2, 0.45)
    mask = np.clip((1 - distance) * 8 + 0.5, 0, 1) * (1 - rng.uniform(0, 0.8) * np.exp(-((distance / 0.5) ** 2)))
    picture = ground + mask[..., None] * (body - ground) + rng.normal(0, 3, crop.shape)
    return _blurred(_clipped(picture), side / 128)


def beside(crop: Pixels, rng: np.random.Generator) -> Pixels:
    """A corner of the crop as large as the crop: plasma and parts of red cells."""
    return _part(crop, rng.uniform(0.16, 0.24), int(rng.integers(0, 2)), int(rng.integers(0, 2)))


def beside_mirrored(crop: Pixels, rng: np.random.Generator) -> Pixels:
    """Corners mirrored side by side until the crop is full: its surroundings at their own size, without the cell."""
    side = crop.shape[0]
    step = max(2, round(0.21 * side))
    corners = [crop[:step, :step], crop[:step, -step:][:, ::-1], crop[-step:, :step][::-1]]
    tile = corners[int(rng.integers(0, 3))]
    block = np.block([[[tile], [tile[:, ::-1]]], [[tile[::-1]], [tile[::-1, ::-1]]]])
    times = -(-side // block.shape[0])
    return np.tile(block, (times, times, 1))[:side, :side]


def part(crop: Pixels, rng: np.random.Generator) -> Pixels:
    """A small piece from within the cell, as large as the crop."""
    return _part(crop, rng.uniform(0.15, 0.3), *rng.uniform(0.35, 0.65, 2))


def shuffled(crop: Pixels, rng: np.random.Generator) -> Pixels:
    """The crop's squares, or its pixels, in another order."""
    side = crop.shape[0]
    cells = int(rng.choice([3, 4, 7, side]))
    step = side // cells
    whole = crop[: cells * step, : cells * step]
    blocks = whole.reshape(cells, step, cells, step, 3).swapaxes(1, 2).reshape(-1, step, step, 3)
    mixed = rng.permutation(blocks).reshape(cells, cells, step, step, 3).swapaxes(1, 2)
    return _resized(mixed.reshape(cells * step, cells * step, 3), side)


def recoloured(crop: Pixels, rng: np.random.Generator) -> Pixels:
    """Colours swapped, or turned into their negative, or both; or grey."""
    which = int(rng.integers(0, 4))
    if which == 0:
        return np.repeat(crop.mean(2, keepdims=True), 3, axis=2).astype(np.uint8)
    swapped = crop[..., [[1, 2, 0], [2, 0, 1], [1, 0, 2]][which - 1]]
    return 255 - swapped if rng.random() < 0.5 else swapped


def dark_ground(crop: Pixels, rng: np.random.Generator) -> Pixels:
    """The crop lit from the side, as in fluorescence: bright where there was stain, one or two colours on black."""
    stain = 255 - crop.min(2).astype(float)
    stain = np.clip((stain - np.median(stain)) * rng.uniform(1.5, 3), 0, 255) / 255
    return _clipped(stain[..., None] * rng.uniform(0, 255, 3) + rng.uniform(0, 20))


def photograph(crop: Pixels, rng: np.random.Generator) -> Pixels:
    """A piece of a photograph of a temple or of a flower."""
    picture = _photographs()[int(rng.integers(0, 2))]
    side = int(rng.integers(60, min(picture.shape[:2])))
    top, left = (int(rng.integers(0, length - side + 1)) for length in picture.shape[:2])
    return _resized(picture[top : top + side, left : left + side], crop.shape[0])


def drawing(crop: Pixels, rng: np.random.Generator) -> Pixels:
    """One of our drawings of cells (core.synthetic.drawings)."""
    drawn = _drawing(CELL_CLASSES[int(rng.integers(0, len(CELL_CLASSES)))], int(rng.integers(0, DRAWINGS)))
    return _resized(drawn, crop.shape[0])


OUTLIERS: dict[str, Maker] = {
    maker.__name__.replace("_", " "): maker
    for maker in (
        blank, noise, clouds, text, shapes, disc, beside, beside_mirrored, part, shuffled, recoloured, dark_ground,
        photograph, drawing,
    )
}  # fmt: skip


TRAINING_OUTLIERS = tuple(kind for kind in OUTLIERS if kind != "drawing")
"""Kinds that OOD scores are fitted on. Drawings are left out: they show the app where no photograph is at hand, and
with them one sees what a score makes of something new."""


def outliers(crops: Pixels, kind: str, seed: int = 0) -> Pixels:
    """One outlier a crop: (N, S, S, 3) uint8 -> the same shape; the same seed makes the same."""
    rng = np.random.default_rng([seed, list(OUTLIERS).index(kind)])
    return np.stack([OUTLIERS[kind](crop, rng) for crop in crops])


def harmless(crops: Pixels, seed: int = 0) -> Pixels:
    """The same cells as another camera setting or program would keep them: (N, S, S, 3) uint8 -> the same shape.

    Each a little nearer or farther, lighter or darker, softer, and saved as JPEG. A good OOD score lets them pass,
    for a model reads them as it reads the others.
    """
    rng = np.random.default_rng([seed, len(OUTLIERS)])
    return np.stack([_touched(crop, rng) for crop in crops])


def _touched(crop: Pixels, rng: np.random.Generator) -> Pixels:
    side = crop.shape[0]
    margin = side // 8
    around = Image.fromarray(np.pad(crop, ((margin, margin), (margin, margin), (0, 0)), mode="symmetric"))
    wide = side * rng.uniform(0.92, 1.08)
    left, top = margin + (side - wide) / 2 + rng.uniform(-0.03, 0.03, 2) * side
    image = around.resize((side, side), Image.Resampling.BICUBIC, box=(left, top, left + wide, top + wide))
    if side >= 64:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0, 0.5) * side / 128))
    values = (np.asarray(image, float) - 128) * rng.uniform(0.94, 1.06) + 128 + rng.uniform(-6, 6)
    file = io.BytesIO()
    Image.fromarray(_clipped(values * rng.uniform(0.98, 1.02, 3))).save(file, "JPEG", quality=int(rng.integers(75, 96)))
    return np.asarray(Image.open(file))


def _part(crop: Pixels, share: float, across: float, down: float) -> Pixels:
    """A square of that share of the side, `across` and `down` of the way along, as large as the crop."""
    side = crop.shape[0]
    step = max(2, round(share * side))
    left, top = round(across * (side - step)), round(down * (side - step))
    return _resized(crop[top : top + step, left : left + step], side)


def _two_colours(crop: Pixels, rng: np.random.Generator) -> NDArray[np.float64]:
    if rng.random() < 0.5:
        return rng.uniform(0, 255, (2, 3))
    return crop.reshape(-1, 3)[rng.integers(0, crop.shape[0] ** 2, 2)].astype(float)


def _colour(rng: np.random.Generator) -> tuple[int, int, int]:
    red, green, blue = (int(value) for value in rng.integers(0, 256, 3))
    return red, green, blue


def _enlarged(values: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    image = Image.fromarray(values.astype(np.float32))
    return np.asarray(image.resize((side, side), Image.Resampling.BICUBIC), float)


def _resized(pixels: Pixels, side: int) -> Pixels:
    return np.asarray(Image.fromarray(pixels).resize((side, side), Image.Resampling.BICUBIC))


def _blurred(pixels: Pixels, radius: float) -> Pixels:
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(radius)))


def _clipped(values: NDArray[np.float64]) -> Pixels:
    wide = np.broadcast_to(values, (*values.shape[:2], 3))
    return np.clip(wide, 0, 255).astype(np.uint8)


@lru_cache(maxsize=1)
def _photographs() -> list[Pixels]:
    return [np.asarray(image, np.uint8) for image in load_sample_images().images]


@lru_cache(maxsize=64)
def _drawing(kind: str, seed: int) -> Pixels:
    return drawn_cell(kind, seed)
