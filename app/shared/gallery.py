"""A gallery of single cells: each with its photograph, what the models say of it and where their evidence is."""

import io
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import streamlit as st
from PIL import Image

from app.shared import examples, load, photos, pictures, prediction_tables, remarks, words
from app.shared.reading import explanations
from app.shared.saving import save_csv
from app.shared.scoping import Answers

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.inference.reader import Reader

PAGE = 8
"""Cells on a page of the gallery."""

ALONE, PAIRED = 220, 132
"""Sides in pixels of a photograph by itself, and of one that has maps beside it: two stand in a row on a phone."""

CARD, WIDE_CARD = 256, 320
STAND_INS = 4
"""Classes of which a generated cell is shown where photographs are missing."""

OPACITY = 0.5
PREDICTED, TRUE_AND_PREDICTED = "predicted", "true and predicted"
"""Classes that maps are for."""

NUMBER, MAPS = "page", "maps"
"""Names in the address of the page of the gallery, and of whether maps are shown."""

DOUBTFUL = "doubtful"
"""Where a session keeps which labels it was told are doubtful: source and key of each image."""

Row = int


def show(
    rows: Iterable[Row], answers: Answers, *, name: str, both: bool = False, markable: bool = False, at: str = ""
) -> None:
    """Pages of cards, then the whole list as a table that can be saved.

    rows: of the tables, in the order wanted. name: of the saved file. both: maps of the first model for the true class
    and for the one that it predicted, instead of one map of each model for what it predicted. markable: a box on each
    card by which its label is called doubtful. at: what sets the choices of this gallery apart in the address, where a
    page has more than one.
    """
    rows = [int(row) for row in rows]
    if not rows:
        return
    available = _photographs({str(source) for source in answers.images["source"].iloc[rows]})
    with_maps = available and st.toggle(
        "Show where the models found evidence",
        key=at + MAPS,
        bind="query-params",
        help="A map over each photograph: lime marks what raised the score of a class most.",
    )
    maps = None if not with_maps else TRUE_AND_PREDICTED if both else PREDICTED
    if not available:
        _stand_ins(rows, answers)
    page = _page(rows, at)
    spinner = "Asking the models for their evidence …" if with_maps else "Opening the photographs …"
    with st.spinner(spinner), st.container(horizontal=True, key=f"{at}gallery"):
        for row in page:
            with st.container(border=True, width=WIDE_CARD if with_maps else CARD):
                _card(row, answers, maps)
                if markable:
                    _mark(*answers.image(row))
    with st.expander(f"The list ({words.count(len(rows), 'cell')})", expanded=not available):
        _list(rows, answers, name)


def _photographs(sources: set[str]) -> bool:
    """Whether there are photographs of any of these sources; of the others the page says how to get them."""
    missing = [source for source in sorted(sources) if photos.source(source) is None]
    for source in missing:
        photos.offer(source)
    return len(missing) < len(sources)


def _stand_ins(rows: Sequence[Row], answers: Answers) -> None:
    """In place of photographs: generated cells of the classes that these cells are of and are called, the commonest
    first."""
    first = answers.names[0]
    numbers = Counter(number for row in rows for number in (answers.true(row), answers.predicted(row, first)))
    with st.container(horizontal=True, gap="small"):
        for number, _ in numbers.most_common(STAND_INS):
            cell_class = answers.space.classes[number]
            for picture, what in examples.stand_ins(cell_class.key, 1):
                with st.container(width=PAIRED, gap="xsmall"):
                    st.image(picture, width=PAIRED, alt=f"{cell_class.name}, {what}.")
                    st.caption(f"{cell_class.name}: {what}, none of those below")


def _page(rows: Sequence[Row], at: str) -> Sequence[Row]:
    """The rows on the page that is chosen; another list begins at its first page."""
    if st.session_state.get(f"{at}listed", rows) != rows:
        st.session_state[at + NUMBER] = 1
    st.session_state[f"{at}listed"] = rows
    # Drawn for a single page too: a page number that came with the address would else wait for the next list.
    number = st.pagination(math.ceil(len(rows) / PAGE), key=at + NUMBER, bind="query-params")
    first = PAGE * (number - 1)
    st.caption(f"{first + 1} to {min(first + PAGE, len(rows))} of {len(rows):,}.")
    return rows[first : first + PAGE]


