"""A module that is put into a registry's package for one test, as somebody would who adds something new."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from core.registry import Registry


@contextmanager
def added_module(folder: Path, text: str, *registries: Registry[Any]) -> Iterator[None]:
    """Inside the `with`, the package of the registries has one more file, and they list their package anew."""
    (name,) = {registry.package for registry in registries}
    package = importlib.import_module(name)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "added_for_a_test.py").write_text(text)
    with ExitStack() as stack:
        for registry in registries:
            stack.enter_context(_as_it_was(registry))
        package.__path__.append(str(folder))
        importlib.invalidate_caches()
        try:
            yield
        finally:
            package.__path__.remove(str(folder))
            sys.modules.pop(f"{name}.added_for_a_test", None)


@contextmanager
def _as_it_was(registry: Registry[Any]) -> Iterator[None]:
    list(registry)  # so that what is here is entered for good
    entries, registry._listed = dict(registry._entries), False
    try:
        yield
    finally:
        registry._entries, registry._listed = entries, True
