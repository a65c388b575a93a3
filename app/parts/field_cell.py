"""One cell of a smear, looked at closely: what the model says, where it looked, and a person's last word."""

from typing import TYPE_CHECKING

import streamlit as st

from app.parts import charts, explained, field_corrections, framing, load, pictures, quality, words
from app.parts.smear_queue import SmearOnPage
from core.counting.smear import NO_CELL
from core.framing import cut

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.counting.smear import CountedCell, Smear
    from core.reader import Reading

SIDE = 140
"""Of the pictures, in screen pixels: two of them beside each other in the panel, and on a phone."""

MAPS = "smear_maps"


def show(smear: "Smear", cell: "CountedCell", found: SmearOnPage, model: "Checkpoint") -> None:
    """The panel of one cell."""
    st.markdown(f"**Cell {cell.name}**")
    if cell.window is not None:
        _read(smear, cell, found, model)
    else:
        photo = found.photo(cell.photo)
        st.image(cut(photo.pixels, cell.found.box, 2 * SIDE), width=SIDE, alt=f"Cell {cell.name}")
        st.caption("No model reads cells of this kind: it was found, and is counted as what it was found as.")
    for remark in cell.found.remarks:
        st.caption(remark)
    _last_word(smear, cell)


def _read(smear: "Smear", cell: "CountedCell", found: SmearOnPage, model: "Checkpoint") -> None:
    photo = found.photo(cell.photo)
    name = f"{field_corrections.of_cell(smear, cell)}-{cell.window}"
    reading = framing.read_in(name, photo, cell.window, model)
    st.subheader(words.headline(reading, model.space), anchor=False)
    st.markdown(words.explanation(reading, model.space))
    quality.show(reading)
    with st.container(horizontal=True, gap="small"):
        crop = cut(photo.pixels, reading.box, 2 * SIDE)
        st.image(crop, width=SIDE, alt=f"Cell {cell.name} as the model saw it.")
        over, title = _map(name, photo, reading, model)
        st.image(over, width=SIDE, alt=f"The same cell, with lime where the model looked, by {title}.")
    st.caption(f"At the right: where it looked for {model.space[reading.label].name.lower()} (lime), by {title}.")
    figure = charts.probability_bars(reading, model.space, muted=reading.verdict == "unlike")
    st.plotly_chart(figure, key="cell-bars", config=charts.STILL, alt=words.spoken(reading, model.space))


def _map(name: str, photo, reading: "Reading", model: "Checkpoint"):  # type: ignore[no-untyped-def]
    """The map over the cell, and the title of its method; the last one is remembered."""
    method = explained.quickest(model)
    key = name, model.card.sha256, method.name
    kept = st.session_state.get(MAPS)
    if kept is None or kept[0] != key:
        with st.spinner("Asking the model where it looked …"):
            shown = load.reader(model).explain(photo, reading.box, method.name, reading.label)
        over = pictures.laid_over(cut(photo.pixels, reading.box, 2 * SIDE), shown.map.values, 0.5)
        st.session_state[MAPS] = kept = key, over
    return kept[1], method.title


def _last_word(smear: "Smear", cell: "CountedCell") -> None:
    """What a person calls it: a button a class, by click or by its number."""
    photo = field_corrections.of_cell(smear, cell)
    says = "nothing" if cell.corrected is None else "no cell" if cell.corrected == NO_CELL else ""
    said = says or smear.space[str(cell.corrected)].name.lower()
    st.markdown("**What is it?** " + (f"You said: {said}." if cell.corrected is not None else "The count follows you."))
    with st.container(horizontal=True, gap="small"):
        for place, kind in enumerate(smear.space.classes, 1):
            st.button(
                kind.name,
                key=f"call-{kind.key}",
                shortcut=str(place) if place < 10 else None,
                disabled=cell.corrected == kind.key,
                on_click=field_corrections.call,
                args=(photo, cell.number, kind.key),
            )
        st.button(
            "No cell",
            key="call-none",
            shortcut="0",
            disabled=cell.corrected == NO_CELL,
            on_click=field_corrections.call,
            args=(photo, cell.number, NO_CELL),
        )
        if cell.corrected is not None and not cell.added:
            st.button(
                "As the model says",
                key="call-model",
                icon=":material/undo:",
                on_click=field_corrections.call,
                args=(photo, cell.number, None),
            )
