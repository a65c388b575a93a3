"""The table of predictions: what it gives, that it survives the file, and what it refuses."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from core.errors import CheckpointError
from core.evaluation.results.predictions import Predictions


def small(**changes: Any) -> Predictions:
    """Four images of two sources and three classes."""
    columns = {
        "source": "drawn",
        "lab": ["A", "A", "B", "B"],
        "split": ["val", "test", "test", "test"],
        "keys": ["1.png", "2.png", "3.png", "4.png"],
        "labels": ["monocyte", "basophil", "platelet", "platelet"],
        "classes": ("basophil", "monocyte", "platelet"),
        "probabilities": [[0.1, 0.8, 0.1], [0.5, 0.5, 0.0], [0.2, 0.3, 0.5], [0.6, 0.3, 0.1]],
        "distance": [0.1, 0.2, 0.3, 1.4],
    }
    return Predictions.from_arrays(**(columns | changes))


def test_arrays_follow_the_order_of_the_classes() -> None:
    table = small()
    assert len(table) == 4
    assert table.classes == ("basophil", "monocyte", "platelet")
    assert table.labels.tolist() == [1, 0, 2, 2]
    assert table.probabilities.dtype == np.float64
    assert table.probabilities[0] == pytest.approx([0.1, 0.8, 0.1])
    assert table.predicted.tolist() == [1, 0, 2, 0]


def test_series_are_lined_up_by_place() -> None:
    """Rows picked from a source's index come with that index's numbers."""
    picked = pd.Series(["monocyte", "basophil", "platelet", "platelet"], index=[7, 3, 0, 1])
    assert small(labels=picked).labels.tolist() == [1, 0, 2, 2]


def test_select_narrows_and_keeps_the_order() -> None:
    assert small().select(split="test").table["key"].tolist() == ["2.png", "3.png", "4.png"]
    assert small().select(source="drawn", split="test", lab="A").labels.tolist() == [0]
    assert len(small().select()) == 4


def test_selecting_nothing_says_what_there_is() -> None:
    with pytest.raises(CheckpointError, match='split "train", only for: val; test'):
        small().select(split="train")


def test_round_trip_through_the_file(tmp_path: Path) -> None:
    path = tmp_path / "predictions.parquet"
    small().write(path)
    again = Predictions.read(path)
    pd.testing.assert_frame_equal(again.table, small().table)
    assert again.classes == small().classes
    np.testing.assert_array_equal(again.predicted, small().predicted)


def test_file_is_as_the_design_says_and_the_same_each_time(tmp_path: Path) -> None:
    for name in ("a", "b"):
        small().write(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    stored = pq.ParquetFile(tmp_path / "a")
    assert {f.name: str(f.type) for f in stored.schema_arrow} == (
        dict.fromkeys(("source", "lab", "split", "key", "label"), "string")
        | dict.fromkeys(("p_basophil", "p_monocyte", "p_platelet", "distance"), "float")
    )
    assert stored.metadata.row_group(0).column(0).compression == "ZSTD"
    assert b"pandas" not in (stored.schema_arrow.metadata or {})


def test_selected_rows_write_no_index(tmp_path: Path) -> None:
    small().select(lab="B").write(tmp_path / "b")
    assert Predictions.read(tmp_path / "b").table["key"].tolist() == ["3.png", "4.png"]


def test_table_in_memory_is_what_the_file_would_hold() -> None:
    """Rounded to float32 on creation, so that no answer changes by being stored."""
    third = small(probabilities=np.full((4, 3), 1 / 3))
    assert third.probabilities[0, 0] == np.float32(1 / 3)


def test_distance_may_be_unmeasured() -> None:
    assert small(distance=float("nan")).table["distance"].isna().all()


def test_changing_the_frame_that_it_was_made_from_changes_nothing() -> None:
    frame = small().table.copy()
    made = Predictions(frame)
    frame.loc[0, "label"] = "unheard of"
    assert made.labels[0] == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"labels": ["monocyte", "smudge", "platelet", "platelet"]}, "none of its classes: smudge"),
        ({"keys": ["1.png", "2.png", "2.png", "4.png"]}, "2.png twice"),
        ({"lab": ["A", None, "B", "B"]}, "does not say"),
        ({"probabilities": np.full((4, 3), 0.3)}, "image 1.png are not"),
        ({"probabilities": np.tile([1.2, -0.2, 0.0], (4, 1))}, "image 1.png are not"),
        ({"probabilities": np.tile([np.nan, 0.5, 0.5], (4, 1))}, "image 1.png are not"),
        ({"probabilities": np.tile([np.inf, 0.5, 0.5], (4, 1))}, "image 1.png are not"),
        ({"probabilities": np.full((4, 3), "many")}, "not numbers"),
        ({"probabilities": np.zeros((4, 2))}, "do not fit 4 images and 3 classes"),
        ({"classes": ("basophil",), "probabilities": np.ones((4, 1))}, "each class"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(CheckpointError, match=sentence) as refusal:
        small(**changes)
    assert str(refusal.value).endswith(".")
    assert "\n" not in str(refusal.value)


def test_sums_may_be_off_by_rounding_only() -> None:
    assert len(small(probabilities=np.tile([0.5, 0.3, 0.2009], (4, 1)))) == 4
    with pytest.raises(CheckpointError):
        small(probabilities=np.tile([0.5, 0.3, 0.202], (4, 1)))


def test_missing_columns_and_images_are_refused() -> None:
    with pytest.raises(CheckpointError, match="lacks the column distance"):
        Predictions(small().table.drop(columns="distance"))
    with pytest.raises(CheckpointError, match="no images"):
        Predictions(small().table.iloc[:0])


def test_missing_and_damaged_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "predictions.parquet"
    with pytest.raises(CheckpointError, match="missing"):
        Predictions.read(path)
    small().write(path)
    whole = path.read_bytes()
    for damaged in (b"", b"not a table", whole[: len(whole) // 2], whole[:-1]):
        path.write_bytes(damaged)
        with pytest.raises(CheckpointError, match="damaged"):
            Predictions.read(path)
