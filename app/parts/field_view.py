"""The photos of a smear, one at a time: frames to click, a cell to look at closely, and what a person adds."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from app.parts import explained, field_cell, field_chart, field_corrections, load, pictures, words
from app.parts.smear_queue import SmearOnPage
from core.framing import Box, cut

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.counting.smear import CountedCell, CountedPhoto, Smear

PHOTO, CELL = "photo", "cell"
"""Names in the address of the photo's number and of the cell's within it."""

WHITE_CELLS, DOUBT, APART = "White cells", "To look at", "Set apart"
MOST_MAPS = 40
LAID = "smear_laid"


def show(smear: "Smear", found: SmearOnPage, model: "Checkpoint") -> None:
    """The photo that the address names, with its cells, and the one of them that is chosen."""
    field_corrections.take_back()
    photo = _photo(smear)
    shown = _filtered(smear, photo)
    with st.container(horizontal=True):
        others = st.toggle("Frame red cells and platelets too", key="other-cells", bind="query-params")
        maps = st.toggle("Show where the model looked, on all of them", key="field-maps", bind="query-params")
        framing = st.toggle("Add a cell", key="adding", help="Then draw a frame around it in the photo.")
    chosen = _chosen(shown)
    left, right = st.columns([3, 2], gap="large")
    with left:
        drawn = _framed(photo) if framing else None
        _chart(smear, photo, shown, chosen, found, model, others, maps, drawn, framing)
        _about(photo)
        if framing:
            _add(smear, photo)
    with right:
        if chosen is None:
            st.info("No cell of this kind is in this photo.", icon=":material/search_off:")
        else:
            _turn(shown, chosen)
            field_cell.show(smear, chosen, found, model)
    with st.expander(f"The cells of this photo as a table ({len(smear.of(photo.number)):,})"):
        st.dataframe(table(smear, photo.number), hide_index=True, alt="One row for each cell of the photo.")


def _photo(smear: "Smear") -> "CountedPhoto":
    """The chosen photo, and what turns to the next."""
    count = len(smear.photos)
    if not 1 <= _number(PHOTO, 1) <= count:
        st.session_state[PHOTO] = 1
    if count == 1:
        return smear.photos[0]
    doubts = {cell.photo for cell in smear.doubtful}

    def title(number: int) -> str:
        name = smear.photos[number - 1].name.rsplit("/", 1)[-1]
        return f"{number} of {count}: {name}{' · to look at' if number in doubts else ''}"

    number = st.selectbox(
        "Photo", range(1, count + 1), key=PHOTO, bind="query-params", format_func=title, on_change=_first_cell
    )
    return smear.photos[number - 1]


def _number(key: str, otherwise: int) -> int:
    try:
        return int(st.session_state.get(key, st.query_params.get(key, otherwise)))
    except (TypeError, ValueError):
        return otherwise


def _first_cell() -> None:
    st.session_state.pop(CELL, None)
    st.query_params.pop(CELL, None)


def _filtered(smear: "Smear", photo: "CountedPhoto") -> "list[CountedCell]":
    """The white cells of the photo that are wanted."""
    cells = [cell for cell in smear.of(photo.number) if cell.found.kind == "white" or cell.corrected is not None]
    kinds = [kind for kind in smear.space.classes if any(cell.counted_as == kind.key for cell in cells)]
    choices = {WHITE_CELLS: cells, DOUBT: [cell for cell in cells if cell.doubtful]}
    choices |= {kind.name: [cell for cell in cells if cell.counted_as == kind.key] for kind in kinds}
    choices[APART] = [cell for cell in cells if cell.counted_as is None]
    wanted = st.pills(
        "Show",
        [name for name, some in choices.items() if some or name == WHITE_CELLS],
        default=WHITE_CELLS,
        key="shown-cells",
        format_func=lambda name: f"{name} ({len(choices[name]):,})",
        label_visibility="collapsed",
    )
    return choices.get(wanted or WHITE_CELLS, cells)


def _chosen(shown: "Sequence[CountedCell]") -> "CountedCell | None":
    """The cell that the address names, else the first to be looked at, else the first."""
    if not shown:
        return None
    asked = _number(CELL, 0)
    found = next((cell for cell in shown if cell.number == asked), None)
    return found or next((cell for cell in shown if cell.doubtful), shown[0])


def _turn(shown: "Sequence[CountedCell]", chosen: "CountedCell") -> None:
    """A list of the cells, and buttons and arrow keys that go through it."""
    numbers = [cell.number for cell in shown]
    place = numbers.index(chosen.number)
    st.session_state[CELL] = chosen.number
    with st.container(horizontal=True, vertical_alignment="bottom"):
        before, after = numbers[place - 1], numbers[(place + 1) % len(numbers)]
        st.button("Previous", key="cell-before", shortcut="Left", on_click=_choose, args=(before,))
        st.button("Next", key="cell-after", shortcut="Right", on_click=_choose, args=(after,))
        st.selectbox(f"Cell ({place + 1} of {len(numbers)})", numbers, key=CELL, bind="query-params", width=140)


def _choose(number: int) -> None:
    st.session_state[CELL] = number


def _chart(
    smear: "Smear",
    photo: "CountedPhoto",
    shown: "Sequence[CountedCell]",
    chosen: "CountedCell | None",
    found: SmearOnPage,
    model: "Checkpoint",
    others: bool,
    maps: bool,
    drawn: Box | None,
    framing: bool,
) -> None:
    pixels = found.photo(photo.number).pixels
    small = field_chart.shrunk(pixels)
    if maps:
        small = _laid(small, photo, shown, found, model)
    rest = [cell for cell in smear.of(photo.number) if cell.found.kind != "white"] if others else []
    figure = field_chart.chart(
        smear,
        (photo.field.height, photo.field.width),
        field_chart.as_address(small),
        shown,
        chosen.number if chosen else None,
        rest,
        drawn,
        framing,
    )
    named = "; ".join(field_chart.spoken(smear, cell) for cell in shown) or "none"
    st.plotly_chart(
        figure,
        key=f"field-{photo.number}",
        config=field_chart.CONFIG,
        on_select=lambda: _take(f"field-{photo.number}", photo),
        selection_mode=("points", "box"),
        alt=f"Photo {photo.number} with its white cells framed: {named}. The list beside it chooses one by keyboard.",
    )
    st.caption(
        "A click on a cell opens it; drag to move, scroll to enlarge. A frame has the colour of its class, a dashed "
        "one marks a cell in doubt or set apart."
    )


def _take(key: str, photo: "CountedPhoto") -> None:
    """A click opens a cell; a frame that was drawn becomes the one to add."""
    selection = st.session_state[key]["selection"]
    boxes = selection.get("box") or []
    if st.session_state.get("adding"):
        if boxes:
            (x0, x1), (y0, y1) = (sorted(boxes[-1][axis][:2]) for axis in ("x", "y"))
            for name, value in zip(_edges(photo), (x0, y0, x1, y1), strict=True):
                st.session_state[name] = float(round(value))
    elif selection["points"]:
        st.session_state[CELL] = int(selection["points"][0]["customdata"][0])


def _about(photo: "CountedPhoto") -> None:
    field = photo.field
    counts = f"{words.count(field.count('red'), 'red cell')} and {words.count(field.count('platelet'), 'platelet')}"
    st.caption(
        f"{words.plain(photo.name)}, {field.width} × {field.height} pixels, with {counts}; cells found by {field.how}."
    )
    for remark in photo.remarks:
        st.caption(words.plain(remark))


def _laid(
    small: np.ndarray,
    photo: "CountedPhoto",
    shown: "Sequence[CountedCell]",
    found: SmearOnPage,
    model: "Checkpoint",
) -> np.ndarray:
    """The photo with every shown cell's map over its window, as (h, w, 3) uint8."""
    read = [cell for cell in shown if cell.window is not None and cell.label][:MOST_MAPS]
    key = photo.fingerprint, model.card.sha256, tuple(cell.number for cell in read)
    kept = st.session_state.get(LAID)
    if kept is not None and kept[0] == key:
        laid: np.ndarray = kept[1]
        return laid
    whole, reader, method = found.photo(photo.number), load.reader(model), explained.quickest(model)
    picture = small.copy()
    bar = st.progress(0.0, "Asking the model where it looked …")
    for done, cell in enumerate(read, 1):
        assert cell.window is not None
        shown_there = reader.explain(whole, cell.window, method.name, str(cell.label))
        _lay(picture, cell.window, shown_there.map.values, picture.shape[1] / photo.field.width)
        bar.progress(done / len(read), f"Asked for {done} of {words.count(len(read), 'cell')}.")
    bar.empty()
    st.session_state[LAID] = key, picture
    return picture


