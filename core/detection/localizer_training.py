"""Training the localizer: views of known framing, cut from PBC's training split and pasted into wider scenes."""

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from core.datasets import Source
from core.datasets.registry import load_file
from core.detection.localizer import LOCALIZER_SIZE, LocalizerNet
from core.imaging.windows import WINDOW, Box, cut, square
from core.progress import Progress
from core.training.augment import Augment
from core.training.data import EpochOrder
from core.training.engine import BatchResult, Stateful, Trainer
from core.training.recipe import NetworkRecipe
from core.training.state import EpochReport

NARROWEST, WIDEST = 0.38, 1.75
"""Side of a view over the side of the trained window."""
FEATHER = 14
"""Pixels over which a pasted crop fades into its scene."""


@dataclass(frozen=True)
class CellScene:
    """A picture with one cell whose trained window is known. pixels: (H, W, 3) uint8; window in its pixels."""

    pixels: np.ndarray
    window: Box


def wide_scenes(folder: Path, pbc: Source, split: str) -> list[CellScene]:
    """PBC originals in full (360 x 363) of one of PBC's own splits, from the TXL-PBC set's folder.

    That set mixes PBC's splits anew, so each picture is traced to its PBC file; others are left out.
    """
    splits = dict(zip(pbc.index["key"], pbc.index["split"], strict=True))
    with (folder / "sources.csv").open(newline="") as table:
        rows = [row for row in csv.DictReader(table) if splits.get(row["pbc_file"]) == split]
    scenes = []
    for row in rows:
        pixels = load_file(folder, f"images/{row['split']}/{row['file']}")
        height, width = pixels.shape[:2]
        scenes.append(CellScene(pixels, square(width / 2, height / 2, WINDOW)))
    return scenes


def pasted(scene: CellScene, crop: np.ndarray, rng: np.random.Generator) -> CellScene:
    """The scene, turned at random, with its middle replaced by another cell's crop, colours matched at the seam."""
    background = np.ascontiguousarray(np.rot90(scene.pixels, int(rng.integers(4)))).astype(np.float32)
    height, width = crop.shape[:2]
    x, y = background.shape[1] // 2 - width // 2, background.shape[0] // 2 - height // 2
    covered = background[y : y + height, x : x + width]
    fade = np.minimum(_ramp(height)[:, None], _ramp(width)[None, :])[..., None]
    seam = fade[..., 0] < 1
    shift = covered[seam].mean(0) - crop[seam].mean(0)
    background[y : y + height, x : x + width] = covered * (1 - fade) + (crop + shift) * fade
    window = square(x + width / 2, y + height / 2, WINDOW)
    return CellScene(background.clip(0, 255).astype(np.uint8), window)


def _ramp(length: int) -> np.ndarray:
    from_edge = np.minimum(np.arange(length), np.arange(length)[::-1]) + 0.5
    return np.clip(from_edge / FEATHER, 0, 1)


