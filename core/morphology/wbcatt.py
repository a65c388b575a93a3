"""WBCAtt: eleven attributes for the white cells of PBC, as one person saw them, and some of them as another did."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.datasets import Source
from core.errors import SourceError
from core.morphology.attributes import ATTRIBUTES, KEYS
from core.settings import data_subfolder

CITATION = (
    "Tsutsui, Pang and Wen, WBCAtt: a white blood cell dataset annotated with detailed morphological attributes, "
    "NeurIPS 2023, arXiv:2306.13531."
)
LICENCE = "MIT"
HOW_TO_GET = (
    "Get the tables of github.com/apple2373/wbcatt as train.csv, val.csv, test.csv and reannotations.csv, with the "
    "column file as PBC names its images (basophil/BA_1223.jpg), into wbcatt in the folder SMEARLENS_DATA."
)
PARTS = ("train", "val", "test")
"""The authors' own split, a file each."""

CLASSES = ("basophil", "eosinophil", "lymphocyte", "monocyte", "neutrophil")
"""Keys of the classes whose cells have attributes; the other three have none."""


@dataclass(frozen=True, eq=False)
class AnnotatedCells:
    """N cells with their attributes.

    table: one row a cell; key (PBC's file), label (class key), split (ours, as the source has it) and part (the
    authors' split) as text. values: (N, 11) int8, number of each attribute's value. second: (N, 11) int8, what a
    second person saw, -1 where nobody looked again.
    """

    table: pd.DataFrame
    values: npt.NDArray[np.int8]
    second: npt.NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.table)

    @property
    def keys(self) -> list[str]:
        return [str(key) for key in self.table["key"]]

    def where(self, column: str, value: str) -> npt.NDArray[np.intp]:
        """Rows with that split or part."""
        return np.flatnonzero((self.table[column] == value).to_numpy())


def find_folder() -> Path:
    """The folder of the tables; SourceError says how to get it where there is none."""
    folder = data_subfolder("wbcatt")
    if folder is None or not all((folder / f"{part}.csv").is_file() for part in PARTS):
        raise SourceError(f"The tables of WBCAtt were not found on this computer. {HOW_TO_GET}")
    return folder


def read_annotated(source: Source, folder: Path | None = None) -> AnnotatedCells:
    """The annotated cells of PBC with the split of the source, in order of their names.

    SourceError where a table is missing or of another form, or names an image that PBC here lacks.
    """
    root = folder or find_folder()
    tables = [_read(root / f"{part}.csv").assign(part=part) for part in PARTS]
    table = pd.concat(tables, ignore_index=True).sort_values("key", ignore_index=True)
    if table["key"].duplicated().any():
        raise SourceError(f"WBCAtt lists {table.loc[table['key'].duplicated(), 'key'].iloc[0]} twice.")
    missing = [key for key in table["key"] if key not in source]
    if missing:
        raise SourceError(f"{source.spec.title} in {source.root} lacks {missing[0]}, which WBCAtt describes.")
    ours = source.index.set_index("key").loc[table["key"], ["label", "split"]].reset_index()
    values = _numbered(table)
    second = np.full_like(values, -1)
    again = root / "reannotations.csv"
    if again.is_file():
        other = _read(again)
        places = pd.Index(table["key"]).get_indexer(pd.Index(other["key"]))
        second[places[places >= 0]] = _numbered(other)[places >= 0]
    return AnnotatedCells(ours.assign(part=table["part"]), values, second)


def _read(path: Path) -> pd.DataFrame:
    """A table with the columns key and KEYS as text."""
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False).rename(columns={"file": "key"})
    except (OSError, ValueError) as error:
        raise SourceError(f"The table {path.name} of WBCAtt is missing or damaged. {HOW_TO_GET}") from error
    lacking = [name for name in ("key", *KEYS) if name not in table.columns]
    if lacking:
        raise SourceError(f"The table {path.name} of WBCAtt lacks the column {lacking[0]}. {HOW_TO_GET}")
    return table[["key", *KEYS]]


def _numbered(table: pd.DataFrame) -> npt.NDArray[np.int8]:
    """(N, 11); SourceError for an unknown value."""
    numbers = np.empty((len(table), len(ATTRIBUTES)), np.int8)
    for number, attribute in enumerate(ATTRIBUTES):
        places = pd.Index(attribute.values).get_indexer(pd.Index(table[attribute.key]))
        if (places < 0).any():
            unknown = table[attribute.key][places < 0].iloc[0]
            raise SourceError(f"WBCAtt gives an unknown value for {attribute.name}, {unknown!r}.")
        numbers[:, number] = places
    return numbers


def value_counts(labels: Sequence[str], values: npt.NDArray[np.int8]) -> dict[str, dict[str, dict[str, int]]]:
    """How many cells of each class have each value of each attribute: [class][attribute][value]."""
    classes = np.asarray(labels)
    return {
        label: {
            attribute.key: {
                value: int((values[classes == label, number] == place).sum())
                for place, value in enumerate(attribute.values)
            }
            for number, attribute in enumerate(ATTRIBUTES)
        }
        for label in CLASSES
    }
