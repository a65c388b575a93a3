"""BCCD: photos of fields with boxes, and one class a photo where one white cell is the subject."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from core.datasets.audit.summary import read_summary
from core.datasets.boxes import FIELD_SOURCES, FieldSource, MarkedField
from core.datasets.development import with_index
from core.datasets.laboratories import LABORATORIES, Laboratory, framed_cell
from core.datasets.registry import SOURCES, Row, Source, SourceSpec
from core.datasets.splits import by_group, by_majority
from core.errors import SourceError
from core.imaging.fields import Kind
from core.imaging.windows import Box, largest_square

LAB = "BCCD (laboratory unknown)"
LICENCE = "MIT (photos and boxes); the labels come without a licence"
CITATION = "BCCD Dataset, github.com/Shenggan/BCCD_Dataset; labels from Mooney P., Blood Cell Images, Kaggle (2018)."
KINDS_MARKED: dict[str, Kind] = {"WBC": "white", "RBC": "red", "Platelets": "platelet"}
SPLIT_ORDER = ("test", "val", "train")
LABELS = ("basophil", "eosinophil", "lymphocyte", "monocyte", "neutrophil")


def recognise(folder: Path) -> bool:
    """VOC layout with the 411 labels of the photos."""
    return all((folder / name).exists() for name in ("JPEGImages", "Annotations", "labels.csv"))


def scan(root: Path) -> pd.DataFrame:
    """The index: photos of one label that name one of five white cells; group holds overlapping fields.

    Extra columns left, top, right, bottom: the largest white cell's box, NaN where none is marked.
    """
    table = _labelled(root)
    table["key"] = [_key(root, photo) for photo in table["photo"]]
    table = table[table["key"] != ""].reset_index(drop=True)
    table["split"] = _splits(root, table)
    boxes = [_white_cell(root, photo) for photo in table["photo"]]
    table[["left", "top", "right", "bottom"]] = pd.DataFrame(boxes, dtype=float)
    table = table.drop(columns="photo").assign(subtype="", lab=LAB)
    table.attrs["splits"] = (
        "Splits are those of the folder's ImageSets, mended so that photos of overlapping fields stay "
        "together; photos that they leave out were dealt 70/10/20 by a hash of their names."
    )
    return table


def boxes(root: Path, photo: str) -> list[tuple[str, Box]]:
    """Marked cells of a photo ("BloodImage_00000", with or without suffix): (RBC, WBC or Platelets, box).

    Boxes without an area, of which the source has two, are left out; a photo without annotation has none.
    """
    path = root / "Annotations" / f"{Path(photo).stem}.xml"
    if not path.is_file():
        return []
    try:
        objects = ElementTree.parse(path).iter("object")
        marked = [(item.findtext("name", ""), _corners(item)) for item in objects]
    except (ElementTree.ParseError, ValueError) as error:
        raise SourceError(f"The boxes of {path.name} could not be read: the file is damaged.") from error
    return [(name, Box(*corners)) for name, corners in marked if _has_area(corners)]


def frame(row: Row, width: int, height: int) -> Box:
    """A square around the white cell's box; the largest central square of the photo where none is marked."""
    if row["left"] != row["left"]:  # NaN
        return largest_square(width, height)
    cell = Box(row["left"], row["top"], row["right"], row["bottom"])
    return framed_cell(cell)


def single_cells(source: Source) -> Source:
    """The photos with exactly one marked white cell."""
    single = [sum(name == "WBC" for name, _ in boxes(source.root, key)) == 1 for key in source.index["key"]]
    return with_index(source, source.index[single].reset_index(drop=True), source.split_note)


def doubted(source: Source) -> frozenset[str]:
    """The photos whose label the kept audit of BCCD doubts (docs/audit.md): most are eosinophils that look like
    neutrophils, or the other way round. SourceError where no audit is kept."""
    audit = read_summary("bccd")
    if audit is None:
        raise SourceError(
            "Doubtful labels of BCCD are left out by its audit, which is missing; `data audit bccd --keep` makes it."
        )
    names = {Path(row["file"]).name for row in audit["suspect_labels"]}
    return frozenset(key for key in source.index["key"] if Path(key).name in names)


