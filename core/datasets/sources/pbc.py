"""PBC: single cells of eight classes from one laboratory, the originals of BloodMNIST."""

from pathlib import Path

import pandas as pd

from core.datasets.laboratories import LABORATORIES, Laboratory
from core.datasets.registry import SOURCES, Row, SourceSpec
from core.datasets.splits import by_name
from core.imaging.windows import WINDOW, Box, centre_window

CLASSES = (
    "basophil",
    "eosinophil",
    "erythroblast",
    "ig",
    "lymphocyte",
    "monocyte",
    "neutrophil",
    "platelet",
)
LAB = "Hospital Clínic Barcelona"
SUFFIXES = {".jpg", ".jpeg", ".png"}


def recognise(folder: Path) -> bool:
    """Eight class folders, bare as published or beside a labels.csv with splits."""
    return all((folder / name).is_dir() for name in CLASSES)


def scan(root: Path) -> pd.DataFrame:
    """The index; subtype is the prefix of the file name, such as SNE (segmented) or PMY (promyelocyte)."""
    table = _from_table(root) if (root / "labels.csv").is_file() else _from_folders(root)
    return table.assign(lab=LAB, group="")


def frame(row: Row, width: int, height: int) -> Box:
    """MedMNIST's central 200 x 200 window of the original, wherever the file was cropped from it."""
    window = centre_window(row["source_width"] or width, row["source_height"] or height)
    left, top = window.left - row["crop_x"], window.top - row["crop_y"]
    return Box(left, top, left + WINDOW, top + WINDOW)


def _from_table(root: Path) -> pd.DataFrame:
    table = pd.read_csv(root / "labels.csv", dtype={"file": str, "class": str, "subtype": str, "split": str})
    table = table.rename(columns={"file": "key", "class": "label"})
    table.attrs["splits"] = "Splits are those of the folder's labels.csv, fixed by file, stratified by subtype."
    return table


def _from_folders(root: Path) -> pd.DataFrame:
    files = [file for name in CLASSES for file in sorted((root / name).iterdir()) if _is_image(file)]
    table = pd.DataFrame({"key": [f"{file.parent.name}/{file.name}" for file in files]}, dtype=str)
    table["label"] = [file.parent.name for file in files]
    table["subtype"] = [file.name.split("_")[0] for file in files]
    table["split"] = by_name(list(table["key"]), list(table["subtype"]))
    table = table.assign(source_width=0, source_height=0, crop_x=0, crop_y=0)
    table.attrs["splits"] = (
        "The folder names no splits, so files were dealt 70/10/20 within each subtype by a hash of their names."
    )
    return table


def _is_image(file: Path) -> bool:
    return file.suffix.lower() in SUFFIXES and not file.name.startswith(".")


SOURCES.add(
    SourceSpec(
        name="pbc",
        order=0,
        title="PBC (Barcelona, 8 classes)",
        short_title="PBC",
        label_space="pbc8",
        labs=(LAB,),
        licence="CC BY 4.0",
        citation=(
            "Acevedo et al., A dataset of microscopic peripheral blood cell images for development of "
            "automatic recognition systems, Data in Brief 30, 105474 (2020)."
        ),
        how_to_get=(
            "Download PBC_dataset_normal_DIB from data.mendeley.com/datasets/snkd93bnjr and unpack it into a "
            "folder of SMEARLENS_DATA."
        ),
        recognise=recognise,
        scan=scan,
        frame=frame,
    )
)
LABORATORIES.add(Laboratory("pbc", order=0))
