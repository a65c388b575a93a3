"""How many cells a data set has of each class, split, laboratory and subtype."""

import pandas as pd
import streamlit as st

from app.data import class_charts
from app.data.dataset import SPLITS, ChosenDataset
from app.shared import charts, words
from app.shared.saving import save_csv
from core.datasets.statistics import counts_by_split
from core.labels import subtype_of


def show(dataset: ChosenDataset) -> None:
    """How many cells of each class, split and laboratory, and of each finer kind where the names say it."""
    st.header("How many cells of each class?", anchor=False)
    if dataset.cells.empty:
        st.markdown("Cells are counted in the data set or in a model's table of predictions; neither is here.")
        return
    if not dataset.has("train"):
        train = dataset.models[0].card.learned(dataset.name).counts.get("train", 0)
        st.markdown(
            f"Of the {train:,} training cells only the number is known here, from the model's card. Their classes are "
            "known once the photographs are at hand."
        )
    table = counts_by_split(dataset.cells, ["label"]).set_index("label").loc[dataset.classes].reset_index()
    splits = [split for split in SPLITS if dataset.has(split)]
    spoken = "; ".join(
        f"{dataset.space[key].name} {number:,}" for key, number in zip(dataset.classes, table["all"], strict=True)
    )
    st.plotly_chart(
        class_charts.counts(table, splits, dataset.space),
        key="counts",
        config=charts.STILL,
        alt=f"Cells of each class. {spoken}.",
    )
    st.caption(f"From dark to pale: {words.join([SPLITS[split].lower() for split in splits])} cells.")
    with st.expander("The table"):
        rows = by_class(dataset)
        st.dataframe(rows, hide_index=True, alt="Cells of each laboratory and class, one column a split.")
        save_csv(f"counts-{dataset.name}", lambda: by_class(dataset).to_csv(index=False))
    finer = subtypes(dataset)
    if not finer.empty:
        st.markdown("**Subtypes.** Some file names say more than the class. The models do not see this.")
        st.dataframe(finer, hide_index=True, alt="Cells of each subtype, one column a split.")
        save_csv(f"subtypes-{dataset.name}", lambda: subtypes(dataset).to_csv(index=False))


def by_class(dataset: ChosenDataset) -> pd.DataFrame:
    """One row a laboratory and class."""
    table = counts_by_split(dataset.cells, ["lab", "label"])
    order = {key: place for place, key in enumerate(dataset.space.keys)}
    table = table.sort_values(
        ["lab", "label"], key=lambda column: column.map(order) if column.name == "label" else column
    )
    return _titled(dataset, table.assign(Class=[dataset.space[key].name for key in table["label"]]), ["lab", "Class"])


def subtypes(dataset: ChosenDataset) -> pd.DataFrame:
    """One row a finer kind; of a class that has some also the cells that are not told further. Empty without any."""
    cells = dataset.cells.assign(finer=[subtype_of(key) for key in dataset.cells["key"]])
    divided = [key for key in dataset.classes if cells.loc[cells["label"] == key, "finer"].ne("").any()]
    table = counts_by_split(cells[cells["label"].isin(divided)], ["label", "finer"]) if divided else pd.DataFrame()
    if table.empty:
        return table
    table = table.sort_values(["label", "finer"], key=lambda column: column.replace("", "~"))
    table["Class"] = [dataset.space[key].name for key in table["label"]]
    table["Subtype"] = [finer.capitalize() or "Not specified" for finer in table["finer"]]
    return _titled(dataset, table, ["Class", "Subtype"])


def _titled(dataset: ChosenDataset, table: pd.DataFrame, first: list[str]) -> pd.DataFrame:
    """Those columns and the splits that are known, with names for people."""
    splits = [split for split in SPLITS if dataset.has(split)]
    titles = SPLITS | {"all": "All", "lab": "Laboratory"}
    return table[[*first, *splits, "all"]].rename(columns=titles).reset_index(drop=True)
