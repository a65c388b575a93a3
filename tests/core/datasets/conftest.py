"""Tiny folders in the layout of every registered source, drawn by the tests."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core.datasets import Source, open_source, registry
from core.datasets.sources.bloodmnist import SIZES, name_of
from core.labels import LABEL_SPACES

PBC8, WBC5 = LABEL_SPACES["pbc8"].keys, LABEL_SPACES["wbc5"].keys
KAGGLE4 = LABEL_SPACES["kaggle4"].keys
SPLITS = ("train", "val", "test")
PREFIXES = dict(zip(PBC8, ("BA", "EO", "ERB", "MMY", "LY", "MO", "SNE", "PLATELET"), strict=True))

Build = Callable[[Path], None]


def blob(seed: int, width: int, height: int) -> np.ndarray:
    """(height, width, 3) uint8: a dark disc on a pale ground with some noise, another one for every seed."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.arange(width) / width, np.arange(height) / height)
    inside = np.hypot(x - rng.uniform(0.35, 0.65), y - rng.uniform(0.35, 0.65)) < rng.uniform(0.15, 0.3)
    pixels = np.where(inside[..., None], rng.integers(40, 140, 3), rng.integers(190, 240, 3))
    return (pixels + rng.integers(-12, 13, pixels.shape)).clip(0, 255).astype(np.uint8)


def save(path: Path, seed: int, width: int, height: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(blob(seed, width, height)).save(path)


def build_pbc(root: Path) -> None:
    rows = []
    for seed, (cell, place) in enumerate((cell, place) for cell in PBC8 for place in range(3)):
        file = f"{cell}/{PREFIXES[cell]}_{seed}.jpg"
        save(root / file, seed, 204, 206)
        rows.append((file, cell, PREFIXES[cell], SPLITS[place], 360, 363, 80, 80))
    names = ["file", "class", "subtype", "split", "source_width", "source_height", "crop_x", "crop_y"]
    pd.DataFrame(rows, columns=names).to_csv(root / "labels.csv", index=False)


def build_kaggle(root: Path) -> None:
    rows = []
    for number, cell in enumerate(KAGGLE4):
        for part, photos in (("TRAIN", 6), ("TEST", 2)):
            for photo in range(photos):
                for copy in range(2):
                    file = f"{part}/{cell.upper()}/_{photo}_{copy}.jpeg"
                    save(root / file, number * 100 + photo * 10 + copy, 40, 30)
                    rows.append((file.replace(".jpeg", ".webp"), f"{number}{part}{photo}"))
    pd.DataFrame(rows, columns=["file", "field_group"]).to_csv(root / "image_source_map.csv", index=False)


def build_bccd(root: Path) -> None:
    (root / "Annotations").mkdir()
    for number in range(10):
        save(root / f"JPEGImages/BloodImage_{number:05d}.jpg", number, 96, 72)
        (root / f"Annotations/BloodImage_{number:05d}.xml").write_text(voc_boxes(number))
    (root / "ImageSets" / "Main").mkdir(parents=True)
    for split, numbers in (("train", (0, 1, 2, 4)), ("val", (5,)), ("test", (6, 7))):
        lines = "".join(f"BloodImage_{number:05d}\n" for number in numbers)
        (root / "ImageSets" / "Main" / f"{split}.txt").write_text(lines)
    labels = [
        "NEUTROPHIL",
        "EOSINOPHIL",
        "NEUTROPHIL, EOSINOPHIL",
        None,
        *(key.upper() for key in WBC5),
        None,
    ]
    pd.DataFrame({"Image": range(10), "Category": labels}).to_csv(root / "labels.csv")


def voc_boxes(number: int) -> str:
    """One white cell of 20 x 30 at (30, 20), a red cell, and a box without an area, as BCCD has two."""
    marked = (("WBC", 30, 20, 50, 50), ("RBC", 1, 2, 20, 22), ("RBC", 7, 7, 7, 7))
    items = "".join(
        f"<object><name>{name}</name><bndbox><xmin>{a}</xmin><ymin>{b}</ymin><xmax>{c}</xmax><ymax>{d}</ymax>"
        "</bndbox></object>"
        for name, a, b, c, d in (marked if number else marked[1:])
    )
    return f"<annotation>{items}</annotation>"


def build_jtsc(root: Path) -> None:
    for number in range(1, 11):
        save(root / f"images/{number:03d}.png", number, 120, 120)
    codes = [1, 1, 1, 1, 2, 2, 3, 3, 4, 5]
    table = pd.DataFrame({"image ID": range(1, 11), "class label": codes})
    table.to_csv(root / "class_labels.csv", index=False)


def build_chula(root: Path) -> None:
    rows = []
    for number in range(20):
        video, part = f"V-{number // 4}", "valid" if number % 4 == 0 or number > 13 else "train"
        cell = WBC5[number // 4]
        crop = f"{video}_{number}_{cell}.jpg"
        save(root / "crops" / part / crop, number, 192, 192)
        rows.append((part, crop, cell, video))
    table = pd.DataFrame(rows, columns=["split", "crop", "label", "slide_or_video"])
    table.to_csv(root / "cells.csv", index=False)


def build_folder(root: Path) -> None:
    for seed, (name, place) in enumerate((n, p) for n in ("Neutrophils", "Blast", "LY") for p in range(5)):
        save(root / name / f"{place}.png", seed, 50, 60)


def bloodmnist_file(path: Path, size: int) -> str:
    """A file as MedMNIST's, eight images a split, and its MD5."""
    arrays = {}
    for place, split in enumerate(SPLITS):
        arrays[f"{split}_images"] = np.stack([blob(10 * place + i, size, size) for i in range(8)])
        arrays[f"{split}_labels"] = np.arange(8, dtype=np.uint8)[:, None]
    np.savez_compressed(path, **arrays)
    return hashlib.md5(path.read_bytes()).hexdigest()


BUILDERS: dict[str, Build] = {
    "pbc": build_pbc,
    "kaggle": build_kaggle,
    "bccd": build_bccd,
    "jtsc": build_jtsc,
    "chula": build_chula,
    "folder": build_folder,
}


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """`built("jtsc")` is a new tiny folder of that source, named after it."""
    sizes = {name_of(size): size for size in SIZES}

    def build(name: str) -> Path:
        root = tmp_path / name
        root.mkdir()
        if name in sizes:
            import medmnist  # slow: it imports torch

            md5 = bloodmnist_file(root / f"{name}.npz", sizes[name])
            suffix = "" if sizes[name] == 28 else f"_{sizes[name]}"
            monkeypatch.setitem(medmnist.INFO["bloodmnist"], f"MD5{suffix}", md5)
        else:
            BUILDERS[name](root)
        return root

    return build


@pytest.fixture
def opened(built: Callable[[str], Path]) -> Callable[[str], Source]:
    """`opened("jtsc")` is a tiny source of that name."""
    return lambda name: open_source(name, built(name))


@pytest.fixture(autouse=True)
def _nothing_of_this_computer(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test finds a data set that happens to be here, but those that ask for the real ones."""
    monkeypatch.setattr(registry, "downloads", lambda: tmp_path / "downloads")
    if "data_root" not in request.fixturenames:
        monkeypatch.setenv("SMEARLENS_DATA", "")
