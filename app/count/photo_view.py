"""The photos of a smear, one at a time: frames to click, a cell to look at closely, and what a person adds."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app.count import adding, cell_panel, corrections, photo_chart, photo_image, photo_maps, selection
from app.count.counting import CountedSmear
from app.count.selection import DOUBT, SHOWN, WHITE_CELLS
from app.shared import scale_bar, words
from core.differential.smear import PLATELET
from core.imaging.windows import whole
from core.labels import NO_CELL

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.differential.smear import CountedCell, CountedPhoto, Smear

AWAY, RED_CELLS = "Removed", "Red cells"
NOTES = {"touching": "Touching", "smudge": "Smudge", "debris": "Debris", "implausible": "Implausible"}
ENLARGED = {"Whole photo": 1, "2 ×": 2, "4 ×": 4, "8 ×": 8}
CLICKED, FIGURE = "field_clicked", "field_figure"
KEYS = (
    "Keys: N and P for the next and the previous cell, D for the next in doubt, that of a type to name it, 0 for no "
    "cell. They do not work while a box or a switch is in use: click beside it first."
)


def show(smear: "Smear", counted: CountedSmear, model: "Checkpoint") -> None:
    """The photo that the address names, with its cells, and the one of them that is chosen."""
    corrections.undo_buttons()
    photo = selection.photo(smear)
    cells = _choose_cells(smear, photo)
    with st.container(horizontal=True, vertical_alignment="center"):
        others = st.toggle("Frame all other cells too", key="other-cells", bind="query-params")
        maps = st.toggle("Show where the model found evidence, for all of them", key="field-maps", bind="query-params")
        framing = adding.switch()
    chosen = selection.chosen(cells)
    left, right = st.columns([3, 2], gap="large")
    with left:
        with st.container(horizontal=True):
            enlarged = _enlarged()
            style = photo_maps.choices(model)
        scene = photo_chart.Scene(
            (photo.field.height, photo.field.width),
            tuple(cells),
            chosen,
            others=tuple(_others(smear, photo, cells)) if others else (),
            drawn=adding.framed(photo) if framing else None,
            framing=framing,
            enlarged=enlarged,
            pixel_size=photo.field.pixel_size,
        )
        opened = counted.photo(photo.number)
        overlays = photo_maps.maps_of(opened, corrections.photo_key(photo), cells, style, model) if maps else []
        _chart(smear, photo, scene, photo_image.Overlays(opened.pixels, overlays, style.opacity))
        _about(photo)
        if framing:
            adding.form(smear, photo)
    with right:
        _turn(smear, photo, cells, chosen)
        if chosen is None:
            st.info("There is no such cell in this photo.", icon=":material/search_off:")
        else:
            cell_panel.show(smear, chosen, counted.photo(chosen.photo), model, style)
    rows = table(smear, photo.number)
    with st.expander(f"The cells of this photo as a table ({len(rows):,}, without the red ones)"):
        st.dataframe(rows, hide_index=True, alt="One row for each cell of the photo.")


def _choose_cells(smear: "Smear", photo: "CountedPhoto") -> "list[CountedCell]":
    """The cells of the photo that a person wants to see."""
    choices = groups_of(smear, photo)
    wanted = st.session_state.setdefault(SHOWN, WHITE_CELLS)
    names = [name for name, cells in choices.items() if cells or name in (WHITE_CELLS, wanted)]
    picked = st.pills(
        "Show",
        names,
        key=SHOWN,
        required=True,
        format_func=lambda name: f"{name} ({len(choices.get(name, ())):,})",
        label_visibility="collapsed",
    )
    return choices.get(picked or WHITE_CELLS, [])


def groups_of(smear: "Smear", photo: "CountedPhoto") -> "dict[str, list[CountedCell]]":
    """The cells of a photo by each way of choosing some of them, in the order in which those are offered."""
    cells = smear.of(photo.number)
    white = [
        cell
        for cell in cells
        if cell.detection.kind == "white" or cell.added or cell.counted_as not in (None, PLATELET)
    ]
    by_class = {
        each.name: [cell for cell in cells if each.key in (cell.counted_as, cell.type)]
        for each in smear.vocabulary.classes
    }
    uncorrected = [cell for cell in cells if cell.corrected is None]
    notes = {name: [cell for cell in white if cell.detection.note == note] for note, name in NOTES.items()}
    return {
        WHITE_CELLS: white,
        DOUBT: [cell for cell in white if cell.doubtful],
        **by_class,
        **notes,
        "Cut by the edge": [cell for cell in white if cell.detection.cut],
        RED_CELLS: [cell for cell in uncorrected if cell.detection.kind == "red"],
        AWAY: [cell for cell in cells if cell.corrected == NO_CELL],
    }


def _others(smear: "Smear", photo: "CountedPhoto", chosen: "Sequence[CountedCell]") -> "list[CountedCell]":
    numbers = {cell.number for cell in chosen}
    return [cell for cell in smear.of(photo.number) if cell.number not in numbers and cell.corrected != NO_CELL]


def _turn(smear: "Smear", photo: "CountedPhoto", cells: "Sequence[CountedCell]", chosen: "CountedCell | None") -> None:
    """Buttons and keys that go through the cells, and a list of them."""
    numbers = [cell.number for cell in cells]
    current = chosen.number if chosen else 0
    doubtful = selection.next_in_doubt(smear, photo.number, current)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        for label, key, shortcut, step in (("Previous", "cell-before", "P", -1), ("Next", "cell-after", "N", 1)):
            to = numbers[(numbers.index(current) + step) % len(numbers)] if chosen else 0
            off = len(numbers) < 2
            st.button(label, key=key, shortcut=shortcut, disabled=off, on_click=selection.choose, args=(to,))
        st.button(
            "In doubt",
            key="cell-doubt",
            shortcut="D",
            disabled=doubtful is None,
            on_click=_open_doubtful,
            args=(doubtful,),
        )
    if chosen is None:
        return
    by_number = {cell.number: cell for cell in cells}
    st.session_state[selection.CELL_LIST] = current
    st.selectbox(
        f"Cell ({numbers.index(current) + 1} of {words.count(len(numbers), 'cell')})",
        numbers,
        key=selection.CELL_LIST,
        format_func=lambda number: photo_chart.spoken(smear, by_number[number]),
        on_change=_from_list,
    )
    st.caption(KEYS)


def _from_list() -> None:
    selection.choose(st.session_state[selection.CELL_LIST])


def _open_doubtful(cell: "CountedCell") -> None:
    narrow = st.session_state.get(SHOWN) == DOUBT
    selection.open_cell(cell.photo, cell.number)
    if narrow:
        st.session_state[SHOWN] = DOUBT


# --- The chart -----------------------------------------------------------------------------------


def _enlarged() -> int:
    """How many times, with the chosen cell in the middle: by keyboard too, and kept from cell to cell."""
    first = next(iter(ENLARGED))
    picked = st.segmented_control(
        "Enlarge", list(ENLARGED), default=first, required=True, key="enlarge", label_visibility="collapsed"
    )
    return ENLARGED[picked or first]


def _chart(smear: "Smear", photo: "CountedPhoto", scene: photo_chart.Scene, overlays: photo_image.Overlays) -> None:
    # After a click the chart stays as it is: the browser marks the cell, and keeps how far it was enlarged.
    clicked, last = st.session_state.pop(CLICKED, False), st.session_state.get(FIGURE)
    if clicked and scene.enlarged == 1 and last is not None and last[0] == photo.fingerprint:
        figure = last[1]
    else:
        parts = [whole(photo.field.width, photo.field.height)]
        if scene.enlarged > 1 and overlays.is_large:
            parts.append(photo_chart.part(scene))  # sharper than the whole one, which is made smaller
        layers = [(photo_image.address(overlays, photo.fingerprint, part), part) for part in parts]
        figure = photo_chart.chart(smear, scene, layers)
        st.session_state[FIGURE] = photo.fingerprint, figure
    key = f"field-{photo.number}"
    st.plotly_chart(
        figure,
        key=key,
        config=photo_chart.CONFIG,
        on_select=lambda: _follow(key, photo),
        selection_mode=("points", "box"),
        alt=f"Photo {photo.number} with cells framed: {_spoken(smear, scene)}. The list chooses one by keyboard.",
    )
    st.caption(
        "Click a cell to open it; drag to move, scroll to zoom. A frame has the colour of its class; a dashed one "
        "marks a cell in doubt or set apart."
    )


def _spoken(smear: "Smear", scene: photo_chart.Scene) -> str:
    named = [photo_chart.spoken(smear, cell) for cell in scene.cells[: photo_chart.MOST_FRAMES]]
    more = len(scene.cells) - len(named)
    return "; ".join([*named, *([f"and {more:,} more"] if more else [])]) or "none"


def _follow(key: str, photo: "CountedPhoto") -> None:
    """A click opens a cell; a frame that was drawn becomes the one to add."""
    marks = st.session_state[key]["selection"]
    if st.session_state.get(adding.ADDING):
        if marks.get("box"):
            adding.take(photo, marks["box"][-1])
        return
    st.session_state[CLICKED] = True
    if marks["points"]:  # none after a second click on the same cell
        selection.choose(int(marks["points"][0]["customdata"][0]))


def _about(photo: "CountedPhoto") -> None:
    from core.differential.wording import photo_remarks
    from core.imaging.wording import detector_name

    field, detector = photo.field, detector_name(photo.field.detector)
    counts = f"{words.count(field.count('red'), 'red cell')} and {words.count(field.count('platelet'), 'platelet')}"
    st.caption(
        f"{words.plain(photo.name)}, {field.width} × {field.height} pixels, with {counts}; cells found by {detector}. "
        f"{scale_bar.in_words(field)}"
    )
    for remark in photo_remarks(photo):
        st.caption(words.plain(remark))


def _counts_as(smear: "Smear", cell: "CountedCell") -> str:
    from core.reports.composition import called

    if cell.repeats:
        return "cell {}.{}".format(*cell.repeats)
    return called(smear, cell.type) if cell.type else "set apart"


def table(smear: "Smear", photo: int) -> pd.DataFrame:
    """One row a cell of the photo: number, kind, what it counts as, how sure, and what sets it apart."""
    from core.imaging.wording import KIND_NAMES, detection_sentences
    from core.reports.composition import called

    return pd.DataFrame(
        [
            {
                "Cell": cell.name,
                "Found as": "Added by a person" if cell.added else KIND_NAMES[cell.detection.kind],
                "Counts as": _counts_as(smear, cell),
                "Probability": words.percent(cell.probabilities.confidence) if cell.probabilities else "",
                "Verdict": words.VERDICTS.get(str(cell.verdict), ""),
                "You said": called(smear, cell.named) if cell.named is not None else "",
                "Remarks": " ".join(detection_sentences(cell.detection)),
            }
            for cell in smear.of(photo)
            if cell.detection.kind != "red" or cell.corrected is not None
        ],
        columns=["Cell", "Found as", "Counts as", "Probability", "Verdict", "You said", "Remarks"],
    )
