"""The columns of a differential: what each place shows, and that one entry is all that a new column takes."""

import pytest

from core.cli.smears import differential_table
from core.differential import columns
from core.differential.columns import Column, PrintedView, View, Whisker, page_views, report_views, row_codes, row_data
from core.differential.counts import differential
from core.reports.composition import report
from core.reports.fhir import bundle
from core.reports.html import as_html
from core.reports.tables import as_dict
from tests.core.differential.drawn import almost_right, cells_of, smear_of

SMEAR = smear_of(cells_of({"neutrophil": 60, "lymphocyte": 30, "monocyte": 10}), 900, confusion=almost_right())
FEW = differential(smear_of(cells_of({"neutrophil": 6, "lymphocyte": 3}), 900, confusion=almost_right()))
COUNT = differential(SMEAR)


def test_each_place_has_its_columns() -> None:
    assert [view.head for view in page_views(COUNT)] == [
        "Class", "Cells", "Share", "Limits", "Corrected", "Interval", "Usual", "Flag", "Named by a person", "In doubt",
    ]  # fmt: skip
    assert differential_table(SMEAR, COUNT)[0] == [
        "class",
        "cells",
        "%",
        "95 % (chance)",
        "corrected",
        "95 %",
        "usual",
        "flag",
    ]
    assert [view.head.format(most=80) for view in report_views(COUNT)] == [
        "Class", "Cells", "%", "Limits", "Corrected", "Reference", "0 to 80 %", "Flag",
    ]  # fmt: skip
    assert list(row_data(COUNT.rows[0], COUNT)) == [
        "class", "cells", "by_person", "doubtful", "percent", "rumke", "corrected_percent", "reference", "flag",
        "more_cells",
    ]  # fmt: skip


def test_few_cells_have_numbers_and_exact_limits_only() -> None:
    assert [view.head for view in page_views(FEW)] == ["Class", "Cells", "Limits", "Named by a person", "In doubt"]
    assert [view.head.format(most=80) for view in report_views(FEW)] == ["Class", "Cells", "Limits", "0 to 80 %"]
    row = row_data(FEW.rows[0], FEW)
    assert (row["cells"], row["rumke"], row["flag"]) == (6, [29, 93], "not known")
    assert [row[key] for key in ("percent", "corrected_percent", "reference")] == [None] * 3
    assert [*row_codes(FEW.rows[0], FEW)] == [
        "Cells counted",
        "Cells named by a person",
        "Exact binomial 95 % limits of that share, rounded outward",
    ]


def test_the_row_of_all_white_cells_has_their_number() -> None:
    assert differential_table(SMEAR, COUNT)[1][-1] == ["White cells", "100", "", "", "", "", "", ""]
    assert [view.total(COUNT) for view in report_views(COUNT)] == ["White cells", "100", "100", "", "", "", "", ""]


def test_a_row_says_the_same_everywhere() -> None:
    first = COUNT.rows[0]
    shown = {view.head: view.text(first, SMEAR.space) for view in page_views(COUNT)}
    assert shown["Class"] == "Neutrophils"
    assert shown["Cells"] == row_data(first, COUNT)["cells"] == 60
    assert shown["Limits"] == "49–70"
    assert row_data(first, COUNT)["rumke"] == [49, 70]
    whiskers = [view.text(first, SMEAR.space) for view in report_views(COUNT) if "most" in view.head]
    assert whiskers == [Whisker(first.judged, first.reference)]


def test_the_report_is_as_wide_as_its_page() -> None:
    assert sum(view.width for view in report_views(COUNT)) == pytest.approx(1)


def test_one_entry_is_a_new_column_of_every_place(monkeypatch: pytest.MonkeyPatch) -> None:
    ratio = Column(
        name="ratio",
        level="open",
        page=View(head="To lymphocytes", text=lambda row, space: f"{row.cells / 30:.1f} : 1"),
        command=View(head="ratio", text=lambda row, space: f"{row.cells / 30:.1f}"),
        report=PrintedView(head="To lymphocytes", text=lambda row, space: f"{row.cells / 30:.1f} : 1", width=0.1),
        data={"to_lymphocytes": lambda row: row.cells / 30},
        coded={"Ratio to lymphocytes": lambda row: row.cells / 30},
    )
    monkeypatch.setattr(columns, "COLUMNS", (*columns.COLUMNS, ratio))
    heads, lines = differential_table(SMEAR, COUNT)
    assert (heads[-1], lines[0][-1]) == ("ratio", "2.0")
    assert page_views(COUNT)[-3].head == "To lymphocytes"
    html = as_html(report(SMEAR, COUNT))
    assert "To lymphocytes" in html
    assert "2.0 : 1" in html
    assert as_dict(SMEAR, COUNT)["differential"]["classes"][0]["to_lymphocytes"] == 2
    observations = [entry["resource"] for entry in bundle(SMEAR, COUNT)["entry"] if "component" in entry["resource"]]
    assert observations[0]["component"][-1]["code"]["text"] == "Ratio to lymphocytes"
