"""A cell's attributes: training a head for them, and its figures."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.bars import Bar, classifier_reporter
from core.cli.options import AsJson, Changes, Model
from core.cli.printing import Section, log, print_json, print_sections
from core.cli.running import at_hand, settings_of, stop_on_signal, stopped
from core.errors import CheckpointError

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.morphology.head import HeadCard
    from core.morphology.predictions import AttributePredictions

SOURCE = "pbc"
PARTS = ("train", "val", "test")

ItsRoot = Annotated[Path | None, typer.Option("--root", help="PBC's folder, if it is not found by itself.")]
Tables = Annotated[Path | None, typer.Option(help="The folder of WBCAtt's tables, if not in SMEARLENS_DATA.")]

app = typer.Typer(name="morphology", no_args_is_help=True, help="A cell in a haematologist's words: eleven attributes.")


@app.command()
def train(
    model: Model = "",
    authors: Annotated[bool, typer.Option("--authors", help="Also on the authors' split, for comparison.")] = False,
    root: ItsRoot = None,
    tables: Tables = None,
) -> None:
    """Train the attribute head of a checkpoint and keep it beside the weights. The network's features are cached."""
    from core.inference.selection import choose
    from core.morphology.results import AttributeRunFacts, write_run
    from core.morphology.wbcatt import read_annotated
    from core.publishing.attributes import cell_features, on_authors_split, publish_head

    checkpoint = choose(model).lead
    source = at_hand(SOURCE, root)
    cells = read_annotated(source, tables)
    with Bar(log, f"features of {checkpoint.name}") as bar:
        features = cell_features(checkpoint, source, cells, bar)
    with Bar(log, "attribute head") as bar:
        publish_head(checkpoint, source, cells, features, bar)
    if authors:
        with Bar(log, "attribute head, authors' split") as bar:
            predictions = on_authors_split(checkpoint, cells, features, bar)
        counts = {part: len(cells.where("part", part)) for part in PARTS}
        write_run(predictions, AttributeRunFacts.of_head(checkpoint.name, checkpoint.card.sha256, counts))
    size = sum((checkpoint.folder / name).stat().st_size for name in ("attributes.safetensors", "attributes.json"))
    typer.echo(f"{checkpoint.name} tells eleven attributes now; the head takes {size / 1000:.0f} kB.")


@app.command("fine-tune")
def fine_tune(
    change: Changes = None,
    out: Annotated[Path, typer.Option(help="Folder of the run; one that is there goes on.")] = Path("runs/attributes"),
    root: ItsRoot = None,
    tables: Tables = None,
) -> None:
    """Fine-tune a network as the authors did, on their split. Ctrl-C stops and saves; the same command goes on."""
    from core.experiments.attributes import AttributeTrainer, predict_test_part, prepare
    from core.morphology.results import AttributeRunFacts, write_run
    from core.morphology.wbcatt import read_annotated
    from core.publishing.attributes import calibrate

    source = at_hand(SOURCE, root)
    cells = read_annotated(source, tables)
    with Bar(log, f"images of {SOURCE}") as bar:
        recipe, data = prepare(source, cells, settings_of(change), bar)
    trainer = AttributeTrainer(recipe, data, out, classifier_reporter(log, batches=False))
    log.print(f"{recipe.architecture}: {trainer.start.description}, {trainer.state.precision}")
    stop_on_signal(trainer.stop)
    if not trainer.train():
        raise stopped(out)
    with Bar(log, "test part") as bar:
        predictions = predict_test_part(trainer, source, cells, calibrate, bar)
    counts = {part: len(cells.where("part", part)) for part in PARTS}
    facts = AttributeRunFacts.of_network(
        recipe.model_dump(mode="json"), trainer.start.description, trainer.summary(), counts
    )
    write_run(predictions, facts)


