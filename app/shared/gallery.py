"""A gallery of single cells: each with its photograph, what the models say of it and where they looked."""

import io
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st
from PIL import Image

from app.shared import load, photos, pictures, prediction_tables, words
from app.shared.reading import explanations
from app.shared.saving import save_csv
from core.evaluation.results.predictions import Predictions
from core.labels import LabelSpace

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.inference.reader import Reader

PAGE = 12
"""Cells on a page of the gallery."""

ALONE, PAIRED = 220, 132
"""Sides in pixels of a photograph by itself, and of one that has maps beside it: two stand in a row on a phone."""

CARD, WIDE_CARD = 256, 320
OPACITY = 0.5
NUMBER, MAPS = "page", "maps"
"""Names in the address of the page of the gallery, and of whether maps are shown."""

DOUBTFUL = "doubtful"
"""Where a session keeps which labels it was told are doubtful: source and key of each image."""

Row = int


def show(
    rows: Sequence[Row],
    models: "Sequence[Checkpoint]",
    told: Mapping[str, Predictions],
    space: LabelSpace,
    *,
    name: str,
    both: bool = False,
    markable: bool = False,
    at: str = "",
) -> None:
    """Pages of cards, then the whole list as a table that can be saved.

    rows: of the tables, in the order wanted. told: by model's name, tables of the same cells in the same order,
    their classes those of space. name: of the saved file. both: maps of the first model for the true class and
    for the one that it said, instead of one map of each model for what it said. markable: a box on each card by
    which its label is called doubtful. at: what sets the choices of this gallery apart in the address, where a page
    has more than one.
    """
    wanted = [int(row) for row in rows]
    if not wanted:
        return
    table = next(iter(told.values())).table
    here = _photographs({str(table["source"].iloc[row]) for row in wanted})
    with_maps = here and st.toggle(
        "Show where the models looked",
        key=at + MAPS,
        bind="query-params",
        help="A map over each photograph: lime where the picture raised the score of a class most.",
    )
    shown = _page(wanted, at)
    spinner = "Asking the models where they looked …" if with_maps else "Opening the photographs …"
    with st.spinner(spinner), st.container(horizontal=True, key=f"{at}gallery"):
        for row in shown:
            with st.container(border=True, width=WIDE_CARD if with_maps else CARD):
                _card(row, models, told, space, both if with_maps else None, markable)
    with st.expander(f"The list ({words.count(len(wanted), 'cell')})", expanded=not here):
        _list(wanted, told, space, name)


def _photographs(sources: set[str]) -> bool:
    """Whether there are photographs of any of these sources; of the others the page says how to get them."""
    missing = [source for source in sorted(sources) if photos.source(source) is None]
    for source in missing:
        st.info(photos.how_to_get(source), icon=":material/photo_library:")
    return len(missing) < len(sources)


def _page(rows: list[Row], at: str) -> list[Row]:
    """The rows on the page that is chosen; another list begins at its first page."""
    if st.session_state.get(f"{at}listed", rows) != rows:
        st.session_state[at + NUMBER] = 1
    st.session_state[f"{at}listed"] = rows
    # Drawn for a single page too: a page number that came with the address would else wait for the next list.
    number = st.pagination(math.ceil(len(rows) / PAGE), key=at + NUMBER, bind="query-params")
    first = PAGE * (number - 1)
    st.caption(f"{first + 1} to {min(first + PAGE, len(rows))} of {len(rows):,}.")
    return rows[first : first + PAGE]


