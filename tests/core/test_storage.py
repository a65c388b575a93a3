"""A file is written whole or not at all; what is read from one is remembered until it changes."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import BaseModel

from core.storage import (
    replacing,
    replacing_folder,
    until_changed,
    write_array,
    write_csv,
    write_json,
    write_parquet,
    write_text,
)


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


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "new" / "a.txt"
    write_text(path, "one")
    with replacing(path) as draft:
        draft.write_text("two")
        assert path.read_text() == "one"
    assert path.read_text() == "two"
    assert list(path.parent.iterdir()) == [path]


def test_an_error_leaves_the_earlier_file(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "one")

    def write() -> None:
        with replacing(path) as draft:
            draft.write_text("tw")
            raise ValueError("broken off")

    with pytest.raises(ValueError, match="broken off"):
        write()
    assert path.read_text() == "one"
    assert list(tmp_path.iterdir()) == [path]


def test_whoever_may_read_new_files_may_read_replaced_ones(tmp_path):
    plain, path = tmp_path / "plain", tmp_path / "a"
    plain.touch()
    with replacing(path) as draft:
        draft.chmod(0o600)
    assert path.stat().st_mode == plain.stat().st_mode


def test_a_folder_takes_the_place_of_the_one_before_only_once_it_is_whole(tmp_path):
    target = tmp_path / "model"
    target.mkdir()
    (target / "old").touch()
    with replacing_folder(target) as draft:
        (draft / "new").touch()
        assert (target / "old").is_file()
    assert [file.name for file in target.iterdir()] == ["new"]
    assert not draft.exists()


def test_what_was_there_stays_where_writing_fails_and_the_next_try_begins_empty(tmp_path):
    target = tmp_path / "model"
    target.mkdir()
    (target / "old").touch()

    def failing():
        with replacing_folder(target) as draft:
            (draft / "half").touch()
            raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        failing()
    assert [file.name for file in target.iterdir()] == ["old"]
    with replacing_folder(target) as draft:
        assert not list(draft.iterdir())


class Facts(BaseModel):
    name: str


def test_tables_and_facts_are_read_as_written(tmp_path):
    table = pd.DataFrame({"name": ["ß", "b"], "n": [1, 2]})
    write_csv(tmp_path / "t.csv", table)
    write_parquet(tmp_path / "t.parquet", table)
    write_array(tmp_path / "t.npy", np.arange(3))
    write_json(tmp_path / "t.json", {"name": "ß"}, indent=None)
    write_json(tmp_path / "m.json", Facts(name="ß"))
    assert pd.read_csv(tmp_path / "t.csv").equals(table)
    assert pd.read_parquet(tmp_path / "t.parquet").equals(table)
    assert np.load(tmp_path / "t.npy").tolist() == [0, 1, 2]
    assert (tmp_path / "t.json").read_text("utf-8") == '{"name": "ß"}\n'
    assert Facts.model_validate_json((tmp_path / "m.json").read_text("utf-8")) == Facts(name="ß")
