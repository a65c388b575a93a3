"""How faithful each way to explain a checkpoint is, as measured picture by picture and kept in a table."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
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
    only inside and area are known. sha256: of the weights. identities: by method, of what drew and judged its maps."""

    table: pd.DataFrame
    sha256: str
    identities: Mapping[str, str] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """A Parquet file, replaced if there."""
        types = {name: "halffloat" if name in NUMBERS else "string" for name in COLUMNS}
        table = self.table[list(COLUMNS)].astype(dict.fromkeys(NUMBERS, np.float16))
        notes = {"sha256": self.sha256, "identities": json.dumps(dict(self.identities))}
        write_noted_parquet(path, table, notes, types=types)

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

    def differences(self, first: str, second: str, figure: str = "score", split: str = "val") -> np.ndarray:
        """(cells,) of the first method less the second on the same cells. figure: score or inside."""
        rows = self.table[self.table["split"] == split].assign(score=lambda each: each["insertion"] - each["deletion"])
        wide = rows.pivot_table(index="key", columns="method", values=figure)
        if not {first, second} <= set(wide.columns):
            return np.empty(0)
        return (wide[first] - wide[second]).dropna().to_numpy(np.float64)

    def difference(self, first: str, second: str, split: str = "test") -> Interval:
        """By how much the first method is more faithful than the second, on the same cells; NaN where not known."""
        return _difference(self, first, second, split)

    def sane(self, method: str) -> bool:
        """Whether its maps on validation follow from what was learned, as far as that was measured."""
        return abs(self._validation(method, "alike")) < SANE_BELOW

    def foremost(self, methods: Collection[str]) -> str | None:
        """The best of some on validation: of those within one standard error of the most faithful, on the same cells,
        that whose maps lie most on the cell. None where none was measured or none is sane.
        """
        sane = [name for name in self.ranked() if name in methods and self.sane(name)]
        close = [name for name in sane if _within_one_error(self.differences(name, sane[0]))]
        return max(close, key=lambda name: np.nan_to_num(self._validation(name, "inside")), default=None)

    def _validation(self, method: str, figure: str) -> float:
        """The mean over validation cells."""
        rows = self.table[(self.table["method"] == method) & (self.table["split"] == "val")]
        return float(rows[figure].mean())


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


def _within_one_error(differences: np.ndarray) -> bool:
    """Whether a mean difference falls short of zero by no more than its standard error."""
    return bool(
        len(differences)
        and differences.mean() >= -differences.std(ddof=min(1, len(differences) - 1)) / len(differences) ** 0.5
    )


@lru_cache(maxsize=256)
def _difference(measured: Faithfulness, first: str, second: str, split: str) -> Interval:
    return _mean(measured.differences(first, second, split=split))


def _mean(values: np.ndarray) -> Interval:
    finite = values[np.isfinite(values)]
    if not len(finite):
        return Interval(float("nan"), float("nan"), float("nan"))
    return bootstrap(lambda drawn: float(drawn.mean()), finite, n_resamples=RESAMPLES)


def path_of(name: str) -> Path:
    """Where the table of a checkpoint is kept."""
    return records_folder() / "explanations" / f"{name}.parquet"


def read_faithfulness(name: str, sha256: str, identities: Mapping[str, str]) -> Faithfulness | None:
    """What was measured of the checkpoint of that name with these weights; None where nothing was.

    identities: by method, of what draws and judges its maps today; what was measured of others is left out.
    CheckpointError where the table is damaged.
    """
    kept = _read(path_of(name))
    if kept is None or kept.sha256 != sha256:
        return None
    return _valid(kept, tuple(identities.items()))


@lru_cache(maxsize=64)
def _valid(kept: Faithfulness, identities: tuple[tuple[str, str], ...]) -> Faithfulness | None:
    """What was measured of methods of these identities; the same object as long as the table is the same."""
    valid = {method: each for method, each in identities if kept.identities.get(method) == each}
    table = kept.table[kept.table["method"].isin(list(valid))].reset_index(drop=True)
    return Faithfulness(table, kept.sha256, valid) if len(table) else None


@until_changed(most=64)
def _read(path: Path) -> Faithfulness:
    with damaged_as(f"The measured explanations of {path.stem} are damaged; measure again."):
        table, notes = read_noted_parquet(path)
        typed = table[list(COLUMNS)].astype(dict.fromkeys(NUMBERS, np.float64))
        return Faithfulness(typed, notes["sha256"], json.loads(notes.get("identities", "{}")))
