"""Risk and coverage: by hand, by brute force, and properties that hold for whatever hypothesis thinks of."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.selective import SILENT, aurc, aurc_interval, lowest_threshold, risk_coverage, safe_threshold


@st.composite
def answers(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Confidences of up to 40 cells with many ties, and whether each answer is wrong."""
    n = draw(st.integers(1, 40))
    confidence = draw(st.lists(st.integers(1, draw(st.sampled_from([3, 1000]))), min_size=n, max_size=n))
    wrong = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    return np.array(confidence) / max(confidence), np.array(wrong)


def test_by_hand():
    curve = risk_coverage([0.9, 0.9, 0.5, 0.7], [False, True, True, False])
    assert curve.thresholds.tolist() == [0.9, 0.7, 0.5]
    assert curve.coverage == pytest.approx([0.5, 0.75, 1.0])
    assert curve.risk == pytest.approx([1 / 2, 1 / 3, 1 / 2])
    # Both orders of the two cells at .9: risks (0, 1/2, 1/3, 1/2) and (1, 1/2, 1/3, 1/2).
    assert aurc([0.9, 0.9, 0.5, 0.7], [False, True, True, False]) == pytest.approx((0.5 + 0.5 + 1 / 3 + 0.5) / 4)


def test_ties_are_taken_in_every_order():
    confidence, wrong = np.array([0.8, 0.8, 0.8, 0.3, 0.3]), np.array([1, 0, 0, 1, 0])
    areas = []
    for first in itertools.permutations(range(3)):
        for second in itertools.permutations(range(3, 5)):
            ordered = wrong[[*first, *second]]
            areas.append(np.mean(np.cumsum(ordered) / np.arange(1, 6)))
    assert aurc(confidence, wrong) == pytest.approx(np.mean(areas))


def test_an_interval_is_that_of_drawing_cells_and_whole_groups():
    rng = np.random.default_rng(0)
    confidence = np.round(rng.random(300), 2)
    wrong = rng.random(300) > confidence
    alone = aurc_interval(confidence, wrong)
    drawn = [aurc(confidence[rows], wrong[rows]) for rows in rng.integers(0, 300, (400, 300))]
    assert alone.value == aurc(confidence, wrong)
    assert [alone.low, alone.high] == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.02)
    groups = np.argsort(np.argsort(wrong + rng.random(300) / 2)) // 30
    grouped = aurc_interval(confidence, wrong, groups)
    assert grouped.high - grouped.low > 2 * (alone.high - alone.low)


@given(answers(), st.randoms(use_true_random=False))
def test_the_order_of_cells_and_the_scale_of_confidence_change_nothing(cells, random):
    confidence, wrong = cells
    order = list(range(len(wrong)))
    random.shuffle(order)
    assert aurc(confidence[order], wrong[order]) == pytest.approx(aurc(confidence, wrong))
    assert aurc(confidence**3 / 2, wrong) == pytest.approx(aurc(confidence, wrong))


@given(answers())
def test_an_area_lies_between_that_of_the_best_and_of_the_worst_order(cells):
    confidence, wrong = cells
    ranks = np.arange(len(wrong), 0, -1.0)
    best, worst = aurc(ranks, np.sort(wrong)), aurc(ranks, np.sort(wrong)[::-1])
    assert best - 1e-12 <= aurc(confidence, wrong) <= worst + 1e-12


@given(answers())
def test_a_curve_ends_at_all_cells_and_counts_what_a_threshold_answers(cells):
    confidence, wrong = cells
    curve = risk_coverage(confidence, wrong)
    assert (np.diff(curve.coverage) > 0).all()
    assert curve.coverage[-1] == pytest.approx(1)
    assert curve.risk[-1] == pytest.approx(wrong.mean())
    for threshold, coverage, risk in zip(curve.thresholds, curve.coverage, curve.risk, strict=True):
        answered = confidence >= threshold
        assert coverage == pytest.approx(answered.mean())
        assert risk == pytest.approx(wrong[answered].mean())


@given(answers(), st.sampled_from([0.0, 0.05, 0.2, 1.0]))
def test_the_lowest_threshold_keeps_to_its_aim_and_no_lower_one_does(cells, aim):
    confidence, wrong = cells
    threshold = lowest_threshold(confidence, wrong, aim)

    def share(limit: float) -> float:
        return float(((confidence >= limit) & wrong).mean())

    assert share(threshold) <= aim + 1e-9
    assert all(share(lower) > aim for lower in np.unique(confidence) if lower < threshold)


def test_where_even_the_surest_are_wrong_nothing_is_answered():
    assert lowest_threshold([0.9, 0.9, 0.2], [True, True, False]) == SILENT
    assert lowest_threshold(np.linspace(0, 1, 100), np.arange(100) < 5) == 0.0


def test_the_threshold_of_several_laboratories_is_that_of_the_worst():
    easy = (np.linspace(0, 1, 50), np.zeros(50, bool))
    hard = (np.linspace(0, 1, 50), np.arange(50) < 25)
    assert safe_threshold({"easy": easy}) == 0.0
    assert safe_threshold({"easy": easy, "hard": hard}) == lowest_threshold(*hard) > 0.4
    with pytest.raises(ValueError, match="laboratories"):
        safe_threshold({})


@pytest.mark.parametrize("figure", [aurc, risk_coverage, lowest_threshold])
@pytest.mark.parametrize(("confidence", "wrong"), [([], []), ([0.5], [True, False]), ([[0.5]], [[True]])])
def test_what_does_not_fit_is_refused(figure, confidence, wrong):
    with pytest.raises(ValueError, match="one length"):
        figure(confidence, wrong)
