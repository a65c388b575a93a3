"""Commands on other laboratories."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from core.checkpoints import Checkpoint, find_checkpoint, list_checkpoints
from core.cli.data import at_hand
from core.cli.progress import Bar
from core.cli.studies import reporter
from core.cli.train import setting, stop_on_signal
from core.datasets import Source
from core.datasets.laboratories import HOME, LABORATORIES, other_laboratories, single_cells
from core.detection.loading import load_localizer
from core.errors import CheckpointError, LeakError, SourceError
from core.evaluation.domain_shift import LabScore, by_lab
from core.evaluation.results.records import records
from core.experiments.domain_shift.arms import ARMS, EXPERIMENT, Arm, find_arm
from core.experiments.domain_shift.findings import FINDINGS, arm_results, arm_score, short
from core.experiments.domain_shift.inference import keep, lacking, read
from core.inference.reader import Reader
from core.inference.selection import best_first

ALL = "all"


def laboratories(names: Iterable[str], console: Console) -> dict[str, Source]:
    """Those sources that are at hand, the images that can be used of each; a sentence for each that is not."""
    found = {}
    for name in names:
        try:
            found[name] = single_cells(at_hand(name))
        except SourceError as error:
            console.print(f"{name} is left out. {error}")
    return found


def evaluate(names: Sequence[str], again: bool, console: Console) -> None:
    """Read every image of every other laboratory with checkpoints, and keep the answers in their tables.

    Goes on where it was stopped: what a table holds is not read again, unless asked for.
    """
    chosen = [find_checkpoint(name) for name in names] or best_first(list_checkpoints())
    sources, localizer = laboratories(other_laboratories([HOME]), console), load_localizer()
    for checkpoint in chosen:
        reader = None
        for name, source in sources.items():
            if name in checkpoint.card.learned_from or not (again or lacking(checkpoint, source)):
                continue
            reader = reader or Reader(checkpoint, localizer)
            with Bar(console, f"{checkpoint.name} on {name}") as bar:
                try:
                    keep(checkpoint, read(reader, source, bar))
                except (LeakError, SourceError) as error:
                    console.print(f"{checkpoint.name} on {name} was left out. {error}")
                    continue
            console.print(f"{checkpoint.name} on {name}: {len(source.keys()):,} images read.")


def run(names: Sequence[str], changes: Sequence[str], out: Path, again: bool, console: Console) -> bool:
    """Run the arms that are not recorded yet; False where it was stopped before its end."""
    from core.experiments.domain_shift.running import Runner

    settings = dict(setting(change) for change in changes)
    chosen = list(ARMS) if list(names) in ([], [ALL]) else [find_arm(name) for name in names]
    done = set() if again else {record.facts.name for record in records(EXPERIMENT)}
    sources, localizer = laboratories(LABORATORIES, console), load_localizer()
    if HOME not in sources:
        raise SourceError(f"The arms compare laboratories with {HOME}, which is not on this computer.")
    for arm in chosen:
        if arm.name in done:
            console.print(f"{arm.name}: recorded already; --again runs it once more.")
            continue
        missing = [lab for lab in arm.learned if lab not in sources]
        if missing:
            console.print(f"{arm.name} is left out: {', '.join(missing)} is not on this computer.")
            continue
        with Bar(console, arm.name) as bar:
            runner = Runner(sources, localizer, out, settings, bar, reporter(console))
            stop_on_signal(runner.stop)
            console.print(f"{arm.name}: {arm.note}")
            if runner.run(arm) is None:
                console.print(f"Stopped and saved in {out}; the same command goes on from there.")
                return False
    return True


def shown(split: str | None, shared: bool) -> dict[str, Any]:
    """Every model and arm by laboratory, and the findings, as plain data. split: test, or None for every image that a
    model did not learn from; shared: answers among the five white cells alone."""
    found = arm_results()
    return {
        "split": split or ALL,
        "among": "five white cells" if shared else "all classes",
        "models": [_model(one, split, shared) for one in best_first(list_checkpoints())],
        "arms": [
            {"name": arm.name, "title": arm.title, "note": arm.note} | {"labs": _arm(arm, found[arm.name], split)}
            for arm in ARMS
            if arm.name in found
        ],
        "findings": [
            {"question": one.question, "answer": one.told(found), "missing": list(one.missing(found))}
            for one in FINDINGS
        ],
    }


def _model(checkpoint: Checkpoint, split: str | None, shared: bool) -> dict[str, Any]:
    try:
        scores = by_lab(checkpoint.predictions(), checkpoint.space, LABORATORIES, split=split, shared=shared)
    except CheckpointError as error:
        return {"name": checkpoint.name, "problem": str(error)}
    learned = checkpoint.card.learned_from
    return {
        "name": checkpoint.name,
        "learned_from": list(learned),
        # Without a split, what a model learned from or was chosen by would be among the images.
        "labs": {lab: _score(one) for lab, one in scores.items() if split or lab not in learned},
    }


def _arm(arm: Arm, result: Any, split: str | None) -> dict[str, Any]:
    scores = {lab: arm_score(result, lab, split) for lab in LABORATORIES}
    return {lab: _score(one) for lab, one in scores.items() if one is not None}


def _score(one: LabScore) -> dict[str, Any]:
    figure = {name: round(value, 4) for name, value in vars(one.balanced).items()}
    return {"n": one.n, "units": one.units, "classes": one.present, "balanced_accuracy": figure}


def written(found: dict[str, Any]) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """What `shown` gives, to be printed: text, and the columns and rows of the table under it."""
    columns = ["", *(short(lab) for lab in LABORATORIES)]
    title = f"balanced accuracy among {found['among']}, 95 % interval; images: {found['split']}"
    for kind in ("models", "arms"):
        rows = [[row["name"], *(_cell(row, lab) for lab in LABORATORIES)] for row in found[kind]]
        if rows:
            yield f"\n{kind.capitalize()}: {title}", columns, rows
    for one in found["findings"]:
        yield f"\n{one['question']}\n{one['answer'] or 'Not run yet: ' + ', '.join(one['missing'])}", [], []


def _cell(row: dict[str, Any], lab: str) -> str:
    figure = row.get("labs", {}).get(lab)
    if figure is None:
        return ""
    value = figure["balanced_accuracy"]
    learned = "*" if lab in row.get("learned_from", []) else ""
    return f"{value['value']:.3f} ({value['low']:.3f} to {value['high']:.3f}) n={figure['n']}{learned}"


def resembling(console: Console) -> dict[str, Any]:
    """Fit and keep what pictures of each laboratory are like; how well that tells held-out pictures' laboratory."""
    from core.experiments.domain_shift.resemblance import fit_and_keep

    sources = laboratories(LABORATORIES, console)
    with Bar(console, "what pictures are like") as bar:
        return fit_and_keep(sources, load_localizer(), bar)
