"""Tables on disk that are read once and kept in memory until their file changes."""

from collections.abc import Callable
from functools import lru_cache, wraps
from pathlib import Path
from typing import TypeVar

Table = TypeVar("Table")


def until_changed(most: int) -> Callable[[Callable[[Path], Table]], Callable[[Path], Table | None]]:
    """Of a function that reads a file: the same, remembered, and None where there is no such file.

    most: files that are kept. Whoever gets what was read only looks at it. An error is not remembered.
    """

    def remembering(read: Callable[[Path], Table]) -> Callable[[Path], Table | None]:
        @lru_cache(maxsize=most)
        def kept(path: Path, changed_ns: int, size: int) -> Table:
            return read(path)

        @wraps(read)
        def asked(path: Path) -> Table | None:
            try:
                file = path.stat()
            except OSError:
                return None
            return kept(path, file.st_mtime_ns, file.st_size)

        return asked

    return remembering
