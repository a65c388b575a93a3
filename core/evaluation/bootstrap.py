"""The bootstrap for figures that depend on images only through how many there are of each kind."""

import numpy as np
import numpy.typing as npt

from core.evaluation.intervals import RESAMPLES, SEED

Counts = npt.NDArray[np.int64]

_AT_ONCE = 200
"""Samples of groups that are drawn in one go, so that many groups do not fill the memory."""


def resampled(
    kinds: npt.ArrayLike,
    k: int,
    groups: npt.ArrayLike | None = None,
    n_resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Counts:
    """Counts of each kind in bootstrap samples of images or, with groups, of whole groups: (n_resamples, k).

    kinds: (N,) whole numbers in 0..k-1, the kind of each image; groups: (N,) names of what images share (the
    photo that they were made from). Drawing N images with replacement and counting them is, exactly, one
    multinomial draw of N with the kinds' shares, so that images themselves need not be touched.
    """
    numbers = np.asarray(kinds, dtype=np.intp)
    rng = np.random.default_rng(seed)
    if groups is None:
        counts = np.bincount(numbers, minlength=k)
        return rng.multinomial(len(numbers), counts / max(len(numbers), 1), size=n_resamples).astype(np.int64)
    names, unit = np.unique(np.asarray(groups), return_inverse=True)
    members = np.bincount(unit * k + numbers, minlength=len(names) * k).reshape(len(names), k)
    share = np.full(len(names), 1 / len(names))
    steps = [min(_AT_ONCE, n_resamples - done) for done in range(0, n_resamples, _AT_ONCE)]
    return np.concatenate([rng.multinomial(len(names), share, size=step) @ members for step in steps]).astype(np.int64)
