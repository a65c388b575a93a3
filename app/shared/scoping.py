"""Which cells a page talks of, and several models' answers to the same of them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

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


def one(ranked: "Sequence[Checkpoint]", first: "Checkpoint | None" = None) -> "Checkpoint":
    """The model that a page is about, of one or more, the best first. It begins with `first`, or the champion."""
    first = first or load.champion(ranked)
    known = {model.name: model for model in ranked}
    name = st.selectbox(
        "Model",
        list(known),
        index=list(known).index(first.name),
        key="model",
        bind="query-params",
        help="In order of how often they were right on validation cells. Pages on single cells begin with the best "
        "single network, Count with the one that learned from most laboratories.",
    )
    return known[name]


def choose(found: "Sequence[Checkpoint]") -> Scope | None:
    """The source, split and lab that are chosen among all tables, asked only where there is a choice.

    found: the best by validation first; its own source comes first. None where no table can be read.
    """
    there = _there(found)
    if not there:
        return None
    own = found[0].card.trained.source
    sources = sorted({one.source for one in there}, key=lambda source: (source != own, source))
    source = _box("Source", sources, "source", _source_title)
    there = [one for one in there if one.source == source]
    split = _split(sorted({one.split for one in there}))
    labs = sorted({one.lab for one in there if one.split == split})
    if len(labs) < 2:
        return Scope(source, split)
    lab = st.selectbox("Lab", labs, index=None, placeholder="all labs", key="lab", bind="query-params")
    return Scope(source, split, lab or "")


def _there(found: "Iterable[Checkpoint]") -> list[Scope]:
    """What all readable tables hold of their validation and test cells; of the others the page speaks when it reads
    them. Of laboratories that a model never saw a table also has cells by which others may have learned."""
    there: set[Scope] = set()
    for model in found:
        try:
            there.update(one for one in load.scopes(model) if one.split in SPLIT_NAMES.values())
        except CheckpointError:
            continue
    return sorted(there)


def _split(splits: list[str]) -> str:
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
                help="Test cells were kept apart until the end. Validation cells helped to choose, which flatters.",
            )
            or names[0]
        )
    return SPLIT_NAMES.get(picked, picked)


def _box(label: str, options: list[str], key: str, title: Callable[[str], str]) -> str:
    """A select box where there is more than one choice, else the only one."""
    if len(options) == 1:
        return options[0]
    return st.selectbox(label, options, key=key, bind="query-params", format_func=title)


def _source_title(name: str) -> str:
    from core.datasets import source_spec

    try:
        return source_spec(name).title
    except SourceError:
        return name


Tables = dict[str, Predictions]
"""By model's name, its answers."""


@dataclass(frozen=True, eq=False)
class Together:
    """Models and their answers to the same cells, in one order, among the same classes.

    predictions: by model's name. notes: what was mapped or narrowed for that, and which models are left out and why.
    """

    models: "tuple[Checkpoint, ...]"
    predictions: Tables
    space: LabelSpace
    scope: Scope
    notes: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        return [model.name for model in self.models]

    @property
    def n(self) -> int:
        return len(next(iter(self.predictions.values())))

    @property
    def grouped(self) -> bool:
        """Whether several of the images show one photo."""
        return next(iter(self.predictions.values())).groups is not None


def together(models: "Sequence[Checkpoint]", scope: Scope) -> Together | None:
    """Answers of these models to the cells of the scope, the first model deciding what cannot be brought together.

    Classes are mapped where core.labels knows how, to the finest list that all have; cells that not all have are
    left out. None where no model has any answer.
    """
    tables: Tables = {}
    kept: list[Checkpoint] = []
    notes = []
    for model in models:
        try:
            more = tables | {model.name: load.predictions(model, scope)}
            _brought([*kept, model], more)
        except CheckpointError as error:
            notes.append(f"**{words.plain(model.name)}** is left out. {words.plain(str(error))}")
            continue
        tables = more
        kept.append(model)
    if not kept:
        return None
    space, mapped, told = _brought(kept, tables)
    notes += _mapped(kept, space) + _narrowed(mapped, told)
    return Together(tuple(kept), told, space, scope, tuple(notes))


def _brought(models: "Sequence[Checkpoint]", tables: Tables) -> tuple[LabelSpace, Tables, Tables]:
    """The classes that all have, and the tables among them, first each whole, then narrowed to the same cells.

    CheckpointError where the last of the models cannot be brought together with those before it.
    """
    space = shared_space(model.space for model in models)
    if space is None:
        raise CheckpointError(f"It tells other classes apart than {words.join([one.name for one in models[:-1]])}.")
    mapped = {model.name: in_space(tables[model.name], model.space, space) for model in models}
    return space, mapped, align(mapped)


def _mapped(models: "Sequence[Checkpoint]", space: LabelSpace) -> list[str]:
    others = [f"**{words.plain(model.name)}**" for model in models if model.space != space]
    if not others:
        return []
    return [
        f"These models tell different lists of classes apart, so they are compared among {len(space)}: "
        f"{words.join([name.lower() for name in space.names])}. Cells of other classes are left out. For "
        f"{words.join(others)} finer classes are joined, and the likeliest class among those listed is the answer."
    ]


def _narrowed(tables: Tables, told: Tables) -> list[str]:
    most = max(len(table) for table in tables.values())
    n = len(next(iter(told.values())))
    return [f"Only the {n:,} cells that all of these models have are compared."] if n < most else []
