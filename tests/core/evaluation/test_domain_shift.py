"""Figures by laboratory: against hand-worked counts, grouped and paired."""

import numpy as np
import pytest

from core.datasets.laboratories import LABORATORIES
from core.errors import CheckpointError
from core.evaluation.domain_shift import (
    among_five,
    by_lab,
    gain_in_balanced_accuracy,
    lab_score,
    white_cells_of,
    worst_lab,
)
from core.evaluation.results.predictions import Predictions, stacked
from core.labels import PBC8, WBC5

BASOPHIL, NEUTROPHIL, PLATELET = (PBC8.index(key) for key in ("basophil", "neutrophil", "platelet"))


def table(source: str, pairs: list[tuple[int, int]], groups: list[str] | None = None, split="test") -> Predictions:
    """Answers of an eight-class model: (true class, said class), the second likeliest always neutrophil."""
    p = np.full((len(pairs), 8), 0.01)
    p[:, NEUTROPHIL] = 0.2
    for row, (_, said) in enumerate(pairs):
        p[row, said] = 0.7
    return Predictions.from_arrays(
        source=source,
        lab=f"lab of {source}",
        split=split,
        keys=[f"{number}.png" for number in range(len(pairs))],
        labels=[PBC8.keys[true] for true, _ in pairs],
        classes=PBC8.keys,
        probabilities=p / p.sum(1, keepdims=True),
        groups=groups,
    )


MIXED = (
    [(BASOPHIL, BASOPHIL)] * 3
    + [(BASOPHIL, PLATELET)]
    + [(NEUTROPHIL, NEUTROPHIL)] * 10
    + [(NEUTROPHIL, PLATELET)] * 10
)


def test_among_five_classes_a_platelet_is_no_answer_and_among_all_it_is_a_wrong_one():
    told = table("jtsc", MIXED)
    shared, plain = lab_score(among_five(told, PBC8)), lab_score(white_cells_of(told))
    assert shared.confusion.shape == (len(WBC5), len(WBC5))
    # Without the platelet, neutrophil is the likeliest: of 4 basophils 3 are right, of neutrophils all.
    assert shared.balanced.value == pytest.approx((3 / 4 + 1) / 2)
    assert plain.balanced.value == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert (shared.n, shared.present) == (24, 2)
    assert shared.thin == ("basophil",)
    assert shared.balanced.low < shared.balanced.value < shared.balanced.high


def test_images_of_one_photo_make_the_interval_wider():
    """Six photos of ten basophils, of which two photos are read wrongly throughout, and ten neutrophils."""
    photos = [number // 20 for number in range(120)]
    pairs = [
        (NEUTROPHIL if place % 2 else BASOPHIL, NEUTROPHIL if place % 2 or photo < 2 else BASOPHIL)
        for place, photo in enumerate(photos)
    ]
    alone = lab_score(among_five(table("jtsc", pairs), PBC8))
    grouped = lab_score(among_five(table("jtsc", pairs, [f"photo {photo}" for photo in photos]), PBC8))
    assert (grouped.units, alone.units) == (6, 120)
    assert grouped.balanced.value == alone.balanced.value
    assert grouped.balanced.high - grouped.balanced.low > 1.5 * (alone.balanced.high - alone.balanced.low)


def test_cells_of_no_shared_class_are_refused():
    with pytest.raises(CheckpointError, match="Five kinds"):
        white_cells_of(table("pbc", [(PLATELET, PLATELET)]))


def test_laboratories_are_taken_apart_and_the_worst_is_named():
    told = stacked(
        [
            table("pbc", [(BASOPHIL, BASOPHIL), (NEUTROPHIL, NEUTROPHIL)]).table,
            table("jtsc", MIXED, [str(number) for number in range(len(MIXED))]).table,
            table("chula", [(BASOPHIL, NEUTROPHIL)] * 4, split="train").table,
        ]
    )
    assert told.groups is None  # PBC knows of none
    assert told.select(source="jtsc").groups is not None
    found = by_lab(told, PBC8, LABORATORIES)
    assert list(found) == ["pbc", "jtsc"]
    assert worst_lab(found).source == "jtsc"
    assert list(by_lab(told, PBC8, LABORATORIES, split=None)) == ["pbc", "jtsc", "chula"]
    assert set(found) <= set(LABORATORIES)


def test_a_change_is_paired():
    before = among_five(table("jtsc", [(BASOPHIL, NEUTROPHIL)] * 20 + [(NEUTROPHIL, NEUTROPHIL)] * 20), PBC8)
    after = among_five(
        table("jtsc", [(BASOPHIL, BASOPHIL)] * 10 + [(BASOPHIL, NEUTROPHIL)] * 10 + [(NEUTROPHIL,) * 2] * 20), PBC8
    )
    gain = gain_in_balanced_accuracy(before, after)
    assert gain.value == pytest.approx(0.25)
    assert 0 < gain.low < 0.25 < gain.high
    same = gain_in_balanced_accuracy(before, before)
    assert (same.value, same.low, same.high) == (0, 0, 0)
