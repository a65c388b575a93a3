"""Which laboratory a picture resembles in its stain and scale: a few plain numbers, no network."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from core.errors import CheckpointError
from core.imaging.windows import Box, cut
from core.settings import checkpoints_folder
from core.storage import write_json

FILE = "laboratories.json"
SIDE = 64
"""Side in pixels of the crop that is looked at: stain and scale are coarse."""

TRAITS = (
    *(f"{channel} of the glass" for channel in ("red", "green", "blue")),
    *(f"{channel} of the darkest parts" for channel in ("red", "green", "blue")),
    *(f"mean {channel}" for channel in ("red", "green", "blue")),
    *(f"spread of {channel}" for channel in ("red", "green", "blue")),
    "mean saturation",
    "fine detail",
    "pixels across the window",
)
"""What is measured of a crop: levels from 0 to 1; of detail and of the window's side, logarithms."""

ACCEPTED = 0.99
"""Share of a laboratory's own pictures that count as like it."""

Floats = npt.NDArray[np.float64]


def traits(pixels: np.ndarray, box: Box) -> Floats:
    """(len(TRAITS),) of the window `box` of a photo (H, W, 3) uint8."""
    crop = cut(pixels, box, SIDE).astype(np.float64) / 255
    flat = crop.reshape(-1, 3)
    light, dark = np.percentile(flat, [95, 5], axis=0)
    strongest = flat.max(1)
    saturation = np.mean((strongest - flat.min(1)) / np.maximum(strongest, 1e-3))
    grey = crop.mean(-1)
    steps = np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean()
    detail, across = np.log(steps + 1e-3), np.log2(box.width)
    return np.concatenate([light, dark, flat.mean(0), flat.std(0), [saturation, detail, across]])


@dataclass(frozen=True, eq=False)
class LaboratoryTraits:
    """What a laboratory's pictures are like. source: its name; mean (T,), whitening (T, T); unit: the distance that
    ACCEPTED of its pictures do not exceed; n: pictures that it was worked out from."""

    source: str
    lab: str
    mean: Floats
    whitening: Floats
    unit: float
    n: int

    @classmethod
    def fit(cls, source: str, lab: str, rows: Floats) -> Self:
        """From traits (N, T) of its pictures, N >= 2."""
        from sklearn.covariance import LedoitWolf  # seconds to import on a small machine, and wanted only here

        spread = rows.std(0) + 1e-3
        fitted = LedoitWolf().fit((rows - rows.mean(0)) / spread)
        whitening = np.linalg.cholesky(fitted.precision_) / spread[:, None]
        laboratory = cls(source, lab, rows.mean(0), whitening, 1.0, len(rows))
        return cls(
            source, lab, laboratory.mean, whitening, float(np.quantile(laboratory.distance(rows), ACCEPTED)), len(rows)
        )

    def distance(self, rows: Floats) -> Floats:
        """(N, T) or (T,) -> (N,) or scalar array: Mahalanobis, 1 is where ACCEPTED of its own pictures end."""
        apart = (rows - self.mean) @ self.whitening
        distance: Floats = np.sqrt((apart**2).sum(-1)) / self.unit
        return distance

    def to_dict(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "lab": self.lab,
            "mean": self.mean.round(5).tolist(),
            "whitening": self.whitening.round(4).tolist(),
            "unit": round(self.unit, 5),
            "n": self.n,
        }


@dataclass(frozen=True)
class Resemblance:
    """The laboratory that a picture is most like. distance: above 1 it is like none of those known."""

    source: str
    lab: str
    distance: float

    @property
    def known(self) -> bool:
        return self.distance <= 1


def resemblance(pixels: np.ndarray, box: Box, laboratories: Mapping[str, LaboratoryTraits]) -> Resemblance | None:
    """Of the window `box` of a photo; None where no laboratory is known."""
    if not laboratories:
        return None
    row = traits(pixels, box)
    nearest = min(laboratories.values(), key=lambda laboratory: float(laboratory.distance(row)))
    return Resemblance(nearest.source, nearest.lab, float(nearest.distance(row)))


def write_laboratories(laboratories: Mapping[str, LaboratoryTraits], path: Path) -> None:
    """Keep what laboratories are like, with the traits that were measured."""
    document = {"traits": list(TRAITS), "laboratories": [laboratory.to_dict() for laboratory in laboratories.values()]}
    write_json(path, document, indent=None)


def laboratories_file() -> Path:
    """Where what laboratories are like is kept: beside the checkpoints."""
    return checkpoints_folder() / FILE


def read_laboratories(path: Path | None = None) -> dict[str, LaboratoryTraits]:
    """By source; empty where nothing is kept. CheckpointError where the file is damaged or of another version."""
    file = path or laboratories_file()
    if not file.is_file():
        return {}
    try:
        document = json.loads(file.read_text("utf-8"))
        if document["traits"] != list(TRAITS):
            raise ValueError("other traits")
        laboratories = [
            LaboratoryTraits(
                row["source"],
                row["lab"],
                np.array(row["mean"], np.float64),
                np.array(row["whitening"], np.float64),
                float(row["unit"]),
                int(row["n"]),
            )
            for row in document["laboratories"]
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"The file {FILE} of what laboratories are like is damaged or of another version."
        ) from error
    return {laboratory.source: laboratory for laboratory in laboratories}
