"""What checkpoints say of the images of laboratories that they never learned from, kept in their own tables."""

from core.checkpoints import Checkpoint
from core.datasets import Source
from core.evaluation.results.predictions import Predictions, stacked
from core.inference.reader import Reader
from core.inference.sources import assess
from core.progress import Progress

SPLITS = ("train", "val", "test")
MORE = "more"
"""What the split of images is called that are of no split to a model, though others learned from them."""


def lacking(checkpoint: Checkpoint, source: Source) -> bool:
    """Whether a checkpoint's table lacks images of a source that it did not learn from."""
    if source.spec.name in checkpoint.card.learned_from:
        return False
    table = checkpoint.predictions().table
    return set(table.loc[table["source"] == source.spec.name, "key"]) != set(source.index["key"])


def read(reader: Reader, source: Source, progress: Progress) -> Predictions:
    """Every image of a source through the reader, whatever its split: the model saw none of them.

    Those of the test split are "test" as for all models; the others are MORE, since this model neither learned from
    them nor was chosen by them, and nothing of it may be fitted on them.
    """
    table = assess(reader, source, SPLITS, progress).table
    return Predictions(table.assign(split=table["split"].where(table["split"] == "test", MORE)))


def keep(checkpoint: Checkpoint, other: Predictions) -> None:
    """Write these rows into the checkpoint's table in place of earlier ones of their sources; in one step, so that a
    stop leaves the table as it was."""
    joined(checkpoint.predictions(), other).write(checkpoint.folder / "predictions.parquet")


def joined(base: Predictions, other: Predictions) -> Predictions:
    """One table of both, rows of the sources of `other` taken from it; groups are "" where a source has none."""
    rows = base.table[~base.table["source"].isin(other.table["source"].unique())]
    return stacked([rows, other.table])
