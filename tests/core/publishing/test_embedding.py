"""The map of a real, tiny checkpoint: drawn, kept, checked and refused when stale."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from core.__main__ import app
from core.datasets import open_source
from core.errors import SourceError
from core.evaluation.results.embeddings import FILE, METHODS, read_map
from core.inference.reader import Reader
from core.progress import silent
from core.publishing.embedding import _features, make_map
from core.publishing.ensemble import publish_ensemble
from core.publishing.verification import verify


@pytest.fixture
def drawn(own_copy, drawn_folder):
    """The checkpoint, with its map kept by the command."""
    result = CliRunner().invoke(app, ["map", "tiny", "--root", str(drawn_folder), "--json"])
    assert result.exit_code == 0, result.output + repr(result.exception)
    (row,) = json.loads(result.stdout)
    assert row["name"] == "tiny"
    assert row["bytes"] == (own_copy.folder / FILE).stat().st_size
    return own_copy


def test_a_map_has_every_test_cell_and_fits_the_weights(drawn, drawn_folder):
    feature_map = read_map(drawn.folder, drawn.card.sha256)
    tested = drawn.predictions().select(split="test").table
    assert list(feature_map.table["key"]) == list(tested["key"])
    for method in METHODS:
        places = feature_map.places(method)
        assert places.std(axis=0).max() == pytest.approx(1, abs=0.01)
        assert np.abs(places.mean(axis=0)).max() < 0.01
    assert 0 < feature_map.explained[1] <= feature_map.explained[0] <= 1
    assert verify(drawn) == []
    again = make_map(drawn, open_source("folder", drawn_folder))
    for method in METHODS:
        assert (again.places(method) == feature_map.places(method)).all()


def test_the_pca_is_that_of_the_features(drawn, drawn_folder):
    """Against the singular vectors of the centred features; an axis may point either way."""
    source = open_source("folder", drawn_folder)
    feature_map = read_map(drawn.folder, drawn.card.sha256)
    features = _features(Reader(drawn), source, list(feature_map.table["key"]), silent)
    assert features.shape == (len(feature_map.table), 3 * 28 * 28)
    u, s, _ = np.linalg.svd(features - features.mean(0), full_matrices=False)
    expected = (u * s)[:, :2] / (u * s)[:, 0].std()
    assert np.abs(feature_map.places("pca")) == pytest.approx(np.abs(expected), abs=0.01)
    assert feature_map.explained == pytest.approx(tuple((s**2 / (s**2).sum())[:2]), abs=1e-3)


def test_verify_tells_of_a_stale_map(drawn):
    import pyarrow.parquet as pq

    stored = pq.read_table(drawn.folder / FILE)
    notes = stored.schema.metadata | {b"sha256": b"0" * 64}
    pq.write_table(stored.replace_schema_metadata(notes), drawn.folder / FILE)
    assert any("other weights" in problem for problem in verify(drawn))
    (drawn.folder / FILE).unlink()
    assert verify(drawn) == []


def test_an_ensembles_map_is_its_lead_members(own_copy, drawn_folder):
    ensemble = publish_ensemble([own_copy], "One", own_copy.folder.parent / "one")
    result = CliRunner().invoke(app, ["map", "one", "--root", str(drawn_folder)])
    assert result.exit_code == 0, result.output + repr(result.exception)
    assert "tiny" in result.stdout
    assert not (ensemble.folder / FILE).exists()
    assert read_map(own_copy.folder, own_copy.card.sha256).sha256 == own_copy.card.sha256
    assert verify(ensemble) == []


def test_photographs_that_are_not_there_are_told(own_copy, tmp_path, drawn_folder):
    import shutil

    shutil.copytree(drawn_folder, tmp_path / "less")
    key = own_copy.predictions().select(split="test").table["key"].iloc[0]
    (tmp_path / "less" / key).unlink()
    with pytest.raises(SourceError, match="tested on"):
        make_map(own_copy, open_source("folder", tmp_path / "less"))
