"""The parts of the page that shows a comparison to a room, a slide at a time."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from app.present.deck import FOOTER, Deck, Shown, Slide
from app.shared import charts, plots, scoping, words
from app.shared.figures import confusion_charts, interval_charts
from app.shared.figures.models import AT_FIRST, AT_MOST, score, styles_of

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint

SLIDE = "slide"
"""Name of the slide's number in the address."""

PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


def choose(checkpoints: "Sequence[Checkpoint]") -> Shown | None:
    """What is shown, chosen in a box that stays closed, as on Compare; None where no model has answers."""
    with st.expander("What is shown", icon=":material/tune:"):
        scope = scoping.choose_scope(checkpoints)
        if scope is None:
            return None
        models = [model for model in checkpoints if model.name in score(checkpoints, scope)]
        names = [model.name for model in models]
        selected = st.pills(
            "Models",
            names,
            selection_mode="multi",
            default=names[:AT_FIRST],
            key="models",
            bind="query-params",
            help=f"At most {AT_MOST}. The most accurate on validation cells come first.",
        )
        chosen = [model for model in models if model.name in (selected or names[:AT_FIRST])]
        together = scoping.together(chosen[:AT_MOST], scope)
    return Shown(together, styles_of(models)) if together else None


def show(deck: Deck) -> None:
    """The slide that the address names, and below it what turns the slides."""
    count = len(deck.slides)
    # Another choice of models may have fewer slides than the one before.
    if st.session_state.get(SLIDE, 1) > count:
        st.session_state[SLIDE] = count
    place = st.container(border=True, key="slide-shown")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        before, after = st.container(width="content"), st.container(width="content")
        number = st.selectbox(f"Slide of {count}", range(1, count + 1), key=SLIDE, bind="query-params", width=120)
    with before:
        _turn("Previous", "Left", number - 1, count)
    with after:
        _turn("Next", "Right", number + 1, count)
    with place:
        _slide(deck.slides[number - 1])
    st.caption(f"{FOOTER} The arrow keys turn the slides.")
    if deck.slides[number - 1].notes:
        with st.expander("Notes for the speaker", icon=":material/speaker_notes:"):
            st.markdown(words.plain(deck.slides[number - 1].notes))


def _turn(label: str, arrow: str, to: int, count: int) -> None:
    """A button that turns to the slide `to`, of no use where there is none."""
    st.button(
        label,
        key=label.lower(),
        shortcut=arrow,
        disabled=not 1 <= to <= count,
        on_click=_go,
        args=(to,),
        width="stretch",
    )


def _go(number: int) -> None:
    st.session_state[SLIDE] = number


def _slide(slide: Slide) -> None:
    st.title(slide.title, anchor=False)
    st.header(words.plain(slide.message), anchor=False)
    if slide.points:
        st.markdown("\n".join(f"- ### {words.plain(point)}" for point in slide.points))
    if isinstance(slide.chart, plots.Intervals):
        config = charts.saved_as("slide")
        st.plotly_chart(interval_charts.intervals(slide.chart), key="slide-chart", config=config, alt=slide.chart.alt)
    if isinstance(slide.chart, plots.Matrices):
        _matrices(slide.chart)
    if slide.table is not None:
        st.table(slide.table, hide_index=True, alt=slide.title)


def _matrices(chart: plots.Matrices) -> None:
    for column, name, counts in zip(st.columns(2), chart.names, chart.counts, strict=False):
        with column:
            st.markdown(f"**{words.plain(name)}**, percent of the cells of each true class")
            figure = confusion_charts.plain(counts, chart.space, confusion_charts.OF_TRUE, 1.0)
            st.plotly_chart(figure, key=f"slide-{name}", config=charts.saved_as(f"matrix-{name}"), alt=chart.alt)
    st.caption(
        f"{'; '.join(f'{cell_class.abbreviation} {cell_class.name.lower()}' for cell_class in chart.space.classes)}."
    )


def save(deck: Deck) -> None:
    """The same slides as files."""
    st.subheader("Take them along", anchor=False)
    with st.container(horizontal=True):
        st.download_button(
            "Save as slides (PPTX)",
            lambda: _pptx(deck),
            f"{deck.name}.pptx",
            PPTX,
            key="save-pptx",
            on_click="ignore",
            icon=":material/co_present:",
        )
        st.download_button(
            "Save as PDF",
            lambda: _pdf(deck),
            f"{deck.name}.pdf",
            "application/pdf",
            key="save-pdf",
            on_click="ignore",
            icon=":material/picture_as_pdf:",
        )
    st.caption(
        "Both hold all the slides shown here. In the PPTX, text and tables can be edited, and speaker's notes are "
        "included."
    )


def _pptx(deck: Deck) -> bytes:
    from app.present.pptx_file import pptx

    return pptx(deck)


def _pdf(deck: Deck) -> bytes:
    from app.present.pdf_file import pdf

    return pdf(deck)
