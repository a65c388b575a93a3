"""Contact sheets: all cells of a class beside each other, the least sure first, so that a wrong one stands out."""

import math
from typing import TYPE_CHECKING

import streamlit as st

from app.count import corrections, photo_chart, selection
from app.shared import words

if TYPE_CHECKING:
    from core.differential.smear import CountedCell, Smear

STAMP, PAGE = 112, 24
APART = "Set apart"


def show(smear: "Smear") -> None:
    """A sheet of the chosen class; a click on a cell opens it in its photo."""
    corrections.undo_buttons()
    sheets = sheets_of(smear)
    if not sheets:
        st.info("No white cell was found, so there is no sheet.", icon=":material/search_off:")
        return
    name = st.pills(
        "Class",
        list(sheets),
        default=next(iter(sheets)),
        required=True,
        key="sheet",
        format_func=lambda title: f"{title} ({len(sheets[title]):,})",
    )
    cells = sheets.get(name or "") or next(iter(sheets.values()))
    pages = math.ceil(len(cells) / PAGE)
    number = min(st.pagination(pages, key="sheet-page"), pages) if pages > 1 else 1
    st.caption("The least sure come first. A click opens the cell in its photo, where it can be renamed.")
    with st.container(horizontal=True, gap="small"):
        for cell in cells[PAGE * (number - 1) : PAGE * number]:
            _stamp(smear, cell)


def sheets_of(smear: "Smear") -> "dict[str, list[CountedCell]]":
    """By type, in the order of a differential, the cells that were read; last what is set apart."""
    from core.reports.figures import sheet_keys

    read = [cell for cell in smear.cells if cell.crop is not None]
    sheets = {
        smear.vocabulary[key].name: sorted((cell for cell in read if cell.type == key), key=sureness)
        for key in sheet_keys(smear)
    }
    sheets[APART] = [
        cell for cell in smear.cells if cell.counted_as is None and cell.repeats is None and cell.crop is not None
    ]
    return {title: cells for title, cells in sheets.items() if cells}


def sureness(cell: "CountedCell") -> tuple[bool, float]:
    """What nobody has settled comes first, the least likely before the rest."""
    return cell.corrected is not None, cell.probability_of(cell.counted_as) or 0.0


def _stamp(smear: "Smear", cell: "CountedCell") -> None:
    assert cell.crop is not None  # sheets_of leaves the others out
    with st.container(width=STAMP + 34, border=True, gap=None):
        st.image(cell.crop, width=STAMP, alt=photo_chart.spoken(smear, cell))
        chance = words.percent(sureness(cell)[1]) if cell.counted_as and cell.corrected is None else ""
        mark = "you" if cell.corrected is not None else "?" if cell.doubtful else ""
        st.button(
            " ".join(part for part in (cell.name, chance, mark) if part),
            key=f"stamp-{cell.name}",
            type="tertiary",
            on_click=open_in_photo,
            args=(cell.photo, cell.number),
        )


def open_in_photo(photo: int, number: int) -> None:
    """Turn to the tab of photos, at this cell."""
    st.session_state["part"] = "Photos"
    selection.open_cell(photo, number)
