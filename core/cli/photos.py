"""Reading the cells of photos, and explaining what was read."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.options import (
    UNREAD,
    AsJson,
    MicrometresPerPixel,
    Model,
    PagesApart,
    Paths,
    ScaleBar,
    Single,
    SwapColours,
)
from core.cli.printing import print_json
from core.errors import ImageError, SmearlensError
from core.wording import probability

if TYPE_CHECKING:
    import numpy as np

    from core.imaging.decoding import Photo
    from core.imaging.opening import Opening
    from core.imaging.quality import PhotoQuality
    from core.inference.photos import ReadField
    from core.inference.reader import Reader, Reading
    from core.morphology.head import Head

app = typer.Typer()


@app.command()
def predict(
    paths: Paths,
    model: Model = "",
    single: Single = False,
    pages_apart: PagesApart = False,
    swap_red_blue: SwapColours = False,
    um_per_pixel: MicrometresPerPixel = None,
    scale_bar_um: ScaleBar = None,
    as_json: AsJson = False,
) -> None:
    """Read the cell in each photo, or of a field every white cell, as Count reads it.

    With --json, one line a cell, printed as soon as it is read.
    """
    from core.imaging.opening import Opening

    unread, last = 0, ""
    for row in _predictions(
        paths, model, Opening(pages_apart, swap_red_blue, um_per_pixel, scale_bar_um), single=single
    ):
        unread += "error" in row
        if as_json:
            print_json(row)
        elif "error" in row:
            typer.echo(row["error"], err=True)
        else:
            for remark in row["opened"] if row["file"] != last else ():
                typer.echo(f"{row['file']}: {remark}")
            typer.echo(_line(row))
        last = row["file"]
    if unread:
        raise typer.Exit(UNREAD)


@app.command()
def explain(
    path: Annotated[Path, typer.Argument(help="A photo of one cell, or a field: then of its foremost white cell.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The PNG to write: what was read, and the overlay.")],
    model: Model = "",
    method: Annotated[str, typer.Option(help="Such as grad-cam; the most faithful one if none is named.")] = "",
    target: Annotated[str, typer.Option(help="Class to explain; the predicted one if none is named.")] = "",
    opacity: Annotated[float, typer.Option(min=0, max=1)] = 0.6,
    swap_red_blue: SwapColours = False,
) -> None:
    """Write a picture of the areas of a cell that speak for a class."""
    import numpy as np
    from PIL import Image

    from core.detection.loading import load_detector
    from core.explain.overlay import describe, overlay
    from core.imaging.loading import Unreadable, iter_photos
    from core.imaging.opening import Opening
    from core.imaging.wording import missing_sentence, opening_remarks
    from core.inference.explaining import methods_of
    from core.inference.photos import FieldReader
    from core.inference.reader import Reader
    from core.inference.selection import choose

    photo = next(iter_photos([str(path)], Opening(swap=swap_red_blue)))
    if isinstance(photo, Unreadable):
        raise ImageError(photo.name, photo.problem)
    reader = Reader(choose(model))
    (field,) = FieldReader(reader, load_detector()).read([photo])
    reading = field.foremost
    for remark in opening_remarks(field.changes, field.colours, field.label):
        typer.echo(f"{photo.name}: {remark}", err=True)
    if reading is None:
        raise SmearlensError(f"{photo.name}: {missing_sentence(field.field)}")
    chosen = method or methods_of(reader.checkpoint)[0].name
    shown = reader.explain(photo, reading.box, chosen, target or reading.label)
    pair = np.concatenate([shown.crop, overlay(shown.crop, shown.map.values, opacity)], axis=1)
    side = max(1, 400 // reader.checkpoint.preprocessing.size)
    Image.fromarray(pair).resize((pair.shape[1] * side, pair.shape[0] * side), Image.Resampling.NEAREST).save(out)
    typer.echo(f"{shown.map.method} for {shown.target}. {describe(shown.map, reading.box.width)}")


def _line(row: dict[str, Any]) -> str:
    """A row for people."""
    if "remark" in row:
        return f"{row['file']}: {row['remark']}"
    name = f"{row['file']}, cell {row['cell']}" if row["field"] else row["file"]
    apart = "".join(f", {what}" for what in ("cut" if row["cut"] else "", row["note"]) if what)
    return f"{name}: {row['class']} ({probability(row['probabilities'][row['class']])}), {row['verdict']}{apart}"


def _predictions(paths: Sequence[str], model: str, opening: "Opening", *, single: bool) -> Iterator[dict[str, Any]]:
    """A row a cell, in the order of the files; one with `error` for a file that could not be read, and one with
    `remark` for a field without a white cell."""
    from core.detection.detector import SingleCellDetector
    from core.detection.loading import load_detector
    from core.imaging.decoding import Photo
    from core.imaging.loading import Unreadable, in_batches, iter_photos
    from core.inference.photos import FieldReader
    from core.inference.reader import BATCH, Reader
    from core.inference.selection import choose

    reader = Reader(choose(model))
    field_reader = FieldReader(reader, SingleCellDetector() if single else load_detector())
    describe = _describer(reader)
    for group in in_batches(iter_photos(paths, opening), lambda item: item, most=BATCH):
        photos = [item for item in group if isinstance(item, Photo)]
        fields = field_reader.read(photos)
        of_readings = [photo for photo, field in zip(photos, fields, strict=True) for _ in field.readings]
        more = iter(describe(of_readings, [reading for field in fields for reading in field.readings]))
        read = iter(fields)
        for item in group:
            if isinstance(item, Unreadable):
                yield {"file": item.name, "error": item.reason}
            else:
                yield from _rows(item.name, next(read), more)


def _rows(name: str, field: "ReadField", more: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """One row for each cell that was read. more: of each, what else is known."""
    from core.imaging.wording import missing_sentence, opening_remarks

    opened = {"label": field.label or None, "opened": opening_remarks(field.changes, field.colours, field.label)}
    if not field.readings:
        yield {"file": name, "field": True, "remark": missing_sentence(field.field), **opened}
    for cell in field.cells:
        if cell.reading:
            place = {
                "field": not field.field.single_cell,
                "foremost": cell.reading is field.foremost,
                "cut": cell.detection.cut,
                "note": cell.detection.note,
                **opened,
            }
            yield _row(cell.reading, place) | next(more)


def _row(reading: "Reading", place: dict[str, Any]) -> dict[str, Any]:
    """A reading as plain data; box = left, top, right, bottom in pixels of the photo."""
    return {
        "file": reading.photo,
        "cell": reading.cell,
        **place,
        "box": [round(edge, 1) for edge in reading.box.as_tuple()],
        "framed": reading.framed,
        "class": reading.label,
        "probabilities": reading.probabilities.as_dict(),
        "distance": reading.distance,
        "verdict": reading.verdict,
        "sets": reading.sets,
        "quality": _quality(reading.quality) if reading.quality else None,
        "checkpoint": reading.checkpoint,
        "sha256": reading.sha256,
    }


def _quality(quality: "PhotoQuality") -> dict[str, Any]:
    """Every measure, and what is outside of what the model knows, by name and in words."""
    from core.imaging.quality import MEASURES
    from core.imaging.wording import quality_sentence

    measures = {name: getattr(quality, name) for name in (*MEASURES, "enlarged")}
    sentences = [quality_sentence(remark) for remark in quality.remarks]
    return {**measures, "outside": list(quality.outside), "remarks": sentences}


def _describer(reader: "Reader") -> "Callable[[Sequence[Photo], Sequence[Reading]], list[dict[str, Any]]]":
    """A function to what else is known of each reading: `warning`, where it may be a blast, and `morphology`, where the
    model has an attribute head."""
    from core.morphology.head import has_head, read_head
    from core.morphology.immaturity import blast_warning

    head = read_head(reader.checkpoint) if has_head(reader.checkpoint) else None

    def warning(reading: "Reading", features: "np.ndarray | None") -> dict[str, Any]:
        attributes = None if head is None or features is None else head.probabilities(features[None])[0]
        first, second = (key for key, _ in reading.probabilities.ranked()[:2])
        text = blast_warning(reading.verdict, (first, second), attributes)
        return {"warning": text} if text else {}

    def describe(photos: "Sequence[Photo]", readings: "Sequence[Reading]") -> list[dict[str, Any]]:
        if head is None or not readings:
            return [warning(reading, None) for reading in readings]
        features = reader.staged_features(photos, [reading.box for reading in readings])
        return [
            warning(reading, row) | {"morphology": _morphology(head, row, reading)}
            for row, reading in zip(features, readings, strict=True)
        ]

    return describe


def _morphology(head: "Head", features: "np.ndarray", reading: "Reading") -> dict[str, Any] | None:
    """The attributes of a cell seen from its likeliest class; None where it is unlike, or none are known of the class.

    share: of the class's training cells, how many have that value.
    """
    from core.morphology.description import describe, sentence

    description = describe(head, features, reading.label) if reading.verdict != "unlike" else None
    if description is None:
        return None
    attributes = {
        attribute.key: {
            "value": attribute.value,
            "probability": round(attribute.probability, 4),
            "sure": attribute.sure,
            "share": round(attribute.share, 4),
            "against": attribute.contradicts,
        }
        for attribute in description.attributes
    }
    return {
        "class": description.label,
        "sentence": sentence(description, doubted=reading.verdict != "answer"),
        "attributes": attributes,
    }
