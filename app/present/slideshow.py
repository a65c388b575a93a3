"""The parts of the page that shows a comparison to a room, a slide at a time."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from app.present import deck
from app.present.deck import Deck, Shown, Slide
from app.shared import charts, plots, scoping, words
from app.shared.figures import confusion_charts, interval_charts
from app.shared.figures.models import AT_FIRST, AT_MOST, score, styles_of

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint

SLIDE = "slide"
"""Name of the slide's number in the address."""

PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


def choose(found: "Sequence[Checkpoint]") -> Shown | None:
    """What is shown, chosen in a box that stays closed, as on Compare; None where no model has answers."""
    with st.expander("What is shown", icon=":material/tune:"):
        scope = scoping.choose_scope(found)
        if scope is None:
            return None
        models = [model for model in found if model.name in score(found, scope)]
        names = [model.name for model in models]
        picked = st.pills(
            "Models",
            names,
            selection_mode="multi",
            default=names[:AT_FIRST],
            key="models",
            bind="query-params",
            help=f"At most {AT_MOST}. The most accurate on validation cells come first.",
        )
        chosen = [model for model in models if model.name in (picked or names[:AT_FIRST])]
        together = scoping.together(chosen[:AT_MOST], scope)
    return Shown(together, styles_of(models)) if together else None


def show(told: Deck) -> None:
    """The slide that the address names, and below it what turns the slides."""
    count = len(told.slides)
    # Another choice of models may have fewer slides than the one before.
    if st.session_state.get(SLIDE, 1) > count:
        st.session_state[SLIDE] = count
    place = st.container(border=True, key="slide-shown")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        before, after = st.container(width="content"), st.container(width="content")
        number = st.selectbox(f"Slide of {count}", range(1, count + 1), key=SLIDE, bind="query-params", width=120)
    turned = {"width": "stretch", "on_click": _go}
    before.button("Previous", key="previous", shortcut="Left", disabled=number == 1, args=(number - 1,), **turned)
    after.button("Next", key="next", shortcut="Right", disabled=number == count, args=(number + 1,), **turned)
    with place:
        _slide(told.slides[number - 1])
    st.caption(f"{deck.FOOTER} The arrow keys turn the slides.")
    if told.slides[number - 1].notes:
        with st.expander("Notes for the speaker", icon=":material/speaker_notes:"):
            st.markdown(words.plain(told.slides[number - 1].notes))


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
    st.caption(f"{'; '.join(f'{kind.abbreviation} {kind.name.lower()}' for kind in chart.space.classes)}.")


def save(told: Deck) -> None:
    """The same slides as files."""
    st.subheader("Take them along", anchor=False)
    with st.container(horizontal=True):
        st.download_button(
            "Save as slides (PPTX)",
            lambda: _pptx(told),
            f"{told.name}.pptx",
            PPTX,
            key="save-pptx",
            on_click="ignore",
            icon=":material/co_present:",
        )
        st.download_button(
            "Save as PDF",
            lambda: _pdf(told),
            f"{told.name}.pdf",
            "application/pdf",
            key="save-pdf",
            on_click="ignore",
            icon=":material/picture_as_pdf:",
        )
    st.caption(
        "Both hold all slides as shown here. In the PPTX, text and tables can be edited; speaker's notes are in it."
    )


def _pptx(told: Deck) -> bytes:
    from app.present.pptx_file import pptx

    return pptx(told)


def _pdf(told: Deck) -> bytes:
    from app.present.pdf_file import pdf

    return pdf(told)
