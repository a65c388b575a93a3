"""One reading as a person sees it: the answer, the photo, where its evidence is, and how sure it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from app.read import field_view, others, resemblance
from app.shared import alarm, charts, load, pictures, scale_bar, words
from app.shared.language import N_, _, class_name, english
from app.shared.reading import explanations, framing, morphology, prototypes, quality
from core.imaging.colours import colour_finding
from core.imaging.decoding import Photo
from core.imaging.wording import COLOURS, IMPLAUSIBLE, change_phrases
from core.labels import LabelSpace
from core.synthetic import examples
from core.synthetic.drawings import DRAWING_NOTE, MARK

if TYPE_CHECKING:
    from app.shared.uploads import Item
    from core.checkpoints import Checkpoint
    from core.explain.registry import AttributionMethod
    from core.inference.reader import Explanation, Reading

LIKELIEST = N_("the likeliest class")
EXPLAINED = "explained"


@dataclass(frozen=True)
class Cell:
    """A photo and its reading. id: the same across reruns; note: what must be said before the answer.

    item: of an upload, what else was found in the photo.
    """

    id: str
    photo: Photo
    reading: "Reading"
    note: str = ""
    item: "Item | None" = None

    @property
    def drawing(self) -> bool:
        return self.note == DRAWING_NOTE

    @property
    def pixel_size(self) -> float | None:
        """µm of a pixel of the photo, None where nobody knows."""
        found = self.item.found if self.item else None
        return found.field.pixel_size if found else self.photo.micrometres_per_pixel

    @property
    def mark(self) -> str:
        """What a saved picture says of one that is no photograph."""
        return {DRAWING_NOTE: MARK, examples.NOTE: examples.MARK}.get(self.note, "")


@dataclass(frozen=True)
class _Choices:
    """How the map is drawn. target: the class that is explained; opacity: 0 to 1; coarse: over the model's pixels."""

    method: "AttributionMethod"
    target: str
    opacity: float
    coarse: bool


def show(cell: Cell, checkpoint: "Checkpoint") -> None:
    """The whole card."""
    with st.container(border=True):
        if cell.drawing:
            st.info(_(cell.note), icon=":material/draw:")
        elif cell.mark:
            st.info(_(cell.note), icon=":material/info:")
        elif cell.note:
            st.caption(_(cell.note))
        if cell.item:
            field_view.show(cell.item, cell.photo, checkpoint.space)
        st.header(words.headline(cell.reading, checkpoint.space), anchor=False)
        st.markdown(words.explanation(cell.reading, checkpoint.space, drawing=cell.drawing))
        alarm.show(list(to_know(cell, checkpoint)))
        if not cell.mark:
            resemblance.show(cell.photo, cell.reading.box, checkpoint)
        left, right = st.columns([3, 2], gap="large")
        with left:
            chosen = _choices(cell.reading, checkpoint)
            photo, over, caption = _pictures(cell, checkpoint, chosen)
            beside = st.container()
        with right:
            _probabilities(cell.reading, checkpoint.space)
            _definitions(cell.reading, checkpoint.space)
            if not cell.drawing:
                morphology.show(cell.id, cell.photo, cell.reading, checkpoint)
        with beside:
            _compared(cell, checkpoint, chosen)
        prototypes.show(cell.id, cell.photo, cell.reading, checkpoint)
        others.show(cell.id, cell.photo, cell.reading, checkpoint)
        with st.expander(_("Is the box in the wrong place? Correct the framing"), icon=":material/crop:"):
            framing.correct(cell.id, cell.photo, cell.reading.box)
        st.caption(words.source_line(checkpoint))
        _download(cell, checkpoint, photo, over, caption)


def to_know(cell: Cell, checkpoint: "Checkpoint") -> Iterator[str]:
    """What is wrong with the photo or the cell, the gravest first as in the gate of a count; "" for what is right."""
    finding = colour_finding(cell.photo.pixels)
    yield COLOURS[finding] if finding else ""
    field = cell.item.found.field if cell.item and cell.item.found else None
    yield IMPLAUSIBLE if field and not field.single_cell and field.implausible else ""
    yield "" if cell.drawing else morphology.warning(cell.id, cell.photo, cell.reading, checkpoint)
    yield quality.in_words(cell.reading.quality)


