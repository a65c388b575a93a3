"""The generated cells that come along: what their index says, and what becomes of a damaged one."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import SourceError
from core.imaging.decoding import Photo
from core.imaging.windows import Box
from core.labels import PBC8
from core.synthetic import examples
from core.synthetic.drawings import drawn_cell
from core.synthetic.generator.loading import find_generator
from core.synthetic.generator.mark import facts_of


def row(file: str = "cells/ig-01.webp", kind: str = "ig", subtype: str = "MY") -> dict[str, object]:
    return {"file": file, "class": kind, "subtype": subtype, "seed": 7, "generated_by": "0" * 64}


def shipped(root: Path, *rows: dict[str, object]) -> Path:
    (root / "cells").mkdir()
    for row in rows:
        Image.fromarray(drawn_cell("ig", 1, 64)).save(root / str(row["file"]), "WEBP")
    (root / "index.json").write_text(json.dumps(rows))
    return root


def test_without_an_index_there_are_none(tmp_path):
    assert examples.all_cells(tmp_path) == []


def test_a_cell_says_what_it_is_and_has_pixels(tmp_path):
    root = shipped(tmp_path, row(), row("cells/ig-02.webp", subtype="IG"))
    first, second = examples.all_cells(root)
    assert (first.name, first.label, first.subtype, first.seed) == ("ig-01", "ig", "myelocyte", 7)
    assert second.subtype == ""
    pixels = first.pixels()
    assert pixels.shape == (64, 64, 3)
    assert pixels.dtype == np.uint8
    Photo(first.name, pixels)


def test_fields_are_not_listed_among_the_cells(tmp_path):
    (tmp_path / "fields").mkdir()
    root = shipped(tmp_path, row(), row("fields/1.webp"))
    assert [cell.name for cell in examples.all_cells(root)] == ["ig-01"]


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "{}x",
        '[{"file": "cells/a.webp"}]',
        json.dumps([row(kind="heffalump")]),
        json.dumps([row(file="cells/../../secret.webp")]),
        "[1]",
    ],
)
def test_a_damaged_index_is_a_sentence(tmp_path, text):
    (tmp_path / "index.json").write_text(text)
    with pytest.raises(SourceError, match=r"damaged"):
        examples.all_cells(tmp_path)


def test_a_missing_picture_is_a_sentence(tmp_path):
    root = shipped(tmp_path, row())
    (cell,) = examples.all_cells(root)
    cell.path.unlink()
    with pytest.raises(SourceError, match=r"ig-01\.webp"):
        cell.pixels()


def truth(**changes: object) -> str:
    cell = {"class": "ig", "subtype": "myelocyte", "box": [1, 2, 30, 40], "drawn": False}
    return json.dumps(
        {"micrometres_per_pixel": 0.2, "cells": [cell, cell | {"class": "red cell", "drawn": True}]} | changes
    )


def test_a_field_says_what_is_in_it(tmp_path):
    (tmp_path / "fields").mkdir()
    (tmp_path / "fields" / "1.json").write_text(truth())
    (field,) = examples.all_fields(tmp_path)
    assert (field.name, field.micrometres_per_pixel, len(field.cells)) == ("1", 0.2, 2)
    (cell,) = field.generated
    assert (cell.label, cell.subtype, cell.box) == ("ig", "myelocyte", Box(1, 2, 30, 40))
    with pytest.raises(SourceError, match=r"1\.webp"):
        field.data()


@pytest.mark.parametrize("text", ["x", "{}", truth(cells=[{}]), truth(cells=1), truth(micrometres_per_pixel="wide")])
def test_a_damaged_truth_is_a_sentence(tmp_path, text):
    (tmp_path / "fields").mkdir()
    (tmp_path / "fields" / "1.json").write_text(text)
    with pytest.raises(SourceError, match="field 1 is damaged"):
        examples.all_fields(tmp_path)


def test_those_that_come_along_are_whole_marked_and_small():
    cells, fields = examples.all_cells(), examples.all_fields()
    assert len({cell.name for cell in cells}) == len(cells) >= 100
    assert {cell.label for cell in cells} == set(PBC8.keys)
    for cell in cells:
        assert min(cell.pixels().shape[:2]) >= 128
    files = [cell.path for cell in cells] + [field.path for field in fields]
    assert all(facts_of(file.read_bytes()) is not None for file in files)
    assert sum(file.stat().st_size for file in files) < 3_000_000
    assert {cell.label for field in fields for cell in field.generated} == set(PBC8.keys)


def test_the_generator_that_made_them_is_the_one_that_came_along():
    made_by = {cell.generated_by for cell in examples.all_cells()}
    assert made_by == {find_generator().card.sha256}
