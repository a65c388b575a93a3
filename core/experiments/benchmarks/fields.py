"""What the detector's training fields are like, and how many fields that it did not learn from are unlike them.

Training fields by their marks, or where a kind is not marked, by what the detector finds; the others by what it found,
as its committed tables have it.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from core.datasets.boxes import FIELD_SOURCES, marked_fields
from core.detection.detector import working_points_of
from core.detection.loading import load_detector, open_detector
from core.detection.recipe import DETECTOR, make_detector_recipe
from core.detection.scale import EDGE
from core.evaluation.intervals import wilson
from core.evaluation.results.detections import EDGES, DetectionTable
from core.experiments.benchmarks import BENCHMARKS, Benchmark, Order, Rows
from core.imaging.decoding import Photo
from core.imaging.field_colours import FieldLook, FieldRanges, HeldBack, LaboratoryRanges, keep, learned_fields, look_of
from core.imaging.fields import Detection, Field, Kind
from core.imaging.windows import Box
from core.progress import Progress, silent
from core.settings import checkpoints_folder, data_subfolder

COMMAND = "python -m core bench fields --keep"


def measures(look: FieldLook, field: Field) -> dict[str, float]:
    """What a field is like, by measure; NaN where it does not tell."""
    colours = {name: np.nan if value is None else value for name, value in vars(look).items()}
    red = field.red_diameter or np.nan
    whole = [(cell.box.width + cell.box.height) / 2 for cell in field.of("white") if not cell.cut]
    return colours | {"red_width": red, "over_red": float(np.median(whole)) / red if whole else np.nan}


def learned_from(progress: Progress = silent) -> FieldRanges:
    """The ranges of the training fields of the shipped detector. SourceError where their sources are not at hand."""
    checkpoint = open_detector(checkpoints_folder() / DETECTOR)
    recipe = make_detector_recipe(checkpoint.card.recipe)
    fields = [field for field in marked_fields(*recipe.sources) if field.split == "train"]
    detector, rows = load_detector(), dict[str, list[dict[str, float]]]()
    for done, field in enumerate(fields, 1):
        pixels = field.pixels()
        cells = _detections(((kind, 1.0, box) for kind, box in field.cells), pixels)
        if "red" not in field.trusted:
            cells += detector.find(Photo(field.key, pixels)).of("red")
        found = Field(field.key, pixels.shape[1], pixels.shape[0], tuple(cells))
        rows.setdefault(field.lab, []).append(measures(look_of(pixels, found.cells), found))
        progress(done, len(fields))
    laboratories = {lab: LaboratoryRanges.fit(of_lab) for lab, of_lab in rows.items()}
    return FieldRanges(
        detector=checkpoint.card.sha256, date=date.today().isoformat(), command=COMMAND, laboratories=laboratories
    )


def held_back(ranges: FieldRanges, progress: Progress = silent) -> tuple[HeldBack, ...]:
    """A row for each laboratory and split that the detector did not learn from: of how many fields, each as a set of
    its own, and of all of them as one set, it is said that their colours are others."""
    table = DetectionTable.read(checkpoints_folder() / DETECTOR)
    marked = {(field.source, field.key): field for field in marked_fields(*filter(data_subfolder, FIELD_SOURCES))}
    looks: dict[tuple[str, str], list[FieldLook]] = {}
    for done, (number, row) in enumerate(table.fields.iterrows(), 1):
        field = marked.get((row["source"], row["key"]))
        if field is not None:
            pixels = field.pixels()
            cells = _detections(_found(table.boxes[table.boxes["field"] == number]), pixels)
            looks.setdefault((field.lab, field.split), []).append(look_of(pixels, cells))
        progress(done, len(table.fields))
    return tuple(
        HeldBack(
            laboratory=lab,
            split=split,
            fields=len(of_lab),
            alarms=sum(bool(ranges.beyond([look])) for look in of_lab),
            beyond=tuple(ranges.beyond(of_lab)),
        )
        for (lab, split), of_lab in looks.items()
    )


def _found(boxes: pd.DataFrame) -> Iterator[tuple[Kind, float, Box]]:
    """The cells of a field that are shown."""
    least = working_points_of(open_detector(checkpoints_folder() / DETECTOR))
    for row in boxes[boxes["score"].notna()].to_dict("records"):
        if row["score"] >= least[row["kind"]]:
            yield row["kind"], row["score"], Box(*(row[edge] for edge in EDGES))


def _row(row: HeldBack) -> dict[str, Any]:
    rate = wilson(row.alarms, row.fields)
    figures = {"said": rate.value, "low": rate.low, "high": rate.high}
    return {
        "laboratory": row.laboratory,
        "split": row.split,
        "fields": row.fields,
        **{key: round(value, 3) for key, value in figures.items()},
        "as one set": ", ".join(row.beyond) or "nothing",
    }


def _detections(boxes: Iterable[tuple[Kind, float, Box]], pixels: np.ndarray) -> list[Detection]:
    height, width = pixels.shape[:2]
    return [Detection(box, kind, score, _cut(box, width, height)) for kind, score, box in boxes]


def _cut(box: Box, width: int, height: int) -> bool:
    return box.left <= EDGE or box.top <= EDGE or box.right >= width - EDGE or box.bottom >= height - EDGE


def _run(order: Order) -> Rows:
    """Kept: the ranges, and how often a field is beyond them that the detector did not learn from."""
    ranges = None if order.keep else learned_fields()
    if ranges is None:
        with order.bar("training fields") as progress:
            ranges = learned_from(progress)
    with order.bar("fields held back") as progress:
        ranges = ranges.model_copy(update={"held_back": held_back(ranges, progress)})
    if order.keep:
        keep(ranges)
    return [_row(row) for row in ranges.held_back]


BENCHMARKS.add(Benchmark("fields", 14, "how the detector's training fields look, and who differs", _run, keeps=True))