def _pictures(cell: Cell, checkpoint: "Checkpoint", chosen: "_Choices") -> tuple[np.ndarray, np.ndarray, str]:
    """The photo with its box and the map over the box, side by side; returns both and the map's caption."""
    first, second = st.columns(2)
    from core.explain.overlay import describe

    explanation, over, meaning = _overlaid(cell, checkpoint, chosen, chosen.method)
    photo = pictures.boxed(cell.photo.pixels, cell.reading.box)
    if cell.pixel_size:
        photo = scale_bar.drawn(photo, cell.pixel_size * cell.photo.pixels.shape[1] / photo.shape[1])
    meaning = f"{meaning}, by {chosen.method.title}"
    caption = describe(explanation.map, cell.reading.box.width)
    with first:
        st.image(
            photo, width="stretch", alt=_("The photo, with a box around what was read: {name}.", name=cell.photo.name)
        )
        st.caption(_about_photo(cell))
    with second:
        st.image(over, width="stretch", alt=_("The part in the box; lime: {meaning}.", meaning=meaning))
        _legend(meaning, chosen.opacity)
        st.caption(caption)
    return photo, over, f"Lime: {meaning}. {caption}"


def _overlaid(
    cell: Cell, checkpoint: "Checkpoint", chosen: "_Choices", method: "AttributionMethod"
) -> "tuple[Explanation, np.ndarray, str]":
    """The map by a method, laid over what was read, and what its colour marks."""
    explanation = _explained(cell, checkpoint, method, chosen.target)
    base = pictures.ground(cell.photo.pixels, cell.reading.box, explanation.crop, coarse=chosen.coarse)
    over = pictures.laid_over(base, explanation.map.values, chosen.opacity)
    return explanation, over, explanations.meaning(method, checkpoint.space[chosen.target].name.lower())


def _compared(cell: Cell, checkpoint: "Checkpoint", chosen: "_Choices") -> None:
    """Beside Grad-CAM, the map of the best of the other methods; it is slower, and so is drawn after all else."""
    other = explanations.compared(checkpoint)
    if other is None or chosen.method != explanations.methods(checkpoint)[0]:
        return
    _explanation, over, meaning = _overlaid(cell, checkpoint, chosen, other)
    left, right = st.columns(2)
    with left:
        st.image(
            over,
            width="stretch",
            alt=_("The part in the box again; lime: {meaning}, by {method}.", meaning=meaning, method=other.title),
        )
    with right:
        st.markdown(_("**To compare: {method}.** {shows}", method=other.title, shows=other.shows))
        st.caption(explanations.how_faithful(checkpoint, other.name))


def _legend(meaning: str, opacity: float) -> None:
    """What the colour of the map means, beside the colour."""
    from core.explain.overlay import legend

    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.image(legend(opacity), width=96, alt=_("From no colour, for no evidence, to lime, for the most."))
        st.markdown(
            _("**Lime: {meaning}**; the stronger the colour, the more of it.", meaning=meaning), width="stretch"
        )


def _choices(reading: "Reading", checkpoint: "Checkpoint") -> "_Choices":
    """Method, class, opacity, and whether to show the model's own pixels."""
    methods = {method.title: method for method in explanations.methods(checkpoint)}
    keys = {LIKELIEST: reading.label} | {each.name: each.key for each in checkpoint.space.classes}
    names = {LIKELIEST: _(LIKELIEST)} | {each.name: class_name(each) for each in checkpoint.space.classes}
    opacity = st.slider(_("Opacity of the map in percent"), 0, 100, 50, 5, key="opacity", bind="query-params")
    first, second = st.columns(2)
    target = first.selectbox(
        _("Evidence for"),
        list(keys),
        format_func=lambda name: names.get(name, name),
        key="looked-for",
        bind="query-params",
    )
    title = second.selectbox(_("Method"), list(methods), key="method", bind="query-params")
    size = checkpoint.preprocessing.size
    method = methods.get(title) or next(iter(methods.values()))
    st.caption(f"{method.shows} {explanations.how_faithful(checkpoint, method.name)}")
    coarse = st.toggle(
        _("Show the {size} × {size} pixels that the model saw", size=size), key="pixels", bind="query-params"
    )
    return _Choices(method, keys.get(target, reading.label), opacity / 100, coarse)


