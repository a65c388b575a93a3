"""A talk as files to take along."""

from collections.abc import Sequence

import streamlit as st

from app.present.layout import LaidOut

PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


def save(title: str, file: str, pages: Sequence[LaidOut]) -> None:
    """Buttons that save the slides as they are shown; the files are made when they are asked for.

    file: their name without its ending.
    """
    st.download_button(
        "Save as slides (PPTX)",
        lambda: _pptx(title, pages),
        f"{file}.pptx",
        PPTX,
        key="save-pptx",
        on_click="ignore",
        icon=":material/co_present:",
        help="Slides whose text and tables can be edited, with the notes for the speaker.",
    )
    st.download_button(
        "Save as PDF",
        lambda: _pdf(title, pages),
        f"{file}.pdf",
        "application/pdf",
        key="save-pdf",
        on_click="ignore",
        icon=":material/picture_as_pdf:",
        help="A page a slide.",
    )


def _pptx(title: str, pages: Sequence[LaidOut]) -> bytes:
    from app.present.pptx_file import pptx

    return pptx(title, pages)


def _pdf(title: str, pages: Sequence[LaidOut]) -> bytes:
    from app.present.pdf_file import pdf

    return pdf(title, pages)
