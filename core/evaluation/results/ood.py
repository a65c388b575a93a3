"""How well out-of-distribution scores work: measured once, written to a small file, shown by the app."""

from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from core.evaluation.bootstrap import SEED, bootstrap_two
from core.evaluation.intervals import Interval, wilson
from core.evaluation.ranking import area_between
from core.evaluation.results.files import damaged_as
from core.settings import records_folder
from core.storage import StoredModel, write_json

ACCEPTANCE = 0.95
"""Share of validation cells that pass where scores are compared."""

RESAMPLES = 300

Group = Literal["decoy", "harmless", "test", "unlike", "drawing", "lab", "left out", "left out, validation"]
GROUPS: dict[Group, str] = {
    "decoy": "Decoys made from validation cells, on which the score was chosen",
    "harmless": "Validation cells, harmlessly changed: they should pass",
    "test": "Test cells as they are: they should pass",
    "unlike": "Pictures of other things",
    "drawing": "Our drawings of cells",
    "lab": "Cells of other laboratories",
    "left out": "Test cells of a class that a model never saw",
    "left out, validation": "Validation cells of that class, on which the score was chosen as well",
}


class OodFigures(StoredModel):
    """One score on n pictures of one kind, against validation cells.

    auroc: the chance that such a picture scores higher than a validation cell, with a bootstrap interval. passed:
    how many pass where ACCEPTANCE of validation cells do; at_gate: where ninety-nine in a hundred do.
    """

    score: str
    group: Group
    kind: str
    n: int
    auroc: float
    low: float
    high: float
    passed: int
    at_gate: int


class OodMeasurement(StoredModel):
    """All scores of one checkpoint (or recipe, where classes are left out) on all kinds of pictures."""

    schema_version: Literal[1] = 1
    name: str
    sha256: str
    """Of the weights; empty where several networks were trained to measure this."""
    chosen: str
    """The score that lets the fewest outliers pass."""
    used: str
    """The score that the checkpoint has."""
    cells: int
    """Validation cells that pictures were set against."""
    date: str
    command: str
    rows: tuple[OodFigures, ...]

    @property
    def scores(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(row.score for row in self.rows))

    def of(self, score: str, group: Group | None = None) -> tuple[OodFigures, ...]:
        return tuple(row for row in self.rows if row.score == score and group in (None, row.group))


def area(pictures: npt.ArrayLike, cells: npt.ArrayLike, seed: int = SEED) -> Interval:
    """Area under the ROC curve of scores (N,) of pictures against those (M,) of cells, both drawn anew."""
    return bootstrap_two(
        area_between, np.asarray(pictures, float), np.asarray(cells, float), n_resamples=RESAMPLES, seed=seed
    )


def ood_figures(score: str, group: Group, kind: str, pictures: npt.ArrayLike, cells: npt.ArrayLike) -> OodFigures:
    """pictures, cells: scores (N,) and (M,) of such pictures and of validation cells; ValueError without either."""
    outliers, inliers = np.asarray(pictures, float), np.asarray(cells, float)
    if not len(outliers) or not len(inliers):
        raise ValueError("scores are told apart only where there are pictures and cells")
    auroc = area(outliers, inliers)
    return OodFigures(
        score=score,
        group=group,
        kind=kind,
        n=len(outliers),
        auroc=round(auroc.value, 4),
        low=round(auroc.low, 4),
        high=round(auroc.high, 4),
        passed=int((outliers <= np.quantile(inliers, ACCEPTANCE)).sum()),
        at_gate=int((outliers <= np.quantile(inliers, 0.99)).sum()),
    )


def best_score(rows: tuple[OodFigures, ...]) -> str:
    """The score that lets the fewest outliers pass at the threshold, each kind counted alike; of equals the first."""
    scores = dict.fromkeys(row.score for row in rows)
    share = {
        score: np.mean([row.at_gate / row.n for row in rows if row.score == score and row.group == "decoy"])
        for score in scores
    }
    return min(scores, key=lambda score: share[score])


def in_words(row: OodFigures) -> str:
    """ "3 of 50 (2 to 16 %)": how many pass at ACCEPTANCE, with Wilson's interval."""
    rate = wilson(row.passed, row.n)
    return f"{row.passed} of {row.n} ({100 * rate.low:.0f} to {100 * rate.high:.0f} %)"


def path_of(name: str, root: Path | None = None) -> Path:
    """Where the measurement of a checkpoint, or of a recipe with a class left out, lies."""
    return (root or records_folder()) / "unlike" / f"{name}.json"


def write_measurement(measurement: OodMeasurement, root: Path | None = None) -> Path:
    path = path_of(measurement.name, root)
    write_json(path, measurement)
    return path


def read_measurement(name: str, root: Path | None = None) -> OodMeasurement | None:
    """The measurement of a checkpoint; None where there is none, CheckpointError where it is damaged."""
    path = path_of(name, root)
    if not path.is_file():
        return None
    with damaged_as(f"The measurement {path.name} is damaged; measure again."):
        return OodMeasurement.model_validate_json(path.read_bytes())
