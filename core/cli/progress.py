"""Progress on the command line, with the time left."""

from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from core.training.state import EpochProgress


class Bar:
    """A progress bar that is called with (done, total); silent where nobody watches."""

    def __init__(self, console: Console, title: str) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=console, disable=not console.is_terminal)
        self._task = self._progress.add_task(title, total=None)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def __call__(self, done: int, total: int) -> None:
        self._progress.update(self._task, completed=done, total=total)


def epoch_reporter(console: Console) -> "Callable[[EpochProgress], None]":
    """A line an epoch; on a terminal also a line that is rewritten with every batch."""

    def report(progress: "EpochProgress") -> None:
        left = f"{progress.seconds_left / 60:.1f} min left"
        where = f"{progress.stage} epoch {progress.epoch}/{progress.epochs}".lstrip()
        if progress.row is not None:
            row = progress.row
            losses = f"train {row['train_loss']:.4f}  validation {row['val_loss']:.4f}"
            console.print(f"{where}  {losses}  {row['seconds']:.0f} s, {left}")
        elif console.is_terminal:
            console.print(f"{where} batch {progress.step}/{progress.steps} loss {progress.loss:.4f}, {left}", end="\r")

    return report
