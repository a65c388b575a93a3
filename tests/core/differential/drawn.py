"""A counted smear made from drawings whose truth is known, for tests that need no network."""

from collections.abc import Iterable
from datetime import UTC, datetime

import numpy as np

from core.differential.confusion import Confusion
from core.differential.smear import CountedCell, CountedPhoto, ModelFacts, NotRead, Smear
from core.evaluation.uncertainty import Verdict
from core.imaging.fields import Detection, Field, Kind, reading_window
from core.imaging.quality import OutOfRange
from core.imaging.windows import Box, cut
from core.labels import PBC8, Probabilities
from core.synthetic.drawings import RED_CELL, drawn_field

SIZE = (240, 320)
TORN = NotRead("Anna Schmidt.jpg", "is damaged, cut short or stored in an unusual way.")


def cells_of(counts: dict[str, int], photo: int = 1, **more: object) -> list[CountedCell]:
    """So many sure white cells of each class, without pictures."""
    keys = [key for key, number in counts.items() for _ in range(number)]
    return [_cell(photo, number, key, "white", **more) for number, key in enumerate(keys, 1)]


def smear_of(cells: Iterable[CountedCell], red: int = 0, **more: object) -> Smear:
    """A smear of one field with these cells, and so many red ones behind them."""
    told = list(cells)
    told += [
        CountedCell(1, number, Detection(Box(50, 50, 90, 90), "red", 0.9))
        for number in range(len(told) + 1, len(told) + red + 1)
    ]
    field = Field("Anna Schmidt 1.png", 320, 240, tuple(cell.detection for cell in told), 0.5, False, None)
    photo = CountedPhoto(1, field.name, field, "0" * 64)
    facts: dict[str, object] = {"identifier": "SL-0000ABCD", "made": datetime(2026, 3, 1, 12, tzinfo=UTC)}
    return Smear(photos=(photo,), cells=tuple(told), **(facts | more))  # type: ignore[arg-type]


def almost_right(n: int = 100, wrong: int = 3) -> Confusion:
    """Of every class n cells, of which `wrong` were called the next class."""
    k = len(PBC8)
    counts = np.eye(k, dtype=np.int64) * (n - wrong) + np.roll(np.eye(k, dtype=np.int64), 1, axis=1) * wrong
    return Confusion(PBC8.keys, counts)


def drawn_smear(fields: int = 2) -> Smear:
    """Drawn fields, each white cell named as it was drawn, some of them in doubt; one file is left out."""
    photos, cells = [], []
    for number in range(1, fields + 1):
        drawing = drawn_field(number, SIZE, 3)
        found = tuple(_found(cell.label, cell.box) for cell in drawing.cells)
        field = Field(f"Anna Schmidt {number}.png", SIZE[1], SIZE[0], found, drawing.micrometres_per_pixel * 10)
        quality = (OutOfRange("sharpness", above=False, share=0.99),) if number == 1 else ()
        photos.append(CountedPhoto(number, field.name, field, f"{number}" * 64, drawing.pixels, quality=quality))
        for place, (cell, truth) in enumerate(zip(found, drawing.cells, strict=True), 1):
            if cell.kind != "white":
                cells.append(CountedCell(number, place, cell))
                continue
            window = reading_window(cell, field)
            verdict: Verdict = ("unsure", "unlike", "answer")[place % 3]  # type: ignore[assignment]
            crop = cut(drawing.pixels, window, 48)
            overlay = crop[::-1] if verdict != "answer" else None
            cells.append(_cell(number, place, truth.label, "white", cell, verdict=verdict, crop=crop, overlay=overlay))
    models = (ModelFacts("names cells", "tiny", "A tiny model", "ab" * 32, "It learned from drawings."),)
    return Smear(
        identifier="SL-0000ABCD",
        made=datetime(2026, 3, 1, 12, tzinfo=UTC),
        photos=tuple(photos),
        cells=tuple(cells),
        not_read=(TORN,),
        models=models,
        confusion=almost_right(),
        by="A student",
    )


def _found(kind: str, box: Box) -> Detection:
    cut_off = box.left <= 0 or box.top <= 0 or box.right >= SIZE[1] or box.bottom >= SIZE[0]
    what: Kind = "red" if kind == RED_CELL else "platelet" if kind == "platelet" else "white"
    return Detection(box, what, 0.9, cut_off)


def _cell(
    photo: int,
    number: int,
    key: str,
    kind: Kind,
    detection: Detection | None = None,
    chance: float = 0.93,
    **more: object,
) -> CountedCell:
    rest = (1 - chance) / (len(PBC8) - 1)
    probabilities = Probabilities(PBC8, np.array([chance if one == key else rest for one in PBC8.keys]))
    facts: dict[str, object] = {"verdict": "answer", "distance": 0.4, "probabilities": probabilities}
    detection = detection or Detection(Box(10, 10, 80, 80), kind, 0.9)
    return CountedCell(photo, number, detection, **(facts | more))  # type: ignore[arg-type]
