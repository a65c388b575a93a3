"""What a talk is about: models and their predictions for the same cells, or a counted smear."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from app.shared import charts, load, words
from app.shared.figures import comparison
from app.shared.load import Scored
from app.shared.scoping import Together
from app.shared.smears import LastSmear
from core.evaluation.confusion import confusion_matrix
from core.evaluation.scope import Scope
from core.labels import LabelSpace

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint


@dataclass(frozen=True, eq=False)
class Shown:
    """Models, the best by validation first, their predictions for the same cells, and their looks on charts."""

    together: Together
    styles: Mapping[str, charts.Style]

    @property
    def models(self) -> "Sequence[Checkpoint]":
        return self.together.models

    @property
    def names(self) -> list[str]:
        return self.together.names

    @property
    def space(self) -> LabelSpace:
        return self.together.space

    @property
    def scope(self) -> Scope:
        return self.together.scope

    @property
    def cells(self) -> str:
        """ "1,708 test cells"."""
        return f"{self.together.n:,} {comparison.SPLITS.get(self.scope.split, 'cells')}"

    @property
    def source(self) -> str:
        """Short name of where the cells are from."""
        from core.datasets import source_spec

        return source_spec(self.scope.source).short

    @cached_property
    def scored(self) -> dict[str, Scored]:
        """Figures of every model on these cells, in the order of the models."""
        return {model.name: self._scored(model) for model in self.models}

    def _scored(self, model: "Checkpoint") -> Scored:
        table = self.together.predictions[model.name]
        counts = confusion_matrix(table.labels, table.predicted, len(table.classes))
        return Scored(model.report(table, self.scope.source, self.scope.split), counts)

    @property
    def ranked(self) -> list[str]:
        """Names, the most accurate on these cells first."""
        return comparison.ranked(self.scored)

    @property
    def first(self) -> "Checkpoint":
        """The most accurate of the models on these cells."""
        return next(model for model in self.models if model.name == self.ranked[0])


@dataclass(frozen=True, eq=False)
class Subject:
    """Either may be missing; a talk is only made on what it is about."""

    models: Shown | None = None
    counted: LastSmear | None = field(default=None)

    @property
    def shown(self) -> Shown:
        """The models; LookupError where there are none."""
        if self.models is None:
            raise LookupError("This talk is not about models.")
        return self.models

    @property
    def smear(self) -> LastSmear:
        """The counted smear; LookupError where there is none."""
        if self.counted is None:
            raise LookupError("This talk is not about a smear.")
        return self.counted

    @property
    def name(self) -> str:
        """For a file's name."""
        return "-".join(self.models.names) if self.models else "counted"

    @property
    def key(self) -> tuple[object, ...]:
        """By what slides about it are known to be those of it as it is now."""
        if self.models is None:
            return (id(self.smear.smear), self.smear.smear.made, len(self.smear.smear.changed), self.smear.note)
        tables = load.states_of(model.folder / "predictions.parquet" for model in self.models.models)
        return tables, tuple(self.models.names), self.models.scope, tuple(sorted(self.models.styles.items()))

    @property
    def about(self) -> str:
        """For a line below the slides."""
        if self.models:
            return f"{words.join(self.models.names)} on {self.models.cells} of {self.models.source}"
        return f"the smear that is counted now, read by {self.smear.model.name}"
