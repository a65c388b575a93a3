"""Tiny folders in the layout of every registered source, drawn by the tests."""

import hashlib
import importlib
import pkgutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.datasets import Source, open_source, registry
from core.datasets.sources.bloodmnist import SIZES, name_of
from tests.core.datasets.blobs import blob

SPLITS = ("train", "val", "test")

Build = Callable[[Path], None]


def bloodmnist_file(path: Path, size: int) -> str:
    """A file as MedMNIST's, eight images a split, and its MD5."""
    arrays = {}
    for place, split in enumerate(SPLITS):
        arrays[f"{split}_images"] = np.stack([blob(10 * place + i, size, size) for i in range(8)])
        arrays[f"{split}_labels"] = np.arange(8, dtype=np.uint8)[:, None]
    np.savez_compressed(path, **arrays)
    return hashlib.md5(path.read_bytes()).hexdigest()


BUILDERS: dict[str, Build] = {
    module.name: importlib.import_module(f"tests.core.datasets.sources.{module.name}").build
    for module in pkgutil.iter_modules([str(Path(__file__).parent / "sources")])
}
"""By name of a source, what draws a tiny folder of it; found by listing `sources`."""


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
