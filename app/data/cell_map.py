"""The map of a model: where each test cell lies among the others in the model's own features."""

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from app.data import class_charts
from app.data.dataset import ChosenDataset
from app.shared import photos, words
from app.shared.saving import save_csv
from core.datasets import source_spec
from core.errors import CheckpointError
from core.evaluation.results.embeddings import NEIGHBOURS, FeatureMap, beside, has_map, read_map
from core.labels import LabelSpace

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.evaluation.results.embeddings import Method

WAYS: "dict[str, Method]" = {"UMAP": "umap", "PCA": "pca"}
CONFIG = {
    "scrollZoom": False,
    "displaylogo": False,
    "modeBarButtons": [["zoomIn2d", "zoomOut2d", "pan2d", "resetScale2d"]],
}
"""The crowd can be looked into, but a finger that passes over the map scrolls the page."""


def show(dataset: ChosenDataset) -> None:
    """The map of the model that the address names, and the cell that is looked at."""
    st.header("Which cells look alike to a model?", anchor=False)
    if not dataset.models:
        st.markdown("No model here was trained on this data set, so there is no map of it.")
        return
    model = _choose(dataset)
    shown_method = st.segmented_control(
        "Map", list(WAYS), default="UMAP", required=True, key="map", bind="query-params"
    )
    method = WAYS[shown_method or "UMAP"]
    try:
        feature_map = read_map(model.lead.folder, model.lead.card.sha256)
        cells = joined(feature_map, model, method)
    except CheckpointError as error:
        st.info(f"{words.plain(str(error))} {how_to_make(model)}", icon=":material/map:")
        return
    st.markdown(f"{_how_made(method, feature_map, model)} {in_words(cells, model.space)}")
    _draw(cells, model.space, method, feature_map)
    st.caption(
        "Each point is a test cell, in the colour and symbol of its true class; large and outlined where the model "
        "called it something else. The axes have no unit, and on the UMAP map the distance between distant groups "
        "means little. Select a point, or choose from the list, to see the cell."
    )
    rows = neighbourhood(cells, model.space)
    with st.expander("The table"):
        st.markdown(
            f"How many of a cell's {NEIGHBOURS} nearest neighbours on this map belong to each class, on average."
        )
        st.dataframe(rows, hide_index=True, alt="One row a class, its cells' neighbours by class.")
        save_csv(f"map-{model.name}-{method}", lambda: rows.to_csv(index=False))


def _choose(dataset: ChosenDataset) -> "Checkpoint":
    """The model; at first the best of which there is a map."""
    names = {model.name: model for model in dataset.models}
    drawn = [name for name, model in names.items() if _is_drawn(model)]
    first = list(names).index(drawn[0]) if drawn else 0
    name = st.selectbox("Model", list(names), index=first, key="model", bind="query-params")
    return names.get(name) or dataset.models[first]


def _is_drawn(model: "Checkpoint") -> bool:
    try:
        return has_map(model.lead.folder)
    except CheckpointError:  # a member of an ensemble is missing
        return False


def how_to_make(model: "Checkpoint") -> str:
    return (
        f"The command `python -m core map {model.name}` draws it from the photographs of "
        f"{words.plain(source_spec(model.card.trained.source).title)}."
    )


def joined(feature_map: FeatureMap, model: "Checkpoint", method: "Method") -> pd.DataFrame:
    """One row a cell that is on the map and in the model's table: key, label, called, confidence, spoken, x, y.

    CheckpointError where there is none.
    """
    predictions = model.predictions().select(source=feature_map.source, split="test")
    keys = np.array(predictions.classes)
    answers = pd.DataFrame(
        {
            "key": predictions.table["key"].to_numpy(),
            "label": predictions.table["label"].to_numpy(),
            "called": keys[predictions.predicted],
            "confidence": predictions.probabilities.max(axis=1),
        }
    )
    places = pd.DataFrame(feature_map.places(method), columns=["x", "y"]).assign(
        key=feature_map.table["key"].to_numpy()
    )
    cells = answers.merge(places, on="key")
    if len(cells) < 2:
        raise CheckpointError(f"The map of {model.lead.name} shows none of the cells on which {model.name} was tested.")
    space = model.space
    spoken = [
        f"called: {space[key].name}, {words.percent(confidence)}"
        for key, confidence in zip(cells["called"], cells["confidence"], strict=True)
    ]
    return cells.assign(spoken=spoken)


