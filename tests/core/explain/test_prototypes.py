"""Cells that stand for their kind: chosen, kept, and the nearest of them found."""

import json

import numpy as np
import pytest

from core.datasets import open_source
from core.errors import CheckpointError
from core.explain.prototypes import FILE, Prototypes, medoids, read_prototypes, unit
from core.inference.reader import Reader
from core.publishing.verification import verify
from tests.core.calling import call


def test_medoids_stand_in_the_middle_of_clusters():
    rng = np.random.default_rng(0)
    centres = np.eye(3, 12, dtype=np.float32)
    labels = np.repeat([0, 1, 2], [30, 20, 10])
    features = unit((centres[labels] + 0.1 * rng.normal(size=(60, 12))).astype(np.float32))
    chosen, counts = medoids(features, 3)
    assert labels[chosen].tolist() == [0, 1, 2]
    assert counts == [30, 20, 10]
    for place, medoid in enumerate(chosen):
        own = features[labels == place]
        costs = (1 - own @ own.T).sum(axis=1)
        assert (1 - own @ features[medoid]).sum() == pytest.approx(costs.min(), rel=1e-5)


def test_few_cells_are_all_chosen():
    chosen, counts = medoids(unit(np.eye(3, dtype=np.float32)), 6)
    assert sorted(chosen) == [0, 1, 2]
    assert counts == [1, 1, 1]


@pytest.fixture
def with_prototypes(own_copy, drawn_folder):
    rows = json.loads(call("prototypes", "tiny", "--root", str(drawn_folder), "--json"))
    assert rows[0]["bytes"] == (own_copy.folder / FILE).stat().st_size
    return own_copy


def test_a_training_cell_that_was_chosen_is_its_own_nearest(with_prototypes, drawn_folder):
    from core.imaging.decoding import Photo

    source = open_source("folder", drawn_folder)
    found = read_prototypes(with_prototypes.folder, with_prototypes.card.sha256)
    assert {row[1] for row in found.rows} == set(with_prototypes.space.keys)
    assert all(source.row(row[0])["split"] == "train" for row in found.rows)
    reader = Reader(with_prototypes)
    for key, label, _, _ in found.rows[::9]:
        photo = Photo(key, source.load(key))
        (seen,) = reader.features([photo], [reader.frame([photo])[0].box])
        nearest = found.nearest(seen, label, 3)
        assert nearest[0].key == key
        assert nearest[0].distance == pytest.approx(0, abs=1e-3)
        assert [one.distance for one in nearest] == sorted(one.distance for one in nearest)
    assert verify(with_prototypes) == []


def test_those_of_other_weights_and_torn_ones_are_refused(with_prototypes):
    found = read_prototypes(with_prototypes.folder, with_prototypes.card.sha256)
    Prototypes(found.rows, found.features, found.source, "0" * 64).write(with_prototypes.folder)
    assert any("other weights" in problem for problem in verify(with_prototypes))
    (with_prototypes.folder / FILE).write_bytes(b"torn")
    with pytest.raises(CheckpointError, match="damaged"):
        read_prototypes(with_prototypes.folder, with_prototypes.card.sha256)
