"""What the cells of a source are like: counts, and how each class looks on average, from a stated sample."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from PIL import Image

from core.datasets.cache import cached_pixels
from core.datasets.registry import SPLITS, Source
from core.datasets.splits import hashed_fraction
from core.progress import Progress

SIDE = 64
"""Side in pixels at which classes are averaged: what two cells share is coarse."""

MOST = 200
"""Images of each class that are looked at, where it has more."""

CHANNELS = ("brightness", "red", "green", "blue", "hue", "saturation", "value")
"""brightness: 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601); the last three are those of HSV."""

COLOURLESS = 13
"""Pixels whose saturation is below this level (5 %) are too grey to have a hue, and are not counted for it."""


@dataclass(frozen=True)
class ClassAppearance:
    """How the images of one class look, on average.

    total: images that the class has; used: of which so many were looked at. mean: (S, S, 3) uint8. spread: (S, S)
    float32, the standard deviation of a pixel between images in levels of 0..255, mean over red, green and blue.
    pixels: for each of CHANNELS how many pixels have each of its levels, in the order of `levels`.
    """

    label: str
    total: int
    used: int
    mean: np.ndarray
    spread: np.ndarray
    pixels: Mapping[str, npt.NDArray[np.int64]]

    def quartiles(self, channel: str) -> tuple[float, float, float]:
        """Lower quartile, median and upper quartile of a channel, NaN where no pixel counts for it."""
        running = self.pixels[channel].cumsum()
        if not running[-1]:
            return (float("nan"),) * 3
        places = np.searchsorted(running, np.array([0.25, 0.5, 0.75]) * running[-1])
        low, middle, high = levels(channel)[places]
        return float(low), float(middle), float(high)


def levels(channel: str) -> npt.NDArray[np.float64]:
    """The values of a channel, in rising order.

    Brightness, red, green and blue from 0 to 255, saturation and value in percent. Hue in degrees from -180 (cyan)
    over -120 (blue) and -60 (magenta) to 0 (red), 60 (yellow) and 180: cut open at a colour that no stain has.
    """
    if channel == "hue":
        return (np.arange(255) - 127) * 360 / 255
    return np.arange(256) / (2.55 if channel in ("saturation", "value") else 1)


def counts_by_split(table: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Rows of a table counted by some of its columns: one row a combination that occurs, a column a split, and all."""
    counts = table.groupby([*by, "split"], sort=False).size().unstack(fill_value=0)
    counts = counts.reindex(columns=list(SPLITS), fill_value=0)
    return counts.assign(all=counts.sum(axis=1)).reset_index().rename_axis(columns=None)


def stable_shuffle(keys: Sequence[str]) -> list[str]:
    """Keys in an order that looks random and is the same on every machine, so that the first are a fair sample."""
    return sorted(keys, key=lambda key: (hashed_fraction(key), key))


def sample(source: Source, split: str, most: int = MOST) -> dict[str, list[str]]:
    """Up to `most` keys of each class that the split has, in the order of the label space."""
    table = source.index[source.index["split"] == split]
    keys_of = {label: table.loc[table["label"] == label, "key"].astype(str) for label in source.label_space.keys}
    return {label: stable_shuffle(list(keys))[:most] for label, keys in keys_of.items() if len(keys)}


def class_appearances(
    source: Source, split: str = "train", size: int = SIDE, *, most: int = MOST, progress: Progress | None = None
) -> dict[str, ClassAppearance]:
    """How each class of a split looks, from the framed crops of a sample; the crops are kept in the cache folder."""
    chosen = sample(source, split, most)
    totals = source.index.loc[source.index["split"] == split, "label"].value_counts()
    pixels = cached_pixels(source, size, [key for keys in chosen.values() for key in keys], progress)
    appearances, first = {}, 0
    for label, keys in chosen.items():
        crops = np.asarray(pixels[first : first + len(keys)])
        appearances[label] = appearance(label, crops, int(totals[label]))
        first += len(keys)
    return appearances


def appearance(label: str, crops: np.ndarray, total: int) -> ClassAppearance:
    """How N >= 1 crops (N, S, S, 3) uint8 of one class look."""
    spread = crops.std(axis=0, dtype=np.float32).mean(axis=-1)
    mean = np.rint(crops.mean(axis=0, dtype=np.float32)).astype(np.uint8)
    return ClassAppearance(label, total, len(crops), mean, spread, channel_histograms(crops))


def channel_histograms(crops: np.ndarray) -> dict[str, npt.NDArray[np.int64]]:
    """For each of CHANNELS, how many pixels of (N, S, S, 3) uint8 have each of its levels."""
    flat = Image.fromarray(crops.reshape(len(crops) * crops.shape[1], crops.shape[2], 3))
    bands = {"brightness": flat.convert("L")}
    bands |= dict(zip(("red", "green", "blue"), flat.split(), strict=True))
    hue, saturation, value = (np.asarray(band) for band in flat.convert("HSV").split())
    counts = {name: np.bincount(np.asarray(band).ravel(), minlength=256) for name, band in bands.items()}
    # Pillow writes hue from 0 to 255, both of which are red.
    turned = (hue[saturation >= COLOURLESS].astype(np.int64) % 255 + 127) % 255
    counts["hue"] = np.bincount(turned, minlength=255)
    counts["saturation"] = np.bincount(saturation.ravel(), minlength=256)
    counts["value"] = np.bincount(value.ravel(), minlength=256)
    return {name: counts[name].astype(np.int64) for name in CHANNELS}
