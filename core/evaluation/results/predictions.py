"""The table from which every figure is computed: one row an image, its label and a checkpoint's probabilities."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NotRequired, Self, TypedDict, Unpack

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.errors import CheckpointError
from core.evaluation.results.files import damaged_as, write_noted_parquet
from core.storage import until_changed

NAMES = ("source", "lab", "split", "key", "label")
GROUP = "group"
PREFIX = "p_"
SUM_TOLERANCE = 1e-3


class ImageFacts(TypedDict):
    """What N images are. keys, labels: (N,) text; lab and split: one for all, or (N,); groups: (N,) text or None."""

    source: str
    lab: str | Sequence[str]
    split: str | Sequence[str]
    keys: Sequence[str]
    labels: Sequence[str]
    groups: NotRequired[Sequence[str] | None]


@dataclass(frozen=True, eq=False)
class Predictions:
    """Predictions of one checkpoint for N >= 1 images, K classes; checked on creation.

    table columns: source, lab, split, key (together with source: which image), label (key of the true
    class) as text; p_<class key> float32, calibrated probabilities, in the order of the label space;
    distance float32, from the training images relative to the threshold (NaN: not measured); and, where
    several images show one photo, group, the photo's name as text.
    CheckpointError with one sentence where the table is not of this form.
    """

    table: pd.DataFrame

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", _checked(self.table))

    @classmethod
    def from_arrays(
        cls,
        *,
        classes: Sequence[str],
        probabilities: npt.ArrayLike,
        distance: npt.ArrayLike = float("nan"),
        **facts: Unpack[ImageFacts],
    ) -> Self:
        """Table of one source from its columns.

        probabilities: (N, K) in the order of classes (K,); distance: (N,) or one for all. CheckpointError if they
        do not fit each other.
        """
        keys, groups = facts["keys"], facts.get("groups")
        p = np.asarray(probabilities)
        if p.ndim != 2 or p.shape != (len(keys), len(classes)):
            raise CheckpointError(
                f"Probabilities of shape {p.shape} do not fit {len(keys)} images and {len(classes)} classes."
            )
        columns: dict[str, Any] = {name: facts[name] for name in ("source", "lab", "split")}
        columns |= {"key": keys, "label": facts["labels"]} | ({GROUP: groups} if groups is not None else {})
        # As lists, so that pandas lines up series by place and not by their index.
        columns = {name: column if isinstance(column, str) else list(column) for name, column in columns.items()}
        columns |= {PREFIX + key: p[:, number] for number, key in enumerate(classes)}
        columns["distance"] = np.broadcast_to(distance, len(keys))
        return cls(pd.DataFrame(columns, index=range(len(keys))))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Table at path, a Parquet file. CheckpointError if it is missing, damaged or of another form."""
        if not path.is_file():
            raise CheckpointError(f"The table of predictions {path} is missing.")
        with damaged_as(f"The table of predictions {path} is damaged and cannot be read."):
            table = pd.read_parquet(path)
        return cls(table)

    def by_group(self) -> "Predictions":
        """One row a group: the mean of its images' probabilities; the table itself where it has no groups.

        CheckpointError where the images of a group are of several classes or splits.
        """
        if self.groups is None:
            return self
        groups = self.table.groupby(["source", GROUP], sort=False)
        names = [name for name in NAMES if name not in ("source", "key")]
        if (groups[names].nunique() > 1).to_numpy().any():
            raise CheckpointError("A photo of the table of predictions has images of several classes or splits.")
        numbers = [*(PREFIX + key for key in self.classes), "distance"]
        table = groups[names].first().join(groups[numbers].mean()).reset_index()
        return Predictions(table.rename(columns={GROUP: "key"}))

    def write(self, path: Path, *, halves: bool = False) -> None:
        """Parquet file at path, replaced if there; one pyarrow version gives equal tables equal bytes.

        halves: probabilities as float16, with an error of up to 0.00025.
        """
        types = dict.fromkeys([*NAMES, GROUP], "string")
        if halves:
            types |= dict.fromkeys([PREFIX + key for key in self.classes], "halffloat")
        write_noted_parquet(path, self.table, None, types=types)

    def select(self, *, source: str | None = None, split: str | None = None, lab: str | None = None) -> "Predictions":
        """Only the images of this source, split and lab, in the same order.

        CheckpointError, naming what there is, where there are none.
        """
        rows = np.ones(len(self.table), dtype=bool)
        given = {"source": source, "split": split, "lab": lab}
        wanted = {column: value for column, value in given.items() if value is not None}
        for column, value in wanted.items():
            rows &= (self.table[column] == value).to_numpy()
        if not rows.any():
            missing = ", ".join(f'{column} "{value}"' for column, value in wanted.items())
            present = self.table[list(wanted)].drop_duplicates().itertuples(index=False)
            choices = "; ".join(", ".join(map(str, row)) for row in present)
            raise CheckpointError(f"This checkpoint has no predictions for {missing}, only for: {choices}.")
        return Predictions(self.table[rows])

    def __len__(self) -> int:
        return len(self.table)

    @property
    def classes(self) -> tuple[str, ...]:
        """Class keys in the order of the probability columns, (K,)."""
        return _classes(self.table)

    @property
    def labels(self) -> npt.NDArray[np.intp]:
        """Number of each image's true class, (N,) in 0..K-1."""
        numbers: npt.NDArray[np.intp] = pd.Index(self.classes).get_indexer(pd.Index(self.table["label"]))
        return numbers

    @property
    def probabilities(self) -> npt.NDArray[np.float64]:
        """Calibrated probabilities as stored (rows add up to 1 within rounding), (N, K) float64."""
        return self.table[[PREFIX + key for key in self.classes]].to_numpy(dtype=np.float64)

    @property
    def groups(self) -> npt.NDArray[np.str_] | None:
        """The photo that each image was made from, (N,) text; None where some are on their own.

        A table of several sources has the column for all, "" where a source knows of no groups.
        """
        if GROUP not in self.table.columns or self.table[GROUP].eq("").any():
            return None
        return self.table[GROUP].to_numpy(dtype=np.str_)

    @property
    def predicted(self) -> npt.NDArray[np.intp]:
        """Number of each image's most probable class, the first of equals, (N,) in 0..K-1."""
        numbers: npt.NDArray[np.intp] = self.probabilities.argmax(axis=1)
        return numbers

    def one_class(self, key: str) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
        """The class's probability for every image, and whether the image is of the class: (N,) both.

        ValueError where the table has no such class.
        """
        number = self.classes.index(key)
        return self.probabilities[:, number], self.labels == number


