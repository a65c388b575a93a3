"""How many cells a data set has of each class, split, laboratory and subtype."""

import pandas as pd
import streamlit as st

from app.data import class_charts
from app.data.dataset import SPLITS, Chosen
from app.shared import charts, words
from app.shared.saving import save_csv
from core.datasets.statistics import counted
from core.labels import subtype_of


def show(chosen: Chosen) -> None:
    """How many cells of each class, split and laboratory, and of each finer kind where the names say it."""
    st.subheader("How many cells of each class?", anchor=False)
    if chosen.cells is None:
        st.markdown("Cells are counted from the data set or from a model's table of predictions; neither is here.")
        return
    if not chosen.has("train"):
        train = chosen.models[0].card.learned(chosen.name).counts.get("train", 0)
        st.markdown(
            f"Of the {train:,} training cells only the number is known here, from the model's card; their classes are "
            "known where the photographs are."
        )
    table = counted(chosen.cells, ["label"]).set_index("label").loc[chosen.kinds].reset_index()
    splits = [split for split in SPLITS if chosen.has(split)]
    said = "; ".join(f"{chosen.space[row.label].name} {row.all:,}" for row in table.itertuples())
    st.plotly_chart(
        class_charts.counts(table, splits, chosen.space),
        key="counts",
        config=charts.STILL,
        alt=f"Cells of each class. {said}.",
    )
    st.caption(f"From strong to faint: {words.join([SPLITS[split].lower() for split in splits])} cells.")
    with st.expander("The table"):
        shown = by_class(chosen)
        st.dataframe(shown, hide_index=True, alt="Cells of each laboratory and class, one column a split.")
        save_csv(f"counts-{chosen.name}", lambda: by_class(chosen).to_csv(index=False))
    finer = subtypes(chosen)
    if not finer.empty:
        st.markdown("**Finer kinds.** Some file names say more than the class. The models are not told.")
        st.dataframe(finer, hide_index=True, alt="Cells of each finer kind, one column a split.")
        save_csv(f"subtypes-{chosen.name}", lambda: subtypes(chosen).to_csv(index=False))


def by_class(chosen: Chosen) -> pd.DataFrame:
    """One row a laboratory and class."""
    table = counted(chosen.cells, ["lab", "label"])
    order = {key: place for place, key in enumerate(chosen.space.keys)}
    table = table.sort_values(
        ["lab", "label"], key=lambda column: column.map(order) if column.name == "label" else column
    )
    return _titled(chosen, table.assign(Class=[chosen.space[key].name for key in table["label"]]), ["lab", "Class"])


def subtypes(chosen: Chosen) -> pd.DataFrame:
    """One row a finer kind; of a class that has some also the cells that are not told further. Empty without any."""
    cells = chosen.cells.assign(finer=[subtype_of(key) for key in chosen.cells["key"]])
    divided = [key for key in chosen.kinds if cells.loc[cells["label"] == key, "finer"].ne("").any()]
    table = counted(cells[cells["label"].isin(divided)], ["label", "finer"]) if divided else pd.DataFrame()
    if table.empty:
        return table
    table = table.sort_values(["label", "finer"], key=lambda column: column.replace("", "~"))
    table["Class"] = [chosen.space[key].name for key in table["label"]]
    table["Finer kind"] = [finer.capitalize() or "Not told further" for finer in table["finer"]]
    return _titled(chosen, table, ["Class", "Finer kind"])


def _titled(chosen: Chosen, table: pd.DataFrame, first: list[str]) -> pd.DataFrame:
    """Those columns and the splits that are known, with names for people."""
    splits = [split for split in SPLITS if chosen.has(split)]
    titles = SPLITS | {"all": "All", "lab": "Laboratory"}
    return table[[*first, *splits, "all"]].rename(columns=titles).reset_index(drop=True)
