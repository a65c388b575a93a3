"""Scenes to learn from: marked fields at sizes drawn anew, alone or four together, turned and coloured anew."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from core.datasets.boxes import MarkedField
from core.detection.looks import StrangeLooks
from core.detection.network import STRIDE
from core.detection.recipe import DetectorRecipe
from core.errors import SourceError
from core.imaging.fields import KINDS
from core.progress import Progress
from core.training.augment import Augment

RED_CELL = KINDS.index("red")
MIN_VISIBLE = 0.4
"""Share of a cell's box that a scene has to show for the cell to be marked in it."""
ALONE = 0.25
"""How often a single cell is shown alone, over its share of a mosaic's photos."""
MIN_SIDE = 5.0
"""Shortest side in pixels of a box that is marked in a scene."""


@dataclass(frozen=True, eq=False)
class LoadedField:
    """A field in memory. pixels: (H, W, 3) uint8; boxes: (N, 4) float32; kinds: (N,); trusted: (3,) of KINDS.

    red_diameter: the diameter of its red cells in pixels. background: the colour of its empty ground, (3,).
    """

    pixels: np.ndarray
    boxes: np.ndarray
    kinds: np.ndarray
    trusted: np.ndarray
    red_diameter: float
    background: np.ndarray


def load_fields(fields: Sequence[MarkedField], progress: Progress) -> list[LoadedField]:
    """Every field in memory; of one without marked red cells the diameter is its laboratory's.

    SourceError where that is not known.
    """
    lab_diameters: dict[str, list[float]] = {}
    for field in fields:
        lab_diameters.setdefault(field.lab, []).append(_red_diameter(field))
    loaded = []
    for done, field in enumerate(fields, start=1):
        pixels = field.pixels()
        diameter = _red_diameter(field)
        if np.isnan(diameter):
            known = [one for one in lab_diameters[field.lab] if not np.isnan(one)]
            if not known:
                raise SourceError(
                    f"How large red cells are in the fields of {field.lab} is neither marked nor measured."
                )
            diameter = float(np.median(known))
        trusted = np.array([kind in field.trusted for kind in KINDS])
        loaded.append(LoadedField(pixels, field.boxes, field.kinds, trusted, diameter, background_of(pixels)))
        progress(done, len(fields))
    return loaded


def background_of(pixels: np.ndarray) -> np.ndarray:
    """(3,) the colour of the empty ground of a photo (H, W, 3) uint8."""
    ground: np.ndarray = np.percentile(pixels.reshape(-1, 3)[::20], 90, axis=0)
    return ground


def _red_diameter(field: MarkedField) -> float:
    """Median of half the sum of the sides of its marked red cells; what was measured where fewer than three are."""
    sides = (field.boxes[:, 2:] - field.boxes[:, :2])[field.kinds == RED_CELL]
    return float(np.median(sides.mean(1))) if len(sides) >= 3 else field.red_diameter


def evenly(fields: Sequence[MarkedField]) -> list[int]:
    """Rows of the fields, those of laboratories with few repeated up to about half of the largest one's number."""
    labs = [field.lab for field in fields]
    counts = Counter(labs)
    most = max(counts.values(), default=0)
    return [row for row, lab in enumerate(labs) for _ in range(max(1, round(most / 2 / counts[lab])))]


@dataclass(frozen=True)
class SceneBatch:
    """pixels: (N, 3, H, W) uint8. cells: of each scene boxes (M, 4) float32 and kinds (M,).
    labelled: (N, 3, h, w) of KINDS, 0 where cells of that kind are not marked."""

    pixels: Tensor
    cells: list[tuple[Tensor, Tensor]]
    labelled: Tensor


