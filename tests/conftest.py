"""What all tests share: where the real images are, and caches that leave no trace."""

import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import settings

from core.models.allocation import keep_freed_memory

# Examples are the same on every run, and a slow machine is no failure.
settings.register_profile("smearlens", derandomize=True, deadline=None)
settings.load_profile("smearlens")

# As the app and the commands do.
keep_freed_memory()

PbcFiles = Callable[..., list[Path]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need real images, so that `-m "not data"` leaves them out."""
    for item in items:
        if "data_root" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.data)


@pytest.fixture(scope="session", autouse=True)
def _cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Decoded images go to a temporary folder, unless SMEARLENS_CACHE names a folder to keep; nothing goes to the home
    of whoever runs the tests, and nothing that lies there is read."""
    os.environ.setdefault("SMEARLENS_CACHE", str(tmp_path_factory.mktemp("cache")))
    os.environ["XDG_DATA_HOME"] = str(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session", autouse=True)
def _cases_of_their_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test sees the cases of the person at this computer, or writes among them."""
    os.environ["SMEARLENS_CASES"] = str(tmp_path_factory.mktemp("cases"))
    os.environ.pop("SMEARLENS_DATABASE_URL", None)


@pytest.fixture(scope="session")
def data_root() -> Path:
    """The folder of real images; the test is skipped, and says why, where there is none."""
    named = os.environ.get("SMEARLENS_DATA")
    if not named:
        pytest.skip("SMEARLENS_DATA is unset: this test needs real images")
    root = Path(named)
    if not root.is_dir():
        pytest.skip("SMEARLENS_DATA names a folder that is not there: this test needs real images")
    return root


@pytest.fixture(scope="session")
def pbc_files(data_root: Path) -> PbcFiles:
    """Paths of real PBC crops: `pbc_files("test", "eosinophil", 3)` are three eosinophils of the test split.

    Always the same ones: the first of the table. All classes where none is named.
    """
    folder = data_root / "pbc"
    if not (folder / "labels.csv").is_file():
        pytest.skip("SMEARLENS_DATA holds no folder pbc with a labels.csv")
    table = pd.read_csv(folder / "labels.csv")

    def files(split: str = "test", cell_class: str | None = None, count: int = 1) -> list[Path]:
        chosen = table[table["split"] == split]
        if cell_class is not None:
            chosen = chosen[chosen["class"] == cell_class]
        return [folder / name for name in chosen["file"].head(count)]

    return files
