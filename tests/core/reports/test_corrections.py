"""A saved table of cells, however a spreadsheet has saved it since, comes back to the same photos and cells."""

import csv
import io
from dataclasses import replace

import pytest

from core.differential.cell_types import read_types
from core.differential.smear import CorrectionError
from core.labels import NO_CELL, PBC8
from core.reports.corrections import bind, label_of, parse_corrections, read_corrections
from core.reports.tables import as_csv
from tests.core.differential.drawn import drawn_smear


@pytest.fixture(scope="module")
def smear():
    return drawn_smear()


def table_of(smear, names=False, **words):
    """The rows of the saved table; words: what a person writes beside cells, by name ("c1_12" is cell 1.12)."""
    rows = list(csv.DictReader(io.StringIO(as_csv(smear, names=names))))
    for row in rows:
        row["corrected"] = words.get(f"c{row['photo']}_{row['cell']}", row["corrected"])
    return rows


def saved(rows, delimiter=",", comma=False, charset="utf_8", before="", columns=None):
    file = io.StringIO()
    table = csv.DictWriter(file, columns or list(rows[0]), delimiter=delimiter, extrasaction="ignore")
    table.writeheader()
    for row in rows:
        numbers = {name for name in row if name in ("left", "top", "right", "bottom") or name.startswith("p_")}
        table.writerow({k: v.replace(".", ",") if comma and k in numbers else v for k, v in row.items()})
    return (before + file.getvalue()).encode(charset)


def white(smear, photo):
    return [cell for cell in smear.of(photo) if cell.detection.kind == "white"]


DIALECTS = {
    "as it was": {},
    "semicolons and decimal commas": {"delimiter": ";", "comma": True},
    "cp1252": {"delimiter": ";", "comma": True, "charset": "cp1252"},
    "UTF-16 with tabs": {"delimiter": "\t", "charset": "utf_16"},
    "UTF-16 without its mark": {"delimiter": "\t", "comma": True, "charset": "utf_16_le"},
    "a mark of UTF-8": {"charset": "utf_8_sig"},
    "decimal commas in quotes": {"comma": True},
    "its delimiter said first": {"delimiter": ";", "comma": True, "before": "sep=;\r\n"},
}


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_every_spreadsheets_way_of_saving_says_the_same(smear, dialect):
    cell = white(smear, 2)[0]
    photos = tuple(replace(photo, name=f"Müller {photo.number}.png") for photo in smear.photos)
    rows = table_of(replace(smear, photos=photos), names=True, **{f"c2_{cell.number}": " Monocyte "})
    bound = bind(smear, parse_corrections(saved(rows, **dialect), "cells.csv"))
    assert bound.corrections.called == {(2, cell.number): "monocyte"}
    assert bound.not_applied == ()


def test_a_photo_that_comes_before_takes_no_correction_of_another(smear):
    cell = white(smear, 1)[0]
    table = parse_corrections(saved(table_of(smear, **{f"c1_{cell.number}": "ig"})), "cells.csv")
    first, second = smear.photos
    turned = replace(
        smear,
        photos=(replace(second, number=1), replace(first, number=2)),
        cells=tuple(replace(each, photo=3 - each.photo) for each in smear.cells),
    )
    assert bind(turned, table).corrections.called == {(2, cell.number): "ig"}
    alone = replace(smear, photos=(replace(second, number=1),), cells=turned.of(1))
    bound = bind(alone, table)
    assert not bound.corrections.called
    (lost,) = bound.not_applied
    assert "No photo that was counted has the content of its photo" in lost.reason
    assert f"1.{cell.number}" in lost.reason


def test_a_cell_is_known_by_its_place_and_not_by_its_number(smear):
    first, second = white(smear, 1)[:2]
    rows = table_of(smear, **{f"c1_{first.number}": "ig"})
    for row in rows:
        row["cell"] = str(second.number)
    bound = bind(smear, parse_corrections(saved(rows), "cells.csv"))
    assert bound.corrections.called == {(1, first.number): "ig"}


def test_what_fits_nothing_is_named_and_the_rest_is_applied(smear):
    one, other, third = white(smear, 1)[:3]
    words = {one: "Basophil", other: "dragon", third: "ly"}
    rows = table_of(smear, **{f"c1_{cell.number}": word for cell, word in words.items()})
    rows.append(dict(rows[0]) | {"left": "0.0", "top": "0.0", "right": "3.0", "bottom": "3.0", "corrected": "ig"})
    rows.append(dict(rows[0]) | {"left": "1e9 px", "corrected": "ig"})
    rows.append(dict(rows[0]) | {"fingerprint": "", "corrected": "ig"})
    bound = bind(smear, parse_corrections(saved(rows), "cells.csv"))
    assert bound.corrections.called == {(1, one.number): "basophil", (1, third.number): "lymphocyte"}
    reasons = [lost.reason for lost in bound.not_applied]
    assert len(reasons) == 4
    for reason, part in zip(
        reasons, ("none of the classes", "No cell was found", "cannot be read", "neither the content"), strict=True
    ):
        assert part in reason


def test_two_rows_that_disagree_are_both_named(smear):
    cell = white(smear, 1)[0]
    rows = [row for row in table_of(smear, **{f"c1_{cell.number}": "ig"}) if row["corrected"]]
    rows.append(dict(rows[0]) | {"corrected": "monocyte"})
    bound = bind(smear, parse_corrections(saved(rows), "cells.csv"))
    assert not bound.corrections.called
    assert [lost.row for lost in bound.not_applied] == [2, 3]


