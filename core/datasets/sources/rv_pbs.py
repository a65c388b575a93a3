"""RV-PBS: phone photos of stained smears, ten types of white cell, blasts among them; to measure on, never to learn."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd

from core.datasets.boxes import FIELD_SOURCES, FieldSource, MarkedField, corners
from core.datasets.laboratories import LABORATORIES, Laboratory, framed_cell
from core.datasets.registry import SOURCES, Row, Source, SourceSpec, load_file
from core.imaging.fields import Kind
from core.imaging.windows import Box
from core.labels import PALMER, CellClass, LabelSpace

LAB = "RV-PBS (place unknown)"
LICENCE = "none stated: to measure on, never to learn from"
CITATION = "RV-PBS, phone photos of blood smears of 2021, from a public repository that states no licence."

BLASTS = LabelSpace(
    "blasts",
    "Blasts, which no model here tells apart",
    (
        CellClass(
            "blast",
            "Blast",
            "BL",
            "Large cell with fine chromatin, one or more nucleoli and a narrow rim of basophilic cytoplasm.",
            PALMER,
            "#000000",
        ),
    ),
)

CLASSES = {"promyelocyte": "ig", "myelocyte": "ig", "metamyelocyte": "ig", "band": "neutrophil"}
"""PBC's class of each type that is not named as its class is."""
SUBTYPES = {"band": "band neutrophil", "neutrophil": "segmented neutrophil"}
"""What `PBC_FINE` calls the types that it names otherwise."""

SPLITS_BY_DAY = ("val", "test")
"""Of days with an even and with an odd number in the proleptic calendar, so that a new day moves no other."""

SPLIT_NOTE = (
    "Days with an even number in the calendar are for choosing (val), those with an odd one for reporting (test); "
    "nothing is learned from either."
)


def recognise(folder: Path) -> bool:
    """Crops and whole fields, each beside its table."""
    return all((folder / name).exists() for name in ("crops", "fields", "labels.csv", "fields.csv"))


def scan(root: Path) -> pd.DataFrame:
    """The index of the cells of PBC's classes, blasts left out; group is the day.

    Extra columns x, y, box_width, box_height: the cell's box, its centre and size as shares of the window.
    """
    cells = _cells(root)
    return _index(cells[cells["type"] != "blast"])


def blasts(source: Source) -> Source:
    """The blasts of the same folder: cells of none of the classes, which a reader should set apart."""
    return Source(replace(source.spec, scan=_scan_blasts, label_space=lambda root: BLASTS), source.root)


def _scan_blasts(root: Path) -> pd.DataFrame:
    cells = _cells(root)
    return _index(cells[cells["type"] == "blast"])


def _cells(root: Path) -> pd.DataFrame:
    return pd.read_csv(root / "labels.csv", dtype={"file": str, "subtype": str, "day": str}).rename(
        columns={"file": "key", "subtype": "type", "day": "group", "box_x": "x", "box_y": "y"}
    )


def _index(cells: pd.DataFrame) -> pd.DataFrame:
    table = cells[["key", "type", "group", "x", "y", "box_width", "box_height"]].reset_index(drop=True)
    table["label"] = table["type"].replace(CLASSES)
    table["subtype"] = table["type"].replace(SUBTYPES)
    table["split"] = table["group"].map(split_of_day)
    table = table.drop(columns="type").assign(lab=LAB)
    table.attrs["splits"] = SPLIT_NOTE
    return table


def split_of_day(day: str) -> str:
    """Of a day such as "2021-04-06"; ValueError where it is none."""
    return SPLITS_BY_DAY[date.fromisoformat(day).toordinal() % 2]


def frame(row: Row, width: int, height: int) -> Box:
    """A square around the cell's box."""
    centre, size = (row["x"], row["y"]), (row["box_width"], row["box_height"])
    return framed_cell(Box(*corners(centre, size, width, height)))


def fields(root: Path) -> list[MarkedField]:
    """The whole photos; their boxes are of white cells, each with its type, and some white cells have none."""
    table = pd.read_csv(root / "fields.csv", dtype={"file": str, "subtype": str, "day": str})
    return [_field(root, str(key), rows) for key, rows in table.groupby("file", sort=True)]


def _field(root: Path, key: str, rows: pd.DataFrame) -> MarkedField:
    height, width = load_file(root, key).shape[:2]
    shares = rows[["x_centre", "y_centre", "width", "height"]].itertuples(index=False, name=None)
    cells: tuple[tuple[Kind, Box], ...] = tuple(
        ("white", Box(*corners((x, y), (wide, high), width, height))) for x, y, wide, high in shares
    )
    return MarkedField(
        source="rv-pbs",
        lab=LAB,
        key=key,
        split=split_of_day(rows["day"].iloc[0]),
        published="",
        root=root,
        cells=cells,
        trusted=frozenset[Kind](("white",)),
        types=tuple(rows["subtype"].replace(SUBTYPES)),
        complete=False,
    )


SOURCES.add(
    SourceSpec(
        name="rv_pbs",
        order=10,
        title="RV-PBS (phone photos, 6 classes; to measure on only)",
        short_title="RV-PBS",
        label_space="pbc8",
        labs=(LAB,),
        licence=LICENCE,
        citation=CITATION,
        how_to_get="Its repository states no licence: it is not passed on, nor fetched by this program.",
        recognise=recognise,
        scan=scan,
        frame=frame,
        measure_only=True,
    )
)
LABORATORIES.add(Laboratory("rv_pbs", order=5))
FIELD_SOURCES.add(FieldSource("rv-pbs", order=3, licence=LICENCE, citation=CITATION, read=fields, measure_only=True))
