"""The gate of a differential: what is withheld for which reason, and that nothing passes it by."""

import json
import re
from dataclasses import replace

import pytest

from core.cli.smears import differential_table
from core.differential import wording
from core.differential.counts import differential
from core.differential.gate import gate_of
from core.differential.preconditions import ENOUGH_WHITE
from core.differential.smear import CountedPhoto, Smear
from core.imaging.field_colours import FieldLook
from core.imaging.fields import Detection, Field, single
from core.imaging.quality import OutOfRange
from core.imaging.windows import square
from core.reports.composition import report
from core.reports.fhir import bundle
from core.reports.html import as_html
from core.reports.tables import as_dict
from tests.core.differential.drawn import almost_right, cells_of, smear_of

USUAL = {"neutrophil": 60, "lymphocyte": 30, "monocyte": 6, "eosinophil": 3, "basophil": 1}
ODD = {"neutrophil": 10, "lymphocyte": 80, "basophil": 10}
BESIDE = 1_500
JUDGING = re.compile(r"than usual|usual in|is usual|higher|lower|perhaps|reference interval|chance explains|so this is")


def as_singles(smear: Smear) -> Smear:
    """The same cells, each in a photo of its own that shows nothing else."""
    photos = tuple(
        CountedPhoto(n, f"{n}.png", single(f"{n}.png", 90, 90), str(n)) for n in range(1, len(smear.cells) + 1)
    )
    cells = tuple(replace(cell, photo=n, number=1) for n, cell in enumerate(smear.cells, 1))
    return replace(smear, photos=photos, cells=cells)


def unlike(number: int, of: int, **more: object) -> Smear:
    strange = [
        replace(cell, number=1_000 + n) for n, cell in enumerate(cells_of({"monocyte": number}, verdict="unlike"))
    ]
    return smear_of([*cells_of({"neutrophil": of - number}), *strange], BESIDE, **more)


def photo_with(smear: Smear, **facts: object) -> Smear:
    return replace(smear, photos=(replace(smear.photos[0], **facts),))


def field_with(smear: Smear, **facts: object) -> Smear:
    return photo_with(smear, field=replace(smear.photos[0].field, **facts))


def of_width(side: float) -> Detection:
    """A white cell of that width; the red ones beside it are 40 pixels wide."""
    return Detection(square(100, 100, side), "white", 0.9)


def with_odd(number: int, **facts: object) -> Smear:
    """Ninety neutrophils and so many lymphocytes that are somehow odd."""
    odd = enumerate(cells_of({"lymphocyte": number}, **facts), start=1_000)
    return smear_of([*cells_of({"neutrophil": 90}), *(replace(cell, number=n) for n, cell in odd)], BESIDE)


STRANGE = (OutOfRange("colour", above=True, share=0.99, hue="bluer"),)
BLURRED = (OutOfRange("sharpness", above=False, share=0.99),)
ENOUGH = smear_of(cells_of(ODD), BESIDE)

CLOSED = {
    "no red cell": (smear_of(cells_of({"neutrophil": 96})), "No red cell was found beside 96 white ones"),
    "few red cells": (smear_of(cells_of(ODD), 90), "Only 90 red cells were found beside 100 white ones"),
    "most unlike": (unlike(290, 337), "290 of 337 white cells look unlike"),
    "all unlike": (unlike(1, 1), "The only white cell looks unlike"),
    "one cell": (smear_of(cells_of({"basophil": 1}), BESIDE), "Only 1 white cell was counted, a basophil"),
    "nuclei in red cells": (smear_of(cells_of({"erythroblast": 102, "lymphocyte": 100}), 20), "Nearly all red cells"),
    "no photo": (replace(smear_of([]), photos=()), "No photo could be read"),
    "no cell": (smear_of([]), "No cell was found"),
}
COUNTS = {
    "few": (smear_of(cells_of({"neutrophil": 4, "basophil": 4}), BESIDE), "Only 8 white cells were counted"),
    "one too few": (smear_of(cells_of({"lymphocyte": ENOUGH_WHITE - 1}), BESIDE), "Only 99 white cells"),
    "some unlike": (unlike(20, 130), "20 of 130 white cells look unlike"),
    "single cells": (as_singles(smear_of(cells_of(ODD))), "single cells that somebody chose"),
    "of strange colours": (photo_with(ENOUGH, quality=STRANGE), "The colours of the photos are farther off"),
    "unsure": (with_odd(30, verdict="unsure"), "30 of 120 white cells are unlike what the model knows, large, or may"),
    "large": (with_odd(30, detection=of_width(90)), "30 of 120 white cells are unlike what the model knows, large"),
    "named immature": (smear_of(cells_of({"neutrophil": 90, "ig": 30}), BESIDE), "30 of 120 white cells are unlike"),
    "larger than any cell": (
        smear_of(cells_of({"monocyte": 100}, detection=of_width(122)), BESIDE),
        "100 of 100 white cells are unlike what the model knows, large",
    ),
    "all large": (smear_of(cells_of(ODD, detection=of_width(100)), BESIDE), "80 of 100 white cells are unlike"),
    "all small": (smear_of(cells_of(ODD, detection=of_width(36)), BESIDE), "White cells are 0.90 times as wide"),
    "under a green lamp": (
        photo_with(ENOUGH, look=FieldLook(-18, 12, 6, 0, 12)),
        "The colours of this set are not those that the detector learned from: the ground is greener.",
    ),
    "blurred": (photo_with(ENOUGH, quality=BLURRED), "The cells of the photos are less sharp"),
    "of unknown size": (field_with(ENOUGH, scale=None), "How large the cells of the photos are is not known"),
    "of a wrong size": (field_with(ENOUGH, micrometres_per_pixel=0.5), "By the micrometres per pixel"),
}


