"""Which model and which cells a page is about, and several models' predictions for the same cells."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app.shared import load, words
from core.errors import CheckpointError, SourceError
from core.evaluation.alignment import align, in_space, shared_space
from core.evaluation.results.predictions import Predictions
from core.evaluation.scope import Scope
from core.labels import LabelSpace

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint

SPLIT_NAMES = {"test": "test", "validation": "val"}
"""Splits as the page and its address call them."""


def choose_model(ranked: "Sequence[Checkpoint]") -> "Checkpoint":
    """The model that a page is about, of one or more, the best first. It begins with the widest."""
    by_name = {model.name: model for model in ranked}
    name = st.selectbox(
        "Model",
        list(by_name),
        index=list(by_name).index(load.widest(ranked).name),
        key="model",
        bind="query-params",
        help="Ordered by accuracy on validation cells. Pages begin with the network that learned from the most "
        "laboratories, since nobody knows which one a photo is from.",
    )
    return by_name[name]


def choose_scope(ranked: "Sequence[Checkpoint]") -> Scope | None:
    """The source, split and lab that are chosen among all tables, asked only where there is a choice.

    ranked: the best by validation first; its own source comes first. None where no table can be read.
    """
    scopes = _scopes(ranked)
    if not scopes:
        return None
    own = ranked[0].card.trained.source
    sources = sorted({scope.source for scope in scopes}, key=lambda source: (source != own, source))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        source = _choose_source(sources)
        split = _choose_split(sorted({scope.split for scope in scopes if scope.source == source}))
        labs = sorted({scope.lab for scope in scopes if (scope.source, scope.split) == (source, split)})
        if len(labs) < 2:
            return Scope(source, split)
        lab = st.selectbox("Lab", labs, index=None, placeholder="all labs", key="lab", bind="query-params")
    return Scope(source, split, lab or "")


def _scopes(models: "Iterable[Checkpoint]") -> list[Scope]:
    """What all readable tables hold of their validation and test cells; of the others the page speaks when it reads
    them. Of laboratories that a model never saw a table also has cells by which others may have learned."""
    scopes: set[Scope] = set()
    for model in models:
        try:
            scopes.update(scope for scope in load.scopes(model) if scope.split in SPLIT_NAMES.values())
        except CheckpointError:
            continue
    return sorted(scopes)


def _choose_split(splits: list[str]) -> str:
    titles = {split: title for title, split in SPLIT_NAMES.items()}
    names = sorted((titles.get(split, split) for split in splits), key=lambda name: (name != "test", name))
    picked = names[0]
    if len(names) > 1:
        picked = (
            st.segmented_control(
                "Cells",
                names,
                default=names[0],
                required=True,
                key="cells",
                bind="query-params",
                help="Test cells were set aside until the end. Validation cells helped to choose, which flatters.",
            )
            or names[0]
        )
    return SPLIT_NAMES.get(picked, picked)


def _choose_source(sources: list[str]) -> str:
    """Asked where there is more than one, else the only one."""
    if len(sources) == 1:
        return sources[0]
    return st.selectbox("Source", sources, key="source", bind="query-params", format_func=_source_title)


def _source_title(name: str) -> str:
    from core.datasets import source_spec

    try:
        return source_spec(name).title
    except SourceError:
        return name


Tables = dict[str, Predictions]
"""By model's name, its predictions."""


@dataclass(frozen=True, eq=False)
class Answers:
    """Models and their predictions for the same cells, in one order, among the same classes.

    predictions: by model's name, those of the models and in their order.
    """

    models: "Sequence[Checkpoint]"
    predictions: Tables
    space: LabelSpace

    @property
    def names(self) -> list[str]:
        return [model.name for model in self.models]

    @property
    def images(self) -> pd.DataFrame:
        """What is the same in all tables: source, lab, split, key and label of each image."""
        return self._first.table

    @property
    def n(self) -> int:
        return len(self._first)

    @property
    def grouped(self) -> bool:
        """Whether several of the images show one photo."""
        return self._first.groups is not None

    @property
    def _first(self) -> Predictions:
        return next(iter(self.predictions.values()))

    def image(self, row: int) -> tuple[str, str]:
        """Source and key of an image."""
        return str(self.images["source"].iloc[row]), str(self.images["key"].iloc[row])

    def true(self, row: int) -> int:
        """Number of the true class."""
        return int(self._first.labels[row])

    def predicted(self, row: int, name: str) -> int:
        """Number of the class that a model gives."""
        return int(self.predictions[name].predicted[row])


@dataclass(frozen=True, eq=False)
class Together(Answers):
    """Predictions brought together for a scope.

    notes: what was mapped or narrowed for that, and which models are left out and why.
    """

    scope: Scope
    notes: tuple[str, ...]


def together(models: "Sequence[Checkpoint]", scope: Scope) -> Together | None:
    """Predictions of these models for the cells of the scope, the first model deciding what cannot be brought together.

    Classes are mapped where core.labels knows how, to the finest list that all have; cells that not all have are
    left out. None where no model has any predictions.
    """
    tables: Tables = {}
    included: list[Checkpoint] = []
    notes = []
    for model in models:
        try:
            more = tables | {model.name: load.predictions(model, scope)}
            _bring_together([*included, model], more)
        except CheckpointError as error:
            notes.append(f"**{words.plain(model.name)}** is left out. {words.plain(str(error))}")
            continue
        tables = more
        included.append(model)
    if not included:
        return None
    space, mapped, aligned = _bring_together(included, tables)
    notes += _mapping_notes(included, space) + _alignment_notes(mapped, aligned)
    return Together(tuple(included), aligned, space, scope, tuple(notes))


def _bring_together(models: "Sequence[Checkpoint]", tables: Tables) -> tuple[LabelSpace, Tables, Tables]:
    """The classes that all have, and the tables among them, first each whole, then narrowed to the same cells.

    CheckpointError where the last of the models cannot be brought together with those before it.
    """
    space = shared_space(model.space for model in models)
    if space is None:
        others = words.join([model.name for model in models[:-1]])
        raise CheckpointError(f"It does not have the same classes as {others}.")
    mapped = {model.name: in_space(tables[model.name], model.space, space) for model in models}
    return space, mapped, align(mapped)


def _mapping_notes(models: "Sequence[Checkpoint]", space: LabelSpace) -> list[str]:
    others = [f"**{words.plain(model.name)}**" for model in models if model.space != space]
    if not others:
        return []
    return [
        f"These models have different lists of classes, so they are compared on {len(space)}: "
        f"{words.join([name.lower() for name in space.names])}. Cells of other classes are left out. For "
        f"{words.join(others)} finer classes are joined, and the likeliest class among those listed is the answer."
    ]


def _alignment_notes(whole: Tables, aligned: Tables) -> list[str]:
    most = max(len(table) for table in whole.values())
    n = len(next(iter(aligned.values())))
    return [f"Only the {n:,} cells that all these models were given are compared."] if n < most else []
