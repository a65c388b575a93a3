"""Searching for settings, cross-validating, and recorded runs side by side."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.bars import Bar
from core.cli.options import AsJson, Changes, RecipeName, Root
from core.cli.printing import log, plain, print_json, print_table
from core.cli.running import at_hand, settings_of, stop_on_signal, stopped

if TYPE_CHECKING:
    from core.evaluation.results.searches import Search
    from core.experiments.cross_validation import FoldProgress
    from core.experiments.search import SearchProgress

app = typer.Typer()


@app.command()
def runs(
    experiment: Annotated[str, typer.Argument(help="The experiment they were recorded under: state-of-the-art.")],
    as_json: AsJson = False,
) -> None:
    """Recorded runs by recipe: mean and standard deviation of accuracy over seeds, and the accuracy of all together."""
    from core.evaluation.results.seeds import pools, summaries

    recipes, pooled = summaries(experiment), pools(experiment)
    if as_json:
        return print_json(
            {"recipes": [summary.to_dict() for summary in recipes], "pools": [pool.to_dict() for pool in pooled]}
        )
    rows = [
        [summary.recipe, f"{summary.input_size} px", f"{summary.parameters:,}", str(len(summary.runs))]
        + [f"{summary.mean(part):.4f} ± {summary.sd(part):.4f}" for part in ("val", "test")]
        for summary in recipes
    ]
    rows += [[" + ".join(pool.recipes), f"{pool.input_size} px", "", str(pool.runs), "", ""] for pool in pooled]
    rates = [summary.together["test"] for summary in recipes] + [pool.together["test"] for pool in pooled]
    for row, rate in zip(rows, rates, strict=True):
        row.append(f"{rate.value:.4f} ({rate.low:.4f} to {rate.high:.4f})")
    print_table(["recipe", "input", "parameters", "seeds", "validation", "test", "test, all together"], rows)


@app.command()
def search(
    name: Annotated[str, typer.Argument(help="A declared search, such as study_a.")],
    trials: Annotated[int | None, typer.Option(min=1, help="Trials in all, if not as declared.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the search; one that is there goes on.")] = None,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Search for a recipe's best settings, judged on validation. Ctrl-C stops and saves; the same command goes on."""
    from core.evaluation.results.searches import save_search
    from core.experiments.search import SearchRun
    from core.experiments.search_spaces import load_search

    folder = out or Path("runs") / "search" / name
    declared = load_search(name, trials)
    source = at_hand(declared.recipe_of({}).source, root)
    with Bar(log, f"images of {source.spec.name}") as bar:
        run = SearchRun(declared, source, folder, _search_reporter(), bar)
    stop_on_signal(run.stop)
    if not run.run():
        raise stopped(folder)
    result = run.result()
    log.print(f"{len(result.trials)} trials, kept in {save_search(result)}.")
    if as_json:
        return print_json(_search_dict(result))
    for key, value in (_best_trial(result) or {}).items():
        plain.print(f"[bold]{key}[/bold]  {value}")


@app.command()
def crossval(
    recipe: RecipeName,
    folds: Annotated[int, typer.Option(min=2)] = 5,
    change: Changes = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the folds; those that are there go on.")] = None,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Cross-validate a recipe over train and validation. Ctrl-C stops and saves; the same command goes on."""
    from core.experiments.cross_validation import CrossRun
    from core.training.recipe import load_recipe

    folder = out or Path("runs") / "crossval" / recipe
    declared = load_recipe(recipe, **settings_of(change))
    source = at_hand(declared.source, root)
    with Bar(log, f"images of {source.spec.name}") as bar:
        run = CrossRun(declared, source, folder, folds, report=_fold_reporter(), decoding=bar)
    stop_on_signal(run.stop)
    if not run.run():
        raise stopped(folder)
    log.print(f"{folds} folds, kept in {run.keep()}.")
    result = run.result()
    if as_json:
        return print_json(result.to_dict())
    rows = [
        [f"fold {row['fold']:.0f}", *(f"{row[name]:.4f}" for name in result.mean)] for _, row in result.folds.iterrows()
    ]
    rows += [["mean", *(f"{value:.4f}" for value in result.mean.values())]]
    rows += [["sd", *(f"{value:.4f}" for value in result.sd.values())]]
    print_table(["", *result.mean], rows)


def _best_trial(search: "Search") -> dict[str, Any] | None:
    """The best trial as plain values; None where no trial is complete."""
    if search.best is None:
        return None
    best = {str(name): value for name, value in search.best.drop("reason").items()}
    return {name: value.item() if hasattr(value, "item") else value for name, value in best.items()}


def _search_dict(search: "Search") -> dict[str, Any]:
    """A search as JSON has it, undefined figures as null."""
    trials = search.trials.replace("", None).astype(object)
    return {
        "name": search.facts.name,
        "recipe": search.facts.recipe,
        "best": _best_trial(search),
        "effects": search.effects(),
        "trials": trials.where(trials.notna(), None).to_dict("records"),
    }


def _search_reporter() -> "Callable[[SearchProgress], None]":
    """A line a trial; on a terminal also a line that is rewritten with every batch."""

    def report(progress: "SearchProgress") -> None:
        where = f"trial {progress.trial + 1}/{progress.trials}"
        left = f"{progress.seconds_left / 60:.1f} min left"
        if progress.ended:
            chosen = " ".join(f"{name}={_short(value)}" for name, value in progress.settings.items())
            log.print(f"{where}  {chosen}  {progress.ended} after {progress.run.epoch} epochs, {left}")
        elif log.is_terminal:
            log.print(f"{where} epoch {progress.run.epoch}/{progress.run.epochs}, {left}   ", end="\r")

    return report


def _fold_reporter() -> "Callable[[FoldProgress], None]":
    """A line an epoch; on a terminal also a line that is rewritten with every batch."""

    def report(progress: "FoldProgress") -> None:
        run, left = progress.run, f"{progress.seconds_left / 60:.1f} min left"
        where = f"fold {progress.fold}/{progress.folds} epoch {run.epoch}/{run.epochs}"
        if run.row is not None:
            log.print(f"{where}  validation {run.row['val_accuracy']:.4f}, {left}")
        elif log.is_terminal:
            log.print(f"{where} batch {run.step}/{run.steps}, {left}   ", end="\r")

    return report


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
