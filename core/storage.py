"""Files, tables and folders on disk: written whole or not at all, read once until they change."""

import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

Content = TypeVar("Content")


class StoredModel(BaseModel):
    """What is written as JSON or TOML and read again: frozen, and refused where it has other entries."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """An empty file beside `path` to write to, which takes its place at the end of the block.

    An error in the block leaves `path` as it was and nothing beside it. The folder is made where there is none.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    draft.touch()
    mode = draft.stat().st_mode
    try:
        yield draft
        draft.chmod(mode)  # safetensors makes files of its own that only their owner may read
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """An empty folder beside `path` to write to, which takes its place at the end of the block.

    An error in the block leaves `path` as it was.
    """
    draft = path.with_name(f".{path.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        yield draft
        shutil.rmtree(path, ignore_errors=True)
        draft.rename(path)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def write_bytes(path: Path, data: bytes) -> None:
    with replacing(path) as draft:
        draft.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """In UTF-8."""
    with replacing(path) as draft:
        draft.write_text(text, "utf-8")


def write_json(path: Path, value: Any, *, indent: int | None = 1) -> None:
    """A pydantic model, or what json can write."""
    if isinstance(value, BaseModel):
        text = value.model_dump_json(indent=indent)
    else:
        text = json.dumps(value, ensure_ascii=False, indent=indent)
    write_text(path, text + "\n")


def write_csv(path: Path, table: "pd.DataFrame") -> None:
    """Without the table's index."""
    with replacing(path) as draft:
        table.to_csv(draft, index=False)


def write_parquet(path: Path, table: "pd.DataFrame", *, compression: Literal["snappy", "zstd"] = "zstd") -> None:
    """Without the table's index."""
    with replacing(path) as draft:
        table.to_parquet(draft, index=False, compression=compression)


def write_array(path: Path, array: "np.ndarray") -> None:
    """As numpy's own .npy."""
    import numpy as np

    with replacing(path) as draft, draft.open("wb") as file:
        np.save(file, array)


def until_changed(most: int) -> Callable[[Callable[[Path], Content]], Callable[[Path], Content | None]]:
    """Of a function that reads a file: the same, remembered, and None where there is no such file.

    most: files that are remembered. Whoever gets what was read must not change it. An error is not remembered.
    """

    def decorate(read: Callable[[Path], Content]) -> Callable[[Path], Content | None]:
        @lru_cache(maxsize=most)
        def remembered(path: Path, changed_ns: int, size: int) -> Content:
            return read(path)

        @wraps(read)
        def read_again_if_changed(path: Path) -> Content | None:
            try:
                file = path.stat()
            except OSError:
                return None
            return remembered(path, file.st_mtime_ns, file.st_size)

        return read_again_if_changed

    return decorate
