"""The boxes of a counted smear as data sets have them: COCO's JSON, and YOLO's text files in a zip archive.

A box has the class that a person gave, else that of the model. The pixels of the photos are in neither.

Formats: Lin TY et al., Microsoft COCO: Common Objects in Context, ECCV 2014, and cocodataset.org/#format-data; the YOLO
detection format of Ultralytics, docs.ultralytics.com/datasets/detect.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import core
from core.differential import wording
from core.differential.smear import PLATELET, CountedCell, CountedPhoto, Smear
from core.imaging.windows import Box
from core.labels import NO_CELL

RED_CELL, UNLIKE = "red cell", "unlike"
"""Classes of boxes that no model of white cells has: of what it does not read, and does not know."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of every file in an archive, so that the same count makes the same archive."""


@dataclass(frozen=True)
class LabelledBox:
    """A cell with its box within the photo, and its class. name: of the class, as a person reads it."""

    cell: CountedCell
    box: Box
    label: str
    name: str


def labelled(smear: Smear, photo: CountedPhoto, *, unlike: bool) -> Iterator[LabelledBox]:
    """The cells of a photo that have an area in it, without stain and dirt and what a person removed.

    unlike: whether a cell that the model does not know is UNLIKE, in place of the class that it holds likeliest.
    """
    for cell in smear.of(photo.number):
        box = _within(cell.detection.box, photo)
        if box is None or cell.corrected == NO_CELL or (cell.corrected is None and cell.detection.note == "debris"):
            continue
        label = _label(cell, unlike=unlike)
        if label is not None:
            yield LabelledBox(cell, box, label, _name(smear, label))


def as_coco(smear: Smear, *, names: bool = False) -> str:
    """COCO's JSON. names: whether files have their own names, else numbers.

    Of each box, `attributes` say who named it (person or model) and, where nobody did, how sure the model was, whether
    it is unsure of it or does not know it, and what sets the cell apart.
    """
    stems = _stems(smear, names=names)
    boxes = [each for photo in smear.photos for each in labelled(smear, photo, unlike=False)]
    categories = _categories(smear, boxes)
    numbers = {label: number for number, label in enumerate(categories, 1)}
    return (
        json.dumps(
            {
                "info": {
                    "description": f"Cells of {smear.identifier}. {wording.INTENDED_USE_SHORT}",
                    "version": f"Smearlens {core.__version__}",
                    "date_created": smear.made.isoformat(timespec="seconds"),
                },
                "licenses": [],
                "images": [_image(photo, stems[photo.number]) for photo in smear.photos],
                "annotations": [_annotation(number, each, numbers[each.label]) for number, each in enumerate(boxes, 1)],
                "categories": [
                    {"id": numbers[label], "name": name, "supercategory": _kind(smear, label)}
                    for label, name in categories.items()
                ],
            },
            ensure_ascii=False,
            indent=1,
        )
        + "\n"
    )


def as_yolo(smear: Smear, *, names: bool = False) -> bytes:
    """A zip archive: labels/<photo>.txt with class, centre and size of each box as shares of the photo, classes.txt and
    data.yaml. names: whether files have their photos' names, else numbers.

    The format has no attributes: what the model does not know and nobody named is of a class of its own, UNLIKE.
    """
    stems = _stems(smear, names=names)
    by_photo = {photo.number: list(labelled(smear, photo, unlike=True)) for photo in smear.photos}
    categories = _categories(smear, [each for boxes in by_photo.values() for each in boxes])
    numbers = {label: number for number, label in enumerate(categories)}
    files = {
        "data.yaml": _data_yaml(smear, [*categories.values()]),
        "classes.txt": "".join(f"{name}\n" for name in categories.values()),
    }
    for photo in smear.photos:
        lines = (_line(each.box, photo, numbers[each.label]) for each in by_photo[photo.number])
        files[f"labels/{PurePosixPath(stems[photo.number]).stem}.txt"] = "".join(f"{line}\n" for line in lines)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), text, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _label(cell: CountedCell, *, unlike: bool) -> str | None:
    if cell.named is not None:
        return cell.named
    if cell.detection.kind != "white":
        return PLATELET if cell.detection.kind == "platelet" else RED_CELL
    return UNLIKE if cell.label is None or (unlike and cell.verdict == "unlike") else cell.label


