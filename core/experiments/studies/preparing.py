"""From a source to the images of a run: chosen, cleaned and split as a study, or we, would have it."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

import numpy as np
import pandas as pd

from core.datasets import Source, cached_pixels
from core.datasets.registry import frame_whole
from core.datasets.splits import by_group, by_name, hashed_fraction
from core.labels import KAGGLE4, LabelSpace
from core.progress import Progress
from core.training.data import Images, Rows, TrainingData
from core.training.recipe import Recipe

FOLDS = 5
NEUTROPHILS_DROPPED = 0.1
C_SHARES = {"train": 0.76, "val": 0.14, "test": 0.10}


@dataclass(frozen=True)
class Plan:
    """Which images a run uses. table: a row an image, with `photo` where images show photos; rows: split -> row
    numbers of the table, a row several times where it is repeated. counts: what was counted on the way."""

    source: Source
    table: pd.DataFrame
    space: LabelSpace
    rows: Mapping[str, np.ndarray]
    note: str
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Prepared:
    """A plan with its pictures: (N, S, S, 3) uint8 and class numbers (N,), in the order of the plan's table."""

    plan: Plan
    pixels: np.ndarray
    labels: np.ndarray
    size: int

    def images(self, split: str) -> Images:
        """The pictures of a split."""
        rows = self.plan.rows[split]
        return Images(Rows(self.pixels, rows), self.labels[rows])  # type: ignore[arg-type]

    def data(self) -> TrainingData:
        """What a training learns from and is chosen on."""
        return TrainingData(self.images("train"), self.images("val"), self.plan.space, self.key)

    def part(self, split: str) -> tuple[pd.DataFrame, Images]:
        """Rows and pictures of a split, for the record."""
        return self.plan.table.iloc[self.plan.rows[split]], self.images(split)

    @property
    def key(self) -> str:
        """Changes with any image's label or split, and with the size."""
        lines = [
            "\t".join((part, str(row.key), str(row.label)))
            for part, rows in self.plan.rows.items()
            for row in self.plan.table.iloc[rows].itertuples()
        ]
        return hashlib.sha256("\n".join([str(self.size), self.plan.source.spec.name, *lines]).encode()).hexdigest()


def prepare(plan: Plan, size: int, progress: Progress | None = None) -> Prepared:
    """Decode a plan's images, once for all runs at that size."""
    pixels = cached_pixels(plan.source, size, list(plan.table["key"]), progress)
    labels = np.array([plan.space.index(label) for label in plan.table["label"]], dtype=np.int64)
    return Prepared(plan, pixels, labels, size)


# ---- PBC


def as_the_source_says(source: Source, recipe: Recipe, per_class: int) -> Plan:
    """The source's own splits."""
    table = source.index
    rows = {split: np.flatnonzero((table["split"] == split).to_numpy()) for split in ("train", "val", "test")}
    rows["train"] = _some(table, rows["train"], per_class, "key")
    return Plan(source, table, source.label_space, rows, source.split_note, {})


# ---- Kaggle


def kaggle_by_photo(source: Source, recipe: Recipe, per_class: int) -> Plan:
    """Validation from photos of which no turned copy is trained on; test is Kaggle's TEST."""
    plan = as_the_source_says(source, recipe, 0)
    rows = {**plan.rows, "train": _some(plan.table, plan.rows["train"], per_class, "photo")}
    return replace(plan, table=_with_photo(plan.table), rows=rows, counts=_photos(plan.table, rows))


def kaggle_at_random(source: Source, recipe: Recipe, per_class: int) -> Plan:
    """Validation drawn from TRAIN image by image, so that nearly every photo lies on both sides."""
    table = source.index
    inside = np.flatnonzero((table["split"] != "test").to_numpy())
    dealt = np.array(by_name(table["key"].iloc[inside], table["label"].iloc[inside], {"train": 0.85, "val": 0.15}))
    rows = {"train": inside[dealt == "train"], "val": inside[dealt == "val"]}
    rows["train"] = _some(table, rows["train"], per_class, "photo")
    rows["test"] = np.flatnonzero((table["split"] == "test").to_numpy())
    note = (
        "Validation is a random part of TRAIN, so that turned copies of one photo lie on both sides; test is "
        "Kaggle's TEST, made from other photos."
    )
    return Plan(source, _with_photo(table), source.label_space, rows, note, _photos(table, rows))


def _with_photo(table: pd.DataFrame) -> pd.DataFrame:
    """Without a column of empty photos, where their origin is not known."""
    return table if "photo" in table and table["photo"].ne("").all() else table.drop(columns="photo", errors="ignore")


def _photos(table: pd.DataFrame, rows: Mapping[str, np.ndarray]) -> dict[str, int]:
    """How many photos each split's images show."""
    if "photo" not in table or not table["photo"].ne("").all():
        return {}
    return {f"{split} photos": int(table["photo"].iloc[chosen].nunique()) for split, chosen in rows.items()}


