"""Finding the cell in a photo of one cell, and the window around it that models were trained on.

A small network looks at the whole photo and says where that window lies and how large it is. It learned this
from PBC's training split alone, by cutting views of known framing (see core.detection.localizer_training).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from core.detection.detector import Detector
from core.detection.notes import ALONE, in_the_middle
from core.imaging.decoding import Photo
from core.imaging.fields import USUAL, foremost
from core.imaging.windows import WINDOW, Box, centre_window, cut, held, largest_square, overlap, square

LOCALIZER_SIZE = 96
"""Side in pixels of the picture that the localizer looks at."""

SNAP_NATIVE, SNAP_WHOLE = 0.45, 0.75
"""Overlap from which a plain window is taken as it is instead of the found one: PBC's own central window, and
the whole picture. Keeps what is already framed as in training exact to the pixel; a window taken too large or
too small by a quarter reads nearly as well (`bench framing`)."""

ROOMY = 2.0
"""Most of a window's side over the cell's longer side where red cells ask for more: as around PBC's lymphocytes."""

FramedBy = Literal["as trained", "found", "given"]


@dataclass(frozen=True)
class Framing:
    """The window that is read, and how it was come by."""

    box: Box
    how: FramedBy


class LocalizerNet(nn.Module):
    """(N, 3, 96, 96) in [-1, 1] -> (N, 3): centre x, centre y (shares of the picture), log2 of the window's side."""

    def __init__(self) -> None:
        super().__init__()
        self.fine = nn.Sequential(_block(3, 16, 2), _block(16, 32, 2), _block(32, 64, 2), _block(64, 64, 1))
        self.where = nn.Conv2d(64, 1, 1)
        self.coarse = nn.Sequential(_block(64, 128, 2), _block(128, 128, 1))
        self.how_large = nn.Sequential(nn.Linear(64 + 2 * 128, 96), nn.ReLU(), nn.Linear(96, 1))

    def forward(self, x: Tensor) -> Tensor:
        fine = self.fine(x)
        side = fine.shape[-1]
        attention = self.where(fine).flatten(2).softmax(-1)
        steps = (torch.arange(side, device=x.device, dtype=x.dtype) + 0.5) / side
        grid = torch.stack([steps.repeat(side), steps.repeat_interleave(side)], dim=-1)
        centre = attention.squeeze(1) @ grid
        coarse = self.coarse(fine).flatten(2)
        features = torch.cat([(fine.flatten(2) * attention).sum(-1), coarse.mean(-1), coarse.amax(-1)], dim=1)
        return torch.cat([centre, self.how_large(features)], dim=1)


def _block(before: int, after: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, 3, stride=stride, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU()
    )


def localizer_input(pictures: Sequence[np.ndarray]) -> Tensor:
    """Photos (H, W, 3) uint8 of any size -> (N, 3, 96, 96) float32 in [-1, 1]; edges mirrored out to a square."""
    views = [cut(pixels, _surrounding_square(pixels), LOCALIZER_SIZE) for pixels in pictures]
    return torch.from_numpy(np.stack(views)).permute(0, 3, 1, 2).float() / 127.5 - 1


def _surrounding_square(pixels: np.ndarray) -> Box:
    height, width = pixels.shape[:2]
    return square(width / 2, height / 2, max(width, height))


class Localizer:
    """Says for each photo of one cell which window to read.

    detector: what is asked where the network finds another window than the plain ones, since it knows PBC's cells
    alone and takes those of other laboratories for smaller parts of the picture than they are.
    """

    def __init__(self, net: LocalizerNet, detector: Detector | None = None) -> None:
        self.net, self.detector = net.eval(), detector

    @torch.inference_mode()
    def find(self, pictures: Sequence[np.ndarray]) -> list[Box]:
        """The trained window as the network sees it, for photos (H, W, 3) uint8."""
        outputs = torch.cat([self.net(localizer_input(pictures[i : i + 64])) for i in range(0, len(pictures), 64)])
        return [_box(pixels, row) for pixels, row in zip(pictures, outputs.tolist(), strict=True)]

    def frame(self, pictures: Sequence[np.ndarray]) -> list[Framing]:
        """The window to read: a plain one where that agrees with what is found, else what is found."""
        if not pictures:
            return []
        boxes = self.find(pictures)
        framings = [settle(pixels, box) for pixels, box in zip(pictures, boxes, strict=True)]
        return [
            Framing(self._second_look(pixels, framing.box), "found") if framing.how == "found" else framing
            for pixels, framing in zip(pictures, framings, strict=True)
        ]

    def _second_look(self, pixels: np.ndarray, located: Box) -> Box:
        """The window around the white cell that the detector marks in the middle of a photo, what the network located
        where that cell fills the photo; where none is marked, what was located, but no more than the photo."""
        height, width = pixels.shape[:2]
        enlarged = 1 if max(height, width) > ALONE else 2  # so small a photo is not searched as it is
        if self.detector is None or enlarged * max(height, width) <= ALONE:
            return located
        size = width * enlarged, height * enlarged
        field = self.detector.find(
            Photo("", np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC)))
        )
        central = replace(field, cells=tuple(cell for cell in field if in_the_middle(cell.box, *size)))
        number = foremost(central)
        if number is None:
            return located if located.width <= min(width, height) else largest_square(width, height)
        cell = central.cells[number - 1]
        if cell.cut:  # its box says how much of it is in the photo, not how large it is
            return located
        box = cell.box
        longer = max(box.width, box.height)
        side = max(USUAL * longer, min(WINDOW / field.scale, ROOMY * longer)) if field.scale else USUAL * longer
        x, y = box.centre
        return held(square(x / enlarged, y / enlarged, side / enlarged), width, height)


def _box(pixels: np.ndarray, outputs: list[float]) -> Box:
    around = _surrounding_square(pixels)
    x, y, log_side = outputs
    side = around.width * 2.0 ** float(np.clip(log_side, -2.5, 2.0))
    return square(around.left + x * around.width, around.top + y * around.height, side)


def settle(pixels: np.ndarray, located: Box) -> Framing:
    """PBC's own central 200 pixels, or the whole picture, where that is what was found; else what was found.

    What was found is held within the photo, as all that is read is.
    """
    height, width = pixels.shape[:2]
    plain = [(largest_square(width, height), SNAP_WHOLE)]
    if min(height, width) >= WINDOW:
        plain.append((centre_window(width, height, WINDOW), SNAP_NATIVE))
    fitting = [box for box, least in plain if overlap(box, located) >= least]
    if fitting:
        return Framing(max(fitting, key=lambda box: overlap(box, located)), "as trained")
    return Framing(held(located, width, height), "found")