def _card(row: Row, answers: Answers, maps: str | None) -> None:
    """One cell. maps: for which classes, None for no maps."""
    source, key = answers.image(row)
    true_class = answers.space.classes[answers.true(row)]
    image = photos.small(source, key, PAIRED if maps else ALONE)
    if image is None:
        if photos.source(source) is not None:
            st.caption("The photograph of this cell is missing from the folder or cannot be read.")
    else:
        _pictures(row, answers, image, maps)
    st.markdown(f"**{true_class.name}**  \n{words.plain(key)}")
    remarks.show(source, key, answers.space)
    lines = [
        f"{name}: {prediction_tables.in_words(answers.predictions[name], row, answers.space)}" for name in answers.names
    ]
    st.caption("  \n".join(lines))


def _pictures(row: Row, answers: Answers, image: bytes, maps: str | None) -> None:
    """The photograph and the maps beside or below it."""
    _, key = answers.image(row)
    called = [f"{answers.space.names[answers.predicted(row, name)].lower()} by {name}" for name in answers.names]
    alt = f"{key}: {answers.space.names[answers.true(row)].lower()}, called {words.join(called)}."
    width = PAIRED if maps else ALONE
    if maps == TRUE_AND_PREDICTED:
        # The photograph above the two maps, so that these are side by side. They are of the first model alone:
        # those of all would be more than anybody looks at.
        st.image(image, width=width, alt=alt)
        with st.container(horizontal=True, gap="small"):
            _maps(row, answers, answers.models[:1], maps)
        return
    with st.container(horizontal=True, gap="small"):
        st.image(image, width=width, alt=alt)
        if maps:
            _maps(row, answers, answers.models, maps)


def _maps(row: Row, answers: Answers, models: "Sequence[Checkpoint]", maps: str) -> None:
    """A map of each model for each class that is looked for, in a row."""
    source, key = answers.image(row)
    for model in models:
        predicted = answers.predicted(row, model.name)
        wanted = [answers.true(row), predicted] if maps == TRUE_AND_PREDICTED else [predicted]
        for number in dict.fromkeys(wanted):
            target = answers.space.classes[number]
            name = target.name.lower()
            with st.container(width=PAIRED, gap=None):
                if target.key not in model.space.keys:
                    st.caption(f"{model.name} does not have the class {name}, so there is no map for it.")
                    continue
                meaning = explanations.meaning(explanations.quickest(model), name)
                over, flat = _map(source, key, model.card.sha256, target.key, load.reader(model))
                st.image(over, width=PAIRED, alt=f"{key}; lime: {meaning}, by {model.name}.")
                st.caption(f"{model.name}: {name}{', nothing stood out' if flat else ''}")


@st.cache_data(max_entries=2048, show_spinner=False)
def _map(source: str, key: str, sha256: str, target: str, _reader: "Reader") -> tuple[bytes, bool]:
    """A model's map for one class over the cell, as a WebP, and whether nothing stood out.

    By Grad-CAM, or what stands in for it. The photograph is there: the caller has shown it.
    """
    images, photo = photos.source(source), photos.photo(source, key)
    assert images is not None
    assert photo is not None
    height, width = photo.pixels.shape[:2]
    box = images.frame(key, width, height)
    method = explanations.quickest(_reader.checkpoint).name
    explanation = _reader.explain(photo, box, method, target)
    base = pictures.ground(photo.pixels, box, explanation.crop, coarse=False, side=2 * PAIRED)
    file = io.BytesIO()
    Image.fromarray(pictures.laid_over(base, explanation.map.values, OPACITY)).save(file, "WEBP", quality=85)
    return file.getvalue(), explanation.map.flat


def _list(rows: Sequence[Row], answers: Answers, name: str) -> None:
    table = prediction_tables.listing(answers.predictions, rows, answers.space)
    sure = {column: st.column_config.NumberColumn(format="percent") for column in table.columns if ", sure" in column}
    st.dataframe(table, hide_index=True, column_config=sure, alt="One row for each cell, in the order of the gallery.")
    save_csv(name, lambda: prediction_tables.raw(answers.predictions, rows).to_csv(index=False))


def marked() -> list[tuple[str, str]]:
    """Source and key of every image whose label was called doubtful in this session, in the order of marking."""
    return list(_doubtful())


def _doubtful() -> dict[tuple[str, str], None]:
    images: dict[tuple[str, str], None] = st.session_state.setdefault(DOUBTFUL, {})
    return images


def _mark(source: str, key: str) -> None:
    box = f"doubtful-{source}-{key}"
    st.session_state[box] = (source, key) in marked()
    st.checkbox("Label doubtful", key=box, on_change=_note, args=(box, source, key))


def _note(box: str, source: str, key: str) -> None:
    if st.session_state[box]:
        _doubtful()[source, key] = None
    else:
        _doubtful().pop((source, key), None)
