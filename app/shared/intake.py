"""The ways in which photos come to a page: files, a whole folder, or the camera."""

from collections.abc import Iterable
from typing import Any

import streamlit as st

from app.shared import serving
from core.imaging.file_types import READABLE
from core.imaging.opening import Opening

FILES, FOLDER, CAMERA = "Files", "A folder", "The camera"

HELP = f"{READABLE}. Files are recognised by their content, not by their name."


def photos(label: str) -> list[Any]:
    """What was given, in its order; nothing of it is written to disk."""
    way = st.segmented_control(
        "Photos from", [FILES, FOLDER, CAMERA], default=FILES, required=True, key="way", label_visibility="collapsed"
    )
    if way == CAMERA:
        shot = st.camera_input("A photo through the eyepiece, or of a screen", key="camera")
        st.caption(f"Your browser will ask whether it may use the camera. {serving.whereabouts()}")
        return [shot] if shot else []
    if way == FOLDER:
        files = st.file_uploader(
            "A folder of photos, with its subfolders", accept_multiple_files="directory", key="folder", help=HELP
        )
        return in_order(files or [])
    files = list(st.file_uploader(label, accept_multiple_files=True, key="photos", help=HELP) or [])
    if not files:
        st.caption(f"{READABLE}; pages of TIFF; zip archives of them.")
    return files


def opening() -> Opening:
    """How the files are to be opened, where they do not say or say it wrongly."""
    with st.expander("How the files are opened", icon=":material/tune:"):
        apart = st.toggle(
            "Every page of a TIFF is a photo",
            key="pages-apart",
            help="Of a focus stack or a time series only the sharpest picture is read otherwise.",
        )
        swap = st.toggle(
            "Red and blue the other way round",
            key="swap-red-blue",
            help="For pictures in which red cells are blue: some programs save colours in another order.",
        )
        size = st.number_input(
            "Micrometres per pixel",
            min_value=0.01,
            max_value=5.0,
            value=None,
            step=0.01,
            format="%.3f",
            key="um-per-pixel",
            help="If you know it. The red cells tell how large cells are; where there are too few of them, this does.",
        )
        scale_bar = st.number_input(
            "Micrometres of the scale bar",
            min_value=0.1,
            max_value=1000.0,
            value=None,
            step=1.0,
            format="%.1f",
            key="scale-bar-um",
            help="Where a scale bar is drawn on the photos: what is written at it, which is not read.",
        )
    return Opening(apart, swap, size, scale_bar)


def in_order(files: Iterable[Any]) -> list[Any]:
    """The files of a folder by name, which is how they were numbered, without those that systems leave there."""
    return sorted(
        (file for file in files if not file.name.rsplit("/", 1)[-1].startswith((".", "Thumbs.db", "desktop.ini"))),
        key=lambda file: file.name,
    )
