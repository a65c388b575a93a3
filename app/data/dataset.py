"""The frame of the page on data sets: which one, what is in it, who learned from it, and what to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app.shared import load, photos, words
from core.datasets import SOURCES, Source, source_spec
from core.errors import CheckpointError
from core.evaluation.results.records import RunFacts, records
from core.experiments.studies import STUDIES
from core.labels import LABEL_SPACES, LabelSpace
from core.settings import records_folder

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint

CELL_COLUMNS = ["key", "label", "lab", "split"]

SPLITS = {"train": "Training", "val": "Validation", "test": "Test"}


@dataclass(frozen=True)
class ChosenDataset:
    """What the page is about. source: the data set where it is on this computer. models: those that learned from it,
    the best first. runs: recorded runs on it, by study letter. cells: one row a known cell, with key, label, lab and
    split; empty where none is known. named_by: the model whose table names the cells, "" where the data set does.
    """

    name: str
    source: Source | None
    models: "Sequence[Checkpoint]"
    runs: dict[str, list[RunFacts]]
    cells: pd.DataFrame
    named_by: str

    @property
    def title(self) -> str:
        return source_spec(self.name).title

    @property
    def space(self) -> LabelSpace:
        known = source_spec(self.name).label_space
        return LABEL_SPACES[known] if isinstance(known, str) else LABEL_SPACES["pbc8"]

    @property
    def classes(self) -> list[str]:
        """Keys of the classes that have a cell, in the order of the label space."""
        present = set(self.cells["label"])
        return [key for key in self.space.keys if key in present]

    def has(self, split: str) -> bool:
        return bool((self.cells["split"] == split).any())


def choose(checkpoints: "Sequence[Checkpoint]") -> ChosenDataset:
    """The data set to show; its name is in the address. Those on this computer come first, then what models know."""
    names = [name for name, spec in SOURCES.items() if spec.searched]
    sources = {name: photos.source(name) for name in names}
    trained = {source for model in checkpoints for source in model.card.learned_from}
    names.sort(key=lambda name: (sources[name] is None, name not in trained))
    name = st.selectbox(
        "Data set",
        names,
        key="source",
        bind="query-params",
        help="Those on this computer come first; the others are listed at the end of the page.",
    )
    models = [model for model in checkpoints if name in model.card.learned_from]
    cells, named_by = _cells(name, sources[name], models)
    return ChosenDataset(name, sources[name], models, _runs(name), cells, named_by)


def _cells(name: str, source: Source | None, models: "Sequence[Checkpoint]") -> tuple[pd.DataFrame, str]:
    """The cells that are known, and the model that names them where the data set is not here."""
    if source is not None:
        return source.index, ""
    for model in models:
        try:
            return model.predictions().select(source=name).table, model.name
        except CheckpointError:
            continue
    return pd.DataFrame(columns=CELL_COLUMNS), ""


def _runs(name: str) -> dict[str, list[RunFacts]]:
    recorded = _recorded(str(records_folder()))
    of_source = {letter: [facts for facts in runs if facts.source == name] for letter, runs in recorded.items()}
    return {letter: runs for letter, runs in of_source.items() if runs}


@st.cache_data(ttl="5m", max_entries=4, show_spinner=False)
def _recorded(folder: str) -> dict[str, list[RunFacts]]:
    """The facts of every recorded run, by study letter; of a study with a damaged record none."""
    recorded = {}
    for letter, study in STUDIES.items():
        try:
            recorded[letter] = [record.facts for record in records(study.experiment.name)]
        except CheckpointError:
            continue
    return recorded


def answer(dataset: ChosenDataset) -> None:
    """The page's question answered in words."""
    if not dataset.cells.empty:
        st.markdown(f"## {_size(dataset)}")
    st.markdown(" ".join(part for part in (_learners(dataset), _balance(dataset)) if part))
    spec = source_spec(dataset.name)
    note = dataset.source.split_note if dataset.source is not None else ""
    st.caption(words.plain(" ".join(part for part in (note, spec.citation, f"Licence: {spec.licence}.") if part)))
    if dataset.source is None:
        photos.offer(dataset.name)


def _size(dataset: ChosenDataset) -> str:
    cells, labs = dataset.cells, words.join([words.plain(lab) for lab in sorted(set(dataset.cells["lab"]))])
    if dataset.named_by:
        return (
            f"{len(cells):,} cells of {dataset.title}, from {labs}, are known here by name: those on which "
            f"{words.plain(dataset.named_by)} was chosen and tested."
        )
    kinds = words.count(len(dataset.classes), "class", "classes")
    return f"{dataset.title} holds {len(cells):,} cells of {kinds}, from {labs}."


def _learners(dataset: ChosenDataset) -> str:
    """Who learned from it."""
    parts = []
    if dataset.models:
        train = dataset.models[0].card.learned(dataset.name).counts.get("train", 0)
        names = words.join([f"**{words.plain(model.name)}**" for model in dataset.models])
        learned = "were trained" if len(dataset.models) > 1 else "alone was trained"
        parts.append(
            f"{names} {learned} on {train:,} training cells. Validation cells helped to choose among trainings; test "
            "cells were set aside until the end."
        )
    for letter, runs in dataset.runs.items():
        parts.append(f"{words.count(len(runs), 'recorded run')} of study {letter} used it (see the page Studies).")
    return " ".join(parts) or "No model here and no recorded run was trained on it."


def _balance(dataset: ChosenDataset) -> str:
    """The commonest and the rarest class that is learned from."""
    if not dataset.has("train"):
        return ""
    counts = dataset.cells.loc[dataset.cells["split"] == "train", "label"].value_counts()
    if len(counts) < 2:
        return ""
    most, least = (dataset.space[str(key)].name.lower() for key in (counts.index[0], counts.index[-1]))
    ratio = counts.iloc[0] / counts.iloc[-1]
    times = f"{ratio:.1f}" if ratio < 10 else f"{ratio:.0f}"
    return (
        f"The most common class of the training cells, {most} ({counts.iloc[0]:,}), is {times} times as frequent as "
        f"the rarest, {least} ({counts.iloc[-1]:,})."
    )


def elsewhere() -> None:
    """Data sets that are not on this computer, and how to get each."""
    missing = [spec for name, spec in SOURCES.items() if spec.searched and photos.source(name) is None]
    if not missing:
        return
    with st.expander(f"{words.count(len(missing), 'data set')} not on this computer"):
        for spec in missing:
            labs = words.join(list(spec.labs))
            st.markdown(
                f"- **{words.plain(spec.title)}**, `{spec.name}`, from {words.plain(labs)}. "
                f"{words.plain(spec.how_to_get)} Licence: {words.plain(spec.licence)}."
            )


def no_models(checkpoints: "Sequence[Checkpoint]") -> None:
    if not checkpoints:
        st.info(load.NO_MODELS, icon=":material/model_training:")