def _how_made(method: "Method", feature_map: FeatureMap, model: "Checkpoint") -> str:
    """What the map is, in a sentence or two."""
    whose = f"**{words.plain(model.lead.name)}**"
    if model.lead is not model:
        whose += f", the member of {words.plain(model.name)} with the most votes,"
    sentence = f"Just before its answer, {whose} describes each cell with hundreds of numbers or more."
    if method == "pca":
        shares = [f"{100 * share:.0f}{words.SPACE}%" for share in feature_map.explained]
        directions = f"the two directions in which they differ most ({words.join(shares)} of the variance)"
        return f"{sentence} This map shows {directions}."
    return f"{sentence} This map flattens them so that cells with similar numbers lie close together."


def in_words(cells: pd.DataFrame, space: LabelSpace) -> str:
    """How well the map keeps the classes apart, and which two meet."""
    near = beside(_places(cells), _labels(cells, space), len(space))
    own = np.diag(near)
    worst = int(np.nanargmin(own))
    others = np.where(np.arange(len(space)) == worst, -1.0, near[worst])
    other = int(others.argmax())
    mean = float(np.average(own[~np.isnan(own)], weights=_sizes(cells, space)[~np.isnan(own)]))
    sentence = f"Of a cell's {NEIGHBOURS} nearest neighbours, {mean:.1f} on average are of its own class"
    if others[other] <= 0:
        return f"{sentence}: the classes lie apart."
    return (
        f"{sentence}; fewest, {own[worst]:.1f}, for {space.names[worst].lower()}, which lies most often beside "
        f"{space.names[other].lower()}."
    )


def neighbourhood(cells: pd.DataFrame, space: LabelSpace) -> pd.DataFrame:
    """One row a class that occurs."""
    near, sizes = beside(_places(cells), _labels(cells, space), len(space)), _sizes(cells, space)
    return pd.DataFrame(
        {"Class": cell_class.name, "Cells": int(sizes[row])}
        | {other.abbreviation: round(float(near[row, column]), 1) for column, other in enumerate(space.classes)}
        for row, cell_class in enumerate(space.classes)
        if sizes[row]
    )


def _places(cells: pd.DataFrame) -> np.ndarray:
    return cells[["x", "y"]].to_numpy()


def _labels(cells: pd.DataFrame, space: LabelSpace) -> np.ndarray:
    return cells["label"].map(space.index).to_numpy()


def _sizes(cells: pd.DataFrame, space: LabelSpace) -> np.ndarray:
    return np.bincount(_labels(cells, space), minlength=len(space))


def _draw(cells: pd.DataFrame, space: LabelSpace, method: "Method", feature_map: FeatureMap) -> None:
    """The points, and beside them the cell that was selected."""
    called_otherwise = cells["called"] != cells["label"]
    options = [*sorted(cells.loc[called_otherwise, "key"]), *sorted(cells.loc[~called_otherwise, "key"])]
    left, right = st.columns([3, 1], gap="medium")
    with right:
        key = st.selectbox(
            "Cell",
            options,
            index=None,
            key="cell",
            bind="query-params",
            placeholder="Choose, or select a point",
            help="Those that the model got wrong come first.",
        )
        _cell(cells, space, key, feature_map.source)
    with left:
        st.plotly_chart(
            class_charts.scatter(cells, space, _axis_titles(method, feature_map), key or ""),
            key="points",
            config=CONFIG,
            on_select=_selected,
            selection_mode="points",
            alt=f"Map of {words.count(len(cells), 'test cell')}. {in_words(cells, space)}",
        )


def _axis_titles(method: "Method", feature_map: FeatureMap) -> tuple[str, str]:
    if method == "umap":
        return "UMAP, first axis", "UMAP, second axis"
    first, second = (f"component {place} ({100 * share:.0f} %)" for place, share in enumerate(feature_map.explained, 1))
    return first, second


def _selected() -> None:
    """Look at the cell of the point that was selected."""
    points = st.session_state["points"].selection.points
    keys = [point["customdata"][0] for point in points if point.get("customdata")]
    if keys:
        st.session_state["cell"] = keys[0]


def _cell(cells: pd.DataFrame, space: LabelSpace, key: str | None, source: str) -> None:
    """The photograph of a cell, what it was and what it was called."""
    if key is None:
        return
    cell = cells[cells["key"] == key].iloc[0]
    picture = photos.small(source, key, 2 * photos.SIDE)
    label = PurePosixPath(key).name
    true, predicted = space[cell["label"]].name, space[cell["called"]].name
    if picture is not None:
        st.image(picture, width=2 * photos.SIDE, alt=f"{label}: {true}, called {predicted.lower()}.")
    st.markdown(f"**{words.plain(label)}**")
    st.markdown(f"It was: {true}. The model said: {predicted}, {words.percent(float(cell['confidence']))}.")
    if picture is None:
        st.caption(words.plain(photos.how_to_get(source)))
