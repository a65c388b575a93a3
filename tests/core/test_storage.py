"""What is read from a file is remembered, and no longer than the file stays as it is."""

import os
from pathlib import Path

import pytest

from core.storage import until_changed


@pytest.fixture
def counted():
    """A reader of words, and the paths that it was asked for."""
    asked: list[Path] = []

    @until_changed(most=2)
    def read(path: Path) -> list[str]:
        asked.append(path)
        words = path.read_text().split()
        if "damaged" in words:
            raise ValueError(path.name)
        return words

    return read, asked


def test_a_file_is_read_once(counted, tmp_path):
    read, asked = counted
    path = tmp_path / "a"
    path.write_text("one two")
    assert read(path) is read(path)
    assert asked == [path]


def test_a_changed_file_is_read_again(counted, tmp_path):
    read, asked = counted
    path = tmp_path / "a"
    path.write_text("one")
    assert read(path) == ["one"]
    path.write_text("two")
    os.utime(path, ns=(1, 1))
    assert read(path) == ["two"]
    assert len(asked) == 2


def test_no_file_is_none_until_there_is_one(counted, tmp_path):
    read, _ = counted
    path = tmp_path / "a"
    assert read(path) is None
    path.write_text("here")
    assert read(path) == ["here"]


def test_an_error_is_not_remembered(counted, tmp_path):
    read, asked = counted
    path = tmp_path / "a"
    path.write_text("damaged")
    for _ in range(2):
        with pytest.raises(ValueError, match="a"):
            read(path)
    assert len(asked) == 2
