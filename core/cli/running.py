"""What commands that run for long share: settings, the source at hand, and stopping in good order."""

import json
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from core.cli.options import STOPPED
from core.cli.printing import log
from core.errors import RecipeError

if TYPE_CHECKING:
    from core.datasets import Source


def settings_of(changes: Iterable[str] | None) -> dict[str, Any]:
    """`epochs=3` and the like as names and values that pydantic can read."""
    return dict(_setting(change) for change in changes or ())


def _setting(change: str) -> tuple[str, Any]:
    name, equals, value = change.partition("=")
    if not equals:
        raise RecipeError(f"{change} is not a setting; write it as name=value, such as epochs=3.")
    if value.startswith("["):
        try:
            return name, json.loads(value)
        except ValueError as error:
            raise RecipeError(f"{value} is not a list; write it as JSON, such as [[1, 64], [5, 128]].") from error
    return name, value


def at_hand(name: str, root: Path | None = None) -> "Source":
    """A source in the folder named, or wherever it is found."""
    from core.datasets import find_source, open_source

    return open_source(name, root) if root else find_source(name)


def stop_on_signal(stop: Callable[[], None]) -> None:
    """Ctrl-C and a polite kill call `stop`."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop())


@contextmanager
def stopping_on_signal(stop: Callable[[], None]) -> Iterator[None]:
    """Within the block Ctrl-C and a polite kill call `stop`; after it they do what they did before."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    stop_on_signal(stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def stopped(folder: Path) -> typer.Exit:
    """To be raised where a run was stopped before its end: says how it goes on."""
    log.print(f"Stopped and saved in {folder}; the same command goes on from there.")
    return typer.Exit(STOPPED)
