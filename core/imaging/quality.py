"""What a photo is like: sharp, lit, coloured and large enough, beside the cells that a model learned from.

Everything is measured on the picture that the model gets, at its size: a blur that a model cannot see is none.
The ranges come from the training cells of a source (`python -m core data quality SOURCE --keep`) and lie in the
records, so that a page, a command and a test say the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import cv2
import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from core.errors import CheckpointError
from core.imaging.colours import is_grey
from core.imaging.windows import WINDOW
from core.progress import Progress, silent
from core.settings import records_folder
from core.storage import StoredModel, until_changed, write_json

Floats = npt.NDArray[np.float64]
Pixels = npt.NDArray[np.uint8]

QUIET = 0.99
"""Share of validation cells that get no remark; it decides how far out on both sides the ranges end."""

ENLARGED = 1.5
"""A cell that has to be enlarged so many times more than the training cells is said to be small."""

PLAIN = 0.01
"""So much of a picture may be plain white or black without a remark, even where training cells have less."""

MEASURES = ("sharpness", "light", "contrast", "clipped", "colour")

TWO_SIDED = ("sharpness", "light", "contrast")
"""Measures that may be too low as well as too high."""

HUES = (("greener", "redder"), ("bluer", "yellower"))
"""Of CIELAB's a and b: towards the negative end, and towards the positive."""


@dataclass(frozen=True)
class OutOfRange:
    """A measure beyond an end of its range. share: of the training cells, that are on the other side of that end.

    hue: of a colour, the strongest change: "bluer".
    """

    measure: str
    above: bool
    share: float
    hue: str = ""


@dataclass(frozen=True)
class SmallCell:
    """A cell that had to be enlarged much: from `width` pixels of the photo to the `size` that the model gets."""

    width: float
    size: int
    measure: ClassVar[str] = "enlarged"
    above: ClassVar[bool] = True


QualityRemark = OutOfRange | SmallCell


@dataclass(frozen=True)
class PhotoQuality:
    """What one photo is like.

    sharpness: natural logarithm of the energy of the Laplacian over that of the gradient (higher: finer detail).
    light, contrast: 0 to 255, of the bright parts, and from the dark parts to them. clipped: share of pixels that
    are plain white or black. colour: Mahalanobis distance from the training cells' colours. enlarged: how many
    times the cell had to be enlarged for the model; below 1 it was reduced. remarks: which of these are outside of
    what the model knows.
    """

    sharpness: float
    light: float
    contrast: float
    clipped: float
    colour: float
    enlarged: float
    remarks: tuple[QualityRemark, ...] = ()

    @property
    def outside(self) -> tuple[str, ...]:
        """The measures of the remarks."""
        return tuple(remark.measure for remark in self.remarks)


class Range(StoredModel):
    """Between which values no remark is made; low None: there is no such end."""

    low: float | None
    high: float

    def side(self, values: npt.ArrayLike) -> npt.NDArray[np.int8]:
        """-1 below, 1 above, 0 within, of each value."""
        levels = np.asarray(values)
        below = levels < (-np.inf if self.low is None else self.low)
        return (levels > self.high).astype(np.int8) - below.astype(np.int8)


class QualityRanges(StoredModel):
    """Between which values the training cells' measures lie at one size.

    tail: the share of them beyond each end of a range. colours: mean (4,) and inverse covariance (4, 4) of `tints`.
    """

    tail: float
    ranges: dict[str, Range]
    mean: tuple[float, ...]
    precision: tuple[tuple[float, ...], ...]

    @classmethod
    def fit(
        cls,
        train: Sequence[Pixels],
        val: Sequence[Pixels],
        progress: Progress = silent,
    ) -> Self:
        """From the pictures that a model gets, (S, S, 3) uint8 each: ranges by which QUIET of `val` pass all."""
        tints_seen = np.stack([tints(picture) for picture in train])
        mean = tints_seen.mean(axis=0)
        precision = np.linalg.inv(np.cov(tints_seen.T) + 1e-3 * np.eye(len(mean)))
        unbounded = cls(tail=0, ranges={}, mean=tuple(mean), precision=tuple(map(tuple, precision)))
        rows = []
        for picture in (*train, *val):
            rows.append(unbounded.measured(picture))
            progress(len(rows), len(train) + len(val))
        train_measures, val_measures = _columns(rows[: len(train)]), _columns(rows[len(train) :])
        tail = _tail(train_measures, val_measures)
        return unbounded.model_copy(update={"tail": tail, "ranges": _ranges(train_measures, tail)})

    def measured(self, picture: Pixels) -> dict[str, float]:
        """MEASURES of a picture (S, S, 3) uint8."""
        away = tints(picture) - np.asarray(self.mean)
        return {**tones(picture), "colour": float(np.sqrt(away @ np.asarray(self.precision) @ away))}

    def judge(self, picture: Pixels, width: float) -> PhotoQuality:
        """A picture (S, S, 3) uint8 as the model gets it. width: of the window that was read, in the photo's pixels."""
        measured, size = self.measured(picture), picture.shape[0]
        remarks: list[QualityRemark] = []
        for name in MEASURES:
            side = int(self.ranges[name].side(measured[name]))
            if side:
                hue = self._hue(picture) if name == "colour" and not is_grey(picture) else ""
                remarks.append(OutOfRange(name, side > 0, 1 - self.tail, hue))
        if width < min(WINDOW, size) / ENLARGED:
            remarks.append(SmallCell(width, size))
        return PhotoQuality(**measured, enlarged=size / width, remarks=tuple(remarks))

    def _hue(self, picture: Pixels) -> str:
        """The strongest change of colour of stain and glass together: "bluer"."""
        away = (tints(picture) - np.asarray(self.mean)).reshape(2, 2).mean(axis=0)
        axis = int(np.abs(away).argmax())
        return HUES[axis][int(away[axis] > 0)]


