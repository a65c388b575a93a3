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
    first, second = _sets(a, b)
    if min(len(first), len(second)) < 2:
        raise ValueError("a covariance needs at least two pictures in each set")
    between_means = first.mean(0) - second.mean(0)
    # tr (A B)^(1/2) is the sum of the singular values of the product of the centred sets (nuclear norm).
    a_centred, b_centred = ((s - s.mean(0)) / np.sqrt(len(s) - 1) for s in (first, second))
    shared = np.linalg.svd(a_centred @ b_centred.T, compute_uv=False).sum()
    distance = between_means @ between_means + np.square(a_centred).sum() + np.square(b_centred).sum() - 2 * shared
    return float(max(distance, 0.0))


def kernel_distance(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Squared maximum mean discrepancy with the kernel (x·y / F + 1)^3, unbiased, so that it may fall below 0.

    KID where the features are of an Inception network (Bińkowski et al., ICLR 2018, arXiv:1801.01401).
    ValueError for fewer than two pictures in a set.
    """
    first, second = _sets(a, b)
    n, m = len(first), len(second)
    if min(n, m) < 2:
        raise ValueError("the kernel distance needs at least two pictures in each set")
    within_first, within_second = _kernel(first, first), _kernel(second, second)
    inner = (within_first.sum() - np.trace(within_first)) / (n * (n - 1))
    other = (within_second.sum() - np.trace(within_second)) / (m * (m - 1))
    return float(inner + other - 2 * _kernel(first, second).mean())


def kernel_distance_spread(
    a: npt.ArrayLike, b: npt.ArrayLike, subsets: int = SUBSETS, size: int = SUBSET_SIZE, seed: int = 0
) -> float:
    """Standard deviation of the kernel distance of random subsets of so many pictures of each set."""
    first, second = _sets(a, b)
    rng, size = np.random.default_rng(seed), min(size, len(first), len(second))
    distances = [
        kernel_distance(*(features[rng.choice(len(features), size, replace=False)] for features in (first, second)))
        for _ in range(subsets)
    ]
    return float(np.std(distances))


def _kernel(a: Floats, b: Floats) -> Floats:
    return (a @ b.T / a.shape[1] + 1) ** 3


@dataclass(frozen=True)
class PrecisionRecall:
    """precision: share of the generated pictures that lie where real ones are; recall: of the real ones that lie
    where generated ones are.
    """

    precision: float
    recall: float

    def to_dict(self) -> dict[str, Any]:
        return {"precision": self.precision, "recall": self.recall}


def precision_recall(real: npt.ArrayLike, generated: npt.ArrayLike, neighbours: int = NEIGHBOURS) -> PrecisionRecall:
    """Precision and recall of a distribution by the balls around each picture that reach its k-th neighbour.

    Kynkäänniemi et al., "Improved Precision and Recall Metric for Assessing Generative Models", NeurIPS 2019
    (arXiv:1904.06991). ValueError where a set has no more than `neighbours` pictures.
    """
    first, second = _sets(real, generated)
    if min(len(first), len(second)) <= neighbours:
        raise ValueError(f"each set needs more than {neighbours} pictures")
    return PrecisionRecall(_covered(first, second, neighbours), _covered(second, first, neighbours))


def _covered(ground: Floats, features: Floats, neighbours: int) -> float:
    """Share of the features (N, F) within the ball of at least one of `ground`."""
    reach = np.concatenate(
        [np.partition(block, neighbours, axis=1)[:, neighbours] for block in _distances(ground, ground)]
    )
    inside = [(block <= reach[None]).any(1) for block in _distances(features, ground)]
    return float(np.concatenate(inside).mean())


def _distances(a: Floats, b: Floats) -> list[Floats]:
    """Distances of a (N, F) from b (M, F), in blocks of rows."""
    lengths = np.square(b).sum(1)
    blocks = []
    for begin in range(0, len(a), _BLOCK):
        part = a[begin : begin + _BLOCK]
        squared = np.square(part).sum(1)[:, None] + lengths[None] - 2 * part @ b.T
        blocks.append(np.sqrt(np.maximum(squared, 0.0)))
    return blocks


def _sets(a: npt.ArrayLike, b: npt.ArrayLike) -> tuple[Floats, Floats]:
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1]:
        raise ValueError(f"features must be (N, F) and (M, F), got {first.shape} and {second.shape}")
    return first, second
