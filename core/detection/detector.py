"""From a photo to the cells in it: by the network, at the scale that its red cells ask for."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch

from core.detection.decoding import Boxes, decoded, joined
from core.detection.network import CellNet
from core.detection.remarks import is_single, remarked
from core.detection.scale import Glance, RedCells, diameter_of, samples, scale_of, settled
from core.detection.tiling import look_over, seen
from core.imaging.decoding import Photo
from core.imaging.fields import KINDS, Detection, DetectorIdentity, Field, Kind, single
from core.imaging.windows import Box
from core.models.normalization import Triple, scaled
from core.progress import Progress


class Detector(Protocol):
    """What finds cells in photos; safe to use from several threads."""

    @property
    def identity(self) -> DetectorIdentity:
        """What finds them."""

    def boxes(self, pixels: np.ndarray, progress: Progress | None = None) -> Boxes:
        """Everything that may be a cell in a photo (H, W, 3) uint8, also what is below the working point."""

    def find(self, photo: Photo, progress: Progress | None = None) -> Field:
        """The cells in a photo. progress: called with windows done and windows in all."""


class SingleCellDetector:
    """Takes every photo to be of one cell, in place of looking for cells."""

    identity = DetectorIdentity("single cell")

    def boxes(self, pixels: np.ndarray, progress: Progress | None = None) -> Boxes:
        height, width = pixels.shape[:2]
        if progress:
            progress(1, 1)
        return Boxes(
            np.array([[0, 0, width, height]], np.float32), np.ones(1, np.float32), np.array([KINDS.index("white")])
        )

    def find(self, photo: Photo, progress: Progress | None = None) -> Field:
        height, width = photo.pixels.shape[:2]
        if progress:
            progress(1, 1)
        return single(photo.name, width, height, self.identity)


class FieldDetector:
    """The trained detector. thresholds: the score from which each kind is shown; diameter: of red cells in training."""

    def __init__(
        self,
        net: CellNet,
        mean: Triple,
        std: Triple,
        thresholds: dict[Kind, float],
        diameter: float,
        red_cells: RedCells | None,
        identity: DetectorIdentity,
    ) -> None:
        self.net = net.eval().to(memory_format=torch.channels_last)
        self.mean, self.std = mean, std
        self.thresholds, self.diameter, self.red_cells, self.identity = thresholds, diameter, red_cells, identity

    @torch.inference_mode()
    def look(self, picture: np.ndarray) -> Boxes:
        """What is in one picture (H, W, 3) uint8 as the network sees it, sides multiples of 32."""
        pixels = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None]  # a copy, since pictures are read-only
        batch = scaled(pixels, self.mean, self.std).contiguous(memory_format=torch.channels_last)
        (found,) = decoded(self.net(batch))
        return found

    def boxes(self, pixels: np.ndarray, progress: Progress | None = None) -> Boxes:
        height, width = pixels.shape[:2]
        scale, found = settled(width, height, self.diameter, lambda scale: self._glance(pixels, scale))
        if found is not None:
            if progress:
                progress(1, 1)
            return found
        return look_over(pixels, scale, self.look, progress)

    def _glance(self, pixels: np.ndarray, scale: float) -> Glance:
        height, width = pixels.shape[:2]
        places = samples(width, height, scale)
        if len(places) == 1:
            return Glance(scale, look_over(pixels, scale, self.look), True)
        return Glance(scale, joined([self._part(pixels, place, scale) for place in places]), False)

    def _part(self, pixels: np.ndarray, place: Box, scale: float) -> Boxes:
        """Boxes of whole cells in a part of the photo, in the photo's pixels."""
        found = self.look(seen(pixels, place, scale))
        inner = (found.boxes[:, :2] > 2).all(1)
        inner &= (found.boxes[:, 2] < place.width * scale - 2) & (found.boxes[:, 3] < place.height * scale - 2)
        origin = np.array([place.left, place.top] * 2, np.float32)
        return found._replace(boxes=found.boxes / np.float32(scale) + origin).take(inner)

    def find(self, photo: Photo, progress: Progress | None = None) -> Field:
        found = self.boxes(photo.pixels, progress)
        return field_of(photo, found, self.thresholds, self.red_cells, self.identity)


def field_of(
    photo: Photo, found: Boxes, thresholds: dict[Kind, float], red_cells: RedCells | None, identity: DetectorIdentity
) -> Field:
    """The field of a photo from everything that may be a cell in it."""
    height, width = photo.pixels.shape[:2]
    cells = [
        Detection(Box(*map(float, box)), KINDS[kind], float(np.clip(score, 0, 1)))
        for box, score, kind in zip(found.boxes, found.scores, found.kinds, strict=True)
        if score >= thresholds[KINDS[kind]]
    ]
    whole = remarked(cells, photo.pixels, None)
    diameter = diameter_of(whole)
    told = remarked(cells, photo.pixels, diameter) if diameter else whole
    return Field(
        photo.name,
        width,
        height,
        tuple(in_reading_order(told, diameter)),
        scale_of(told, red_cells),
        is_single(told, width, height),
        identity,
    )


def in_reading_order(cells: Sequence[Detection], diameter: float | None) -> list[Detection]:
    """From the top in rows about as high as a red cell, each from the left."""
    row = diameter or max((cell.box.height for cell in cells), default=1.0)
    return sorted(cells, key=lambda cell: (int(cell.box.centre[1] // row), cell.box.centre[0]))
