"""The limit of an OOD score over laboratories: a stranger's right cells keep to it."""

import numpy as np

from core.ood.laboratories import LEAST, LOST, LaboratoryCells, laboratory_limits
from core.ood.scores import OodScore

HEAD, CLASSES = 8, np.array(["a", "b", "c"])


def cells(lab: str, count: int, seed: int, shift: float = 0.0, classes: int = 3) -> LaboratoryCells:
    """Three classes apart from each other; shift: how far a laboratory's cells lie off, in the features of the head."""
    rng = np.random.default_rng(seed)
    numbers = rng.integers(0, classes, count)
    features = (np.eye(3, 20)[:, ::-1][numbers] * 10 + rng.normal(size=(count, 20))).astype(np.float32)
    features[:, -HEAD] += shift
    return LaboratoryCells(features, np.full(count, lab), CLASSES[numbers])


def joined(*parts: LaboratoryCells) -> LaboratoryCells:
    return LaboratoryCells(*(np.concatenate([getattr(part, name) for part in parts]) for name in ATTRIBUTES))


ATTRIBUTES = ("features", "labs", "labels")


def outliers() -> np.ndarray:
    values = cells("none", 200, 9).features
    values[:, 0] += 12
    return values


def test_what_a_stranger_keeps_to_is_further_than_what_its_own_cells_do():
    train = joined(cells("home", 400, 0), cells("away", 400, 1, shift=5))
    judged = joined(cells("home", 300, 2), cells("away", 300, 3, shift=5))
    limits = laboratory_limits(train, outliers(), judged, HEAD)
    assert set(limits) == {"home", "away"}
    assert min(limits.values()) > 1

    without = OodScore.fit(cells("home", 400, 0).features, outliers(), cells("home", 300, 2).features, HEAD)
    strangers = cells("away", 2000, 4, shift=5).features
    assert np.mean(without.distance(strangers) > 1) > 2 * LOST
    lost = np.mean(without.loosened(limits["away"]).distance(strangers) > 1)
    assert 0 < lost < 2 * LOST


def test_a_laboratory_that_alone_has_a_class_or_has_few_cells_sets_no_limit():
    train = joined(cells("home", 400, 0), cells("away", 400, 1, classes=2), cells("few", 60, 5))
    train = train.chosen((train.labs != "few") | (train.labels != "c"))
    judged = joined(cells("home", 300, 2), cells("away", 300, 3, classes=2), cells("few", LEAST - 1, 6))
    assert set(laboratory_limits(train, outliers(), judged, HEAD)) == {"away"}


def test_one_laboratory_alone_sets_none():
    assert laboratory_limits(cells("home", 300, 0), outliers(), cells("home", 100, 2), HEAD) == {}
