"""BCCD: photos of fields with boxes, and one class a photo where one white cell is the subject."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pandas as pd

from core.datasets.registry import Row, SourceSpec, register
from core.datasets.splits import by_group, by_majority
from core.errors import SourceError
from core.imaging.windows import Box, largest_square, square

LAB = "BCCD (laboratory unknown)"
LABELS = ("basophil", "eosinophil", "lymphocyte", "monocyte", "neutrophil")
MARGIN = 1.5
"""Side of the frame over the longer side of the cell's box: PBC's white cells fill 133 of 200 px."""


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
    return square(*cell.centre, MARGIN * max(cell.width, cell.height))


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
    found = [box for name, box in boxes(root, photo) if name == "WBC"]
    largest = max(found, key=lambda box: box.width * box.height, default=None)
    return largest.as_tuple() if largest else (float("nan"),) * 4


def _corners(item: ElementTree.Element) -> tuple[float, float, float, float]:
    left, top, right, bottom = (
        float(item.findtext(f"bndbox/{name}", "nan")) for name in ("xmin", "ymin", "xmax", "ymax")
    )
    return left, top, right, bottom


def _has_area(corners: tuple[float, float, float, float]) -> bool:
    left, top, right, bottom = corners
    return right > left and bottom > top


register(
    SourceSpec(
        name="bccd",
        title="BCCD (fields with boxes)",
        label_space="wbc5",
        fields=True,
        labs=(LAB,),
        licence="MIT (photos and boxes); the labels come without a licence",
        citation=(
            "BCCD Dataset, github.com/Shenggan/BCCD_Dataset; labels from Mooney P., Blood Cell Images, Kaggle (2018)."
        ),
        how_to_get=(
            "Download kaggle.com/datasets/paultimothymooney/blood-cells and put its dataset-master into a "
            "folder of SMEARLENS_DATA."
        ),
        recognise=recognise,
        scan=scan,
        frame=frame,
    )
)
