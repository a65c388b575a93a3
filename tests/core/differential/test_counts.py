"""A differential count from cells whose classes are known: rows, flags, what is set apart, platelets, words."""

from dataclasses import replace

import pytest

from core.differential import wording
from core.differential.counts import differential, flag
from core.differential.limits import exact
from core.differential.platelets import estimate, in_frame
from core.differential.reference_intervals import ReferenceInterval, references
from core.differential.smear import WHITE, CorrectionError, CountedCell, CountedPhoto
from core.evaluation.intervals import Interval
from core.imaging.fields import Detection, Field
from core.imaging.windows import Box
from core.labels import NO_CELL, PBC8
from core.wording import SPACE
from tests.core.differential.drawn import almost_right, cells_of, smear_of

USUAL = {"neutrophil": 60, "lymphocyte": 30, "monocyte": 6, "eosinophil": 3, "basophil": 1}


def photo_of(*found, single=False):
    field = Field("x.png", 100, 100, found, None, single)
    return CountedPhoto(1, "x.png", field, "0")


def test_counts_shares_and_limits():
    count = differential(smear_of(cells_of(USUAL), 900))
    assert count.white == 100
    assert [row.key for row in count.rows] == list(WHITE)
    assert {row.key: row.cells for row in count.rows} == USUAL | {"ig": 0}
    assert count["eosinophil"].share == exact(3, 100)
    assert {row.flag for row in count.rows} == {"within"}
    assert count.more == count["neutrophil"].more > 200


def test_nucleated_red_cells_and_platelets_are_no_white_cells():
    count = differential(smear_of(cells_of(USUAL | {"erythroblast": 20, "platelet": 50}), 900))
    assert count.white == 100
    assert count.per_100_white.value == pytest.approx(20)
    assert count.per_100_white.low < 20 < count.per_100_white.high
    assert "20 nucleated red cells to 100 white cells" in wording.nucleated_sentence(count)


def test_the_models_confusion_is_allowed_for():
    smear = smear_of(cells_of(USUAL | {"platelet": 2}), 900, confusion=almost_right())
    count = differential(smear)
    rows = {row.key: row for row in count.rows}
    assert sum(row.allowing.value for row in count.rows) == pytest.approx(1)
    # Of each class 3 % are called the next of the label space: the neutrophils get back what platelets took.
    assert rows["neutrophil"].allowing.value > rows["neutrophil"].share.value
    assert rows["neutrophil"].judged is rows["neutrophil"].allowing


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        (Interval(50, 45, 55), "within"),
        (Interval(80, 76, 84), "above"),
        (Interval(80, 70, 90), "perhaps above"),
        (Interval(30, 25, 35), "below"),
        (Interval(30, 20, 41), "perhaps below"),
        (Interval(float("nan"), 0, 1), "not known"),
    ],
)
def test_a_flag_says_whether_chance_could_explain_it(figure, expected):
    assert flag(figure, ReferenceInterval(40, 75, "")) == expected


def test_flags_in_words():
    count = differential(smear_of(cells_of({"neutrophil": 10, "lymphocyte": 85, "basophil": 5}), 900))
    said = list(wording.flag_sentences(count, PBC8))
    assert any(line.startswith("Neutrophils are lower than usual in adults (10") for line in said)
    assert any("Lymphocytes are higher" in line and "more than chance" in line for line in said)
    assert any("Monocytes" in line for line in said)


def test_what_is_unlike_cut_or_smudged_is_set_apart_and_said():
    box = Box(0, 0, 20, 20)
    cells = [
        *cells_of(USUAL),
        *cells_of({"monocyte": 2}, verdict="unlike", distance=1.5),
        *cells_of({"monocyte": 1}, detection=Detection(box, "white", 1, cut=True)),
        *cells_of({"monocyte": 1}, detection=Detection(box, "white", 1, note="smudge")),
        *cells_of({"monocyte": 1}, detection=Detection(box, "white", 1, note="debris")),
        *cells_of({"monocyte": 1}, detection=Detection(box, "white", 1, note="touching")),
        *cells_of({"monocyte": 1}, verdict="unsure"),
    ]
    cells = [replace(cell, number=number) for number, cell in enumerate(cells, 1)]
    smear = smear_of(cells, 900)
    count = differential(smear)
    assert count["monocyte"].cells == USUAL["monocyte"] + 2
    ones = dict.fromkeys(("cut", "smudge", "debris", "touching"), 1)
    assert vars(count.apart) == {"unlike": 2, **ones, "removed": 0, "implausible": 0, "small": 0}
    said = " ".join(wording.cautions(smear, count)).replace(SPACE, " ")
    for words in ("2 cells look unlike", "1 white cell cut by the edge", "1 smudge cell", "1 piece of stain", "unsure"):
        assert words in said


