"""The table of measured speeds: what is kept comes back, what is old or damaged does not mislead."""

import pytest

from core.errors import CheckpointError
from core.evaluation.results.speeds import FILE, Speed, read_speeds, write_speeds


def speed(name: str, sha256: str = "", ms: float = 2.5) -> Speed:
    return Speed(
        name=name,
        sha256=sha256 or name * 8,
        threads=2,
        load_ms=40.0,
        one_cell_ms=6.0,
        batch_ms_a_cell=ms,
        explain_ms=20.0,
        hardware="A processor, of some kind",
        date="2026-11-24",
    )


def test_without_a_table_nothing_was_measured(tmp_path):
    assert read_speeds(tmp_path) == {}


def test_what_is_kept_comes_back(tmp_path):
    kept = [speed("b"), speed("a")]
    write_speeds(kept, ["a", "b"], tmp_path)
    assert read_speeds(tmp_path) == {one.sha256: one for one in kept}


def test_measuring_one_again_replaces_only_that_one(tmp_path):
    write_speeds([speed("a"), speed("b")], ["a", "b"], tmp_path)
    write_speeds([speed("a", "new", 9.0)], ["a", "b"], tmp_path)
    assert {one.name: one.batch_ms_a_cell for one in read_speeds(tmp_path).values()} == {"a": 9.0, "b": 2.5}
    assert "a" * 8 not in read_speeds(tmp_path)


def test_a_model_that_is_gone_leaves_the_table(tmp_path):
    write_speeds([speed("a"), speed("b")], ["a", "b"], tmp_path)
    write_speeds([], ["b"], tmp_path)
    assert [one.name for one in read_speeds(tmp_path).values()] == ["b"]


@pytest.mark.parametrize("text", ["", "name,sha256\na,b\n", "nothing\nat all\n"])
def test_a_damaged_table_is_one_sentence(tmp_path, text):
    (tmp_path / FILE).write_text(text)
    with pytest.raises(CheckpointError, match="damaged"):
        read_speeds(tmp_path)


def test_a_time_that_is_none_is_damage(tmp_path):
    write_speeds([speed("a", ms=0.0)], ["a"], tmp_path)
    with pytest.raises(CheckpointError, match="damaged"):
        read_speeds(tmp_path)
