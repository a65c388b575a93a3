"""The cells of a case that a person named, as pictures in class folders: what `data info folder` and training read."""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.cases.events import CellPlace
from core.cases.photos import encoded
from core.cases.predictions import PhotoPrediction
from core.cases.state import ReviewedCell, fold
from core.cases.store import CaseStore
from core.errors import CaseError
from core.imaging.decoding import MIN_SIDE
from core.imaging.fields import Detection, reading_window
from core.imaging.windows import Box, cut, held
from core.progress import Progress, silent
from core.reports.corrections import EDGES
from core.storage import replacing_folder, write_bytes, write_csv

TABLE = "cells.csv"
"""Beside the class folders: of every picture its class, the model's, and from which photo and place it is."""


@dataclass(frozen=True)
class Labelled:
    """What was written. cells: pictures by class. missing: photos that are not in their folder any more."""

    cells: dict[str, int]
    missing: tuple[str, ...] = ()


def write_labelled(store: CaseStore, case: str, folder: Path, seat: int = 1, progress: Progress = silent) -> Labelled:
    """Write the cells that the reader in that seat named or confirmed, in the windows that models read.

    folder: must not be there yet; it is written whole or not at all. CaseError in one sentence where it is there or
    cannot be written, or nobody named a cell.
    """
    predictions = {each.fingerprint: each for each in store.predictions(case)}
    state = fold(predictions.values(), store.events(case), seat, store.open(case).settings.types)
    by_photo: dict[str, list[ReviewedCell]] = defaultdict(list)
    for cell in state.cells:
        if cell.label is not None and cell.place.photo in predictions:
            by_photo[cell.place.photo].append(cell)
    if not by_photo:
        raise CaseError("No cell of this case has been named by a person, so there is nothing to write.")
    if folder.exists():
        raise CaseError(f"{folder.name} is there already; name a folder that is not.")
    rows: list[dict[str, object]] = []
    missing = []
    try:
        with replacing_folder(folder) as draft:
            for number, (photo, cells) in enumerate(by_photo.items(), 1):
                try:
                    pixels = store.photos.load(photo).pixels
                except CaseError:
                    missing.append(photo)
                    continue
                rows += [_written(draft, pixels, predictions[photo], cell) for cell in cells]
                progress(number, len(by_photo))
            write_csv(draft / TABLE, pd.DataFrame(rows))
    except OSError as error:
        raise CaseError(f"{folder.name} could not be written ({(error.strerror or 'unknown').lower()}).") from error
    return Labelled(dict(Counter(str(row["label"]) for row in rows)), tuple(missing))


def _written(folder: Path, pixels: np.ndarray, prediction: PhotoPrediction, cell: ReviewedCell) -> dict[str, object]:
    """Write the picture of a cell; its row of the table."""
    place = cell.place
    window = held(_window(prediction, place), pixels.shape[1], pixels.shape[0])
    name = f"{_file_name(str(cell.label))}/{place.photo[:12]} {place.edges.replace(' ', '-')}.png"
    write_bytes(folder / name, encoded(cut(pixels, window, max(MIN_SIDE, round(window.width)))))
    return {
        "file": name,
        "label": cell.label,
        "status": cell.status,
        "model": cell.model or "",
        "verdict": cell.verdict or "",
        "fingerprint": place.photo,
        **dict(zip(EDGES, place.box.as_tuple(), strict=True)),
    }


def _window(prediction: PhotoPrediction, place: CellPlace) -> Box:
    """What the model read of a cell; of one that it did not read, what it would have read."""
    for other, cell, _ in prediction.places():
        if other == place and cell.window is not None:
            return Box(*cell.window)
    return reading_window(Detection(place.box, "white", 1.0), prediction.field)


def _file_name(label: str) -> str:
    """A class as a folder may be called, on any system."""
    return re.sub(r"[^\w -]", "_", label).strip()