def test_a_person_has_the_last_word():
    smear = smear_of(cells_of({"monocyte": 3, "lymphocyte": 1})).with_corrections(
        {(1, 1): "lymphocyte", (1, 2): NO_CELL, (1, 3): "monocyte"}
    )
    count = differential(smear)
    assert (count["monocyte"].cells, count["lymphocyte"].cells, count.white) == (1, 2, 3)
    assert (count["monocyte"].by_person, count.apart.removed) == (1, 1)
    assert [cell.name for cell in smear.changed] == ["1.1", "1.2"]


def test_what_was_found_as_another_kind_counts_as_a_person_calls_it():
    found = [("white", None), ("platelet", None), ("red", None), ("red", None), ("red", None), ("white", "debris")]
    cells = [
        CountedCell(1, number, Detection(Box(10, 10, 80, 80), kind, 0.9, note=note))
        for number, (kind, note) in enumerate(40 * found, 1)
    ]
    smear = smear_of(cells, 900, confusion=almost_right())
    called = {2: "monocyte", 3: "lymphocyte", 4: "platelet", 5: NO_CELL, 6: "monocyte"}
    said = {(1, 6 * group + place): key for group in range(40) for place, key in called.items()}
    smear = smear.with_corrections(said)
    field = smear.corrected_field(smear.photos[0])
    assert [field.count(kind) for kind in ("white", "platelet", "red")] == [160, 40, 900]
    count = differential(smear)
    assert (count["monocyte"].cells, count["lymphocyte"].cells) == (80, 40)
    assert count["monocyte"].allowing.value == pytest.approx(2 / 3)


@pytest.mark.parametrize(("place", "key", "named"), [((1, 99), "monocyte", "1.99"), ((1, 1), "unicorn", "unicorn")])
def test_a_correction_that_fits_nothing_is_refused(place, key, named):
    with pytest.raises(CorrectionError, match=named):
        smear_of(cells_of({"monocyte": 1})).with_corrections({place: key})


def test_cells_on_the_edge_count_as_in_a_counting_chamber():
    boxes = {"left": Box(0, 40, 10, 50), "top": Box(40, 0, 50, 10), "right": Box(90, 40, 100, 50)}
    boxes["bottom"] = Box(40, 90, 50, 100)
    field = Field("x", 100, 100, tuple(Detection(box, "red", 1, cut=True) for box in boxes.values()))
    assert in_frame(field, "red") == 2
    whole = Detection(Box(40, 40, 50, 50), "red", 1)
    assert in_frame(Field("x", 100, 100, (whole, replace(whole, note="debris"))), "red") == 1


def test_platelets_are_told_from_the_red_cells_beside_them():
    red = [Detection(Box(20, 20, 30, 30), "red", 1)] * 1_000
    platelets = [Detection(Box(40, 40, 44, 44), "platelet", 1)] * 50
    given = estimate([photo_of(*red, *platelets).field], red_cells=5.0)
    assert given.per_1000_red.value == pytest.approx(50)
    assert given.count.value == pytest.approx(250)
    assert given.count.low < 250 < given.count.high
    unknown = estimate([photo_of(*red, *platelets).field])
    assert unknown.count.low < given.count.low
    assert unknown.count.high > given.count.high
    assert estimate([photo_of(*platelets).field]) is None
    assert estimate([photo_of(*red, single=True).field]) is None


@pytest.mark.parametrize(("red", "said"), [(1, "not estimated"), (99, "not estimated"), (100, "About")])
def test_beside_few_red_cells_platelets_are_not_estimated(red, said):
    found = smear_of([])
    cells = [Detection(Box(20, 20, 60, 60), "red", 1)] * red + [Detection(Box(9, 9, 19, 19), "platelet", 1)] * 9
    field = Field("x", 100, 100, tuple(cells))
    count = differential(replace(found, photos=(replace(found.photos[0], field=field),)))
    assert said in " ".join(wording.platelet_sentences(count))
    assert count.platelets_flag == "not known"  # beside no white cells


def test_few_cells_plan_with_the_share_that_asks_for_the_most():
    one = differential(smear_of(cells_of({"eosinophil": 1})))
    assert one.more > 380


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([], "No cell was found"),
        ([Detection(Box(1, 1, 5, 5), "red", 1)], "red cells only"),
        ([Detection(Box(1, 1, 5, 5), "platelet", 1)], "No white cell could be counted"),
    ],
)
def test_photos_without_white_cells_get_a_sentence(cells, said):
    told = [replace(cells_of({"monocyte": 1})[0], detection=cell, probabilities=None, verdict=None) for cell in cells]
    smear = smear_of(told)
    count = differential(smear)
    assert count.white == 0
    assert count.per_100_white is None
    (reason,) = wording.wrong_first(smear, count)
    assert said in reason


def test_every_reference_interval_names_its_source():
    told = references()
    assert set(told.white) == set(WHITE)
    for usual in [*told.white.values(), told.platelets, told.red_cells]:
        assert usual.low < usual.high
        assert usual.source in told.sources
    assert {remark.on for remark in told.remarks} == {"age", "sex", "origin"}