def _labelled(root: Path) -> pd.DataFrame:
    """photo, label, group: from photos.csv where it is, else from the published labels.csv."""
    if (root / "photos.csv").is_file():
        photos = pd.read_csv(root / "photos.csv")
        labels, groups = photos["single_label"], photos["field_group"].map("{:.0f}".format)
        names = photos["photo"].map(lambda name: Path(name).stem)
    else:
        published = pd.read_csv(root / "labels.csv")
        labels = published["Category"]
        names = groups = published["Image"].map("BloodImage_{:05d}".format)
    table = pd.DataFrame({"photo": names, "label": labels.fillna("").str.lower(), "group": groups})
    return table[table["label"].isin(LABELS)].reset_index(drop=True)


def _key(root: Path, photo: str) -> str:
    """Where the photo lies, "" where it is missing."""
    keys = (f"{folder}/{photo}.jpg" for folder in ("JPEGImages", "extra-photos"))
    return next((key for key in keys if (root / key).is_file()), "")


def _splits(root: Path, table: pd.DataFrame) -> list[str]:
    dealt = dict(zip(table["photo"], by_group(table["group"], table["label"]), strict=True))
    official = dict(dealt)
    for split in ("train", "val", "test"):
        path = root / "ImageSets" / "Main" / f"{split}.txt"
        names = path.read_text().split() if path.is_file() else []
        official.update({Path(name).stem: split for name in names})
    return by_majority(table["group"], [official[photo] for photo in table["photo"]])


def _white_cell(root: Path, photo: str) -> tuple[float, float, float, float]:
    white = [box for name, box in boxes(root, photo) if name == "WBC"]
    largest = max(white, key=lambda box: box.width * box.height, default=None)
    return largest.as_tuple() if largest else (float("nan"),) * 4


def _corners(item: ElementTree.Element) -> tuple[float, float, float, float]:
    left, top, right, bottom = (
        float(item.findtext(f"bndbox/{name}", "nan")) for name in ("xmin", "ymin", "xmax", "ymax")
    )
    return left, top, right, bottom


def _has_area(corners: tuple[float, float, float, float]) -> bool:
    left, top, right, bottom = corners
    return right > left and bottom > top


def fields(root: Path) -> list[MarkedField]:
    """The 364 photos with boxes.

    Photos of overlapping fields go together to the strictest of their published splits (test before
    validation before train), so that what is held out anywhere is held out here.
    """
    table = pd.read_csv(root / "photos.csv")
    table = table[[(root / "JPEGImages" / name).is_file() for name in table["photo"]]].reset_index(drop=True)
    groups = [f"{group:.0f}" if group == group else name for group, name in _grouped(table)]
    splits = _strictest(groups, list(table["voc_split"]))
    return [
        _field(root, name, split, published)
        for name, split, published in zip(table["photo"], splits, table["voc_split"], strict=True)
    ]


def _grouped(table: pd.DataFrame) -> Iterable[tuple[float, str]]:
    return zip(table["field_group"], table["photo"], strict=True)


def _strictest(groups: list[str], splits: list[str]) -> list[str]:
    """The split of each photo: the first of SPLIT_ORDER in which any photo of its group lies."""
    splits_of: dict[str, set[str]] = {}
    for group, split in zip(groups, splits, strict=True):
        splits_of.setdefault(group, set()).add(split)
    return [next(split for split in SPLIT_ORDER if split in splits_of[group]) for group in groups]


def _field(root: Path, name: str, split: str, published: str) -> MarkedField:
    cells = tuple((KINDS_MARKED[kind], box) for kind, box in boxes(root, name))
    # Photos that lack every box of a kind which all fields hold were not marked for it; platelets may be absent.
    trusted: set[Kind] = {kind for kind, _ in cells} | {"platelet"}
    return MarkedField("bccd", LAB, f"JPEGImages/{name}", split, published, root, cells, frozenset[Kind](trusted))


SOURCES.add(
    SourceSpec(
        name="bccd",
        order=6,
        title="BCCD (fields with boxes)",
        short_title="BCCD",
        label_space="wbc5",
        fields=True,
        labs=(LAB,),
        licence=LICENCE,
        citation=CITATION,
        how_to_get=(
            "Download kaggle.com/datasets/paultimothymooney/blood-cells and put its dataset-master into a "
            "folder of SMEARLENS_DATA."
        ),
        recognise=recognise,
        scan=scan,
        frame=frame,
    )
)
LABORATORIES.add(Laboratory("bccd", order=3, single_cells=single_cells, doubted=doubted))
FIELD_SOURCES.add(FieldSource("bccd", order=0, licence=LICENCE, citation=CITATION, read=fields))