class Scenes:
    """Batches of scenes of an epoch, the same for the same seed and epoch.

    crops: photos of single cells, of which the recipe says how often they are shown.
    """

    def __init__(self, fields: list[LoadedField], recipe: DetectorRecipe, crops: Sequence[LoadedField] = ()) -> None:
        self.fields, self.recipe, self.crops = fields, recipe, crops
        self.augment = StrangeLooks(recipe.looks) if recipe.looks else Augment("photo")

    @property
    def steps(self) -> int:
        return max(1, len(self.fields) // self.recipe.batch_size)

    def batch(self, epoch: int, step: int) -> SceneBatch:
        """Batch `step` (from 0) of an epoch (from 1)."""
        order = np.random.default_rng([self.recipe.seed, epoch]).permutation(len(self.fields))
        rng = np.random.default_rng([self.recipe.seed, epoch, step])
        rows = np.take(
            order, np.arange(step * self.recipe.batch_size, (step + 1) * self.recipe.batch_size), mode="wrap"
        )
        scenes = [self._scene(int(row), rng) for row in rows]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**31)))
            pixels = self.augment(torch.from_numpy(np.stack([scene.pixels for scene in scenes])).permute(0, 3, 1, 2))
        batch = SceneBatch(
            pixels, [scene.cells() for scene in scenes], torch.stack([scene.labelled_map() for scene in scenes])
        )
        mirrored, flipped, quarter = (bool(rng.integers(2)) for _ in range(3))
        return apply_symmetry(batch, mirrored=mirrored, flipped=flipped, quarter=quarter)

    def _scene(self, row: int, rng: np.random.Generator) -> "_Scene":
        recipe = self.recipe
        scene = _Scene(recipe.height, recipe.width, self.fields[row].background)
        if rng.random() < recipe.mosaic:
            u = round(recipe.width * rng.uniform(0.35, 0.65))
            v = round(recipe.height * rng.uniform(0.35, 0.65))
            photos = [self.fields[row], *(self._photo(self.recipe.crops, rng) for _ in range(3))]
            corners = [
                (0, 0, u, v),
                (u, 0, recipe.width, v),
                (0, v, u, recipe.height),
                (u, v, recipe.width, recipe.height),
            ]
            for field, corner in zip(photos, corners, strict=True):
                self._paste(scene, field, corner, 0.7, rng)
        else:
            alone = bool(self.crops) and rng.random() < ALONE * recipe.crops
            field = self._photo(1.0, rng) if alone else self.fields[row]
            self._paste(scene, field, (0, 0, recipe.width, recipe.height), 1.0, rng)
        return scene

    def _photo(self, crops: float, rng: np.random.Generator) -> LoadedField:
        """Any field or, with the probability `crops`, the photo of a single cell."""
        photos = self.crops if self.crops and rng.random() < crops else self.fields
        return photos[int(rng.integers(len(photos)))]

    def _paste(
        self,
        scene: "_Scene",
        field: LoadedField,
        area: tuple[int, int, int, int],
        size: float,
        rng: np.random.Generator,
    ) -> None:
        recipe = self.recipe
        diameter = np.exp(rng.uniform(np.log(recipe.smallest), np.log(recipe.largest))) * recipe.diameter * size
        scene.paste(field, area, float(diameter) / field.red_diameter, rng)


