"""Any folder of class folders, for images of one's own."""

from pathlib import Path

import pandas as pd

from core.datasets.registry import SOURCES, SourceSpec
from core.datasets.splits import by_name
from core.imaging.file_types import SUFFIXES
from core.labels import LABEL_SPACES, CellClass, LabelSpace

# Okabe and Ito's order, then greys: for classes that only the folder has.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#B8860B", "#3A9BD9", "#8E5EA2", "#7F7F7F")

_CLASSES_BY_NAME: dict[str, CellClass] = {
    name.lower(): cell
    for space in reversed(list(LABEL_SPACES.values()))
    for cell in space.classes
    for name in (cell.key, cell.name, cell.name + "s", cell.abbreviation)
}


def recognise(folder: Path) -> bool:
    """At least two folders with images in them."""
    return len(_class_folders(folder)) >= 2


def label_space(root: Path) -> LabelSpace:
    """The classes of the folders; those whose name is a known one keep its key, colour and definition."""
    by_key = {cell.key: cell for cell in map(_class_of, range(1000), _class_folders(root))}
    for space in LABEL_SPACES.values():
        if set(space.keys) == set(by_key):
            return space
    classes = tuple(by_key[key] for key in sorted(by_key))
    return LabelSpace("folder", f"Classes of the folder {root.name}", classes)


def scan(root: Path) -> pd.DataFrame:
    """The index. Two folders that name the same class are one class."""
    folders = _class_folders(root)
    labelled = [(file, _class_of(0, folder).key) for folder in folders for file in _images(folder)]
    table = pd.DataFrame({"key": [file.relative_to(root).as_posix() for file, _ in labelled]}, dtype=str)
    table["label"] = [label for _, label in labelled]
    table = table.assign(subtype="", lab=root.name, group="", split=by_name(table["key"], table["label"]))
    table.attrs["splits"] = (
        "Files were dealt 70/10/20 within each class by a hash of their names; pictures of one cell or one "
        "patient may lie on both sides."
    )
    return table


def _class_of(place: int, folder: Path) -> CellClass:
    name = folder.name.strip()
    plain = name.lower().replace("_", " ").replace("-", " ")
    colour = COLOURS[place % len(COLOURS)]
    return _CLASSES_BY_NAME.get(plain) or CellClass(plain, name, name[:4].upper(), "", "the folder's own", colour)


def _class_folders(folder: Path) -> list[Path]:
    inner = sorted(item for item in folder.iterdir() if item.is_dir() and not item.name.startswith("."))
    return [item for item in inner if any(True for _ in _images(item))]


def _images(folder: Path) -> list[Path]:
    return sorted(
        file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES and not file.name.startswith(".")
    )


SOURCES.add(
    SourceSpec(
        name="folder",
        order=90,
        title="A folder of class folders",
        label_space=label_space,
        labs=(),
        licence="that of its images",
        citation="",
        how_to_get="Put the images of each class into a folder named after the class, two classes at least.",
        recognise=recognise,
        scan=scan,
        searched=False,
    )
)
