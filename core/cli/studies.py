"""The five studies: running them again, and published figures beside ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.bars import Bar, classifier_reporter
from core.cli.options import AsJson
from core.cli.printing import Section, log, print_json, print_sections
from core.cli.running import at_hand, settings_of, stopped, stopping_on_signal

if TYPE_CHECKING:
    from core.evaluation.intervals import Interval, Rate
    from core.experiments.studies import Study
    from core.experiments.studies.results import Result, Scores

app = typer.Typer()


@app.command()
def study(
    letter: Annotated[str, typer.Argument(help="A, B, C, D or E.")],
    arm: Annotated[list[str] | None, typer.Option(help="A run of it; all if none is named.")] = None,
    change: Annotated[list[str] | None, typer.Option("--set", help="Another setting: epochs=3, per_class=600.")] = None,
    out: Annotated[Path, typer.Option(help="Folder of the runs; one that is there goes on.")] = Path("runs/studies"),
    again: Annotated[bool, typer.Option("--again", help="Also the runs that are recorded already.")] = False,
    show: Annotated[bool, typer.Option("--show", help="Run nothing; only show what is recorded.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run one of the five studies again and set its published figures beside ours, with 95 % intervals."""
    if not show:
        _run(letter, arm or [], settings_of(change), out, again=again)
    comparison = _comparison(letter)
    if as_json:
        return print_json(comparison)
    print_sections(_sections(comparison))


def _run(letter: str, names: list[str], settings: dict[str, Any], out: Path, *, again: bool) -> None:
    """The runs that are not recorded yet. One whose weights or data are not at hand is left out with a sentence,
    unless it was asked for by name."""
    from core.experiments.frame import make_runs
    from core.experiments.studies import StudyRun, find_study
    from core.experiments.studies.running import StudyRunner, changed

    study = find_study(letter)

    @contextmanager
    def start(run: StudyRun) -> Iterator[StudyRunner]:
        source = at_hand(changed(run, settings).recipe.source)
        report = classifier_reporter(log, batches=False)
        with Bar(log, f"{study.letter} {run.name}") as bar:
            runner = StudyRunner(study, source, out=out, settings=settings, progress=bar, report=report)
            with stopping_on_signal(runner.stop):
                yield runner

    recorded = () if again else study.experiment.recorded()
    chosen = study.experiment.choose(names)
    if make_runs(chosen, start, log.print, recorded=recorded, strict=bool(names)) is None:
        raise stopped(out)


def _comparison(letter: str) -> dict[str, Any]:
    """Published against ours, every run here, and the findings, as plain data."""
    from core.experiments.studies import find_study
    from core.experiments.studies.results import results
    from core.experiments.studies.shipped import with_shipped

    study = find_study(letter)
    ours = with_shipped(study, results(study.experiment.name))
    return {
        "study": study.letter,
        "title": study.title,
        "question": study.question,
        "findings": [finding.to_dict(ours) for finding in study.findings],
        "published": [_published(study, number, ours) for number in range(len(study.published))],
        "runs": [_result(result) for result in ours.values()],
    }


def _sections(comparison: dict[str, Any]) -> Iterator[Section]:
    yield f"Study {comparison['study']}: {comparison['title']}", [], []
    for finding in comparison["findings"]:
        missing = f"not recorded here: {', '.join(finding['missing'])}."
        yield f"\n{finding['question']}\n{finding['answer'] or missing}", [], []
    rows = [
        [row["system"], name, f"{pair['published']:.4f}", _range(pair["ours"]), row["run"], row["measured_on"]]
        for row in comparison["published"]
        for name, pair in row["figures"].items()
    ]
    if rows:
        yield "\nPublished and ours", ["system", "figure", "published", "ours (95 %)", "our run", "published for"], rows
    rows = [
        [run["name"], split, str(run[split]["n"]), _range(run[split]["accuracy"]), *_photos(run[split])]
        for run in comparison["runs"]
        for split in ("val", "test")
        if split in run
    ]
    if rows:
        yield "\nAll runs", ["run", "split", "images", "accuracy", "photos", "accuracy by photo"], rows


def _photos(figures: dict[str, Any]) -> list[str]:
    return [str(figures.get("photos", "")), _range(figures.get("accuracy_by_photo"))]


def _range(figure: dict[str, float] | None) -> str:
    return f"{figure['value']:.4f} ({figure['low']:.4f} to {figure['high']:.4f})" if figure else ""


def _published(study: "Study", number: int, results: "dict[str, Result]") -> dict[str, Any]:
    from core.experiments.studies.results import study_metrics

    row = study.published[number]
    ours = results.get(row.run)
    split = "val" if row.of == "val" else "test"
    scores = ours.by_image(split) if ours else None
    return {
        "system": row.system,
        "measured_on": row.of,
        "run": row.run,
        "figures": {
            name: {"published": row.figures[name], "ours": _bounds(_figure(scores, name)) if scores else None}
            for name in study_metrics()
            if name in row.figures
        },
    }


def _figure(scores: "Scores", name: str) -> "Interval | Rate":
    """A figure by its key; accuracy with the interval that suits its units."""
    return scores.accuracy if name == "accuracy" else scores.figures[name]


def _result(result: "Result") -> dict[str, Any]:
    facts = result.record.facts
    row: dict[str, Any] = {
        "name": result.name,
        "title": facts.title,
        "note": facts.note,
        "began_from": facts.began_from,
    }
    row |= {"counts": facts.counts, "epochs": facts.training.get("epochs"), "seconds": facts.training.get("seconds")}
    for split in result.splits:
        by_image, by_photo = result.by_image(split), result.by_photo(split)
        row[split] = {"n": by_image.n, "accuracy": _bounds(by_image.accuracy)}
        if by_image.photos:
            row[split] |= {"photos": by_image.photos, "accuracy_by_photo": _bounds(by_photo.accuracy)}
    return row


def _bounds(figure: "Interval | Rate") -> dict[str, float]:
    return {"value": round(figure.value, 4), "low": round(figure.low, 4), "high": round(figure.high, 4)}
