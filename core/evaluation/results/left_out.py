"""Predictions for laboratories by networks that never saw them, from records of runs that leave each out."""

from pathlib import Path

from core.errors import CheckpointError
from core.evaluation.results.predictions import Predictions
from core.evaluation.results.records import Record, records

DOUBTED = "doubted"
"""What the split of a cell is called whose label an audit doubts: it is read, and no figure counts it."""


def fold_name(run: str, lab: str) -> str:
    """Under which the fold of a run that leaves `lab` out is recorded."""
    return f"{run}-without-{lab}"


def stranger_cells(predictions: Predictions, lab: str, *, test: bool = False) -> Predictions:
    """The predictions of a fold for a laboratory's cells: of its test split, or of the others, by which may be chosen.

    Cells of doubted labels are left out. CheckpointError where there are none.
    """
    table = predictions.table
    of_split = table["split"] == "test" if test else ~table["split"].isin(["test", DOUBTED])
    return Predictions(table[(table["source"] == lab) & of_split])


def left_out_predictions(run: str, root: Path | None = None) -> dict[str, Predictions]:
    """By laboratory left out, what the network that never saw it says of the cells by which may be chosen.

    run: "strangers/base", the experiment and the run in it. CheckpointError where fewer than two laboratories are
    recorded, since nothing can be fitted over laboratories then.
    """
    experiment, _, name = run.partition("/")
    folds: list[Record] = [
        record for record in records(experiment, root) if record.facts.name == fold_name(name, record.facts.source)
    ]
    if len(folds) < 2:
        raise CheckpointError(f"Of {run} fewer than two laboratories left out are recorded, from which to fit.")
    return {fold.facts.source: stranger_cells(fold.predictions(), fold.facts.source) for fold in folds}
