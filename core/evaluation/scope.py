"""Which cells a page or a command is about: one source, one split, one lab or all."""

from dataclasses import dataclass

from core.evaluation.results.predictions import Predictions


@dataclass(frozen=True, order=True)
class Scope:
    """Cells of a source's split, of one lab where it is named, else of all its labs."""

    source: str
    split: str
    lab: str = ""

    def of(self, predictions: Predictions) -> Predictions:
        """These cells among predictions, in the same order; CheckpointError, naming what there is, if none."""
        return predictions.select(source=self.source, split=self.split, lab=self.lab or None)


def scopes_of(predictions: Predictions) -> tuple[Scope, ...]:
    """Every source, split and lab that has rows in the table, in alphabetical order."""
    rows = predictions.table[["source", "split", "lab"]].drop_duplicates()
    return tuple(sorted(Scope(*map(str, row)) for row in rows.itertuples(index=False)))
