"""Tables with notes, and the one sentence of a file that cannot be read."""

import pandas as pd
import pytest

from core.errors import CheckpointError
from core.evaluation.results.files import damaged_as, read_noted_parquet, write_noted_parquet

TABLE = pd.DataFrame({"key": ["a", "b"], "share": [0.25, 0.5]}, index=[7, 9])


def test_a_table_comes_back_with_its_notes_and_types(tmp_path):
    path = tmp_path / "new" / "table.parquet"
    write_noted_parquet(path, TABLE, {"sha256": "ab"}, types={"key": "string", "share": "halffloat"})
    table, notes = read_noted_parquet(path)
    assert notes == {"sha256": "ab"}
    assert table["share"].dtype == "float16"
    assert table.to_dict("list") == TABLE.to_dict("list")


def test_equal_tables_are_equal_files(tmp_path):
    for name in ("one", "two"):
        write_noted_parquet(tmp_path / name, TABLE, None, types={"key": "string"})
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize("error", [OSError("no"), ValueError("no"), KeyError("no"), TypeError("no")])
def test_what_goes_wrong_in_reading_is_one_sentence(error):
    with pytest.raises(CheckpointError, match="is damaged") as caught, damaged_as("The table is damaged."):
        raise error
    assert caught.value.__cause__ is error


def test_another_mistake_is_not_hidden():
    with pytest.raises(ZeroDivisionError), damaged_as("The table is damaged."):
        raise ZeroDivisionError
