"""How models read the cells of other laboratories."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.bars import Bar, classifier_reporter
from core.cli.options import AsJson, Changes, NamedOrAll
from core.cli.printing import Section, interval_text, log, print_json, print_sections, print_table
from core.cli.running import at_hand, settings_of, stopped, stopping_on_signal
from core.errors import CheckpointError, LeakError, SourceError

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.datasets import Source
    from core.evaluation.domain_shift import LabScore

ALL = "all"

app = typer.Typer(name="labs", no_args_is_help=True, help="How models read the cells of other laboratories.")


@app.command()
def evaluate(
    names: NamedOrAll = None,
    again: Annotated[bool, typer.Option("--again", help="Also what a table holds already.")] = False,
) -> None:
    """Read every image of the laboratories that a model did not learn from, and keep the predictions in its table.

    Ctrl-C stops after what is kept; the same command goes on from there.
    """
    from core.checkpoints import find_checkpoint, list_checkpoints
    from core.datasets.laboratories import HOME, other_laboratories
    from core.detection.loading import load_localizer
    from core.experiments.domain_shift.inference import keep, lacking, read
    from core.inference.reader import Reader
    from core.inference.selection import best_first

    chosen = [find_checkpoint(name) for name in names or ()] or best_first(list_checkpoints())
    sources, localizer = laboratories(other_laboratories([HOME])), load_localizer()
    for checkpoint in chosen:
        reader = None
        for name, source in sources.items():
            if name in checkpoint.card.learned_from or not (again or lacking(checkpoint, source)):
                continue
            reader = reader or Reader(checkpoint, localizer)
            with Bar(log, f"{checkpoint.name} on {name}") as bar:
                try:
                    keep(checkpoint, read(reader, source, bar))
                except (LeakError, SourceError) as error:
                    log.print(f"{checkpoint.name} on {name} was left out. {error}")
                    continue
            log.print(f"{checkpoint.name} on {name}: {len(source.keys()):,} images read.")


@app.command()
def run(
    names: Annotated[list[str], typer.Argument(help="Runs, such as norms-of-lab; all for all of them.")],
    change: Changes = None,
    out: Annotated[Path, typer.Option(help="Folder of the runs; one that is there goes on.")] = Path("runs/labs"),
    again: Annotated[bool, typer.Option("--again", help="Also the runs that are recorded already.")] = False,
) -> None:
    """Try what may help a model to read other laboratories. Ctrl-C stops and saves; the same command goes on."""
    from core.datasets.laboratories import HOME
    from core.detection.loading import load_localizer
    from core.experiments.domain_shift.running import LabRunner
    from core.experiments.domain_shift.runs import EXPERIMENT, FOUR, LabRun
    from core.experiments.frame import make_runs

    settings = settings_of(change)
    chosen = EXPERIMENT.choose(names)
    sources, localizer = laboratories(FOUR), load_localizer()
    if HOME not in sources:
        raise SourceError(f"The runs compare laboratories with {HOME}, which is not on this computer.")

    @contextmanager
    def start(run: LabRun) -> Iterator[LabRunner]:
        report = classifier_reporter(log, batches=False)
        with Bar(log, run.name) as bar:
            runner = LabRunner(sources, localizer, out=out, settings=settings, progress=bar, report=report)
            with stopping_on_signal(runner.stop):
                yield runner

    if make_runs(chosen, start, log.print, recorded=() if again else EXPERIMENT.recorded(), strict=False) is None:
        raise stopped(out)


@app.command()
def show(
    every: Annotated[bool, typer.Option("--all", help="All images a model did not learn from, not only test.")] = False,
    as_answered: Annotated[
        bool, typer.Option("--as-answered", help="Models' predictions among all their classes.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Models and runs by laboratory, with 95 % intervals, and what the runs show."""
    comparison = _comparison(None if every else "test", shared=not as_answered)
    if as_json:
        return print_json(comparison)
    print_sections(_comparison_sections(comparison))