def stacked(tables: Sequence[pd.DataFrame]) -> Predictions:
    """Tables of predictions one after another, of several sources, some with groups and some without."""
    grouped = any(GROUP in table for table in tables)
    parts = [table.assign(**{GROUP: ""}) if grouped and GROUP not in table else table for table in tables]
    return Predictions(pd.concat(parts, ignore_index=True))


def mean_predictions(tables: Sequence[Predictions], votes: Sequence[int] | None = None) -> Predictions:
    """The mean of several models' probabilities and distances for the same images, in the order of the first table.

    votes: of each table; one each where none are given. CheckpointError where the tables are not of the same images
    and classes.
    """
    first = tables[0]
    names, classes = ["source", "key"], [PREFIX + key for key in first.classes]
    rows = first.table[names]
    aligned = [rows.merge(table.table, how="left", on=names, validate="one_to_one") for table in tables]
    unlike = [each for each in aligned if each[classes].isna().any(axis=None)]
    if unlike or any(len(table) != len(first) for table in tables):
        raise CheckpointError("Only answers to the same images are averaged.")
    columns = [*classes, "distance"]
    means = np.average([each[columns].to_numpy(float) for each in aligned], axis=0, weights=votes)
    return Predictions(first.table.assign(**dict(zip(columns, means.T, strict=True))))


def read_once(path: Path) -> Predictions:
    """Table at path as `Predictions.read` gives it, kept until the file changes: whoever gets it only reads it."""
    return _read(path) or Predictions.read(path)


@until_changed(most=64)
def _read(path: Path) -> Predictions:
    return Predictions.read(path)


def _classes(table: pd.DataFrame) -> tuple[str, ...]:
    return tuple(str(c).removeprefix(PREFIX) for c in table.columns if str(c).startswith(PREFIX))


def _checked(table: pd.DataFrame) -> pd.DataFrame:
    """The table in its stored types, or CheckpointError."""
    missing = [name for name in (*NAMES, "distance") if name not in table.columns]
    if missing:
        raise CheckpointError(f"The table of predictions lacks the column {', '.join(missing)}.")
    classes = _classes(table)
    if len(classes) < 2 or len(set(classes)) < len(classes):
        raise CheckpointError("The table of predictions needs a column of probabilities for each class.")
    if table.empty:
        raise CheckpointError("The table of predictions holds no images.")
    if table[list(NAMES)].isna().to_numpy().any():
        raise CheckpointError("The table of predictions does not say for every image what it is.")
    table = table.astype(dict.fromkeys([*NAMES, *({GROUP} & set(table.columns))], "str"))
    unknown = ", ".join(sorted(set(table["label"]) - set(classes)))
    if unknown:
        raise CheckpointError(f"The table of predictions has labels that are none of its classes: {unknown}.")
    repeated = table[["source", "key"]].duplicated().to_numpy()
    if repeated.any():
        raise CheckpointError(f"The table of predictions has image {table['key'][repeated].iloc[0]} twice.")
    return _checked_numbers(table, [PREFIX + key for key in classes])


def _checked_numbers(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    try:
        table = table.astype(dict.fromkeys([*columns, "distance"], np.float32)).reset_index(drop=True)
    except (TypeError, ValueError) as error:
        raise CheckpointError("The table of predictions has probabilities that are not numbers.") from error
    p = table[columns].to_numpy(dtype=np.float64)
    # False for NaN and infinity too; none can exceed 1 if all are >= 0 and add up to 1.
    fits = (p >= 0).all(axis=1) & (np.abs(p.sum(axis=1) - 1) <= SUM_TOLERANCE)
    if not fits.all():
        key = table["key"].iloc[int(fits.argmin())]
        raise CheckpointError(f"The probabilities of image {key} are not from 0 to 1 or do not add up to 1.")
    return table
