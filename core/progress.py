"""How long work tells how far it is."""

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called with how many steps are done, and how many there are in all."""


def silent(done: int, total: int) -> None:
    """Where nobody is to be told."""
