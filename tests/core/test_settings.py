"""Environment variables are read when asked for; an empty one is as none, and a file .env is not read."""

import re
from pathlib import Path

import pytest

from core.settings import Settings, cache_folder, cases_folder, checkpoints_folder, data_folder, data_subfolder

ROOT = Path(__file__).resolve().parents[2]


def test_a_variable_counts_from_when_it_is_set(monkeypatch, tmp_path):
    monkeypatch.delenv("SMEARLENS_DATA", raising=False)
    assert data_folder() is None
    monkeypatch.setenv("SMEARLENS_DATA", str(tmp_path))
    assert data_folder() == tmp_path
    assert data_subfolder("pbc") is None
    (tmp_path / "pbc").mkdir()
    assert data_subfolder("pbc") == tmp_path / "pbc"


@pytest.mark.parametrize(
    "variable",
    [
        "SMEARLENS_DATA",
        "SMEARLENS_CACHE",
        "SMEARLENS_CHECKPOINTS",
        "SMEARLENS_CASES",
        "SMEARLENS_DATABASE_URL",
        "WORLD_SIZE",
    ],
)
def test_an_empty_variable_is_as_none(monkeypatch, variable):
    monkeypatch.delenv(variable, raising=False)
    before = Settings()
    monkeypatch.setenv(variable, "")
    assert Settings() == before


def test_folders_follow_their_variables(monkeypatch, tmp_path):
    monkeypatch.setenv("SMEARLENS_CHECKPOINTS", str(tmp_path))
    monkeypatch.setenv("SMEARLENS_CACHE", "~/kept")
    assert checkpoints_folder() == tmp_path
    assert cache_folder() == Path.home() / "kept"
    monkeypatch.setenv("SMEARLENS_CASES", "~/cases")
    assert cases_folder() == Path.home() / "cases"
    monkeypatch.delenv("SMEARLENS_CASES")
    assert cases_folder().name == "cases"
    monkeypatch.delenv("SMEARLENS_CHECKPOINTS")
    assert checkpoints_folder() == ROOT / "checkpoints"


def test_a_file_of_variables_is_not_read(monkeypatch, tmp_path):
    (tmp_path / ".env").write_text("SMEARLENS_DATA=/elsewhere\n")
    monkeypatch.delenv("SMEARLENS_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    assert data_folder() is None


def test_nobody_else_reads_the_environment():
    files = [*(ROOT / "core").rglob("*.py"), *(ROOT / "app").rglob("*.py")]
    reading = [path.name for path in files if re.search(r"os\.(environ|getenv)", path.read_text("utf-8"))]
    assert reading == []
