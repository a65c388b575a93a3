"""Types that a person names: within classes and beside them, what counts where, and the ratios that follow."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import beta

from core.differential import method, wording
from core.differential.cell_types import read_types
from core.differential.counts import differential
from core.differential.parting import FEWEST_MARROW
from core.differential.smear import ERYTHROBLAST, WHITE
from tests.core.differential.drawn import almost_right, cells_of, smear_of

BLOOD, STAGES, MARROW = (read_types(name) for name in ("blood", "blood_stages", "marrow"))
COUNTS = {"neutrophil": 60, "lymphocyte": 30, "monocyte": 8, "ig": 4, "eosinophil": 4}
RED = 400


def named(types, counts, red=RED, confusion=None, **called):
    """A smear of cells that the model named, then so many of each class named by a person: neutrophil={"blast": 3}."""
    smear = replace(smear_of(cells_of(counts), red, confusion=confusion), types=types)
    corrections = {}
    for key, words in called.items():
        waiting = [cell for cell in smear.cells if cell.label == key]
        for word, number in words.items():
            corrections |= {(1, cell.number): word for cell in waiting[:number]}
            waiting = waiting[number:]
    return smear.with_corrections(corrections)


def test_a_part_of_a_class_counts_under_its_class():
    before = differential(named(STAGES, COUNTS))
    smear = named(STAGES, COUNTS, neutrophil={"band neutrophil": 12})
    count = differential(smear)
    assert [row.cells for row in count.rows] == [row.cells for row in before.rows]
    assert count["neutrophil"].by_person == 12
    assert not smear.changed  # the model said so, if less finely
    assert [(row.key, row.cells, row.share) for row in count.parts] == [
        ("band neutrophil", 12, None),
        ("neutrophil", 48, None),
    ]
    assert count["neutrophil"].reference is not None
    assert "12 band neutrophils; 48 are not told apart" in " ".join(wording.findings(smear, count)).replace("\xa0", " ")


def test_a_class_that_is_told_apart_altogether_has_exact_limits_of_each_of_its_types():
    smear = named(STAGES, COUNTS, neutrophil={"band neutrophil": 12, "segmented neutrophil": 48})
    count = differential(smear)
    parts = {row.key: row for row in count.parts}
    assert set(parts) == {"band neutrophil", "segmented neutrophil"}
    band = parts["band neutrophil"].share
    assert (band.value, band.n) == (12 / 106, 106)
    assert band.low == pytest.approx(beta.ppf(0.025, 12, 95))


def test_what_no_model_knows_is_a_white_cell_with_exact_limits_and_nothing_that_is_not_known():
    smear = named(STAGES, COUNTS, confusion=almost_right(), lymphocyte={"blast": 6}, monocyte={"smudge cell": 2})
    count = differential(smear)
    assert [row.key for row in count.rows] == [*WHITE, "blast"]
    assert count.white == sum(COUNTS.values()) - 2  # a smudge cell counts apart
    blast = count["blast"]
    assert (blast.cells, blast.by_person, blast.allowing, blast.reference, blast.flag) == (
        6,
        6,
        None,
        None,
        "not known",
    )
    assert wording.limits(blast.share) == "2–13"
    assert {cell.counted_as for cell in smear.changed} == {"blast", "smudge cell"}
    said = " ".join(wording.findings(smear, count)).replace("\xa0", " ")
    assert "Blasts, named by a person: 6, 6 % (2–13 % by chance alone)." in said
    assert any("know no types but their classes" in sentence for sentence in method.method_sentences(smear, count))
    usual = named(BLOOD, COUNTS)
    assert not any("know no types" in sentence for sentence in method.method_sentences(usual, differential(usual)))


def test_the_correction_for_the_models_mistakes_counts_what_it_does_not_know_among_the_whole():
    smear = named(STAGES, COUNTS, confusion=almost_right(), lymphocyte={"blast": 6})
    count = differential(smear)
    shares = [row.judged.value for row in count.rows]
    assert sum(shares) == pytest.approx(1, abs=0.02)
    exactly = differential(replace(smear, confusion=almost_right(10_000, 0)))
    for row in exactly.rows[:-1]:
        assert row.allowing.value == pytest.approx(row.cells / count.white)


def test_no_type_is_none_as_long_as_nobody_named_one():
    """A model that knows no blasts cannot say that there are none."""
    count = differential(named(STAGES, COUNTS))
    assert [row.key for row in count.rows] == list(WHITE)
    assert count.parts == count.ratios == ()


def test_a_left_shift_is_told_only_where_every_neutrophil_is_told_apart():
    some = named(STAGES, COUNTS, neutrophil={"band neutrophil": 12, "segmented neutrophil": 48})
    (ratio,) = differential(some).ratios
    assert (ratio.figure, ratio.missing) == (None, 4)  # the immature granulocytes
    assert "4\xa0of them are not told apart" in wording.ratio_sentence(ratio)
    called = {
        "neutrophil": {"band neutrophil": 12, "segmented neutrophil": 48},
        "ig": {"myelocyte": 3, "metamyelocyte": 1},
    }
    (ratio,) = differential(named(STAGES, COUNTS, **called)).ratios
    assert (ratio.upper, ratio.lower, ratio.by_person) == (16, 64, 64)
    assert ratio.figure.value == 16 / 64
    assert ratio.figure.low == pytest.approx(beta.ppf(0.025, 16, 49))
    assert ratio.figure.high == pytest.approx(beta.ppf(0.975, 17, 48))
    assert wording.ratio_sentence(ratio) == (
        "Immature to total neutrophils: 0.25 (0.15–0.37 by chance alone), 16 of 64."
    )


def test_ratios_pass_the_gate_like_everything_else():
    called = {"neutrophil": {"band neutrophil": 6, "segmented neutrophil": 54}, "ig": {"myelocyte": 4}}
    assert differential(named(STAGES, COUNTS, **called)).ratios
    few = {"neutrophil": 60, "ig": 4}
    assert not differential(named(STAGES, few, **called)).ratios  # 64 white cells have no percentages
    assert not differential(named(STAGES, COUNTS, red=3, **called)).ratios
    assert not differential(named(STAGES, COUNTS, red=3, **called)).parts


def test_myeloid_to_erythroid_is_told_of_marrow_alone_and_of_enough_cells():
    counts = {"neutrophil": 150, "ig": 40, "eosinophil": 10, ERYTHROBLAST: 80, "lymphocyte": 19}
    blood, marrow = named(STAGES, counts), named(MARROW, counts)
    assert not differential(blood).ratios
    (short,) = differential(marrow).ratios
    assert (short.figure, short.missing) == (None, 1)
    assert "that takes 1\xa0more nucleated cell (200" in wording.ratio_sentence(short)
    counts["lymphocyte"] += 1
    assert sum(counts.values()) == FEWEST_MARROW
    called = {"lymphocyte": {"plasma cell": 5, "myeloblast": 4}, ERYTHROBLAST: {"proerythroblast": 3}}
    (ratio,) = differential(named(MARROW, counts, **called)).ratios
    assert (ratio.upper, ratio.lower, ratio.by_person) == (204, 80, 7)
    assert ratio.figure.value == pytest.approx(204 / 80)
    low, high = beta.ppf(0.025, 204, 81), beta.ppf(0.975, 205, 80)
    assert [ratio.figure.low, ratio.figure.high] == pytest.approx([low / (1 - low), high / (1 - high)])
    assert wording.ratio_sentence(ratio).startswith("Myeloid to erythroid: 2.6 (2.0–3.3 by chance alone), 204")


def test_marrow_without_erythroblasts_has_no_ratio():
    (ratio,) = differential(named(MARROW, {"neutrophil": 300})).ratios
    assert ratio.figure is None
    assert "no erythroblast was counted" in wording.ratio_sentence(ratio)


def test_nothing_usual_in_blood_is_held_against_marrow():
    counts = {"neutrophil": 150, ERYTHROBLAST: 140, "lymphocyte": 20}
    smear = named(MARROW, counts)
    count = differential(smear)
    assert (count.gate.level, count.noun, count.white) == ("counts", "nucleated cell", 310)
    assert count.gate.reasons[0].startswith("This is bone marrow")
    assert not any("severe disease" in reason for reason in count.gate.reasons)
    assert all(row.reference is None and row.allowing is None and row.flag == "not known" for row in count.rows)
    assert count[ERYTHROBLAST].share.value == pytest.approx(140 / 310)
    assert count.per_100_white is None
    said = " ".join([*wording.wrong_first(smear, count), *wording.findings(smear, count)])
    assert "to 100 white cells" not in said
    assert "in adults" not in said


def test_types_are_kept_through_a_second_correction_and_taken_back_by_it():
    smear = named(STAGES, COUNTS, neutrophil={"band neutrophil": 2})
    again = smear.with_corrections({(1, 1): "neutrophil"})
    assert [cell.named for cell in again.cells[:3]] == ["neutrophil", "band neutrophil", None]
    assert np.isclose(again.cells[1].probability_of(again.cells[1].counted_as), 0.93)
