"""How well scores tell what is unlike the training cells: measured once, kept in a small file, shown by the app."""

from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from core.errors import CheckpointError
from core.evaluation.bootstrap import SEED, bootstrap_two
from core.evaluation.intervals import Interval, wilson
from core.evaluation.ranking import area_between
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
    far, near = np.asarray(pictures, float), np.asarray(cells, float)
    if not len(far) or not len(near):
        raise ValueError("scores are told apart only where there are pictures and cells")
    found = area(far, near)
    return OodFigures(
        score=score,
        group=group,
        kind=kind,
        n=len(far),
        auroc=round(found.value, 4),
        low=round(found.low, 4),
        high=round(found.high, 4),
        passed=int((far <= np.quantile(near, ACCEPTANCE)).sum()),
        at_gate=int((far <= np.quantile(near, 0.99)).sum()),
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
    """Where the measurement of a checkpoint, or of a recipe without a class, is kept."""
    return (root or records_folder()) / "unlike" / f"{name}.json"


def write_measurement(found: OodMeasurement, root: Path | None = None) -> Path:
    path = path_of(found.name, root)
    write_json(path, found)
    return path


def read_measurement(name: str, root: Path | None = None) -> OodMeasurement | None:
    """What is kept of a checkpoint; None where nothing is, CheckpointError where it is damaged."""
    path = path_of(name, root)
    if not path.is_file():
        return None
    try:
        return OodMeasurement.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise CheckpointError(f"The measurement {path.name} is damaged; measure again.") from error