def _explained(cell: Cell, checkpoint: "Checkpoint", method: "AttributionMethod", target: str) -> "Explanation":
    """The map for one class; the last two are remembered, so that the opacity costs nothing."""
    key = cell.id, checkpoint.card.sha256, cell.reading.box.as_tuple(), method.name, target
    maps: dict[tuple[object, ...], Explanation] = st.session_state.setdefault(EXPLAINED, {})
    if key not in maps:
        with st.spinner(_("Asking the model for its evidence …")):
            maps[key] = load.reader(checkpoint).explain(cell.photo, cell.reading.box, method.name, target)
        for old in list(maps)[:-2]:
            del maps[old]
    return maps[key]


def _about_photo(cell: Cell) -> str:
    height, width = cell.photo.pixels.shape[:2]
    box = cell.reading.box
    beyond = box.left < 0 or box.top < 0 or box.right > width or box.bottom > height
    parts = [
        _("{name}, {width} × {height} pixels.", name=words.plain(cell.photo.name), width=width, height=height),
        _("What is in the box was read; it was {framed}.", framed=_(words.HOW_FRAMED[cell.reading.framed])),
        _("Where it reaches beyond the photo, the photo was mirrored.") if beyond else "",
        "" if cell.drawing else quality.usual(cell.reading),
        _("Labelled {label} in its file.", label=words.plain(cell.photo.label)) if cell.photo.label else "",
        _("On opening: {changes}.", changes=words.plain(change_phrases(cell.photo.changes)))
        if cell.photo.changes
        else "",
    ]
    return " ".join(part for part in parts if part)


def _probabilities(reading: "Reading", space: LabelSpace) -> None:
    """Bars for all classes; they step back where the model should not be believed."""
    if reading.verdict == "unlike":
        with st.expander(_("Show the probabilities anyway (not to be relied on)")):
            _bars(reading, space, muted=True)
    else:
        _bars(reading, space, muted=False)


def _bars(reading: "Reading", space: LabelSpace, *, muted: bool) -> None:
    figure = charts.probability_bars(reading, space, muted=muted)
    st.plotly_chart(figure, key="probabilities", config=charts.STILL, alt=words.spoken(reading, space))


def _definitions(reading: "Reading", space: LabelSpace) -> None:
    """What the named classes look like, so that a person can check."""
    for key in [] if reading.verdict == "unlike" else words.likeliest(reading, 2 if reading.verdict == "unsure" else 1):
        cell_class = space[key]
        st.markdown(f"**{class_name(cell_class)} ({cell_class.abbreviation}).** {_(cell_class.definition)}")
        st.caption(_("Definition after {sources}.", sources=cell_class.source))


def _download(cell: Cell, checkpoint: "Checkpoint", photo: np.ndarray, over: np.ndarray, caption: str) -> None:
    def sheet() -> bytes:
        with english():
            spoken = words.spoken(cell.reading, checkpoint.space)
            title = words.headline(cell.reading, checkpoint.space)
        lines = [spoken, caption, cell.photo.name, words.source_line(checkpoint)]
        return pictures.sheet(photo, over, title, [cell.note, *lines] if cell.mark else lines, cell.mark)

    name = f"{cell.photo.name.rsplit('/', 1)[-1].rsplit('.', 1)[0]}-{checkpoint.name}.png"
    st.download_button(
        _("Save this card as a picture (PNG)"), sheet, name, "image/png", on_click="ignore", icon=":material/image:"
    )