def flat(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).split()).replace("\u00a0", " ")


def everywhere(smear: Smear) -> dict[str, str]:
    """All that is said of a count, by place."""
    count = differential(smear)
    html = as_html(report(smear, count)).partition("</style>")[2]
    return {
        "command": flat(" ".join([*wording.wrong_first(smear, count), *wording.findings(smear, count)])),
        "table": flat(str(differential_table(smear, count))) if count.gate.shows("counts") else "",
        "html": flat(html),
        "json": flat(json.dumps(as_dict(smear, count), ensure_ascii=False)),
        "fhir": flat(json.dumps(bundle(smear, count), ensure_ascii=False)),
    }


@pytest.mark.parametrize("case", CLOSED)
def test_without_a_differential_what_is_wrong_stands_alone(case: str) -> None:
    smear, reason = CLOSED[case]
    count = differential(smear)
    assert count.gate.level == "closed"
    (first,) = wording.wrong_first(smear, count)
    assert flat(first).startswith(reason)
    places = everywhere(smear)
    for place in ("command", "html", "json", "fhir"):
        assert reason in places[place], place
        assert not JUDGING.search(places[place]), place
    assert [entry["resource"]["resourceType"] for entry in bundle(smear, count)["entry"]] == [
        "DiagnosticReport",
        "Device",
    ]
    for row in as_dict(smear, count)["differential"]["classes"]:
        assert [row[key] for key in ("percent", "rumke", "corrected_percent", "reference")] == [None] * 4
        assert row["flag"] == "not known"


@pytest.mark.parametrize("case", COUNTS)
def test_where_a_precondition_fails_numbers_and_exact_limits_are_given(case: str) -> None:
    smear, reason = COUNTS[case]
    smear = replace(smear, confusion=almost_right())
    count = differential(smear)
    assert count.gate.level == "counts"
    assert reason in flat(wording.wrong_first(smear, count)[0])
    for place, text in everywhere(smear).items():
        assert not JUDGING.search(text), place
        if place != "table":
            assert reason in text, place
    for row, data in zip(count.rows, as_dict(smear, count)["differential"]["classes"], strict=True):
        assert (row.allowing, row.reference, row.flag) == (None, None, "not known")
        assert data["cells"] == row.cells
        assert len(data["rumke"]) == 2
        assert [data[key] for key in ("percent", "corrected_percent", "reference")] == [None] * 3
    observations = [one["resource"] for one in bundle(smear, count)["entry"] if "component" in one["resource"]]
    for one in observations[: len(count.rows)]:
        assert "valueQuantity" not in one
        assert one["dataAbsentReason"]["coding"][0]["code"] == "not-permitted"


def test_from_a_hundred_cells_on_photos_that_can_bear_it_give_flags() -> None:
    count = differential(ENOUGH)
    assert count.gate.level == "open"
    assert count.gate.reasons == ()
    assert {row.key: row.flag for row in count.rows if row.flag != "within"} == {
        "neutrophil": "below", "lymphocyte": "above", "monocyte": "below", "basophil": "above",
    }  # fmt: skip
    assert count.platelets_flag == "below"
    assert JUDGING.search(everywhere(ENOUGH)["command"])