def without_content(rows):
    return saved(rows, columns=[name for name in rows[0] if name != "fingerprint"])


def test_a_table_without_content_is_matched_by_a_name_that_only_one_photo_has(smear):
    cell = white(smear, 2)[0]
    table = parse_corrections(without_content(table_of(smear, names=True, **{f"c2_{cell.number}": "ig"})), "old.csv")
    assert bind(smear, table).corrections.called == {(2, cell.number): "ig"}
    elsewhere = tuple(replace(photo, name=f"here/{photo.name}") for photo in smear.photos)
    assert bind(replace(smear, photos=elsewhere), table).corrections.called == {(2, cell.number): "ig"}
    alike = tuple(replace(photo, name=smear.photos[1].name) for photo in smear.photos)
    bound = bind(replace(smear, photos=alike), table)
    assert not bound.corrections.called
    assert "Several photos have the name" in bound.not_applied[0].reason


def test_a_name_that_the_table_gives_to_two_photos_says_nothing(smear):
    alike = tuple(replace(photo, name="IMG_1.png") for photo in smear.photos)
    cell = white(smear, 2)[0]
    rows = table_of(replace(smear, photos=alike), names=True, **{f"c2_{cell.number}": "ig"})
    photos = (replace(smear.photos[0], name="IMG_1.png"), smear.photos[1])
    bound = bind(replace(smear, photos=photos), parse_corrections(without_content(rows), "old.csv"))
    assert not bound.corrections.called
    assert len(bound.not_applied) == 1


def test_an_added_cell_comes_back_in_its_place(smear):
    rows = [table_of(smear)[0] | {"added": "yes", "corrected": "Basophil", "left": "5", "right": "25,5"}]
    bound = bind(smear, parse_corrections(saved(rows, delimiter=";"), "cells.csv"))
    (added,) = bound.corrections.added
    assert (added.photo, added.called, added.box.right) == (1, "basophil", 25.5)


@pytest.mark.parametrize(
    ("called", "key"),
    [
        ("Neutrophil", "neutrophil"),
        ("NEUTROPHILS", "neutrophil"),
        ("immature  granulocyte", "ig"),
        ("Ig", "ig"),
        ("mo", "monocyte"),
        ("No Cell", NO_CELL),
    ],
)
def test_a_class_is_known_by_key_name_and_abbreviation_in_any_case(called, key):
    assert label_of(called, PBC8) == key


@pytest.mark.parametrize("data", [b"a,b\n1,2\n", b"photo,cell,corrected\n1,1,ig\n", b"\x00\x01\x02\xff" * 20, b"x"])
def test_another_table_is_no_table_of_corrections(data):
    with pytest.raises(CorrectionError, match="columns corrected, left, top"):
        parse_corrections(data, "other.csv")


def test_an_empty_file_says_nothing_and_a_workbook_is_told(tmp_path):
    assert parse_corrections(b"\xef\xbb\xbf \n", "empty.csv") == ()
    with pytest.raises(CorrectionError, match="save the sheet as CSV"):
        parse_corrections(b"PK\x03\x04....", "cells.xlsx")
    with pytest.raises(CorrectionError, match="could not be opened"):
        read_corrections(tmp_path / "nowhere.csv")


def test_a_name_that_a_spreadsheet_could_take_for_a_formula_is_found_again(smear):
    photos = (replace(smear.photos[0], name="=1+1.png"), smear.photos[1])
    cell = white(smear, 1)[0]
    odd = replace(smear, photos=photos)
    rows = table_of(odd, names=True, **{f"c1_{cell.number}": "ig"})
    assert bind(odd, parse_corrections(without_content(rows), "old.csv")).corrections.called


def test_types_come_back_from_the_table_and_one_that_the_set_lacks_is_named_and_stays_in_the_table(smear):
    one, other, third = white(smear, 1)[:3]
    words = {f"c1_{one.number}": "BNE", f"c1_{other.number}": "Blasts", f"c1_{third.number}": "Sézary cell"}
    table = parse_corrections(saved(table_of(smear, **words)), "cells.csv")
    staged = replace(smear, types=read_types("blood_stages"))
    bound = bind(staged, table)
    assert bound.corrections.called == {(1, one.number): "band neutrophil", (1, other.number): "blast"}
    (lost,) = bound.not_applied
    assert "Sézary cell" in lost.reason
    again = replace(staged.with_corrections(bound.corrections.called), not_applied=bound.not_applied)
    rows = {row["cell"]: row for row in table_of(again) if row["photo"] == "1"}
    corrected = [rows[f"{cell.number}"]["corrected"] for cell in (one, other, third)]
    assert corrected == ["band neutrophil", "blast", "Sézary cell"]
    assert rows[f"{one.number}"]["counted_as"] == "neutrophil"
    assert rows[f"{one.number}"]["type"] == "band neutrophil"
    # With the usual set all of them are named, and the set that has one is.
    usual = bind(smear, table)
    assert not usual.corrections.called
    assert [lost.called for lost in usual.not_applied] == ["BNE", "Blasts", "Sézary cell"]
    assert "“Blood with stages, blasts and others”" in usual.not_applied[1].reason
    assert as_csv(replace(smear, not_applied=usual.not_applied)).count("Blasts") == 1
