"""How faithful each way to explain a checkpoint is, as measured picture by picture and kept in a table."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.evaluation.bootstrap import bootstrap
from core.evaluation.intervals import Interval
from core.evaluation.results.files import damaged_as, read_noted_parquet, write_noted_parquet
from core.settings import records_folder
from core.storage import until_changed

CONTROLS = {"middle-spot": "A spot in the middle", "chance": "Chance"}
"""Maps that look at nothing, for comparison; no page offers them as a method."""

NUMBERS = ("deletion", "insertion", "alike", "inside", "area")
COLUMNS = ("split", "key", "target", "method", *NUMBERS)
SANE_BELOW = 0.5
"""A method whose maps are more alike than this for a model with random weights, or more opposite, is never the first
choice."""

RESAMPLES = 1000


@dataclass(frozen=True, eq=False)
class Faithfulness:
    """table: one row a picture and method, COLUMNS. split: val, test, or the name of another source with masks; there
    only inside and area are known. sha256: of the weights."""

    table: pd.DataFrame
    sha256: str

    def write(self, path: Path) -> None:
        """A Parquet file, replaced if there."""
        types = {name: "halffloat" if name in NUMBERS else "string" for name in COLUMNS}
        table = self.table[list(COLUMNS)].astype(dict.fromkeys(NUMBERS, np.float16))
        write_noted_parquet(path, table, {"sha256": self.sha256}, types=types)

    def methods(self) -> list[str]:
        """Names, controls included, in the order of the table."""
        return list(dict.fromkeys(self.table["method"]))

    def figures(self, method: str, split: str) -> "MethodFigures":
        """Of one method over the pictures of a split; NaN where nothing was measured."""
        rows = self.table[(self.table["method"] == method) & (self.table["split"] == split)]
        deletion, insertion, alike, inside, area = (rows[name].to_numpy(np.float64) for name in NUMBERS)
        return MethodFigures(
            method,
            len(rows),
            _mean(insertion - deletion),
            _mean(deletion),
            _mean(insertion),
            _mean(alike),
            _mean(inside),
            float(np.nanmean(area)) if np.isfinite(area).any() else float("nan"),
        )

    def ranked(self, split: str = "val") -> list[str]:
        """Methods without controls, the best first: by the mean score on validation, those that are not sane last."""
        ours = self.table[~self.table["method"].isin(list(CONTROLS)) & (self.table["split"] == split)]
        means = ours.assign(score=ours["insertion"] - ours["deletion"]).groupby("method")[["score", "alike"]].mean()
        order = sorted(means.index, key=lambda name: (abs(means["alike"][name]) >= SANE_BELOW, -means["score"][name]))
        return [str(name) for name in order]


@dataclass(frozen=True)
class MethodFigures:
    """score: insertion less deletion, the more the better. alike: rank correlation with the map of random weights.
    inside: share of the map's energy in the cell; area: share of the picture that the cell has."""

    method: str
    n: int
    score: Interval
    deletion: Interval
    insertion: Interval
    alike: Interval
    inside: Interval
    area: float


def _mean(values: np.ndarray) -> Interval:
    finite = values[np.isfinite(values)]
    if not len(finite):
        return Interval(float("nan"), float("nan"), float("nan"))
    return bootstrap(lambda drawn: float(drawn.mean()), finite, n_resamples=RESAMPLES)


def path_of(name: str) -> Path:
    """Where the table of a checkpoint is kept."""
    return records_folder() / "explanations" / f"{name}.parquet"


def read_faithfulness(name: str, sha256: str) -> Faithfulness | None:
    """What was measured of the checkpoint of that name with these weights; None where nothing was.

    CheckpointError where the table is damaged.
    """
    faithfulness = _read(path_of(name))
    return faithfulness if faithfulness is not None and faithfulness.sha256 == sha256 else None


@until_changed(most=64)
def _read(path: Path) -> Faithfulness:
    with damaged_as(f"The measured explanations of {path.stem} are damaged; measure again."):
        table, notes = read_noted_parquet(path)
        return Faithfulness(table[list(COLUMNS)].astype(dict.fromkeys(NUMBERS, np.float64)), notes["sha256"])
