"""From a photo to the cells in it: by the network, at the scale that its red cells ask for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
import torch

from core.checkpoints import Checkpoint
from core.detection.decoding import Boxes, concatenated, decode
from core.detection.network import CellNet
from core.detection.notes import ALONE, implausible_whites, is_single, with_notes
from core.detection.scale import Glance, RedCells, diameter_of, sample_windows, scale_of, settle_scale
from core.detection.tiling import detect_in_tiles, tile_pixels
from core.errors import CheckpointError
from core.imaging.decoding import Photo
from core.imaging.fields import KINDS, Detection, DetectorIdentity, Field, Kind, single
from core.imaging.lit import lit_part
from core.imaging.windows import Box
from core.models.answers import AnswerStore, answers_of, key_of
from core.models.normalization import scaled
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
    """The trained detector: the network of a checkpoint. red_cells: PBC's, by which a photo's scale is told.

    answers: where the boxes of photos that it was shown are remembered, None for nowhere.
    """

    def __init__(
        self, net: CellNet, checkpoint: Checkpoint, red_cells: RedCells | None, answers: AnswerStore | None = None
    ) -> None:
        self.answers, self._asked = answers, f"boxes {checkpoint.card.digest}"
        self.net = net.eval().to(memory_format=torch.channels_last)
        self.preprocessing, self.diameter = checkpoint.detector.preprocessing, checkpoint.detector.diameter
        self.identity = DetectorIdentity("network", checkpoint.name, checkpoint.card.sha256)
        self.rules = FieldRules(working_points_of(checkpoint), red_cells, self.identity)

    @torch.inference_mode()
    def detect_tile(self, picture: np.ndarray) -> Boxes:
        """What is in one picture (H, W, 3) uint8 as the network sees it, sides multiples of 32."""
        pixels = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None]  # a copy, since pictures are read-only
        batch = scaled(pixels, self.preprocessing.mean, self.preprocessing.std)
        (boxes,) = decode(self.net(batch.contiguous(memory_format=torch.channels_last)))
        return boxes

    def boxes(self, pixels: np.ndarray, progress: Progress | None = None) -> Boxes:
        height, width = pixels.shape[:2]
        scale, boxes = settle_scale(width, height, self.diameter, lambda scale: self._glance(pixels, scale))
        if boxes is not None:
            if progress:
                progress(1, 1)
            return boxes
        return detect_in_tiles(pixels, scale, self.detect_tile, progress)

    def _glance(self, pixels: np.ndarray, scale: float) -> Glance:
        height, width = pixels.shape[:2]
        windows = sample_windows(width, height, scale)
        if len(windows) == 1:
            return Glance(scale, detect_in_tiles(pixels, scale, self.detect_tile), whole=True)
        return Glance(scale, concatenated([self._part(pixels, window, scale) for window in windows]), whole=False)

    def _part(self, pixels: np.ndarray, window: Box, scale: float) -> Boxes:
        """Boxes of whole cells in a window of the photo, in the photo's pixels."""
        boxes = self.detect_tile(tile_pixels(pixels, window, scale))
        inner = (boxes.edges[:, :2] > 2).all(1)
        inner &= (boxes.edges[:, 2] < window.width * scale - 2) & (boxes.edges[:, 3] < window.height * scale - 2)
        origin = np.array([window.left, window.top] * 2, np.float32)
        return boxes._replace(edges=boxes.edges / np.float32(scale) + origin).take(inner)

    def find(self, photo: Photo, progress: Progress | None = None) -> Field:
        return field_of(photo, partial(self._remembered, lasting=photo.generated, progress=progress), self.rules)

    def _remembered(self, pixels: np.ndarray, *, lasting: bool, progress: Progress | None) -> Boxes:
        """As `boxes`."""
        (answer,) = answers_of(
            self.answers,
            [key_of(self._asked, pixels)],
            [lasting],
            lambda _: [self.boxes(pixels, progress)._asdict()],
        )
        return Boxes(**answer)


def working_points_of(checkpoint: Checkpoint) -> dict[Kind, float]:
    """The score from which each kind is shown, as the card says; CheckpointError where it does not."""
    thresholds = checkpoint.detector.thresholds
    if not set(KINDS) <= set(thresholds):
        raise CheckpointError(f"The card of {checkpoint.name} does not say from which score each kind is shown.")
    return {kind: thresholds[kind] for kind in KINDS}


@dataclass(frozen=True)
class FieldRules:
    """What makes cells of boxes: the score from which each kind is shown, PBC's red cells, and what found them."""

    thresholds: dict[Kind, float]
    red_cells: RedCells | None
    identity: DetectorIdentity


def field_of(photo: Photo, boxes_in: Callable[[np.ndarray], Boxes], rules: FieldRules) -> Field:
    """The field of a photo. boxes_in: everything that may be a cell in pixels (H, W, 3) uint8.

    Of a photo through an eyepiece or with black borders only the lit part is searched.
    """
    height, width = photo.pixels.shape[:2]
    if max(height, width) <= ALONE:
        return single(photo.name, width, height, rules.identity)
    lit = lit_part(photo.pixels)
    boxes = boxes_in(photo.pixels) if lit is None else _moved(boxes_in(lit.cut_out(photo.pixels)), lit.box)
    cells = [
        Detection(Box(*map(float, edges)), KINDS[kind], float(np.clip(score, 0, 1)))
        for edges, score, kind in zip(boxes.edges, boxes.scores, boxes.kinds, strict=True)
        if score >= rules.thresholds[KINDS[kind]]
    ]
    detections = with_notes(cells, photo.pixels, None, lit)
    diameter = diameter_of(detections)
    if diameter:
        detections = with_notes(cells, photo.pixels, diameter, lit)
    detections = implausible_whites(detections)
    scale = scale_of(detections, rules.red_cells)
    return Field(
        photo.name,
        width,
        height,
        tuple(in_reading_order(detections, diameter)),
        scale,
        (lit is None or lit.nearly_all) and is_single(detections, width, height, scale),
        rules.identity,
    )


def _moved(boxes: Boxes, part: Box) -> Boxes:
    """Boxes of a part of a photo in the photo's pixels."""
    return boxes._replace(edges=boxes.edges + np.array([part.left, part.top] * 2, np.float32))


def in_reading_order(cells: Sequence[Detection], diameter: float | None) -> list[Detection]:
    """From the top in rows about as high as a red cell, each from the left."""
    row = diameter or max((cell.box.height for cell in cells), default=1.0)
    return sorted(cells, key=lambda cell: (int(cell.box.centre[1] // row), cell.box.centre[0]))
