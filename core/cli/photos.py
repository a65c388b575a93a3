"""Reading and explaining photos of single cells."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.options import UNREAD, AsJson, Model, Paths
from core.cli.printing import print_json
from core.errors import ImageError

if TYPE_CHECKING:
    import numpy as np

    from core.imaging.decoding import Photo
    from core.imaging.quality import PhotoQuality
    from core.inference.reader import Reader, Reading
    from core.morphology.head import Head

app = typer.Typer()


@app.command()
def predict(paths: Paths, model: Model = "", as_json: AsJson = False) -> None:
    """Read the cell in each photo. With --json, one line a photo, printed as soon as it is read."""
    unread = 0
    for row in _predictions(paths, model):
        unread += "error" in row
        if as_json:
            print_json(row)
        elif "error" in row:
            typer.echo(row["error"], err=True)
        else:
            share = row["probabilities"][row["class"]]
            typer.echo(f"{row['file']}: {row['class']} ({share:.3f}), {row['verdict']}")
    if unread:
        raise typer.Exit(UNREAD)


@app.command()
def explain(
    path: Annotated[Path, typer.Argument(help="A photo of one cell.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The PNG to write: what was read, and the overlay.")],
    model: Model = "",
    method: Annotated[str, typer.Option(help="Such as grad-cam; the most faithful one if none is named.")] = "",
    target: Annotated[str, typer.Option(help="Class to explain; the predicted one if none is named.")] = "",
    opacity: Annotated[float, typer.Option(min=0, max=1)] = 0.6,
) -> None:
    """Write a picture of the areas that speak for a class."""
    import numpy as np
    from PIL import Image

    from core.explain.overlay import describe, overlay
    from core.explain.ranking import ranked_methods
    from core.imaging.loading import Unreadable, iter_photos
    from core.inference.reader import Reader
    from core.inference.selection import choose

    photo = next(iter_photos([str(path)]))
    if isinstance(photo, Unreadable):
        raise ImageError(photo.name, photo.problem)
    reader = Reader(choose(model))
    (reading,) = reader.read([photo])
    lead = reader.lead.checkpoint
    chosen = method or ranked_methods(lead.spec, lead.name, lead.card.sha256)[0].name
    shown = reader.explain(photo, reading.box, chosen, target or reading.label)
    pair = np.concatenate([shown.crop, overlay(shown.crop, shown.map.values, opacity)], axis=1)
    side = max(1, 400 // reader.checkpoint.preprocessing.size)
    Image.fromarray(pair).resize((pair.shape[1] * side, pair.shape[0] * side), Image.Resampling.NEAREST).save(out)
    typer.echo(f"{shown.map.method} for {shown.target}. {describe(shown.map, reading.box.width)}")


def _predictions(paths: Sequence[str], model: str) -> Iterator[dict[str, Any]]:
    """A row a cell, or one with `error` for a file that could not be read; in the order of the files."""
    from core.imaging.decoding import Photo
    from core.imaging.loading import Unreadable, in_batches, iter_photos
    from core.inference.reader import BATCH, Reader
    from core.inference.selection import choose

    reader = Reader(choose(model))
    describe = _describer(reader)
    for group in in_batches(iter_photos(paths), lambda item: item, most=BATCH):
        photos = [item for item in group if isinstance(item, Photo)]
        readings = reader.read(photos)
        rows = iter([_row(reading) | more for reading, more in zip(readings, describe(photos, readings), strict=True)])
        for item in group:
            yield {"file": item.name, "error": item.reason} if isinstance(item, Unreadable) else next(rows)


def _row(reading: "Reading") -> dict[str, Any]:
    """A reading as plain data; box = left, top, right, bottom in pixels of the photo."""
    return {
        "file": reading.photo,
        "cell": reading.cell,
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
    """A function to `morphology` of each reading; to nothing where the model has no attribute head."""
    from core.morphology.head import has_head, read_head

    if not has_head(reader.checkpoint):
        return lambda photos, readings: [{} for _ in readings]
    head = read_head(reader.checkpoint)

    def describe(photos: "Sequence[Photo]", readings: "Sequence[Reading]") -> list[dict[str, Any]]:
        if not readings:
            return []
        features = reader.staged_features(photos, [reading.box for reading in readings])
        return [{"morphology": _morphology(head, *cell)} for cell in zip(features, readings, strict=True)]

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
    return {"class": description.label, "sentence": sentence(description), "attributes": attributes}
