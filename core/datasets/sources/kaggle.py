"""Kaggle "Blood Cell Images", dataset2-master: BCCD's photos, each turned, sheared and flipped many times."""

from pathlib import Path

import pandas as pd

from core.datasets.registry import SOURCES, SourceSpec
from core.datasets.splits import by_group

LAB = "BCCD (laboratory unknown)"
CLASSES = ("EOSINOPHIL", "LYMPHOCYTE", "MONOCYTE", "NEUTROPHIL")
SUFFIXES = {".jpeg", ".jpg", ".png", ".webp"}
VALIDATION = {"train": 0.85, "val": 0.15}


def recognise(folder: Path) -> bool:
    """TRAIN and TEST of four class folders, bare or in "images" as on Kaggle."""
    base = folder / _prefix(folder)
    return all((base / part / name).is_dir() for part in ("TRAIN", "TEST") for name in CLASSES)


def scan(root: Path) -> pd.DataFrame:
    """The index; group is the set of overlapping photos that an image was made from, "" where unknown.

    An extra column `photo` names the very photo, "" where unknown.

    TEST_SIMPLE is left out: it is TEST's photos once more. Where the map of photos is at hand, training
    images of a field that TEST shows too are left out as well.
    """
    prefix = _prefix(root)
    keys = [prefix + key for part in ("TRAIN", "TEST") for key in _keys(root / prefix, part)]
    table = pd.DataFrame({"key": keys}, dtype=str)
    table["label"] = [key.split("/")[-2].lower() for key in table["key"]]
    table["split"] = ["test" if key.startswith(f"{prefix}TEST/") else "train" for key in table["key"]]
    groups, photos = _origins(root, prefix, table["key"])
    table = table.assign(subtype="", lab=LAB, group=groups, photo=photos)
    return _split_by_photo(table) if table["group"].ne("").all() else _split_by_file(table)


def _split_by_photo(table: pd.DataFrame) -> pd.DataFrame:
    tested = set(table.loc[table["split"] == "test", "group"])
    shared = table["split"].eq("train") & table["group"].isin(tested)
    table = table[~shared].reset_index(drop=True)
    table = _with_validation(table, "group")
    table.attrs["splits"] = (
        "Test is Kaggle's TEST; validation is taken from TRAIN by source photo, so that no field lies on "
        f"both sides, and {shared.sum()} images of TRAIN that show a field of TEST are left out."
    )
    return table


def _split_by_file(table: pd.DataFrame) -> pd.DataFrame:
    table = _with_validation(table, "key")
    table.attrs["splits"] = (
        "Test is Kaggle's TEST; which photo an image was made from is not known here, so validation is a "
        "random part of TRAIN that shares photos with training, and its figures are too good."
    )
    return table


def _with_validation(table: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Part of train made validation, by whole units (a column's values)."""
    train = table["split"] == "train"
    dealt = iter(by_group(table.loc[train, unit], table.loc[train, "label"], VALIDATION))
    return table.assign(split=[next(dealt) if inside else "test" for inside in train])


def _prefix(folder: Path) -> str:
    return "images/" if (folder / "images" / "TRAIN").is_dir() else ""


def _keys(base: Path, part: str) -> list[str]:
    files = (file for name in CLASSES for file in sorted((base / part / name).iterdir()))
    return [file.relative_to(base).as_posix() for file in files if file.suffix.lower() in SUFFIXES]


def _origins(root: Path, prefix: str, keys: pd.Series) -> tuple[list[str], list[str]]:
    """Field group and photo of each image by image_source_map.csv, whose suffixes may differ from the files'."""
    path = root / "image_source_map.csv"
    if not path.is_file():
        return [""] * len(keys), [""] * len(keys)
    table = pd.read_csv(path, dtype=str)
    table.index = pd.Index([str(Path(file).with_suffix("")) for file in table["file"]])
    origins = table.reindex([str(Path(key.removeprefix(prefix)).with_suffix("")) for key in keys]).fillna("")
    photos = origins["source_photo"] if "source_photo" in origins else origins["field_group"]
    return list(origins["field_group"]), list(photos)


SOURCES.add(
    SourceSpec(
        name="kaggle",
        order=5,
        title="Kaggle Blood Cell Images (4 classes)",
        short_title="Kaggle Blood Cell Images",
        label_space="kaggle4",
        labs=(LAB,),
        licence="none stated by the repository that it was made in",
        citation=("Mooney P., Blood Cell Images, Kaggle (2018); made from BCCD, github.com/Shenggan/BCCD_Dataset."),
        how_to_get=(
            "Download kaggle.com/datasets/paultimothymooney/blood-cells and put its dataset2-master into a "
            "folder of SMEARLENS_DATA."
        ),
        recognise=recognise,
        scan=scan,
    )
)
