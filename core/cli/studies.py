"""The command that runs a study again and sets published figures beside ours."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console

from core.cli.data import at_hand
from core.cli.progress import Bar
from core.cli.train import epoch_line, setting, stop_on_signal
from core.errors import SmearlensError
from core.evaluation.intervals import Interval, Rate
from core.experiments.studies import Study, find_arm, find_study
from core.experiments.studies.results import Result, Scores, results, study_metrics
from core.experiments.studies.shipped import with_shipped
from core.training.state import EpochProgress, EpochReport

SOURCE = "source"


def run(letter: str, names: list[str], changes: list[str], out: Path, again: bool, console: Console) -> bool:
    """Run the arms that are not recorded yet; False where it was stopped before its end.

    An arm whose weights or data are not at hand is left out with a sentence, unless it was asked for by name.
    """
    from core.experiments.studies.running import Runner, changed

    study = find_study(letter)
    settings = dict(setting(change) for change in changes)
    chosen = [find_arm(study, name) for name in names] or list(study.arms)
    done = set(results(study.experiment)) if not again else set()
    for arm in chosen:
        if arm.name in done:
            console.print(f"{study.letter} {arm.name}: recorded already; --again runs it once more.")
            continue
        source = at_hand(changed(arm, settings).recipe.source, None)
        with Bar(console, f"{study.letter} {arm.name}") as bar:
            runner = Runner(study, source, out, settings, bar, reporter(console))
            previous = stop_on_signal(runner.stop)
            try:
                console.print(f"{study.letter} {arm.name}: {arm.title}")
                if runner.run(arm) is None:
                    console.print(f"Stopped and saved in {out}; the same command goes on from there.")
                    return False
            except SmearlensError as error:
                if names:
                    raise
                console.print(f"{study.letter} {arm.name} was left out. {error}")
            finally:
                _back(previous)
    return True


def shown(letter: str) -> dict[str, Any]:
    """Published against ours, every run here, and the findings, as plain data."""
    study = find_study(letter)
    found = with_shipped(study, results(study.experiment))
    return {
        "study": study.letter,
        "title": study.title,
        "question": study.question,
        "findings": [
            {"question": one.question, "answer": one.told(found), "missing": list(one.missing(found))}
            for one in study.findings
        ],
        "published": [_published(study, number, found) for number in range(len(study.published))],
        "runs": [_result(result) for result in found.values()],
    }


def written(found: dict[str, Any]) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """What `shown` gives, to be printed: text, and the columns and rows of the table under it."""
    yield f"Study {found['study']}: {found['title']}", [], []
    for one in found["findings"]:
        missing = f"not run here yet: {', '.join(one['missing'])}."
        yield f"\n{one['question']}\n{one['answer'] or missing}", [], []
    rows = [
        [row["system"], name, f"{pair['published']:.4f}", _range(pair["ours"]), row["run"], row["measured_on"]]
        for row in found["published"]
        for name, pair in row["figures"].items()
    ]
    if rows:
        yield "\nPublished and ours", ["system", "figure", "published", "ours (95 %)", "our run", "published for"], rows
    rows = [
        [run["name"], split, str(run[split]["n"]), _range(run[split]["accuracy"]), *_photos(run[split])]
        for run in found["runs"]
        for split in ("val", "test")
        if split in run
    ]
    if rows:
        yield "\nAll runs", ["run", "split", "images", "accuracy", "photos", "accuracy by photo"], rows


def _photos(figures: dict[str, Any]) -> list[str]:
    return [str(figures.get("photos", "")), _range(figures.get("accuracy_by_photo"))]


def _range(figure: dict[str, float] | None) -> str:
    return f"{figure['value']:.4f} ({figure['low']:.4f} to {figure['high']:.4f})" if figure else ""


def _published(study: Study, number: int, found: dict[str, Result]) -> dict[str, Any]:
    row = study.published[number]
    ours = found.get(row.arm)
    split = "val" if row.of == "val" else "test"
    scores = ours.by_image(split) if ours else None
    return {
        "system": row.system,
        "measured_on": row.of,
        "run": row.arm,
        "figures": {
            name: {"published": row.figures[name], "ours": _bounds(figure(scores, name)) if scores else None}
            for name in study_metrics()
            if name in row.figures
        },
    }


def figure(scores: Scores, name: str) -> Interval | Rate:
    """A figure by its key; accuracy with the interval that suits its units."""
    return scores.accuracy if name == "accuracy" else scores.figures[name]


def _result(result: Result) -> dict[str, Any]:
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


def _bounds(figure: Interval | Rate) -> dict[str, float]:
    return {"value": round(figure.value, 4), "low": round(figure.low, 4), "high": round(figure.high, 4)}


def _back(previous: dict[int, Any]) -> None:
    for number, handler in previous.items():
        signal.signal(number, handler)


def reporter(console: Console) -> EpochReport:
    """A line an epoch."""

    def report(progress: EpochProgress) -> None:
        if progress.row is not None:
            console.print(epoch_line(progress))

    return report