def _lay(picture: np.ndarray, window: Box, values: np.ndarray, share: float) -> None:
    """Lay a map over its window, in place; what reaches beyond the photo is left out."""
    left, top = round(window.left * share), round(window.top * share)
    side = max(2, round(window.width * share))
    over = pictures.laid_over(cut(picture, Box(left, top, left + side, top + side), side), values, 0.5)
    height, width = picture.shape[:2]
    x0, y0, x1, y1 = max(0, left), max(0, top), min(width, left + side), min(height, top + side)
    if x1 > x0 and y1 > y0:
        picture[y0:y1, x0:x1] = over[y0 - top : y1 - top, x0 - left : x1 - left]


# --- Adding a cell -------------------------------------------------------------------------------


def _edges(photo: "CountedPhoto") -> list[str]:
    """Names of the four inputs, left, top, right and bottom."""
    return [f"add-{edge}-{photo.number}" for edge in ("left", "top", "right", "bottom")]


def _framed(photo: "CountedPhoto") -> Box | None:
    """The frame as it stands in the inputs; None where it is no frame."""
    edges = [float(st.session_state.get(name) or 0) for name in _edges(photo)]
    return Box(*edges) if edges[2] > edges[0] and edges[3] > edges[1] else None


def _add(smear: "Smear", photo: "CountedPhoto") -> None:
    """The frame in numbers, for the keyboard, and what is in it."""
    st.markdown("**Draw a frame around the cell in the photo, or give its edges in pixels.**")
    field = photo.field
    limits = (field.width, field.height, field.width, field.height)
    columns = st.columns(4)
    titles = ("Left", "Top", "Right", "Bottom")
    for column, name, title, limit in zip(columns, _edges(photo), titles, limits, strict=True):
        st.session_state.setdefault(name, 0.0)
        st.session_state[name] = min(max(0.0, float(st.session_state[name])), float(limit))
        column.number_input(title, 0.0, float(limit), step=1.0, format="%.0f", key=name)
    keys = {"As the model says": None} | {kind.name: kind.key for kind in smear.space.classes}
    called = st.selectbox("It is", list(keys), key="add-called")
    box = _framed(photo)
    st.button(
        "Add this cell",
        key="add-cell",
        icon=":material/add:",
        disabled=box is None,
        on_click=_added,
        args=(photo, box, keys[called]),
    )


