"""The commands that search for settings and that cross-validate."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console

from core.cli.data import at_hand
from core.cli.progress import Bar
from core.cli.train import setting, stop_on_signal
from core.evaluation.results.folds import CrossValidation
from core.evaluation.results.searches import Search, save_search
from core.experiments.cross_validation import CrossRun, FoldProgress
from core.experiments.search import SearchProgress, SearchRun
from core.experiments.search_spaces import load_search
from core.training.recipe import load_recipe

GOES_ON = "Stopped and saved in {folder}; the same command goes on from there."


def search(name: str, trials: int | None, folder: Path, root: Path | None, console: Console) -> Search | None:
    """Run a declared search and keep its table among the records. None where it was stopped before its end."""
    declared = load_search(name, trials)
    source = at_hand(declared.recipe_of({}).source, root)
    with Bar(console, f"images of {source.spec.name}") as bar:
        run = SearchRun(declared, source, folder, _search_reporter(console), bar)
    stop_on_signal(run.stop)
    if not run.run():
        console.print(GOES_ON.format(folder=folder))
        return None
    found = run.result()
    console.print(f"{len(found.trials)} trials, kept in {save_search(found)}.")
    return found


def cross_validate(
    name: str, folds: int, changes: list[str], folder: Path, root: Path | None, console: Console
) -> CrossValidation | None:
    """Cross-validate a recipe and keep its folds among the records. None where it was stopped before its end."""
    recipe = load_recipe(name, **dict(setting(change) for change in changes))
    source = at_hand(recipe.source, root)
    with Bar(console, f"images of {source.spec.name}") as bar:
        run = CrossRun(recipe, source, folder, folds, _fold_reporter(console), bar)
    stop_on_signal(run.stop)
    if not run.run():
        console.print(GOES_ON.format(folder=folder))
        return None
    console.print(f"{folds} folds, kept in {run.keep()}.")
    return run.result()


def best_of(found: Search) -> dict[str, Any] | None:
    """The best trial as plain values; None where no trial is complete."""
    if found.best is None:
        return None
    best = {str(name): value for name, value in found.best.drop("reason").items()}
    return {name: value.item() if hasattr(value, "item") else value for name, value in best.items()}


def search_dict(found: Search) -> dict[str, Any]:
    """A search as JSON has it, undefined figures as null."""
    trials = found.trials.replace("", None).astype(object)
    return {
        "name": found.facts.name,
        "recipe": found.facts.recipe,
        "best": best_of(found),
        "effects": found.effects(),
        "trials": trials.where(trials.notna(), None).to_dict("records"),
    }


def _search_reporter(console: Console) -> Callable[[SearchProgress], None]:
    """A line a trial; on a terminal also a line that is rewritten with every batch."""

    def report(progress: SearchProgress) -> None:
        where = f"trial {progress.trial + 1}/{progress.trials}"
        left = f"{progress.seconds_left / 60:.1f} min left"
        if progress.ended:
            chosen = " ".join(f"{name}={_short(value)}" for name, value in progress.settings.items())
            console.print(f"{where}  {chosen}  {progress.ended} after {progress.run.epoch} epochs, {left}")
        elif console.is_terminal:
            console.print(f"{where} epoch {progress.run.epoch}/{progress.run.epochs}, {left}   ", end="\r")

    return report


def _fold_reporter(console: Console) -> Callable[[FoldProgress], None]:
    """A line an epoch; on a terminal also a line that is rewritten with every batch."""

    def report(progress: FoldProgress) -> None:
        run, left = progress.run, f"{progress.seconds_left / 60:.1f} min left"
        where = f"fold {progress.fold}/{progress.folds} epoch {run.epoch}/{run.epochs}"
        if run.row is not None:
            console.print(f"{where}  validation {run.row['val_accuracy']:.4f}, {left}")
        elif console.is_terminal:
            console.print(f"{where} batch {run.step}/{run.steps}, {left}   ", end="\r")

    return report


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
