"""A module that is put into a registry's package for one test, as somebody would who adds something new."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.registry import Registry


@contextmanager
def added_module(registry: Registry[Any], folder: Path, text: str) -> Iterator[None]:
    """Inside the `with`, the package of the registry has one more file, and the registry lists its package anew."""
    package = importlib.import_module(registry.package)
    list(registry)  # so that what is here is entered for good
    entries, listed = dict(registry._entries), registry._listed
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "added_for_a_test.py").write_text(text)
    package.__path__.append(str(folder))
    importlib.invalidate_caches()
    registry._listed = False
    try:
        yield
    finally:
        package.__path__.remove(str(folder))
        sys.modules.pop(f"{registry.package}.added_for_a_test", None)
        registry._entries, registry._listed = entries, listed
