"""The count of a smear and its report, as the page shows and saves them."""

import json
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from app.count import differential_chart, differential_view, report_view
from core.differential import wording
from core.differential.counts import differential
from core.differential.smear import WHITE
from core.reports import files
from tests.core.differential.drawn import almost_right, cells_of, drawn_smear, smear_of

MANY = {"neutrophil": 140, "lymphocyte": 50, "monocyte": 12, "eosinophil": 18, "basophil": 2, "ig": 3}


def counted() -> None:
    from app.count import differential_view, report_view
    from tests.core.differential.drawn import drawn_smear

    smear = differential_view.given(drawn_smear())
    differential_view.show(smear)
    report_view.show(smear)


def empty() -> None:
    from dataclasses import replace

    from app.count import differential_view, report_view
    from tests.core.differential.drawn import smear_of

    smear = replace(smear_of([]), photos=())
    differential_view.show(smear)
    report_view.show(smear)


def without_a_differential() -> None:
    from app.count import differential_view
    from tests.core.differential.drawn import cells_of, smear_of

    differential_view.show(smear_of(cells_of({"neutrophil": 96})))


def words_in(page: AppTest) -> str:
    parts = [*page.markdown, *page.caption, *page.warning, *page.info]
    return "\n".join(part.value for part in parts).replace("\\", "")


def test_a_count_begins_with_what_is_wrong_with_it() -> None:
    page = AppTest.from_function(counted, default_timeout=60).run()
    assert not page.exception
    smear = drawn_smear()
    count = differential(smear)
    said = words_in(page)
    assert wording.headline(smear, count) in said
    for sentence in [*wording.wrong_first(smear, count), wording.more_sentence(count), wording.INTENDED_USE]:
        assert sentence in said
    order = [block.type for block in page.main if block.type in ("alert", "warning", "markdown")]
    assert order.index("warning") < order.index("markdown")
    assert "usual" not in said


def test_where_there_is_no_differential_only_what_is_wrong_is_shown() -> None:
    page = AppTest.from_function(without_a_differential, default_timeout=60).run()
    assert not page.exception
    (warning,) = page.warning
    assert warning.value.startswith("No red cell was found beside 96")
    assert not page.dataframe
    assert not page.get("plotly_chart")
    said = words_in(page)
    for word in ("usual", "higher", "lower", "Neutrophils", "Besides"):
        assert word not in said


def test_the_table_is_the_differential() -> None:
    smear = smear_of(cells_of(MANY), 2_000, confusion=almost_right())
    table = differential_view.table(smear, differential(smear))
    assert table["Cells"].tolist() == [MANY[key] for key in WHITE]
    assert table.loc[0, "Limits"] == "55–69"  # 140 of 225, Clopper and Pearson: 55.5 to 68.6
    assert table["Flag"].tolist()[0] == "usual"


def test_the_chart_shows_every_class_and_says_so() -> None:
    smear = smear_of(cells_of(MANY), 2_000, confusion=almost_right())
    count = differential(smear)
    figure = differential_chart.shares(count, smear.space)
    (dots,) = figure.data
    assert list(dots.x) == [row.judged.value for row in count.rows]
    assert len(figure.layout.shapes) == sum(row.reference is not None for row in count.rows)
    assert figure.layout.xaxis.range[1] >= max(row.judged.high for row in count.rows)
    alt = differential_chart.alt(count, smear.space)
    assert all(f"{wording.plural(smear.space, key)}:" in alt for key in WHITE)


def test_what_a_person_tells_goes_into_the_report() -> None:
    page = AppTest.from_function(counted, default_timeout=60).run()
    page.text_input(key="smear-identifier").set_value("Course 3/7")
    page.text_input(key="smear-by").set_value("<b>Ada</b>")
    page.number_input(key="smear-red-cells").set_value(4.6)
    page.toggle(key="report-preview").set_value(True)
    page.run()
    assert not page.exception
    (preview,) = page.get("iframe")
    assert "Course 3/7" in preview.proto.srcdoc
    assert "&lt;b&gt;Ada" in preview.proto.srcdoc
    assert "<b>Ada" not in preview.proto.srcdoc


def test_nothing_to_count_is_said_and_nothing_is_offered() -> None:
    page = AppTest.from_function(empty, default_timeout=60).run()
    assert not page.exception
    assert "No photo could be read" in words_in(page)
    assert "nothing to report" in words_in(page)
    assert not page.get("download_button")


def test_every_kind_of_report_has_its_button() -> None:
    assert sorted(ending for ending, *_ in report_view.FILES) == sorted(files.KINDS)


@pytest.mark.parametrize("kind", [kind for kind, *_ in report_view.FILES])
def test_a_report_is_what_the_command_writes(kind: str) -> None:
    smear = drawn_smear(1)
    made = report_view._made(smear, kind, "A4", names=False)
    assert b"Schmidt" not in made
    if kind == ".json":
        assert json.loads(made)["identifier"] == smear.identifier
    begins = {".pdf": b"%PDF", ".yolo.zip": b"PK\x03\x04"}.get(kind)
    assert made.startswith(begins) if begins else smear.identifier.encode() in made or kind == ".csv"


@pytest.mark.parametrize(
    ("identifier", "name"), [("Course 3/7", "Course-3-7"), ("../..", "count"), ("SL-0000ABCD", "SL-0000ABCD")]
)
def test_files_are_called_as_any_system_allows(identifier: str, name: str) -> None:
    assert report_view._harmless(identifier) == name


def test_measured_red_cells_are_not_answered_from_memory() -> None:
    smear = drawn_smear()
    unknown = differential_view.differential_of(smear).platelets
    measured = differential_view.differential_of(replace(smear, red_cells=4.6)).platelets
    assert unknown is not None
    assert measured is not None
    assert measured.count.high - measured.count.low < unknown.count.high - unknown.count.low