@app.command()
def resemble(as_json: AsJson = False) -> None:
    """Measure how pictures of each laboratory look, for the page Read; and how well that tells them apart."""
    from core.datasets.laboratories import training_laboratories
    from core.detection.loading import load_localizer
    from core.experiments.domain_shift.resemblance import fit_and_keep

    sources = laboratories(training_laboratories())
    with Bar(log, "what pictures are like") as bar:
        result = fit_and_keep(sources, load_localizer(), bar)
    if as_json:
        return print_json(result)
    print_table(
        ["pictures of", "n", "told rightly", "told as none"],
        [[row["of"], str(row["n"]), row["right"], row["none"]] for row in result["rows"]],
    )


def laboratories(names: Iterable[str]) -> "dict[str, Source]":
    """Those sources that are at hand, the images that can be used of each; a sentence for each that is not."""
    from core.datasets.laboratories import single_cells

    sources = {}
    for name in names:
        try:
            sources[name] = single_cells(at_hand(name))
        except SourceError as error:
            log.print(f"{name} is left out. {error}")
    return sources


def _comparison(split: str | None, *, shared: bool) -> dict[str, Any]:
    """Every model and run by laboratory, and the findings, as plain data. split: test, or None for every image that a
    model did not learn from; shared: predictions among the five white cells alone."""
    from core.checkpoints import list_checkpoints
    from core.datasets.laboratories import LABORATORIES
    from core.experiments.domain_shift.findings import FINDINGS, run_results, run_score
    from core.experiments.domain_shift.runs import RUNS
    from core.inference.selection import best_first

    results = run_results()

    def by_laboratory(name: str) -> dict[str, Any]:
        scores = {lab: run_score(results[name], lab, split) for lab in LABORATORIES}
        return {lab: _figures(score) for lab, score in scores.items() if score is not None}

    return {
        "split": split or ALL,
        "among": "five white cells" if shared else "all classes",
        "models": [_model(checkpoint, split, shared=shared) for checkpoint in best_first(list_checkpoints())],
        "arms": [
            {"name": run.name, "title": run.title, "note": run.note, "labs": by_laboratory(run.name)}
            for run in RUNS
            if run.name in results
        ],
        "findings": [finding.to_dict(results) for finding in FINDINGS],
    }


def _model(checkpoint: "Checkpoint", split: str | None, *, shared: bool) -> dict[str, Any]:
    from core.datasets.laboratories import LABORATORIES
    from core.evaluation.domain_shift import by_lab

    try:
        scores = by_lab(checkpoint.predictions(), checkpoint.space, LABORATORIES, split=split, shared=shared)
    except CheckpointError as error:
        return {"name": checkpoint.name, "problem": str(error)}
    learned = checkpoint.card.learned_from
    return {
        "name": checkpoint.name,
        "learned_from": list(learned),
        # Without a split, what a model learned from or was chosen by would be among the images.
        "labs": {lab: _figures(score) for lab, score in scores.items() if split or lab not in learned},
    }


def _figures(score: "LabScore") -> dict[str, Any]:
    figure = {name: round(value, 4) for name, value in vars(score.balanced).items()}
    return {"n": score.n, "units": score.units, "classes": score.present, "balanced_accuracy": figure}


def _comparison_sections(comparison: dict[str, Any]) -> Iterator[Section]:
    from core.datasets.laboratories import LABORATORIES
    from core.experiments.domain_shift.findings import short

    columns = ["", *(short(lab) for lab in LABORATORIES)]
    title = f"balanced accuracy among {comparison['among']}, 95 % interval; images: {comparison['split']}"
    for heading, key in (("Models", "models"), ("Runs", "arms")):
        rows = [[row["name"], *(_cell(row, lab) for lab in LABORATORIES)] for row in comparison[key]]
        if rows:
            yield f"\n{heading}: {title}", columns, rows
    for finding in comparison["findings"]:
        answer = finding["answer"] or f"Not recorded here: {', '.join(finding['missing'])}"
        yield f"\n{finding['question']}\n{answer}", [], []


def _cell(row: dict[str, Any], lab: str) -> str:
    figures = row.get("labs", {}).get(lab)
    if figures is None:
        return ""
    learned = "*" if lab in row.get("learned_from", []) else ""
    return f"{interval_text(figures['balanced_accuracy'])} n={figures['n']}{learned}"
