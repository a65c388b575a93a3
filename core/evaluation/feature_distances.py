"""Are generated pictures like real ones? Distances between two sets of features, none of which needs a network.

All take features (N, F) and (M, F). Which network they are of decides on the numbers, so it is always named.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SUBSETS, SUBSET_SIZE = 100, 500
NEIGHBOURS = 3
_BLOCK = 512


def frechet_distance(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """The squared 2-Wasserstein distance of the normal distributions with the sets' means and covariances.

    FID where the features are of an Inception network (Heusel et al., NeurIPS 2017, arXiv:1706.08500). It is
    too large for few pictures, so compare only figures of equally many. ValueError for fewer than two.
    """
    one, two = _sets(a, b)
    if min(len(one), len(two)) < 2:
        raise ValueError("a covariance needs at least two pictures in each set")
    apart = one.mean(0) - two.mean(0)
    # tr (A B)^(1/2) is the sum of the singular values of the product of the centred sets (nuclear norm).
    first, second = ((s - s.mean(0)) / np.sqrt(len(s) - 1) for s in (one, two))
    shared = np.linalg.svd(first @ second.T, compute_uv=False).sum()
    distance = apart @ apart + np.square(first).sum() + np.square(second).sum() - 2 * shared
    return float(max(distance, 0.0))


def kernel_distance(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Squared maximum mean discrepancy with the kernel (x·y / F + 1)^3, unbiased, so that it may fall below 0.

    KID where the features are of an Inception network (Bińkowski et al., ICLR 2018, arXiv:1801.01401).
    ValueError for fewer than two pictures in a set.
    """
    one, two = _sets(a, b)
    n, m = len(one), len(two)
    if min(n, m) < 2:
        raise ValueError("the kernel distance needs at least two pictures in each set")
    within_one, within_two = _kernel(one, one), _kernel(two, two)
    inner = (within_one.sum() - np.trace(within_one)) / (n * (n - 1))
    other = (within_two.sum() - np.trace(within_two)) / (m * (m - 1))
    return float(inner + other - 2 * _kernel(one, two).mean())


def kernel_distance_spread(
    a: npt.ArrayLike, b: npt.ArrayLike, subsets: int = SUBSETS, size: int = SUBSET_SIZE, seed: int = 0
) -> float:
    """Standard deviation of the kernel distance of random subsets of so many pictures of each set."""
    one, two = _sets(a, b)
    rng, size = np.random.default_rng(seed), min(size, len(one), len(two))
    found = [
        kernel_distance(one[rng.choice(len(one), size, False)], two[rng.choice(len(two), size, False)])
        for _ in range(subsets)
    ]
    return float(np.std(found))


def _kernel(a: Floats, b: Floats) -> Floats:
    return (a @ b.T / a.shape[1] + 1) ** 3


@dataclass(frozen=True)
class PrecisionRecall:
    """precision: share of the made pictures that lie where real ones are; recall: of the real ones that lie where
    made ones are.
    """

    precision: float
    recall: float

    def to_dict(self) -> dict[str, Any]:
        return {"precision": self.precision, "recall": self.recall}


def precision_recall(real: npt.ArrayLike, made: npt.ArrayLike, neighbours: int = NEIGHBOURS) -> PrecisionRecall:
    """Precision and recall of a distribution by the balls around each picture that reach its k-th neighbour.

    Kynkäänniemi et al., "Improved Precision and Recall Metric for Assessing Generative Models", NeurIPS 2019
    (arXiv:1904.06991). ValueError where a set has no more than `neighbours` pictures.
    """
    one, two = _sets(real, made)
    if min(len(one), len(two)) <= neighbours:
        raise ValueError(f"each set needs more than {neighbours} pictures")
    return PrecisionRecall(_covered(one, two, neighbours), _covered(two, one, neighbours))


def _covered(ground: Floats, asked: Floats, neighbours: int) -> float:
    """Share of `asked` within the ball of at least one of `ground`."""
    reach = np.concatenate([np.partition(apart, neighbours, axis=1)[:, neighbours] for apart in _apart(ground, ground)])
    inside = [(apart <= reach[None]).any(1) for apart in _apart(asked, ground)]
    return float(np.concatenate(inside).mean())


def _apart(a: Floats, b: Floats) -> list[Floats]:
    """Distances of a (N, F) from b (M, F), in blocks of rows."""
    lengths = np.square(b).sum(1)
    found = []
    for first in range(0, len(a), _BLOCK):
        part = a[first : first + _BLOCK]
        squared = np.square(part).sum(1)[:, None] + lengths[None] - 2 * part @ b.T
        found.append(np.sqrt(np.maximum(squared, 0.0)))
    return found


def _sets(a: npt.ArrayLike, b: npt.ArrayLike) -> tuple[Floats, Floats]:
    one, two = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if one.ndim != 2 or two.ndim != 2 or one.shape[1] != two.shape[1]:
        raise ValueError(f"features must be (N, F) and (M, F), got {one.shape} and {two.shape}")
    return one, two
