"""One cell of a smear, looked at closely: what the model says, where its evidence is, and a person's last word."""

from typing import TYPE_CHECKING

import streamlit as st

from app.count import corrections, photo_maps
from app.shared import alarm, charts, pictures, words
from app.shared.reading import explanations, framing, morphology, prototypes, quality
from core.imaging.decoding import Photo
from core.imaging.windows import cut
from core.imaging.wording import detection_sentences
from core.labels import NO_CELL

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.differential.smear import CountedCell, Smear
    from core.inference.reader import Reading

SIDE = 140
"""Of the pictures, in screen pixels: two of them beside each other in the panel, and on a phone."""


def show(smear: "Smear", cell: "CountedCell", photo: Photo, model: "Checkpoint", style: photo_maps.MapStyle) -> None:
    """The panel of one cell. photo: in which it lies. style: of the map over it."""
    if cell.window is None:
        _last_word(smear, cell)
        st.image(cut(photo.pixels, cell.detection.box, 2 * SIDE), width=SIDE, alt=f"Cell {cell.name}")
        st.caption(
            " ".join(
                ["This cell was found, but no model reads cells of its kind.", *detection_sentences(cell.detection)]
            )
        )
        return
    name = f"{corrections.photo_key_of(smear, cell)}-{cell.number}"
    reading = framing.read_in(name, photo, cell.window, model)
    st.header(words.headline(reading, model.space), anchor=False)
    st.markdown(" ".join([words.explanation(reading, model.space), *detection_sentences(cell.detection)]))
    alarm.show([morphology.warning(name, photo, reading, model), quality.in_words(reading.quality)])
    _last_word(smear, cell)
    _pictures(cell, photo, name, reading, model, style)
    figure = charts.probability_bars(reading, model.space, muted=reading.verdict == "unlike")
    st.plotly_chart(figure, key="cell-bars", config=charts.STILL, alt=words.spoken(reading, model.space))
    prototypes.show(name, photo, reading, model)


def _pictures(
    cell: "CountedCell", photo: Photo, name: str, reading: "Reading", model: "Checkpoint", style: photo_maps.MapStyle
) -> None:
    """The cell as it was read, and beside it where its evidence is. name: tells it from all other cells."""
    with st.spinner("Asking the model for its evidence …"):
        saliency = photo_maps.map_of(photo, name, reading.box, reading.label, style.method, model)
    meaning = explanations.meaning(style.method, model.space[reading.label].name.lower())
    with st.container(horizontal=True, gap="small"):
        crop = cut(photo.pixels, reading.box, 2 * SIDE)
        st.image(crop, width=SIDE, alt=f"Cell {cell.name} as the model saw it.")
        over = pictures.laid_over(crop, saliency.values, style.opacity)
        st.image(over, width=SIDE, alt=f"The same cell; lime: {meaning}.")
    st.caption(f"On the right, lime: {meaning}, by {style.method.title}.")


def _last_word(smear: "Smear", cell: "CountedCell") -> None:
    """What a person calls it: a button a type, by click or by its key."""
    photo = corrections.photo_key_of(smear, cell)
    if cell.named is None:
        answer = "Your answer counts."
    else:
        name = "no cell" if cell.named == NO_CELL else smear.vocabulary[cell.named].name.lower()
        answer = f"You said: {words.plain(name)}."
    st.markdown(f"**What is it?** {answer}")
    if cell.repeats:
        st.caption("An overlapping photo shows this cell too: it is counted as cell {}.{}.".format(*cell.repeats))
    with st.container(horizontal=True, gap="small"):
        for one in smear.types.types:
            st.button(
                words.plain(one.cell.name),
                key=f"call-{one.key}",
                shortcut=one.shortcut.upper(),
                disabled=cell.named == one.key,
                on_click=corrections.name_cell,
                args=(photo, cell.number, one.key),
            )
        st.button(
            "No cell",
            key="call-none",
            shortcut="0",
            disabled=cell.corrected == NO_CELL,
            on_click=corrections.name_cell,
            args=(photo, cell.number, NO_CELL),
        )
        if cell.corrected is not None and not cell.added:
            st.button(
                "As the model says",
                key="call-model",
                icon=":material/undo:",
                on_click=corrections.name_cell,
                args=(photo, cell.number, None),
            )
