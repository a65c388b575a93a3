"""Maps: kept small, read back, refused where stale or damaged; neighbours counted right."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import CheckpointError
from core.evaluation.results.embeddings import FILE, METHODS, FeatureMap, beside, check_map, has_map, read_map

SHA = "a" * 64


@pytest.fixture
def made() -> FeatureMap:
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"key": [f"{number}.png" for number in range(50)], "split": "test"})
    for column in ("umap_x", "umap_y", "pca_x", "pca_y"):
        table[column] = rng.normal(size=50).astype(np.float16)
    return FeatureMap(table, "pbc", SHA, (0.5, 0.25))


def test_a_map_survives_being_kept(made, tmp_path):
    assert not has_map(tmp_path)
    made.write(tmp_path)
    found = read_map(tmp_path, SHA)
    pd.testing.assert_frame_equal(found.table[made.table.columns], made.table, check_dtype=False)
    assert (found.source, found.sha256, found.explained) == ("pbc", SHA, (0.5, 0.25))
    for method in METHODS:
        assert (found.places(method) == made.places(method)).all()


def test_equal_maps_have_equal_bytes(made, tmp_path):
    made.write(tmp_path)
    first = (tmp_path / FILE).read_bytes()
    made.write(tmp_path)
    assert (tmp_path / FILE).read_bytes() == first


def test_a_checkpoint_need_not_have_a_map(tmp_path):
    check_map(tmp_path, SHA)
    with pytest.raises(CheckpointError, match="no map"):
        read_map(tmp_path, SHA)


def test_a_map_of_other_weights_is_refused(made, tmp_path):
    made.write(tmp_path)
    check_map(tmp_path, SHA)
    with pytest.raises(CheckpointError, match="other weights"):
        check_map(tmp_path, "b" * 64)


@pytest.mark.parametrize("column", ["key", "pca_y"])
def test_a_map_without_a_column_is_damaged(column, made, tmp_path):
    made.write(tmp_path)
    import pyarrow.parquet as pq

    stored = pq.read_table(tmp_path / FILE)
    pq.write_table(stored.drop_columns([column]), tmp_path / FILE)
    with pytest.raises(CheckpointError, match="damaged"):
        read_map(tmp_path, SHA)


def test_a_table_that_is_no_map_is_damaged(made, tmp_path):
    made.table.to_parquet(tmp_path / FILE)
    with pytest.raises(CheckpointError, match="damaged"):
        read_map(tmp_path, SHA)


@pytest.mark.parametrize("data", [b"", b"torn", b"PAR1 torn PAR1"])
def test_a_torn_file_is_damaged(data, tmp_path):
    (tmp_path / FILE).write_bytes(data)
    with pytest.raises(CheckpointError, match="damaged"):
        check_map(tmp_path, SHA)


def test_places_that_are_no_numbers_are_damaged(made, tmp_path):
    table = made.table.assign(pca_x=np.float16("nan"))
    FeatureMap(table, "pbc", SHA, (0.5, 0.25)).write(tmp_path)
    with pytest.raises(CheckpointError, match="damaged"):
        read_map(tmp_path, SHA)


def test_groups_that_lie_apart_have_their_own_for_neighbours():
    rng = np.random.default_rng(1)
    labels = np.repeat([0, 2], 20)
    places = rng.normal(0, 0.1, (40, 2)) + 100 * labels[:, None]
    found = beside(places, labels, 3, nearest=5)
    assert found[0, 0] == found[2, 2] == 5
    assert np.isnan(found[1]).all()


@given(st.integers(2, 40), st.integers(1, 12), st.integers(0, 99), st.booleans())
def test_neighbours_are_those_of_all_distances(n, nearest, seed, coarse):
    """Against every pair's distance; coarse: many cells on the same spots, where only the total is certain."""
    rng = np.random.default_rng(seed)
    places = rng.integers(0, 3, (n, 2)).astype(float) if coarse else rng.normal(size=(n, 2))
    labels = rng.integers(0, 3, n)
    found = beside(places, labels, 3, nearest)
    k = min(nearest, n - 1)
    present = np.bincount(labels, minlength=3) > 0
    assert found[present].sum(axis=1) == pytest.approx(np.full(present.sum(), k))
    if not coarse:
        apart = ((places[:, None] - places[None]) ** 2).sum(-1)
        np.fill_diagonal(apart, np.inf)
        others = labels[apart.argsort(axis=1)[:, :k]]
        for one in np.flatnonzero(present):
            for two in range(3):
                assert found[one, two] == pytest.approx((others[labels == one] == two).sum(axis=1).mean())