class Reference(StoredModel):
    """How the training cells of a source look, by the size in pixels at which a model gets them."""

    source: str
    split_hash: str
    cells: dict[str, int]
    date: str
    command: str
    sizes: dict[int, QualityRanges]


def tones(picture: Pixels) -> dict[str, float]:
    """Sharpness, light, contrast and clipped share of a picture (S, S, 3) uint8."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    fine = cv2.norm(cv2.Laplacian(grey, cv2.CV_32F)) ** 2 / grey.size
    slopes = sum(cv2.norm(cv2.Sobel(grey, cv2.CV_32F, *axes)) ** 2 / grey.size for axes in ((1, 0), (0, 1)))
    dark, bright = _levels(grey, (0.02, 0.9))
    plain = sum(cv2.countNonZero(cv2.inRange(picture, (low,) * 3, (low + 2,) * 3)) for low in (0, 253))
    return {
        # A blank picture has neither; it is as unsharp as can be.
        "sharpness": float(np.log((fine + 1e-6) / (slopes + 1e-3))),
        "light": bright,
        "contrast": bright - dark,
        "clipped": plain / grey.size,
    }


def tints(picture: Pixels) -> Floats:
    """(4,): a and b (CIELAB) of the brightest quarter, which is mostly glass, then of the darkest, which is stain."""
    colours = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)
    lightness = cv2.extractChannel(colours, 0)
    dark, bright = _levels(lightness, (0.25, 0.75))
    means = [cv2.mean(colours, cv2.inRange(lightness, low, high)) for low, high in ((bright, 255), (0, dark))]
    return np.array([mean[channel] - 128 for mean in means for channel in (1, 2)])


def _levels(grey: npt.NDArray[Any], shares: tuple[float, ...]) -> list[float]:
    """The levels (0 to 255) that those shares of the pixels of (S, S) do not exceed."""
    counts = np.bincount(grey.ravel(), minlength=256).cumsum() / grey.size
    return [float(np.searchsorted(counts, share)) for share in shares]


def judge_quality(ranges: Sequence[QualityRanges], picture: Pixels, width: float) -> PhotoQuality | None:
    """`QualityRanges.judge` by the source with the least to remark: what is usual in one laboratory is usual.

    ranges: of each source that the model learned from. None without any.
    """
    qualities = (of_source.judge(picture, width) for of_source in ranges)
    return min(qualities, key=lambda quality: len(quality.outside), default=None)


def ranges_of_sources(sources: Iterable[str], size: int) -> tuple[QualityRanges, ...]:
    """Of the training cells of each source at that size; those are missing that nobody measured."""
    return tuple(ranges for source in sources if (ranges := ranges_of(source, size)))


def ranges_of(source: str, size: int) -> QualityRanges | None:
    """Of the training cells of a source at that size; None where nobody measured them.

    CheckpointError where the record is damaged.
    """
    reference = _read(path_of(source))
    return None if reference is None else reference.sizes.get(size)


def path_of(source: str) -> Path:
    return records_folder() / "quality" / f"{source}.json"


def keep(reference: Reference) -> Path:
    """Write a reference among the shipped records, in place of an earlier one."""
    path = path_of(reference.source)
    write_json(path, reference)
    return path


@until_changed(most=16)
def _read(path: Path) -> Reference:
    try:
        return Reference.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise CheckpointError(f"The record of how cells of {path.stem} look is damaged; make it again.") from error


def _columns(rows: Sequence[Mapping[str, float]]) -> dict[str, Floats]:
    return {name: np.array([row[name] for row in rows]) for name in MEASURES}


def _ranges(train: Mapping[str, Floats], tail: float) -> dict[str, Range]:
    return {
        name: Range(
            low=float(np.quantile(train[name], tail)) if name in TWO_SIDED else None,
            high=max(float(np.quantile(train[name], 1 - tail)), PLAIN if name == "clipped" else -np.inf),
        )
        for name in MEASURES
    }


def _tail(train: Mapping[str, Floats], val: Mapping[str, Floats]) -> float:
    """The largest share beyond an end at which QUIET of the validation cells lie within all ranges; by halving."""
    low, high = 0.0, 0.1
    for _ in range(30):
        middle = (low + high) / 2
        ranges = _ranges(train, middle)
        outside = np.zeros(len(next(iter(val.values()))), bool)
        for name, ends in ranges.items():
            outside |= ends.side(val[name]) != 0
        low, high = (middle, high) if 1 - outside.mean() >= QUIET else (low, middle)
    return low
