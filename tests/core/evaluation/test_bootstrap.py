"""Bootstrap samples as counts: their size, their spread, and groups that stay whole."""

import numpy as np
import pytest

from core.evaluation.bootstrap import resampled_counts

KINDS = np.repeat([0, 1, 2], [50, 30, 20])


def test_every_sample_is_as_large_as_what_it_is_drawn_from() -> None:
    drawn = resampled_counts(KINDS, 4, n_resamples=500)
    assert drawn.shape == (500, 4)
    assert (drawn.sum(axis=1) == 100).all()
    assert (drawn[:, 3] == 0).all()


def test_means_and_spreads_are_those_of_drawing_with_replacement() -> None:
    drawn = resampled_counts(KINDS, 3)
    assert drawn.mean(axis=0) == pytest.approx([50, 30, 20], rel=0.02)
    assert drawn.std(axis=0) == pytest.approx(np.sqrt([25, 21, 16]), rel=0.06)


def test_groups_are_drawn_whole_whatever_the_order_of_rows() -> None:
    groups = np.array([f"photo {kind}" for kind in KINDS])
    order = np.random.default_rng(3).permutation(100)
    drawn = resampled_counts(KINDS[order], 3, groups[order], n_resamples=450)
    assert drawn.shape == (450, 3)
    assert (drawn % [50, 30, 20] == 0).all()
    assert ((drawn // [50, 30, 20]).sum(axis=1) == 3).all()


def test_groups_of_one_image_are_the_images() -> None:
    alone, grouped = resampled_counts(KINDS, 3), resampled_counts(KINDS, 3, np.arange(100))
    assert grouped.mean(axis=0) == pytest.approx(alone.mean(axis=0), rel=0.02)
    assert grouped.std(axis=0) == pytest.approx(alone.std(axis=0), rel=0.06)


def test_a_seed_gives_its_samples_again() -> None:
    assert (resampled_counts(KINDS, 3, seed=4) == resampled_counts(KINDS, 3, seed=4)).all()
    assert (resampled_counts(KINDS, 3, seed=4) != resampled_counts(KINDS, 3, seed=5)).any()
