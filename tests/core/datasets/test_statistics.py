"""Counts and looks of classes, against figures worked out another way."""

import colorsys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.datasets import SOURCES
from core.datasets.statistics import (
    CHANNELS,
    COLOURLESS,
    appearance,
    channel_histograms,
    class_appearances,
    counts_by_split,
    levels,
    sample,
    stable_shuffle,
)
from tests.core.datasets.conftest import BUILDERS

CROPS = arrays(np.uint8, st.tuples(st.integers(1, 4), st.just(3), st.just(3), st.just(3)))
COLOURS = {"red": (200, 40, 40), "yellow": (220, 210, 20), "magenta": (200, 20, 210), "blue": (30, 40, 220)}


@pytest.mark.parametrize("name", BUILDERS)
def test_counts_add_up_to_the_index(name, opened):
    source = opened(name)
    table = counts_by_split(source.index, ["lab", "label"])
    assert table["all"].sum() == len(source.index)
    assert (table[["train", "val", "test"]].sum(axis=1) == table["all"]).all()
    for row in table.itertuples():
        here = source.index[(source.index["label"] == row.label) & (source.index["lab"] == row.lab)]
        assert row.test == (here["split"] == "test").sum()


def test_two_laboratories_are_counted_apart():
    table = pd.DataFrame({"lab": ["a", "a", "b"], "label": "x", "split": ["train", "test", "test"]})
    found = counts_by_split(table, ["lab", "label"]).set_index("lab")
    assert found[["train", "val", "test", "all"]].to_numpy().tolist() == [[1, 0, 1, 2], [0, 0, 1, 1]]


@given(st.lists(st.text(min_size=1), unique=True), st.randoms(use_true_random=False))
def test_the_order_depends_on_the_names_alone(keys, random):
    shuffled = list(keys)
    random.shuffle(shuffled)
    assert stable_shuffle(shuffled) == stable_shuffle(keys)
    assert sorted(stable_shuffle(keys)) == sorted(keys)


@pytest.mark.parametrize("most", [1, 2, 100])
def test_a_sample_is_of_the_split_and_no_larger(most, opened):
    source = opened("kaggle")
    for label, keys in sample(source, "train", most).items():
        rows = [source.row(key) for key in keys]
        assert {row["label"] for row in rows} == {label}
        assert {row["split"] for row in rows} == {"train"}
        there = ((source.index["label"] == label) & (source.index["split"] == "train")).sum()
        assert len(keys) == min(most, there)


def test_a_larger_sample_begins_with_the_smaller(opened):
    source = opened("kaggle")
    small, large = sample(source, "train", 2), sample(source, "train", 5)
    assert all(large[label][:2] == keys for label, keys in small.items())


@pytest.mark.parametrize("name", [name for name in SOURCES if name in BUILDERS])
def test_every_class_of_a_split_has_a_look(name, opened):
    source = opened(name)
    found = class_appearances(source, "train", 16)
    train = source.index[source.index["split"] == "train"]
    assert set(found) == set(train["label"])
    for label, one in found.items():
        assert one.total == one.used == (train["label"] == label).sum()
        assert one.mean.shape == (16, 16, 3)
        assert one.spread.shape == (16, 16)


@given(CROPS)
def test_mean_and_spread_are_those_of_the_pixels(crops):
    one = appearance("x", crops, len(crops))
    assert np.abs(one.mean - crops.astype(float).mean(0)).max() <= 0.5 + 1e-3
    assert one.spread == pytest.approx(crops.astype(float).std(0).mean(-1), abs=1e-3)


def test_one_image_has_no_spread():
    crops = np.random.default_rng(0).integers(0, 256, (1, 8, 8, 3), dtype=np.uint8)
    one = appearance("x", crops, 1)
    assert not one.spread.any()
    assert (one.mean == crops[0]).all()


@given(CROPS)
def test_every_pixel_is_counted_once_in_each_channel(crops):
    found = channel_histograms(crops)
    pixels = crops.size // 3
    assert tuple(found) == CHANNELS
    for channel, counts in found.items():
        assert counts.shape == levels(channel).shape
        assert counts.sum() == pixels or channel == "hue"
    assert found["hue"].sum() <= pixels
    for place, channel in enumerate(("red", "green", "blue")):
        assert (found[channel] == np.bincount(crops[..., place].ravel(), minlength=256)).all()


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_hue_saturation_and_value_are_those_of_the_textbook(colour):
    one = appearance("x", np.full((1, 4, 4, 3), colour, np.uint8), 1)
    hue, saturation, value = colorsys.rgb_to_hsv(*(channel / 255 for channel in colour))
    assert one.quartiles("value")[1] == pytest.approx(100 * value, abs=0.5)
    assert one.quartiles("saturation")[1] == pytest.approx(100 * saturation, abs=0.5)
    turned = one.quartiles("hue")[1]
    if np.isnan(turned):
        assert saturation < (COLOURLESS + 1) / 255
    else:
        apart = (turned - 360 * hue + 180) % 360 - 180
        assert abs(apart) < 2


@pytest.mark.parametrize(("name", "degrees"), [("red", 0), ("yellow", 57), ("magenta", -63), ("blue", -123)])
def test_hue_is_cut_open_at_cyan(name, degrees):
    one = appearance("x", np.full((1, 4, 4, 3), COLOURS[name], np.uint8), 1)
    assert one.quartiles("hue")[1] == pytest.approx(degrees, abs=2)


def test_levels_rise_and_end_where_they_should():
    for channel in CHANNELS:
        assert (np.diff(levels(channel)) > 0).all()
    assert levels("value")[-1] == pytest.approx(100)
    assert levels("hue")[0] == pytest.approx(-levels("hue")[-1])


@given(arrays(np.uint8, (1, 4, 4, 3)))
def test_quartiles_are_numpys(crops):
    one = appearance("x", crops, 1)
    expected = np.quantile(crops[..., 0], [0.25, 0.5, 0.75], method="inverted_cdf")
    assert one.quartiles("red") == pytest.approx(tuple(expected))
