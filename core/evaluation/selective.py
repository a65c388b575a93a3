"""Selective classification: what is answered, how often that is wrong, and where to stop answering.

A cell is answered where the probability of its likeliest class reaches a threshold. Risk is the share of wrong answers
among those given, coverage the share of cells answered. Source: Geifman & El-Yaniv, NIPS 2017, arXiv:1705.08500.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.evaluation.bootstrap import SEED, resampled_counts
from core.evaluation.intervals import Interval, percentile_interval
from core.evaluation.probabilities import Floats
from core.evaluation.ranking import Blocks, blocks_of

Flags = npt.NDArray[np.bool_]

AIM = 0.05
"""Share of all cells that may be answered wrongly."""

RESAMPLES = 1_000

SILENT = 1.0001
"""A threshold that no probability reaches."""


@dataclass(frozen=True)
class RiskCoverage:
    """The points of a risk-coverage curve, one a distinct confidence from the highest down.

    thresholds, coverage, risk: (S,) the confidence from which on is answered, and the shares that this gives.
    """

    thresholds: Floats
    coverage: Floats
    risk: Floats


def risk_coverage(confidence: npt.ArrayLike, wrong: npt.ArrayLike) -> RiskCoverage:
    """The curve of N >= 1 cells. confidence: (N,) probability of the answer; wrong: (N,) whether it is wrong.

    ValueError without cells or where lengths differ.
    """
    scores, errors = _checked(confidence, wrong)
    distinct, counts, failed = _ties(scores, errors)
    answered = np.cumsum(counts)
    return RiskCoverage(distinct, answered / len(scores), np.cumsum(failed) / answered)


def aurc(confidence: npt.ArrayLike, wrong: npt.ArrayLike) -> float:
    """Area under the risk-coverage curve: the mean, over n = 1..N, of the risk among the n most confident cells.

    Cells of equal confidence are taken in every order, on average, so that the order of cells cannot change the
    figure. 0: every right answer stands above every wrong one and none is wrong. (N,) both; ValueError without cells.
    """
    scores, errors = _checked(confidence, wrong)
    return float(_area(blocks_of(scores, errors > 0)[1][None])[0])


def aurc_interval(
    confidence: npt.ArrayLike, wrong: npt.ArrayLike, groups: npt.ArrayLike | None = None, *, seed: int = SEED
) -> Interval:
    """The same with its bootstrap interval, by group where the cells (N,) have groups."""
    scores, errors = _checked(confidence, wrong)
    block, counts = blocks_of(scores, errors > 0)
    drawn = resampled_counts(block * 2 + (errors > 0), 2 * len(counts), groups, n_resamples=RESAMPLES, seed=seed)
    return percentile_interval(float(_area(counts[None])[0]), _area(drawn.reshape(RESAMPLES, -1, 2)))


def _area(blocks: Blocks) -> Floats:
    """AURC of (B, S, 2) blocks of equal confidence from low to high, right and wrong answers in each: (B,).

    Of a block of m cells, w of them wrong, after A cells with E wrong ones, the sum over j = 1..m of the expected risk
    (E + j w / m) / (A + j) is w + (E - A w / m) (H(A + m) - H(A)), H being the harmonic numbers.
    """
    counts = blocks[:, ::-1].sum(-1)
    failed = blocks[:, ::-1, 1]
    total = counts.sum(1)
    harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, total.max() + 1))])
    after = counts.cumsum(1)
    before, failed_before = after - counts, failed.cumsum(1) - failed
    share = failed / np.maximum(counts, 1)
    sums = failed + (failed_before - before * share) * (harmonic[after] - harmonic[before])
    return np.asarray(sums.sum(1) / total)


def lowest_threshold(confidence: npt.ArrayLike, wrong: npt.ArrayLike, aim: float = AIM) -> float:
    """The lowest confidence from which on at most `aim` of all cells are answered wrongly; SILENT where none is.

    confidence, wrong: (N,). Any higher threshold keeps to the aim too, since fewer are answered. ValueError without
    cells.
    """
    scores, errors = _checked(confidence, wrong)
    distinct, _, failed = _ties(scores, errors)
    # Rounded, so that 5 of 100 are not more than a share of .05.
    kept = np.flatnonzero(np.round(np.cumsum(failed) / len(scores), 9) <= aim)
    return float(distinct[kept[-1]]) if len(kept) else SILENT


def safe_threshold(cells: Mapping[str, tuple[npt.ArrayLike, npt.ArrayLike]], aim: float = AIM) -> float:
    """The lowest threshold at which at most `aim` of the cells of each laboratory are answered wrongly.

    cells: by laboratory, confidence and wrong, (N,) both. ValueError without laboratories.
    """
    if not cells:
        raise ValueError("a threshold needs laboratories")
    return max(lowest_threshold(confidence, wrong, aim) for confidence, wrong in cells.values())


def _ties(scores: Floats, errors: Floats) -> tuple[Floats, npt.NDArray[np.int64], Floats]:
    """Distinct confidences from the highest down, how many cells have each, and how many of them are wrong: (S,)."""
    distinct, tie, counts = np.unique(scores, return_inverse=True, return_counts=True)
    failed = np.bincount(tie, weights=errors, minlength=len(distinct)).astype(np.float64)
    return distinct[::-1], counts[::-1].astype(np.int64), failed[::-1]


def _checked(confidence: npt.ArrayLike, wrong: npt.ArrayLike) -> tuple[Floats, Floats]:
    scores, errors = np.asarray(confidence, np.float64), np.asarray(wrong, np.float64)
    if scores.ndim != 1 or scores.shape != errors.shape or not len(scores):
        raise ValueError(f"confidence and wrong must be (N,) of one length, got {scores.shape} and {errors.shape}")
    return scores, errors