class _Scene:
    """A canvas with the parts of fields put on it."""

    def __init__(self, height: int, width: int, background: np.ndarray) -> None:
        self.pixels = np.empty((height, width, 3), np.uint8)
        self.pixels[:] = background
        self.labelled = np.ones((len(KINDS), height // STRIDE, width // STRIDE), np.float32)
        self.boxes: list[np.ndarray] = []
        self.kinds: list[np.ndarray] = []

    def paste(
        self, field: LoadedField, area: tuple[int, int, int, int], scale: float, rng: np.random.Generator
    ) -> None:
        """A part of the field drawn at random, or all of it, at that scale into the area of the canvas."""
        height, width = field.pixels.shape[:2]
        left, top, right, bottom = area
        # Where the field begins on the canvas: anywhere that leaves no more of either empty than must be.
        x = left + _shift(right - left, round(width * scale), rng)
        y = top + _shift(bottom - top, round(height * scale), rng)
        shown = (
            max(left, x),
            max(top, y),
            min(right, x + round(width * scale)),
            min(bottom, y + round(height * scale)),
        )
        if shown[2] <= shown[0] or shown[3] <= shown[1]:
            return
        source = ((shown[0] - x) / scale, (shown[1] - y) / scale, (shown[2] - x) / scale, (shown[3] - y) / scale)
        source = (source[0], source[1], min(source[2], width), min(source[3], height))
        size = (shown[2] - shown[0], shown[3] - shown[1])
        part = Image.fromarray(field.pixels).resize(size, Image.Resampling.BILINEAR, box=source)
        self.pixels[shown[1] : shown[3], shown[0] : shown[2]] = np.asarray(part)
        _mark(self, field, np.array([x, y, x, y]), scale, shown)

    def cells(self) -> tuple[Tensor, Tensor]:
        boxes = np.concatenate(self.boxes) if self.boxes else np.zeros((0, 4), np.float32)
        kinds = np.concatenate(self.kinds) if self.kinds else np.zeros(0, np.int64)
        return torch.from_numpy(boxes.astype(np.float32)), torch.from_numpy(kinds)

    def labelled_map(self) -> Tensor:
        return torch.from_numpy(self.labelled)


def _shift(room: int, length: int, rng: np.random.Generator) -> int:
    low, high = min(0, room - length), max(0, room - length)
    return int(rng.integers(low, high + 1))


def _mark(
    scene: _Scene, field: LoadedField, offset: np.ndarray, scale: float, shown: tuple[int, int, int, int]
) -> None:
    """The field's boxes on the canvas, cut to what is shown, and of which cell types the part shown is labelled."""
    boxes = field.boxes * scale + offset
    cut = boxes.copy()
    cut[:, 0::2] = cut[:, 0::2].clip(shown[0], shown[2])
    cut[:, 1::2] = cut[:, 1::2].clip(shown[1], shown[3])
    sides, full_sides = cut[:, 2:] - cut[:, :2], boxes[:, 2:] - boxes[:, :2]
    visible = (sides.prod(1) >= MIN_VISIBLE * full_sides.prod(1)) & (sides.min(1) >= MIN_SIDE)
    scene.boxes.append(cut[visible])
    scene.kinds.append(field.kinds[visible])
    places = tuple(slice(shown[i] // STRIDE, -(-shown[i + 2] // STRIDE)) for i in (1, 0))
    scene.labelled[~field.trusted, places[0], places[1]] = 0
    # A cell of which too little is visible to be marked is neither a positive nor a negative.
    hidden = (sides.min(1) > 0) & ~visible
    for box, kind in zip(cut[hidden] / STRIDE, field.kinds[hidden], strict=True):
        left, top, right, bottom = (int(box[0]), int(box[1]), int(np.ceil(box[2])), int(np.ceil(box[3])))
        scene.labelled[kind, top:bottom, left:right] = 0


def apply_symmetry(batch: SceneBatch, *, mirrored: bool, flipped: bool, quarter: bool) -> SceneBatch:
    """One of the eight symmetries of all scenes of a batch with their boxes; a quarter turn swaps height and width."""
    pixels, labelled, cells = batch.pixels, batch.labelled, batch.cells
    height, width = pixels.shape[2:]
    if mirrored:
        pixels, labelled = pixels.flip(3), labelled.flip(3)
        cells = [(_swapped(boxes, 0, width), kinds) for boxes, kinds in cells]
    if flipped:
        pixels, labelled = pixels.flip(2), labelled.flip(2)
        cells = [(_swapped(boxes, 1, height), kinds) for boxes, kinds in cells]
    if quarter:
        pixels, labelled = pixels.transpose(2, 3), labelled.transpose(2, 3)
        cells = [(boxes[:, [1, 0, 3, 2]], kinds) for boxes, kinds in cells]
    return SceneBatch(pixels, cells, labelled)


def _swapped(boxes: Tensor, axis: int, length: int) -> Tensor:
    """Boxes mirrored along an axis (0: x, 1: y) of that length."""
    mirrored = boxes.clone()
    mirrored[:, axis], mirrored[:, axis + 2] = length - boxes[:, axis + 2], length - boxes[:, axis]
    return mirrored
