"""Tables of several models brought to the same classes and the same cells, so that they can be set side by side."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from core.errors import CheckpointError
from core.evaluation.results.predictions import PREFIX, Predictions
from core.labels import LabelSpace, mapping

WHICH = ["source", "key"]
"""The columns that together say which cell a row is of."""


def shared_space(spaces: Iterable[LabelSpace]) -> LabelSpace | None:
    """The one of these label spaces that all others can be brought to, the finest of several; None if none.

    One space can be brought to another where each class of the other has a class that belongs to it: five
    classes can be had from eight by leaving three out, or from eleven by joining some, but not from four.
    """
    distinct = {space.name: space for space in spaces}.values()
    targets = [target for target in distinct if all(_reaches(space, target) for space in distinct)]
    return max(targets, key=len, default=None)


def _reaches(space: LabelSpace, target: LabelSpace) -> bool:
    return set(target.keys) <= set(mapping(space, target).values())


def in_space(predictions: Predictions, space: LabelSpace, target: LabelSpace) -> Predictions:
    """Predictions of a model of the label space `space` as predictions among the classes of `target`.

    Probabilities of classes that belong to one of target are added up; classes that belong to none are taken
    out and the rest is scaled to 1 again, so that the model answers as if it knew of no others (where it gives
    the rest nothing at all, it is as likely to be each). Cells of a class that target does not have are left
    out. The same table where the spaces are equal. CheckpointError where no cell is left.
    """
    if space == target:
        return predictions
    to = mapping(space, target)
    table = predictions.table
    label = table["label"].map(to)
    rows = label.notna().to_numpy()
    if not rows.any():
        raise CheckpointError(f"None of these cells is of a class of {target.title}.")
    joined = np.zeros((int(rows.sum()), len(target)))
    for number, key in enumerate(predictions.classes):
        if (goal := to.get(key)) is not None:
            joined[:, target.index(goal)] += predictions.probabilities[rows, number]
    total = joined.sum(axis=1, keepdims=True)
    joined = np.where(total > 0, joined / np.where(total > 0, total, 1), 1 / len(target))
    facts = table.loc[rows, [name for name in table.columns if not str(name).startswith(PREFIX)]]
    columns = pd.DataFrame(joined, columns=[PREFIX + key for key in target.keys], index=facts.index)
    return Predictions(pd.concat([facts.assign(label=label[rows]), columns], axis=1))


def align(tables: Mapping[str, Predictions]) -> dict[str, Predictions]:
    """The cells that every table has, in the order of the first table; all of one list of classes.

    CheckpointError where the classes differ, no cell is in all tables, or two tables hold a cell to be of
    different classes: then they were made from different data of one name.
    """
    first, *others = tables.values()
    if any(other.classes != first.classes for other in others):
        raise CheckpointError("These models tell different classes apart, so their answers cannot be set side by side.")
    if all(_same_cells(other, first) for other in others):
        return dict(tables)
    keys = {name: pd.MultiIndex.from_frame(predictions.table[WHICH]) for name, predictions in tables.items()}
    shared = next(iter(keys.values()))
    for index in keys.values():
        shared = shared[shared.isin(index)]
    if not len(shared):
        raise CheckpointError("These models have no cell in common.")
    aligned = {
        name: Predictions(predictions.table.iloc[keys[name].get_indexer(shared)].reset_index(drop=True))
        for name, predictions in tables.items()
    }
    labels = [predictions.labels for predictions in aligned.values()]
    if any((other != labels[0]).any() for other in labels):
        raise CheckpointError("These models were tested with different classes for one cell: their data differ.")
    return aligned


def _same_cells(first: Predictions, second: Predictions) -> bool:
    """Whether the rows are the same cells of the same classes in the same order, so that nothing is to be done."""
    columns = [*WHICH, "label"]
    return len(first) == len(second) and all((first.table[name] == second.table[name]).all() for name in columns)
