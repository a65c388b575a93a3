"""Training the localizer: views of known framing, cut from PBC's training split and pasted into wider scenes."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from core.datasets import Source
from core.datasets.registry import load_file
from core.detection.localizer import LOCALIZER_SIZE, LocalizerNet
from core.imaging.windows import WINDOW, Box, cut, square
from core.progress import Progress
from core.training.augment import Augment

NARROWEST, WIDEST = 0.38, 1.75
"""Side of a view over the side of the trained window."""
FEATHER = 14
"""Pixels over which a pasted crop fades into its scene."""


@dataclass(frozen=True)
class Scene:
    """A picture with one cell whose trained window is known. pixels: (H, W, 3) uint8; window in its pixels."""

    pixels: np.ndarray
    window: Box


def wide_scenes(folder: Path, pbc: Source, split: str) -> list[Scene]:
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
        scenes.append(Scene(pixels, square(width / 2, height / 2, WINDOW)))
    return scenes


def pasted(scene: Scene, crop: np.ndarray, rng: np.random.Generator) -> Scene:
    """The scene, turned at random, with its middle replaced by another cell's crop, colours matched at the seam."""
    ground = np.ascontiguousarray(np.rot90(scene.pixels, int(rng.integers(4)))).astype(np.float32)
    height, width = crop.shape[:2]
    x, y = ground.shape[1] // 2 - width // 2, ground.shape[0] // 2 - height // 2
    under = ground[y : y + height, x : x + width]
    fade = np.minimum(_ramp(height)[:, None], _ramp(width)[None, :])[..., None]
    seam = fade[..., 0] < 1
    shift = under[seam].mean(0) - crop[seam].mean(0)
    ground[y : y + height, x : x + width] = under * (1 - fade) + (crop + shift) * fade
    window = square(x + width / 2, y + height / 2, WINDOW)
    return Scene(ground.clip(0, 255).astype(np.uint8), window)


def _ramp(length: int) -> np.ndarray:
    from_edge = np.minimum(np.arange(length), np.arange(length)[::-1]) + 0.5
    return np.clip(from_edge / FEATHER, 0, 1)


def view(scene: Scene, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
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


def make_views(source: Source, scenes: list[Scene], split: str, seed: int, progress: Progress) -> Views:
    """Views of every cell of a split: half of it alone (tight), half of it within a wider scene."""
    rng = np.random.default_rng(seed)
    keys = source.keys(split)
    pictures, targets = [], []
    for done, key in enumerate(keys, start=1):
        crop = source.load(key)
        height, width = crop.shape[:2]
        alone = Scene(crop, square(width / 2, height / 2, WINDOW))
        wide = scenes[rng.integers(len(scenes))]
        within = pasted(wide, crop, rng) if rng.random() < 0.8 else wide
        for scene in (alone, within):
            picture, target = view(scene, rng)
            pictures.append(picture)
            targets.append(target)
        progress(done, len(keys))
    stacked = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous()
    return Views(stacked, torch.from_numpy(np.stack(targets)))


def _turned(pictures: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """One of the eight symmetries, the same for all, on pictures and centres alike."""
    x, y, size = targets.unbind(1)
    if torch.rand(()) < 0.5:
        pictures, x = pictures.flip(-1), 1 - x
    for _ in range(int(torch.randint(4, ()))):
        pictures, x, y = pictures.rot90(1, (-2, -1)), y, 1 - x
    return pictures, torch.stack([x, y, size], dim=1)


def train_localizer(
    train: Views, val: Views, epochs: int, seed: int, report: Callable[[int, int, float], None]
) -> tuple[LocalizerNet, list[dict[str, float]]]:
    """A trained localizer and a row an epoch: median errors on validation views (centre, and side in octaves)."""
    torch.manual_seed(seed)
    net = LocalizerNet()
    steps, size = len(train.targets) // 64, 64
    optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps * epochs + 1)
    looks = Augment("photo")
    history = []
    for epoch in range(1, epochs + 1):
        net.train()
        order = torch.randperm(len(train.targets))
        for step in range(steps):
            rows = order[step * size : (step + 1) * size]
            pictures, targets = _turned(train.pictures[rows], train.targets[rows])
            loss = nn.functional.smooth_l1_loss(
                net(looks(pictures).float() / 127.5 - 1) * _WEIGHTS, targets * _WEIGHTS, beta=0.1
            )
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            report((epoch - 1) * steps + step + 1, steps * epochs, float(loss.detach()))
        history.append({"epoch": epoch} | errors(net, val))
    return net.eval(), history


_WEIGHTS = torch.tensor([4.0, 4.0, 1.0])
"""A centre off by a quarter of the picture weighs as much as a side off by an octave."""


@torch.inference_mode()
def errors(net: LocalizerNet, views: Views) -> dict[str, float]:
    """Median and 95th percentile of the errors of centre (shares of the window's side) and side (octaves)."""
    net.eval()
    said = torch.cat([net(part.float() / 127.5 - 1) for part in views.pictures.split(256)])
    off = (said[:, :2] - views.targets[:, :2]).norm(dim=1) / 2.0 ** views.targets[:, 2]
    octaves = (said[:, 2] - views.targets[:, 2]).abs()
    return {
        "centre_median": float(off.median()),
        "centre_95": float(off.quantile(0.95)),
        "side_median": float(octaves.median()),
        "side_95": float(octaves.quantile(0.95)),
    }
