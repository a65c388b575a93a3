"""A counted smear as files to keep or hand over: made when they are asked for, and shown before."""

import re
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from app.count.differential_view import differential_of
from app.shared import words

if TYPE_CHECKING:
    from core.differential.smear import Smear

PREVIEW = 900
"""Height of the preview, pixels: about a page."""

FILES = (
    (".pdf", "PDF, for print", "application/pdf", ":material/picture_as_pdf:"),
    (".html", "One page for a browser", "text/html", ":material/public:"),
    (".csv", "Table of the cells (CSV)", "text/csv", ":material/table:"),
    (".json", "All figures (JSON)", "application/json", ":material/data_object:"),
    (".coco.json", "Boxes for training (COCO)", "application/json", ":material/select_all:"),
    (".yolo.zip", "Boxes for training (YOLO)", "application/zip", ":material/folder_zip:"),
    (".fhir.json", "HL7 FHIR R4 (JSON)", "application/fhir+json", ":material/local_hospital:"),
)
"""Ending, what it is, its media type, its icon."""


def show(smear: "Smear") -> None:
    """What the report holds, the choices there are, a button for each kind of file, and a preview."""
    if not smear.photos:
        st.info("There is nothing to report: no photo could be read.", icon=":material/description:")
        return
    st.markdown(
        "The report holds the count, the photos with boxes, a sheet of cells for every class, the cells in doubt with "
        "where its evidence is, what a person changed, and the models used. It names no patient."
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        paper = st.segmented_control("Paper", ["A4", "Letter"], default="A4", required=True, key="report-paper")
        names = st.toggle(
            "Print the names of files", key="report-names", help="A file's name may contain a patient's name."
        )
    with st.container(horizontal=True):
        for ending, title, media, icon in FILES:
            st.download_button(
                title,
                partial(_made, smear, ending, paper, names=names),
                f"{_harmless(smear.identifier)}{ending}",
                media,
                key=f"report{ending}",
                on_click="ignore",
                icon=icon,
            )
    if len(smear.doubtful):
        st.caption(
            f"{words.count(len(smear.doubtful), 'cell is', 'cells are')} still in doubt, and the report says so. "
            "Name them under Photos or Cells first, if you can."
        )
    if st.toggle("Preview it here", key="report-preview"):
        # The page loads nothing and runs nothing; what people typed is escaped in it.
        st.iframe(_made(smear, ".html", paper, names=names).decode(), height=PREVIEW, alt="The report as one page")


def _harmless(identifier: str) -> str:
    """As a file may be called on any system."""
    return re.sub(r"[^\w.-]+", "-", identifier).strip(".-") or "count"


def _made(smear: "Smear", ending: str, paper: str, *, names: bool) -> bytes:
    from core.reports.files import KINDS, Options

    return KINDS[ending](smear, differential_of(smear), Options(names, paper))
