"""BloodMNIST in its four sizes: PBC's cells as MedMNIST cut, reduced and split them."""

import hashlib
import shutil
import zipfile
from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.datasets.download import download, md5_of
from core.datasets.registry import SOURCES, SPLITS, SourceSpec
from core.datasets.sources.pbc import CLASSES, LAB
from core.errors import SourceError
from core.progress import Progress
from core.settings import cache_folder
from core.storage import replacing

SIZES = (28, 64, 128, 224)


def name_of(size: int) -> str:
    """The name of the source and of its file: bloodmnist, bloodmnist_64, bloodmnist_128, bloodmnist_224."""
    return "bloodmnist" if size == 28 else f"bloodmnist_{size}"


def published(size: int) -> tuple[str, str]:
    """Address and MD5 of a size, as the medmnist package lists them."""
    from medmnist import INFO  # here, for it imports torch

    info: dict[str, Any] = INFO["bloodmnist"]
    suffix = "" if size == 28 else f"_{size}"
    return str(info[f"url{suffix}"]), str(info[f"MD5{suffix}"])


def fetch(size: int, folder: Path, progress: Progress | None = None) -> None:
    """Download a size into a folder."""
    url, md5 = published(size)
    download(url, folder / f"{name_of(size)}.npz", md5, progress)


def recognise(size: int, folder: Path) -> bool:
    """The file of that size."""
    return (folder / f"{name_of(size)}.npz").is_file()


def scan(size: int, root: Path) -> pd.DataFrame:
    """The index; keys are "test/000123", the place in MedMNIST's own arrays."""
    labels = {split: np.asarray(_array(root, size, f"{split}_labels")).ravel() for split in SPLITS}
    table = pd.DataFrame(
        {
            "key": [f"{split}/{place:06d}" for split in SPLITS for place in range(len(labels[split]))],
            "label": [CLASSES[code] for split in SPLITS for code in labels[split]],
            "split": [split for split in SPLITS for _ in labels[split]],
        },
        dtype=str,
    ).assign(subtype="", lab=LAB, group="")
    table.attrs["splits"] = (
        "Splits are MedMNIST's own. They are made from the same cells as PBC's, dealt otherwise, so a model "
        "trained on one has learned from cells of the other's test split."
    )
    return table


def load(size: int, root: Path, key: str) -> np.ndarray:
    """(size, size, 3) uint8 RGB, from a memory-mapped array."""
    split, _, place = key.partition("/")
    return np.array(_array(root, size, f"{split}_images")[int(place)])


def digest(size: int, root: Path, keys: Sequence[str]) -> str:
    """sha256 over the file's MD5 and the keys."""
    return hashlib.sha256("\n".join([_verified(root, size), *keys]).encode()).hexdigest()


def _verified(root: Path, size: int) -> str:
    """The file's MD5, which is the one that its publisher lists; SourceError otherwise."""
    path = root / f"{name_of(size)}.npz"
    try:
        stat = path.stat()
    except OSError as error:
        raise SourceError(f"{path.name} is no longer in {root}.") from error
    actual, expected = _md5(path, stat.st_size, stat.st_mtime_ns), published(size)[1]
    if actual != expected:
        raise SourceError(
            f"{path} is damaged or another version (its MD5 is {actual}, MedMNIST lists {expected}); fetch it again."
        )
    return actual


@lru_cache(maxsize=16)
def _md5(path: Path, size: int, changed: int) -> str:
    """MD5 of a file, once for each state of it: the largest has 1.5 GB."""
    return md5_of(path)


def _array(root: Path, size: int, member: str) -> np.ndarray:
    """One array of the file, unpacked once beside the other caches and memory-mapped from there."""
    return _mapped(root / f"{name_of(size)}.npz", _verified(root, size), member)


@lru_cache(maxsize=32)
def _mapped(path: Path, md5: str, member: str) -> np.ndarray:
    unpacked = cache_folder() / "arrays" / f"{md5}-{member}.npy"
    try:
        if not unpacked.is_file():
            _unpack(path, f"{member}.npy", unpacked)
        array: np.ndarray = np.load(unpacked, mmap_mode="r")
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise SourceError(f"{path} is not a MedMNIST file: {member} could not be read from it.") from error
    except OSError as error:
        reason = f"could not be unpacked to {unpacked.parent}: {error.strerror}"
        raise SourceError(f"{path.name} {reason}.") from error
    return array


def _unpack(path: Path, member: str, target: Path) -> None:
    """A member of a zip file in a file of its own, moved into place when whole."""
    with (
        replacing(target) as draft,
        draft.open("wb") as file,
        zipfile.ZipFile(path) as packed,
        packed.open(member) as inner,
    ):
        shutil.copyfileobj(inner, file, 1 << 20)


for _place, _size in enumerate(SIZES, start=1):
    SOURCES.add(
        SourceSpec(
            name=name_of(_size),
            order=_place,
            title=f"BloodMNIST at {_size} px (8 classes)",
            short_title=f"BloodMNIST at {_size} px",
            label_space="pbc8",
            labs=(LAB,),
            licence="CC BY 4.0",
            citation=(
                "Yang et al., MedMNIST v2, Scientific Data 10, 41 (2023), and MedMNIST+ for the larger "
                "sizes; images of Acevedo et al., Data in Brief 30, 105474 (2020)."
            ),
            how_to_get=f"Get it with: python -m core data get {name_of(_size)}",
            recognise=partial(recognise, _size),
            scan=partial(scan, _size),
            load=partial(load, _size),
            digest=partial(digest, _size),
            fetch=partial(fetch, _size),
        )
    )