def test_what_is_wrong_stands_before_what_the_figures_say_in_every_place() -> None:
    smear = COUNTS["some unlike"][0]
    for place, text in everywhere(smear).items():
        if place in ("command", "html", "fhir"):
            assert text.index("look unlike") < text.index("percentage points"), place


def test_the_gate_is_data() -> None:
    gate = as_dict(smear := CLOSED["most unlike"][0], differential(smear))["differential"]["gate"]
    assert gate["level"] == "closed"
    by_name = {condition["name"]: condition for condition in gate["preconditions"]}
    assert list(by_name) == [condition.name for condition in gate_of(smear).preconditions]
    assert (by_name["unlike"]["holds"], by_name["unlike"]["withheld"]) == (False, "differential")
    assert by_name["signed by a person"] == {
        "name": "signed by a person", "holds": False, "withheld": "nothing", "reason": "Nobody has signed this count.",
    }  # fmt: skip


def test_some_nucleated_red_cells_withhold_flags() -> None:
    count = differential(smear_of(cells_of(ODD | {"erythroblast": 40}), BESIDE))
    assert count.gate.level == "counts"
    assert "40\u00a0nucleated red cells beside 100\u00a0white cells" in count.gate.reasons[0]


def test_photos_of_single_nucleated_cells_are_no_birds() -> None:
    smear = as_singles(smear_of(cells_of(ODD | {"erythroblast": 12})))
    assert "single cells that somebody chose" in differential(smear).gate.reasons[0]


def test_where_all_red_cells_have_nuclei_that_is_all_that_is_said() -> None:
    bird = smear_of(cells_of({"erythroblast": 70}, verdict="unlike"), 14)
    assert wording.wrong_first(bird, differential(bird)) == [
        "Nearly all red cells have nuclei: this is not human blood, or not a smear that this can count."
    ]


@pytest.mark.parametrize("facts", [{"verdict": "unsure"}, {"detection": of_width(90)}])
def test_a_few_odd_cells_do_no_harm(facts: dict[str, object]) -> None:
    assert gate_of(with_odd(20, **facts)).level == "open"


def test_odd_neutrophils_are_no_sign_of_blasts() -> None:
    unsure = cells_of({"basophil": 40}, verdict="unsure")
    sure = [replace(cell, number=500 + n) for n, cell in enumerate(cells_of({"neutrophil": 80}))]
    assert "immature or odd" not in gate_of(smear_of([*unsure, *sure], BESIDE)).blamed


def test_a_person_who_names_the_odd_cells_opens_the_gate() -> None:
    smear = with_odd(30, verdict="unsure")
    odd = {(1, cell.number): "lymphocyte" for cell in smear.cells if cell.verdict == "unsure"}
    assert gate_of(smear.with_corrections(odd)).level == "open"


def test_clumped_platelets_are_not_estimated() -> None:
    smear = photo_with(ENOUGH, clumps=1)
    count = differential(smear)
    assert (count.platelets, count.platelets_flag, count.gate.level) == (None, "not known", "open")
    assert wording.besides(count)[1:] == [
        "Platelets are not estimated, since they lie in clumps in photo\u00a01: there are more than were found."
    ]
    assert "10⁹ platelets" not in everywhere(smear)["html"]
    assert as_dict(smear, count)["photos"][0]["platelet_clumps"] == 1


def test_a_magnification_that_is_too_low_is_said_with_numbers_and_alone() -> None:
    count = differential(field_with(smear_of([], 2), assumed_diameter=13.8))
    assert count.gate.level == "closed"
    assert wording.wrong_first(smear_of([]), count) == [
        "The magnification is too low to tell white cells: red cells are 14 pixels wide, 20 are needed."
    ]


def test_photos_with_more_white_cells_than_blood_holds_withhold_flags() -> None:
    many = [replace(cell, detection=replace(cell.detection, note="implausible")) for cell in cells_of({"monocyte": 30})]
    more = [replace(cell, number=500 + n) for n, cell in enumerate(many)]
    count = differential(smear_of([*cells_of(ODD), *more], BESIDE))
    assert count.gate.level == "counts"
    assert "30\u00a0white cells lie in photos that show more of them" in count.gate.reasons[0]


def test_where_most_cells_lie_in_sharp_fields_some_others_do_no_harm() -> None:
    other = CountedPhoto(2, "2.png", Field("2.png", 90, 90, (), None), "2", quality=BLURRED)
    smear = replace(ENOUGH, photos=(*ENOUGH.photos, other))
    assert gate_of(smear).level == "open"
