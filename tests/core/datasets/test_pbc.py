"""PBC's splits and MedMNIST's window, whether a file is an original or a crop of it."""

from collections.abc import Callable
from pathlib import Path

import medmnist
import numpy as np
import pytest
from PIL import Image
from torchvision.transforms.v2.functional import center_crop

from core.datasets import Source, find_source, framed, open_source
from core.datasets.sources.pbc import frame
from core.imaging.windows import Box, centre_window

# (width, height) of originals that exist in PBC.
ORIGINALS = [(360, 363), (359, 360), (360, 360), (360, 361), (361, 360), (362, 360), (366, 369)]


def row(width: int, height: int, crop: int) -> dict[str, int]:
    return {"source_width": width, "source_height": height, "crop_x": crop, "crop_y": crop}


@pytest.mark.parametrize("size", ORIGINALS)
def test_window_of_crop_and_of_original_are_the_same_pixels(size: tuple[int, int]) -> None:
    whole, crop = frame(row(0, 0, 0), *size), frame(row(*size, 80), 204, 206)
    assert whole == centre_window(*size)
    assert (crop.left + 80, crop.top + 80) == (whole.left, whole.top)
    assert (crop.width, crop.height) == (200, 200)
    assert 0 <= crop.left <= 4
    assert 0 <= crop.top <= 6


@pytest.mark.parametrize("size", ORIGINALS)
def test_window_is_torchvisions_centre_crop(size: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    box = frame(row(0, 0, 0), *size)
    assert np.array_equal(inside(pixels, box), np.asarray(center_crop(Image.fromarray(pixels), [200, 200])))


def inside(pixels: np.ndarray, box: Box) -> np.ndarray:
    return pixels[int(box.top) : int(box.bottom), int(box.left) : int(box.right)]


def test_medmnist_documents_this_geometry() -> None:
    info = medmnist.INFO["bloodmnist"]
    assert "3×360×363 pixels are center-cropped into 3×200×200" in info["description"]
    assert [name.split("(")[0].strip() for name in info["label"].values()] == [
        "basophil",
        "eosinophil",
        "erythroblast",
        "immature granulocytes",
        "lymphocyte",
        "monocyte",
        "neutrophil",
        "platelet",
    ]


@pytest.mark.parametrize("size", [28, 64, 128, 224])
def test_crops_are_the_window_by_pillows_bicubic(size: int, opened: Callable[[str], Source]) -> None:
    source = opened("pbc")
    key = source.keys()[0]
    window = Image.fromarray(source.load(key)).crop((0, 2, 200, 202))  # 80 + 0 and 80 + 2: 360 x 363's centre
    expected = np.asarray(window.resize((size, size), Image.Resampling.BICUBIC))
    assert np.array_equal(framed(source, key, size), expected)


def test_folder_as_published_deals_by_name_and_says_so(built: Callable[[str], Path]) -> None:
    root = built("pbc")
    (root / "labels.csv").unlink()
    (root / "ig" / ".DS_1.jpg").write_bytes(b"left by a Mac")
    (root / "ig" / "Thumbs.db").write_bytes(b"left by Windows")
    source = open_source("pbc", root)
    assert len(source.index) == 24
    assert set(source.index["subtype"]) >= {"SNE", "MMY"}
    assert "70/10/20" in source.split_note
    assert source.frame("ig/MMY_9.jpg", 360, 363) == Box(80, 82, 280, 282)


def test_real_splits_are_those_of_the_table(data_root: Path) -> None:
    source = find_source("pbc")
    assert source.index["split"].value_counts().to_dict() == {"train": 11951, "val": 1717, "test": 2570}
    assert set(source.index["label"]) == set(source.label_space.keys)


def test_real_crops_hold_the_originals_window_to_the_pixel(data_root: Path) -> None:
    crops, originals = find_source("pbc"), open_source("pbc", data_root / "pbc-originals")
    for key in originals.keys()[::4]:
        whole, crop = originals.load(key), crops.load(key)
        theirs = inside(whole, originals.frame(key, whole.shape[1], whole.shape[0]))
        ours = inside(crop, crops.frame(key, crop.shape[1], crop.shape[0]))
        assert np.array_equal(theirs, ours), key