def _name(smear: Smear, label: str) -> str:
    return label.capitalize() if label in (RED_CELL, UNLIKE) else smear.vocabulary[label].name


def _kind(smear: Smear, label: str) -> str:
    """What detectors without classes call it."""
    own = smear.types.get(label)
    parent = own.parent if own else label
    return parent if parent in (RED_CELL, PLATELET) else "white cell"


def _categories(smear: Smear, boxes: list[LabelledBox]) -> dict[str, str]:
    """Names by key, of all that cells can be called, then of what else there is, so that a class keeps its number."""
    usual = {each.key: each.name for each in smear.vocabulary.classes} | {RED_CELL: _name(smear, RED_CELL)}
    return usual | {each.label: each.name for each in boxes}


def _within(box: Box, photo: CountedPhoto) -> Box | None:
    """The part of a box that lies in its photo; None where it has no area."""
    width, height = photo.field.width, photo.field.height
    left, right = max(0.0, box.left), min(float(width), box.right)
    top, bottom = max(0.0, box.top), min(float(height), box.bottom)
    return Box(left, top, right, bottom) if right > left and bottom > top else None


def _stems(smear: Smear, *, names: bool) -> dict[int, str]:
    """The name of each photo's file, by its number: no two are the same, and none leads out of its folder."""
    called: dict[int, str] = {}
    for photo in smear.photos:
        own = re.sub(r"[^\w.() -]+", "-", photo.name.replace("\\", "/").rsplit("/", 1)[-1]).strip(". ")
        own = own if names and own else f"photo-{photo.number}.png"
        stems = {PurePosixPath(other).stem for other in called.values()}
        called[photo.number] = f"photo-{photo.number} {own}" if PurePosixPath(own).stem in stems else own
    return called


def _image(photo: CountedPhoto, name: str) -> dict[str, Any]:
    field = photo.field
    return {
        "id": photo.number,
        "file_name": name,
        "width": field.width,
        "height": field.height,
        "fingerprint": photo.fingerprint,
    }


def _annotation(number: int, each: LabelledBox, category: int) -> dict[str, Any]:
    """A box as left, top, width and height in pixels."""
    cell, box = each.cell, each.box
    return {
        "id": number,
        "image_id": cell.photo,
        "category_id": category,
        "bbox": [round(part, 2) for part in (box.left, box.top, box.width, box.height)],
        "area": round(box.width * box.height, 2),
        "iscrowd": 0,
        "attributes": _attributes(cell),
    }


def _attributes(cell: CountedCell) -> dict[str, Any]:
    probability = cell.probabilities.confidence if cell.probabilities else None
    return {
        "cell": cell.name,
        "named_by": "model" if cell.named is None else "person",
        "reviewed": cell.named is not None,
        "verdict": cell.verdict,
        "unlike": cell.named is None and cell.verdict == "unlike",
        "probability": None if probability is None else round(probability, 5),
        "score": round(cell.detection.score, 4),
        "counted": cell.counted_as is not None,
        "cut": cell.detection.cut,
        "note": cell.detection.note,
        "added": cell.added,
        "repeats": "{}.{}".format(*cell.repeats) if cell.repeats else None,
    }


def _line(box: Box, photo: CountedPhoto, number: int) -> str:
    (x, y), width, height = box.centre, photo.field.width, photo.field.height
    shares = (x / width, y / height, box.width / width, box.height / height)
    return " ".join([f"{number}", *(f"{share:.6f}" for share in shares)])


def _data_yaml(smear: Smear, names: list[str]) -> str:
    """The photos go into a folder `images` beside `labels`. JSON's strings are YAML's."""
    listed = "".join(f"  {number}: {json.dumps(name, ensure_ascii=False)}\n" for number, name in enumerate(names))
    about = f"# Cells of {smear.identifier}, by Smearlens {core.__version__}. {wording.INTENDED_USE_SHORT}"
    return f"{about}\npath: .\ntrain: images\nval: images\nnames:\n{listed}"