def _card(
    row: Row,
    models: "Sequence[Checkpoint]",
    told: Mapping[str, Predictions],
    space: LabelSpace,
    both: bool | None,
    markable: bool,
) -> None:
    """One cell. both: which maps are shown, None where none are."""
    first = told[models[0].name]
    source, key = (str(first.table[column].iloc[row]) for column in ("source", "key"))
    true = space.classes[int(first.labels[row])]
    said = [f"{space.names[int(told[m.name].predicted[row])].lower()} by {m.name}" for m in models]
    side = ALONE if both is None else PAIRED
    image = photos.small(source, key, side)
    alt = f"{key}: {true.name.lower()}, called {words.join(said)}."
    if image is not None and both:
        # The photograph above the two maps, so that these are side by side. They are of the first model alone:
        # those of all would be more than anybody looks at.
        st.image(image, width=side, alt=alt)
        with st.container(horizontal=True, gap="small"):
            _maps(source, key, models[:1], told, row, space, both)
    elif image is not None:
        with st.container(horizontal=True, gap="small"):
            st.image(image, width=side, alt=alt)
            if both is not None:
                _maps(source, key, models, told, row, space, both)
    if image is None and photos.source(source) is not None:
        st.caption("The photograph of this cell is not in the folder, or cannot be read.")
    st.markdown(f"**{true.name}**  \n{words.plain(key)}")
    st.caption("  \n".join(f"{m.name}: {prediction_tables.in_words(told[m.name], row, space)}" for m in models))
    if markable:
        _mark(source, key)


def _targets(told: Predictions, row: Row, space: LabelSpace, both: bool) -> list[str]:
    """Keys of the classes for which a map is shown: the one said, the true one before it where both are wanted."""
    said, true = space.keys[int(told.predicted[row])], space.keys[int(told.labels[row])]
    return list(dict.fromkeys([true, said] if both else [said]))


def _maps(
    source: str,
    key: str,
    models: "Sequence[Checkpoint]",
    told: Mapping[str, Predictions],
    row: Row,
    space: LabelSpace,
    both: bool,
) -> None:
    """A map of each model for each class that is looked for, in a row."""
    for model in models:
        for target in _targets(told[model.name], row, space, both):
            kind = space[target].name.lower()
            with st.container(width=PAIRED, gap=None):
                if target not in model.space.keys:
                    st.caption(f"{model.name} knows no {kind} as such, so there is no map for it.")
                    continue
                over, flat = _map(source, key, model.card.sha256, target, load.reader(model))
                st.image(over, width=PAIRED, alt=f"Where {model.name} looked for {kind} in {key}, in lime.")
                st.caption(f"{model.name}: {kind}{', nothing stood out' if flat else ''}")


@st.cache_data(max_entries=2048, show_spinner=False)
def _map(source: str, key: str, sha256: str, target: str, _reader: "Reader") -> tuple[bytes, bool]:
    """A model's map for one class over the cell, as a WebP, and whether nothing stood out.

    By the most faithful of its quick methods. The photograph is there: the caller has shown it.
    """
    there, photo = photos.source(source), photos.photo(source, key)
    assert there is not None
    assert photo is not None
    height, width = photo.pixels.shape[:2]
    box = there.frame(key, width, height)
    method = explanations.quickest(_reader.checkpoint).name
    found = _reader.explain(photo, box, method, target)
    base = pictures.ground(photo.pixels, box, found.crop, coarse=False, side=2 * PAIRED)
    file = io.BytesIO()
    Image.fromarray(pictures.laid_over(base, found.map.values, OPACITY)).save(file, "WEBP", quality=85)
    return file.getvalue(), found.map.flat


def _list(rows: list[Row], told: Mapping[str, Predictions], space: LabelSpace, name: str) -> None:
    table = prediction_tables.listing(told, rows, space)
    sure = {column: st.column_config.NumberColumn(format="percent") for column in table.columns if ", sure" in column}
    st.dataframe(table, hide_index=True, column_config=sure, alt="One row for each cell, in the order of the gallery.")
    save_csv(name, lambda: prediction_tables.raw(told, rows).to_csv(index=False))


def marked() -> list[tuple[str, str]]:
    """Source and key of every image whose label was called doubtful in this session, in the order of marking."""
    found: dict[tuple[str, str], None] = st.session_state.setdefault(DOUBTFUL, {})
    return list(found)


def _mark(source: str, key: str) -> None:
    box = f"doubtful-{source}-{key}"
    st.session_state[box] = (source, key) in marked()
    st.checkbox("Label doubtful", key=box, on_change=_note, args=(box, source, key))


def _note(box: str, source: str, key: str) -> None:
    marked()
    memory: dict[tuple[str, str], None] = st.session_state[DOUBTFUL]
    if st.session_state[box]:
        memory[source, key] = None
    else:
        memory.pop((source, key), None)