def _added(photo: "CountedPhoto", box: Box, called: str | None) -> None:
    field_corrections.add(photo.fingerprint, box, called)
    st.session_state[CELL] = len(photo.field) + 1  # looked at next
    st.session_state["shown-cells"] = WHITE_CELLS
    for name in _edges(photo):
        st.session_state[name] = 0.0


def table(smear: "Smear", photo: int) -> pd.DataFrame:
    """One row a cell of the photo: number, kind, what it counts as, how sure, and what sets it apart."""
    from core.fields import KIND_NAMES
    from core.reporting.composing import called

    return pd.DataFrame(
        [
            {
                "Cell": cell.name,
                "Found as": "Added by a person" if cell.added else KIND_NAMES[cell.found.kind],
                "Counts as": called(smear, cell.counted_as) if cell.counted_as else "set apart",
                "Probability": words.percent(max(cell.probabilities.values())) if cell.probabilities else "",
                "Verdict": words.VERDICTS.get(str(cell.verdict), ""),
                "You said": called(smear, cell.corrected) if cell.corrected is not None else "",
                "Remarks": " ".join(cell.found.remarks),
            }
            for cell in smear.of(photo)
            if cell.found.kind != "red"
        ],
        columns=["Cell", "Found as", "Counts as", "Probability", "Verdict", "You said", "Remarks"],
    )
