"""What the commands on attributes do."""

from pathlib import Path
from typing import Any

from rich.console import Console

from core.checkpoints import Checkpoint
from core.cli.data import at_hand
from core.cli.progress import Bar
from core.cli.train import epoch_line, setting, stop_on_signal
from core.errors import CheckpointError
from core.inference.selection import choose
from core.morphology import contradictions, metrics
from core.morphology.head import PREDICTIONS, HeadCard, read_head
from core.morphology.predictions import AttributePredictions, read_predictions
from core.morphology.results import AttributeRunFacts, read_runs, write_run
from core.morphology.wbcatt import read_annotated
from core.publishing.attributes import calibrate, on_authors_split, publish_head, seen_by

SOURCE = "pbc"
FINE_TUNED = "fine-tuned"


def train(model: str, authors: bool, root: Path | None, folder: Path | None, console: Console) -> str:
    """Train the head of a checkpoint on our split; with `authors` also one on theirs, of which only the answers are
    kept. folder: of the tables. Returns what was written, in a sentence."""
    checkpoint = choose(model).lead
    source = at_hand(SOURCE, root)
    cells = read_annotated(source, folder)
    with Bar(console, f"what {checkpoint.name} sees") as bar:
        features = seen_by(checkpoint, source, cells, bar)
    with Bar(console, "attribute head") as bar:
        publish_head(checkpoint, source, cells, features, bar)
    if authors:
        with Bar(console, "attribute head, authors' split") as bar:
            told = on_authors_split(checkpoint, cells, features, bar)
        counts = {part: len(cells.where("part", part)) for part in ("train", "val", "test")}
        write_run(told, AttributeRunFacts.of_head(checkpoint.name, checkpoint.card.sha256, counts))
    size = sum((checkpoint.folder / name).stat().st_size for name in ("attributes.safetensors", "attributes.json"))
    return f"{checkpoint.name} tells eleven attributes now; the head takes {size / 1000:.0f} kB."


def fine_tune(changes: list[str], out: Path, root: Path | None, folder: Path | None, console: Console) -> bool:
    """Fine-tune a network on the authors' train part and keep its answers to their test part; False if stopped."""
    from core.experiments.attributes import prepare, tested, trainer_of

    source = at_hand(SOURCE, root)
    cells = read_annotated(source, folder)
    with Bar(console, f"images of {SOURCE}") as bar:
        recipe, data = prepare(source, cells, dict(setting(change) for change in changes), bar)

    trainer = trainer_of(
        recipe, data, out, lambda told: console.print(epoch_line(told)) if told.row is not None else None
    )
    console.print(f"{recipe.architecture}: {trainer.start.description}, {trainer.state.precision}")
    stop_on_signal(trainer.stop)
    if not trainer.train():
        console.print(f"Stopped and saved in {out}; the same command goes on from there.")
        return False
    with Bar(console, "test part") as bar:
        told = tested(trainer, source, cells, calibrate, bar)
    counts = {part: len(cells.where("part", part)) for part in ("train", "val", "test")}
    write_run(
        told,
        AttributeRunFacts.of_network(
            recipe.model_dump(mode="json"), trainer.start.description, trainer.summary(), counts
        ),
    )
    return True


def evaluate(model: str, split: str) -> dict[str, Any]:
    """All figures of a head on our validation or test cells, the second person's beside them, and the runs on the
    authors' split. From the tables that were kept; no image is read."""
    checkpoint = choose(model).lead
    head = read_head(checkpoint)
    told = told_by(checkpoint, head.card).select(split)
    person, own = metrics.annotator_agreement(told)
    answers = checkpoint.predictions().select(source=head.card.source, split=split)
    return {
        "checkpoint": checkpoint.name,
        "split": split,
        "figures": metrics.attribute_report(told, head.sure_from).to_dict(),
        "second_person": [vars_of(one) for one in person],
        "model_on_the_same_cells": [vars_of(one) for one in own],
        "warned": vars_of(contradictions.contradiction_rates(told, answers, head.card)),
        "authors_split": [
            {"facts": run.facts.model_dump(), "figures": metrics.attribute_report(run.predictions).to_dict()}
            for run in read_runs()
        ],
        "published": {"accuracy": metrics.PUBLISHED_ACCURACY, "macro_f1": metrics.PUBLISHED_F1},
    }


def vars_of(one: Any) -> dict[str, Any]:
    """A dataclass of dataclasses as plain data."""
    from dataclasses import asdict

    found: dict[str, Any] = asdict(one)
    return found


def told_by(checkpoint: Checkpoint, card: HeadCard) -> AttributePredictions:
    """The kept table of a head; CheckpointError where it is of other weights."""
    told = read_predictions(checkpoint.folder / PREDICTIONS)
    if told.sha256 != card.weights_sha256:
        raise CheckpointError(
            f"The table of attributes of {checkpoint.name} is of other weights; train the head again."
        )
    return told


def written(found: dict[str, Any]) -> list[tuple[str, list[str], list[list[str]]]]:
    """For people: tables of (title, columns, rows)."""
    second = {row["key"]: row for row in found["second_person"]}
    own = {row["key"]: row for row in found["model_on_the_same_cells"]}
    rows = []
    for row in found["figures"]["attributes"]:
        key = row["key"]
        agreed = [_share(part[key]["agree"]) if key in part else "" for part in (second, own)]
        rows.append([key, _share(row["accuracy"]), _share(row["macro_f1"]), _share(row["balanced_accuracy"])])
        rows[-1] += [_share(row["sure"]), _share(row["right_when_sure"]), *agreed]
    means = [_share(found["figures"][name]) for name in ("mean_accuracy", "mean_f1", "mean_balanced")]
    rows.append(["mean", *means, "", "", "", ""])
    columns = ["attribute", "accuracy", "macro F1", "balanced", "sure", "right when sure", "person 2", "model, same"]
    title = f"{found['checkpoint']}, {found['figures']['n']:,} {found['split']} cells (our split)"
    theirs = [
        [run["facts"]["title"], _share(run["figures"]["mean_accuracy"]), _share(run["figures"]["mean_f1"])]
        for run in found["authors_split"]
    ]
    published = ["ResNet-50, as published", *(f"{100 * value:.2f}" for value in found["published"].values())]
    warned = [[name, _share(found["warned"][name])] for name in ("right", "wrong")]
    return [
        (title, columns, rows),
        ("the authors' split, their test part", ["run", "mean accuracy", "mean macro F1"], [*theirs, published]),
        ("answers with an attribute against them", ["answers", "share"], warned),
    ]


def _share(figure: dict[str, float]) -> str:
    return f"{100 * figure['value']:.1f} ({100 * figure['low']:.1f} to {100 * figure['high']:.1f})"
