"""Progress on the command line, with the time left."""

from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from core.progress import Progress as Report

if TYPE_CHECKING:
    from core.training.state import EpochProgress, EpochReport


class Bar:
    """A progress bar that is called with (done, total); nothing is drawn where standard error is no terminal."""

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


def epoch_reporter(console: Console) -> "EpochReport":
    """A line an epoch with its losses; on a terminal also a line that is rewritten with every batch."""

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


def classifier_reporter(console: Console, prefix: str = "", *, batches: bool = True) -> "EpochReport":
    """A line an epoch with losses and accuracies; on a terminal, with `batches`, also a line that is rewritten."""

    def report(progress: "EpochProgress") -> None:
        if progress.row is not None:
            console.print(prefix + epoch_line(progress))
        elif batches and console.is_terminal:
            console.print(
                f"epoch {progress.epoch}/{progress.epochs} batch {progress.step}/{progress.steps} "
                f"loss {progress.loss:.4f}, {progress.seconds_left / 60:.1f} min left",
                end="\r",
            )

    return report


def epoch_line(progress: "EpochProgress") -> str:
    """How an epoch of a classifier that has just ended went."""
    row = progress.row or {}
    return (
        f"epoch {progress.epoch}/{progress.epochs}  train {row['train_loss']:.4f} {row['train_accuracy']:.4f}  "
        f"validation {row['val_loss']:.4f} {row['val_accuracy']:.4f}  {row['seconds']:.0f} s, "
        f"{progress.seconds_left / 60:.1f} min left"
    )


def epochs_of(bar: Bar, epochs: int) -> "EpochReport":
    """Shows the epochs of a training in a bar."""
    return lambda progress: bar(progress.epoch, epochs)


def encoding_reporter(console: Console) -> Report:
    def report(done: int, total: int) -> None:
        if done == total:
            console.print(f"{total:,} cells encoded")
        elif console.is_terminal:
            console.print(f"encoding cell {done:,} of {total:,}", end="\r")

    return report