def _some(table: pd.DataFrame, rows: np.ndarray, per_class: int, unit: str) -> np.ndarray:
    """At most so many rows a class, spread evenly over its photos; all where per_class is 0."""
    if not per_class:
        return rows
    chosen = table.iloc[rows].assign(row=rows)
    chosen = chosen.assign(order=[hashed_fraction(key) for key in chosen["key"]]).sort_values("order")
    # The first image of every photo, then the second of every photo, and so on.
    turn = chosen.groupby(["label", unit]).cumcount()
    chosen = chosen.assign(turn=turn).sort_values(["turn", "order"])
    return np.sort(chosen.groupby("label").head(per_class)["row"].to_numpy())


# ---- BCCD, as study C cleaned it


def photos_once(source: Source, recipe: Recipe, per_class: int) -> Plan:
    """Study C's cleaning, and about 35 test photos of fields that training does not show."""
    cleaned, counts = _cleaned(source)
    dealt = np.array(by_group(cleaned["group"], cleaned["label"], C_SHARES))
    rows = {split: np.flatnonzero(dealt == split) for split in C_SHARES}
    note = (
        "Photos of overlapping fields lie in one split; about 10 % are for test, 14 % for validation. Basophils, "
        "photos of two labels and of none are left out, and a tenth of the neutrophils."
    )
    return _balanced(source, cleaned, rows, note, counts)


def photos_in_folds(source: Source, recipe: Recipe, per_class: int) -> list[Plan]:
    """Every photo once a test photo: five plans, whole fields together."""
    cleaned, counts = _cleaned(source)
    fold = np.array(by_group(cleaned["group"], cleaned["label"], {str(i): 1 / FOLDS for i in range(FOLDS)}))
    plans = []
    for number in range(FOLDS):
        others = np.flatnonzero(fold != str(number))
        dealt = np.array(by_group(cleaned["group"].iloc[others], cleaned["label"].iloc[others], {"t": 0.85, "v": 0.15}))
        rows = {"train": others[dealt == "t"], "val": others[dealt == "v"], "test": np.flatnonzero(fold == str(number))}
        note = "Five models, each tested on a fifth of the photos that it did not see; their answers pooled."
        plans.append(_balanced(source, cleaned, rows, note, counts))
    return plans


def whole_photo(source: Source) -> Source:
    """The same source with each photo taken whole, as the study did, in place of the cell's box."""
    return Source(replace(source.spec, frame=frame_whole), source.root)


def _cleaned(source: Source) -> tuple[pd.DataFrame, dict[str, int]]:
    """Photos of one of four labels, a tenth of the neutrophils left out; and how many of each class there were."""
    table = source.index
    counts = {f"labelled {label}": int(n) for label, n in table["label"].value_counts().items()}
    table = table[table["label"].isin(KAGGLE4.keys)]
    neutrophils = sorted(table.loc[table["label"] == "neutrophil", "key"], key=hashed_fraction)
    dropped = set(neutrophils[: round(NEUTROPHILS_DROPPED * len(neutrophils))])
    table = table[~table["key"].isin(dropped)].reset_index(drop=True)
    counts |= {f"kept {label}": int(n) for label, n in table["label"].value_counts().items()}
    return table.assign(photo=[PurePosixPath(key).stem for key in table["key"]]), counts


def _balanced(
    source: Source, table: pd.DataFrame, rows: dict[str, np.ndarray], note: str, counts: Mapping[str, int]
) -> Plan:
    """Rarer classes repeated among the training photos, as often as brings them nearest to the commonest."""
    train = rows["train"]
    labels = table["label"].iloc[train]
    most = labels.value_counts().max()
    times = {label: max(1, round(most / n)) for label, n in labels.value_counts().items()}
    repeated = np.concatenate([np.repeat(row, times[label]) for row, label in zip(train, labels, strict=True)])
    shown = table["label"].iloc[repeated].value_counts()
    found = dict(counts) | {f"trained {label}": int(n) for label, n in shown.items()}
    return Plan(source, table, KAGGLE4, rows | {"train": repeated}, note, found)


Maker = Callable[[Source, Recipe, int], "Plan | list[Plan]"]

PREPARATIONS: dict[str, Maker] = {
    "the source's splits": as_the_source_says,
    "by photo": kaggle_by_photo,
    "at random": kaggle_at_random,
    "whole photo": lambda source, recipe, per_class: photos_once(whole_photo(source), recipe, per_class),
    "cell's box": photos_once,
    "whole photo, folds": lambda source, recipe, per_class: photos_in_folds(whole_photo(source), recipe, per_class),
    "cell's box, folds": photos_in_folds,
}
"""name -> how a run's images are chosen, cleaned and split; folds are a list of plans."""
