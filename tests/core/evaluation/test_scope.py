"""Which cells are talked of."""

import pytest

from core.errors import CheckpointError
from core.evaluation.scope import Scope, scopes_of
from tests.core.evaluation.tables import drawn


def test_a_scope_picks_its_cells_and_no_lab_means_all() -> None:
    table = drawn(1, n=11)
    assert len(Scope("drawn", "test").of(table)) == 11
    assert set(Scope("drawn", "test", "A").of(table).table["lab"]) == {"A"}
    with pytest.raises(CheckpointError, match='lab "C"'):
        Scope("drawn", "test", "C").of(table)


def test_held_names_every_source_split_and_lab_once() -> None:
    assert scopes_of(drawn(1, n=11)) == (Scope("drawn", "test", "A"), Scope("drawn", "test", "B"))