def view(scene: CellScene, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A square view of the scene and where the window lies in it.

    Returns (96, 96, 3) uint8 and (3,) float32: centre x and y as shares of the view, log2(window side / view side).
    """
    height, width = scene.pixels.shape[:2]
    largest = min(height, width) / WINDOW
    ratio = float(np.exp(rng.uniform(np.log(NARROWEST), np.log(min(WIDEST, largest)))))
    side = ratio * WINDOW
    room = min(0.25 * side, 50.0)
    x, y = (
        float(np.clip(middle + rng.uniform(-room, room), side / 2, length - side / 2))
        for middle, length in zip(scene.window.centre, (width, height), strict=True)
    )
    box = square(x, y, side)
    centre = [(middle - edge) / side for middle, edge in zip(scene.window.centre, (box.left, box.top), strict=True)]
    return cut(scene.pixels, box, LOCALIZER_SIZE), np.array([*centre, -np.log2(ratio)], np.float32)


@dataclass(frozen=True)
class Views:
    """(N, 3, 96, 96) uint8 and (N, 3) float32, as `view` gives them."""

    pictures: Tensor
    targets: Tensor

    def digest(self) -> str:
        """Changes with any view."""
        digest = hashlib.sha256(self.pictures.numpy().tobytes())
        digest.update(self.targets.numpy().tobytes())
        return digest.hexdigest()


def make_views(source: Source, scenes: list[CellScene], split: str, seed: int, progress: Progress) -> Views:
    """Views of every cell of a split: half of it alone (tight), half of it within a wider scene."""
    rng = np.random.default_rng(seed)
    keys = source.keys(split)
    pictures, targets = [], []
    for done, key in enumerate(keys, start=1):
        crop = source.load(key)
        height, width = crop.shape[:2]
        tight = CellScene(crop, square(width / 2, height / 2, WINDOW))
        wide_scene = scenes[rng.integers(len(scenes))]
        within = pasted(wide_scene, crop, rng) if rng.random() < 0.8 else wide_scene
        for scene in (tight, within):
            picture, target = view(scene, rng)
            pictures.append(picture)
            targets.append(target)
        progress(done, len(keys))
    stacked = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous()
    return Views(stacked, torch.from_numpy(np.stack(targets)))


def _apply_random_symmetry(pictures: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """One of the eight symmetries, the same for all, on pictures and centres alike."""
    x, y, size = targets.unbind(1)
    if torch.rand(()) < 0.5:
        pictures, x = pictures.flip(-1), 1 - x
    for _ in range(int(torch.randint(4, ()))):
        pictures, x, y = pictures.rot90(1, (-2, -1)), y, 1 - x
    return pictures, torch.stack([x, y, size], dim=1)


class LocalizerRecipe(NetworkRecipe):
    """Settings of one run."""

    epochs: int = Field(default=8, ge=1)
    batch_size: int = Field(default=64, ge=2)
    learning_rate: float = Field(default=3e-3, gt=0)
    weight_decay: float = Field(default=1e-2, ge=0)
    precision: Literal["fp32"] = "fp32"


ERROR_COLUMNS = ("centre_median", "centre_95", "side_median", "side_95")
HISTORY_COLUMNS = ("epoch", "lr", "train_loss", *ERROR_COLUMNS, "seconds")

COORDINATE_WEIGHTS = torch.tensor([4.0, 4.0, 1.0])
"""A centre off by a quarter of the picture weighs as much as a side off by an octave."""


class LocalizerTrainer(Trainer[LocalizerRecipe, Tensor]):
    """One run in one folder; a batch is the row numbers (N,) of its views."""

    name = "localizer"
    what = "a localizer"
    columns = HISTORY_COLUMNS
    max_gradient_norm = None
    seeds_epochs = False
    net: LocalizerNet

    def __init__(
        self,
        recipe: LocalizerRecipe,
        train: Views,
        val: Views,
        folder: Path,
        report: EpochReport = lambda progress: None,
    ) -> None:
        self.train_views, self.val_views = train, val
        self.looks = Augment("photo")
        self.order = EpochOrder(len(train.targets))
        super().__init__(recipe, f"{train.digest()} {val.digest()}", folder, report)

    def build(self) -> None:
        recipe = self.recipe
        torch.manual_seed(recipe.seed)
        net = LocalizerNet()
        optimizer = torch.optim.AdamW(net.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
        digest = self.steps * recipe.epochs + 1
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, recipe.learning_rate, total_steps=digest)
        self.set_network(net, optimizer, schedule)

    def best(self) -> LocalizerNet:
        """The network of the last epoch, in evaluation mode."""
        return self.net.eval()

    @property
    def epochs(self) -> int:
        return self.recipe.epochs

    @property
    def steps(self) -> int:
        return len(self.train_views.targets) // self.recipe.batch_size

    def parts(self) -> dict[str, Stateful]:
        return super().parts() | {"order": self.order}

    def batches(self, epoch: int, first: int) -> Iterator[Tensor]:
        yield from self.order.rows(epoch).split(self.recipe.batch_size)[first : self.steps]

    def train_batch(self, batch: Tensor) -> BatchResult:
        pictures, targets = _apply_random_symmetry(self.train_views.pictures[batch], self.train_views.targets[batch])
        predictions = self.net(self.looks(pictures).float() / 127.5 - 1)
        weights = COORDINATE_WEIGHTS
        loss = nn.functional.smooth_l1_loss(predictions * weights, targets * weights, beta=0.1)
        self.optimize(loss)
        return BatchResult({"loss": float(loss.detach())})

    def evaluate(self) -> dict[str, float]:
        return errors(self.net, self.val_views)


@torch.inference_mode()
def errors(net: LocalizerNet, views: Views) -> dict[str, float]:
    """Median and 95th percentile of the errors of centre (shares of the window's side) and side (octaves)."""
    net.eval()
    predictions = torch.cat([net(part.float() / 127.5 - 1) for part in views.pictures.split(256)])
    distances = (predictions[:, :2] - views.targets[:, :2]).norm(dim=1) / 2.0 ** views.targets[:, 2]
    octaves = (predictions[:, 2] - views.targets[:, 2]).abs()
    figures = (distances.median(), distances.quantile(0.95), octaves.median(), octaves.quantile(0.95))
    return dict(zip(ERROR_COLUMNS, map(float, figures), strict=True))