@app.command()
def evaluate(
    model: Model = "",
    split: Annotated[str, typer.Option(help="val or test.")] = "test",
    as_json: AsJson = False,
) -> None:
    """Figures of each attribute with intervals, a second person's beside them, and the runs on the authors' split."""
    figures = _figures(model, split)
    if as_json:
        return print_json(figures)
    print_sections(_sections(figures))


def _figures(model: str, split: str) -> dict[str, Any]:
    """Of a head on our validation or test cells, the second person's beside them, and of the runs on the authors'
    split. From the tables that were kept; no image is read."""
    from core.inference.selection import choose
    from core.morphology import contradictions, metrics
    from core.morphology.head import read_head
    from core.morphology.results import read_runs

    checkpoint = choose(model).lead
    head = read_head(checkpoint)
    attributes = _predictions_of(checkpoint, head.card).select(split)
    person, own = metrics.annotator_agreement(attributes)
    classes = checkpoint.predictions().select(source=head.card.source, split=split)
    return {
        "checkpoint": checkpoint.name,
        "split": split,
        "figures": metrics.attribute_report(attributes, head.sure_from).to_dict(),
        "second_person": [asdict(agreement) for agreement in person],
        "model_on_the_same_cells": [asdict(agreement) for agreement in own],
        "warned": asdict(contradictions.contradiction_rates(attributes, classes, head.card)),
        "authors_split": [
            {"facts": run.facts.model_dump(), "figures": metrics.attribute_report(run.predictions).to_dict()}
            for run in read_runs()
        ],
        "published": {"accuracy": metrics.PUBLISHED_ACCURACY, "macro_f1": metrics.PUBLISHED_F1},
    }


def _predictions_of(checkpoint: "Checkpoint", card: "HeadCard") -> "AttributePredictions":
    """The kept table of a head; CheckpointError where it is of other weights."""
    from core.morphology.head import PREDICTIONS
    from core.morphology.predictions import read_predictions

    table = read_predictions(checkpoint.folder / PREDICTIONS)
    if table.sha256 != card.weights_sha256:
        raise CheckpointError(
            f"The table of attributes of {checkpoint.name} is of other weights; train the head again."
        )
    return table


def _sections(figures: dict[str, Any]) -> list[Section]:
    second = {row["key"]: row for row in figures["second_person"]}
    own = {row["key"]: row for row in figures["model_on_the_same_cells"]}
    rows = []
    for row in figures["figures"]["attributes"]:
        key = row["key"]
        agreed = [_share(part[key]["agree"]) if key in part else "" for part in (second, own)]
        rows.append([key, _share(row["accuracy"]), _share(row["macro_f1"]), _share(row["balanced_accuracy"])])
        rows[-1] += [_share(row["sure"]), _share(row["right_when_sure"]), *agreed]
    means = [_share(figures["figures"][name]) for name in ("mean_accuracy", "mean_f1", "mean_balanced")]
    rows.append(["mean", *means, "", "", "", ""])
    columns = ["attribute", "accuracy", "macro F1", "balanced", "sure", "right when sure", "person 2", "model, same"]
    title = f"{figures['checkpoint']}, {figures['figures']['n']:,} {figures['split']} cells (our split)"
    theirs = [
        [run["facts"]["title"], _share(run["figures"]["mean_accuracy"]), _share(run["figures"]["mean_f1"])]
        for run in figures["authors_split"]
    ]
    published = ["ResNet-50, as published", *(f"{100 * value:.2f}" for value in figures["published"].values())]
    warned = [[name, _share(figures["warned"][name])] for name in ("right", "wrong")]
    return [
        (title, columns, rows),
        ("the authors' split, their test part", ["run", "mean accuracy", "mean macro F1"], [*theirs, published]),
        ("answers with an attribute against them", ["answers", "share"], warned),
    ]


def _share(figure: dict[str, float]) -> str:
    return f"{100 * figure['value']:.1f} ({100 * figure['low']:.1f} to {100 * figure['high']:.1f})"
