"""What cells are counted as: a set of types with their keys, chosen, changed in a table, or from an own file."""

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from app.shared import alarm, words
from core.differential.cell_types import (
    SHORTCUTS,
    CellType,
    TypesError,
    TypeSet,
    as_toml,
    parse_types,
    set_of,
    shipped_sets,
    usual_types,
)
from core.labels import PBC8

if TYPE_CHECKING:
    from collections.abc import Iterable

OWN_FILE, CHOSEN, TABLE, MET = "own-types", "types", "types-table", "types_met"
WHOLE, APART, NONE = "White cells", "Apart", "–"
COUNTED: dict[str, str] = {"white": WHOLE, "apart": APART}
STAGES = {"": NONE, "immature": "Immature neutrophil", "mature": "Mature neutrophil"}
COLUMNS = {
    "shortcut": "Key",
    "name": "Type",
    "abbreviation": "Short",
    "parent": "Part of",
    "among": "Counted among",
    "stage": "For the left shift",
}


def choose(named: "Iterable[str]") -> TypeSet:
    """The set that is counted with. named: keys of types that cells were called in this session, of whatever set."""
    with st.expander("Types and keys", icon=":material/keyboard:"):
        types = _chosen()
        if st.toggle("Change types and keys", key="types-change"):
            types = _changed(types)
        st.download_button(
            "Save this set",
            as_toml(types),
            "types.toml",
            "application/toml",
            key="types-save",
            on_click="ignore",
            icon=":material/download:",
        )
    met: dict[str, CellType] = st.session_state.setdefault(MET, {})
    met.update({one.key: one for one in types.types})
    return types.with_others(met[key] for key in dict.fromkeys(named) if key in met)


def _chosen() -> TypeSet:
    """One that comes with Smearlens, or the one of an own file."""
    sets = dict(shipped_sets())
    left, right = st.columns(2)
    file = right.file_uploader("A set of your own (TOML)", key=OWN_FILE)
    if file is not None:
        try:
            own = parse_types(file.getvalue(), file.name)
        except TypesError as error:
            alarm.show([str(error)], ":material/report:")
        else:
            left.markdown(f"**Counted with {words.plain(own.title)}**, from your file.")
            return own
    name = left.selectbox(
        "Count with",
        list(sets),
        key=CHOSEN,
        bind="query-params",
        format_func=lambda name: sets[name].title,
        help="The models tell eight classes apart. What is finer, or else, you name.",
    )
    types = sets.get(name or "", usual_types())
    if types.specimen == "marrow":
        left.caption("With this set you say that these photos show bone marrow.")
    return types


def _changed(types: TypeSet) -> TypeSet:
    """The set as a person changes it in the table; as it was where that does not fit."""
    st.caption(
        "Change the table to have types and keys of your own. A key is a digit from 1 on, or a letter other than C, D, "
        "N, P and R. A type that is part of a class counts under that class as well."
    )
    classes, keys = [NONE, *PBC8.names], f"^[{SHORTCUTS}{SHORTCUTS.upper()}]?$"
    rows = st.data_editor(
        table(types),
        key=f"{TABLE}-{types.name}",
        num_rows="dynamic",
        hide_index=True,
        column_config={
            COLUMNS["shortcut"]: st.column_config.TextColumn(max_chars=1, validate=keys),
            COLUMNS["name"]: st.column_config.TextColumn(required=True),
            COLUMNS["parent"]: st.column_config.SelectboxColumn(options=classes),
            COLUMNS["among"]: st.column_config.SelectboxColumn(options=[NONE, WHOLE, APART]),
            COLUMNS["stage"]: st.column_config.SelectboxColumn(options=[*STAGES.values()]),
        },
    )
    if rows.equals(table(types)):
        return types
    try:
        return set_of(settings(types, rows), types.name)
    except TypesError as error:
        alarm.show([str(error)], ":material/report:")
        return types


def table(types: TypeSet) -> pd.DataFrame:
    """One row a type, as a person changes it."""
    return pd.DataFrame(
        [
            {
                COLUMNS["shortcut"]: one.shortcut.upper(),
                COLUMNS["name"]: one.cell.name,
                COLUMNS["abbreviation"]: one.cell.abbreviation,
                COLUMNS["parent"]: PBC8[one.parent].name if one.finer else NONE,
                COLUMNS["among"]: NONE if one.parent else COUNTED[one.among],
                COLUMNS["stage"]: STAGES[one.stage],
            }
            for one in types.types
        ],
        columns=list(COLUMNS.values()),
    )


def settings(types: TypeSet, rows: pd.DataFrame) -> dict[str, Any]:
    """The settings of the set that the table holds; of a type that was there before, the rest stays."""
    before = {one.cell.name: one for one in types.types}
    entries = []
    for values in rows.fillna("").to_dict("records"):
        name = str(values[COLUMNS["name"]])
        old = before.get(name)
        entry = {column: str(values[head]).strip().removeprefix(NONE) for column, head in COLUMNS.items()}
        entry["among"] = "apart" if entry["among"] == APART else "white"
        entry["stage"] = next((stage for stage, word in STAGES.items() if word == entry["stage"]), "")
        if old is not None:
            entry |= {"colour": old.cell.colour, "plural": old.cell.plural, "loinc": old.loinc}
            entry |= {"lineage": old.lineage, "definition": old.cell.definition}
        entries.append(entry)
    return {"title": types.title, "specimen": types.specimen, "source": types.source, "types": entries}
