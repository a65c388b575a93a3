"""WBCAtt's tables: read with our split, refused where they do not fit."""

import shutil

import numpy as np
import pandas as pd
import pytest

from core.datasets import find_source
from core.errors import SourceError
from core.morphology.attributes import ATTRIBUTES, KEYS
from core.morphology.wbcatt import CLASSES, PARTS, read_annotated, value_counts


def test_values_and_splits_are_those_of_the_tables(cells, source, tables):
    whole = pd.concat([pd.read_csv(tables / f"{part}.csv").assign(part=part) for part in PARTS]).set_index("file")
    assert len(cells) == len(whole) == 75
    for row in range(0, 75, 7):
        key = cells.keys[row]
        values = [one.values[cells.values[row, number]] for number, one in enumerate(ATTRIBUTES)]
        assert values == list(whole.loc[key, list(KEYS)])
        assert cells.table["part"].iloc[row] == whole.loc[key, "part"]
        assert cells.table["split"].iloc[row] == source.row(key)["split"]


def test_a_second_person_saw_some_of_them(cells):
    again = (cells.second >= 0).all(axis=1)
    assert again.sum() == 38
    assert (cells.second[~again] == -1).all()
    assert (cells.second[again, 0] == 0).all()
    assert (cells.second[again, 1:] == cells.values[again, 1:]).all()


def test_what_is_expected_are_counts(cells):
    rows = cells.where("split", "train")
    labels = list(cells.table["label"].iloc[rows])
    counts = value_counts(labels, cells.values[rows])
    assert tuple(counts) == CLASSES
    for label in CLASSES:
        for by_value in counts[label].values():
            assert sum(by_value.values()) == labels.count(label)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"cell_size": "enormous"}, "enormous"),
        ({"file": "basophil/nobody.png"}, "nobody.png"),
        ({"granularity": None}, "granularity"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(tables, tmp_path, source, change, named):
    folder = tmp_path / "wbcatt"
    shutil.copytree(tables, folder)
    table = pd.read_csv(folder / "val.csv")
    ((column, value),) = change.items()
    table = table.drop(columns=column) if value is None else table
    if value is not None:
        table.loc[0, column] = value
    table.to_csv(folder / "val.csv", index=False)
    with pytest.raises(SourceError, match=named):
        read_annotated(source, folder)


def test_where_there_is_none_it_says_how_to_get_it(source, tmp_path, monkeypatch):
    monkeypatch.setenv("SMEARLENS_DATA", str(tmp_path))
    with pytest.raises(SourceError, match="github"):
        read_annotated(source)


def test_the_real_tables(data_root):
    if not (data_root / "wbcatt").is_dir():
        pytest.skip("SMEARLENS_DATA holds no folder wbcatt")
    cells = read_annotated(find_source("pbc"))
    stated = pd.concat([pd.read_csv(data_root / "wbcatt" / f"{part}.csv") for part in PARTS])
    assert len(cells) == len(stated) == 9785
    # The table's own column says our split; we take it from PBC, and it is the same.
    ours = dict(zip(stated["file"], stated["split"], strict=True))
    assert [ours[key] for key in cells.keys] == list(cells.table["split"])
    assert set(cells.table["label"]) == set(CLASSES)
    assert int((cells.second >= 0).all(axis=1).sum()) == 955
    assert np.mean(cells.values[:, KEYS.index("granularity")]) > 0.5
