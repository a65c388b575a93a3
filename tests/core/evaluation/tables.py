"""Tables of predictions drawn at random, for tests that set models side by side."""

from collections.abc import Sequence

import numpy as np

from core.evaluation.results.predictions import Predictions

CLASSES = ("basophil", "monocyte", "platelet")


def drawn(
    seed: int,
    n: int = 120,
    right: float = 0.7,
    classes: Sequence[str] = CLASSES,
    groups: Sequence[str] | None = None,
    digits: int = 2,
) -> Predictions:
    """Answers to the same n cells whatever the seed, of which about the share `right` are right.

    Probabilities have few digits, so that some are equal.
    """
    truth = np.random.default_rng(0).integers(len(classes), size=n)
    rng = np.random.default_rng(seed)
    said = np.where(rng.random(n) < right, truth, rng.integers(len(classes), size=n))
    p = rng.random((n, len(classes))) + 1.2 * np.eye(len(classes))[said]
    p = np.round(p / p.sum(axis=1, keepdims=True), digits)
    p[:, -1] = np.round(1 - p[:, :-1].sum(axis=1), digits)
    return Predictions.from_arrays(
        source="drawn",
        lab=["A" if number % 2 else "B" for number in range(n)],
        split="test",
        keys=[f"{number}.png" for number in range(n)],
        labels=[classes[number] for number in truth],
        classes=classes,
        probabilities=p,
        groups=groups,
    )


def answered(labels: Sequence[str], said: Sequence[str], classes: Sequence[str] = CLASSES) -> Predictions:
    """A table of these answers, each given with probability 0.8."""
    p = np.full((len(said), len(classes)), 0.2 / (len(classes) - 1))
    p[np.arange(len(said)), [list(classes).index(key) for key in said]] = 0.8
    return Predictions.from_arrays(
        source="drawn",
        lab="A",
        split="test",
        keys=[f"{number}.png" for number in range(len(said))],
        labels=labels,
        classes=classes,
        probabilities=p,
    )
