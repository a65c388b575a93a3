"""A count beside what is known to be in its photos."""

from dataclasses import replace

import pytest

from core.differential.truth import KnownCell, miscounted, truth_sentence
from core.imaging.windows import Box
from core.labels import PBC8
from tests.core.differential.drawn import cells_of, smear_of


def smear_and_truth(*labels: str):
    """Cells of these classes side by side, and the truth that they are what they are called."""
    cells = [
        replace(cell, number=number, detection=replace(cell.detection, box=Box(100 * number, 0, 100 * number + 60, 60)))
        for number, cell in enumerate([cell for label in labels for cell in cells_of({label: 1})], 1)
    ]
    known = [
        KnownCell(1, label, Box(100 * number - 20, -20, 100 * number + 80, 80))
        for number, label in enumerate(labels, 1)
    ]
    return smear_of(cells), known


def sentence(smear, known) -> str:
    return truth_sentence(smear, known).replace("\u00a0", " ").removeprefix("Compared with what is known to be there: ")


def test_where_all_is_right_that_is_said():
    assert sentence(*smear_and_truth("neutrophil", "monocyte")) == "all 2 cells are counted as what they are."
    assert sentence(*smear_and_truth("neutrophil")) == "the only cell is counted as what it is."
    assert sentence(smear_and_truth("neutrophil")[0], []) == ""


@pytest.mark.parametrize(
    ("change", "became"),
    [
        (lambda cell: replace(cell, detection=replace(cell.detection, note="smudge")), "is set apart as a smudge"),
        (lambda cell: replace(cell, detection=replace(cell.detection, cut=True)), "is set apart, as cut by the edge"),
        (lambda cell: replace(cell, verdict="unlike"), "is set apart, as unlike what the model knows"),
        (lambda cell: replace(cell, corrected="eosinophil"), "is counted as an eosinophil"),
        (
            lambda cell: replace(cell, detection=replace(cell.detection, box=Box(900, 900, 960, 960))),
            "was not found",
        ),
    ],
)
def test_what_became_of_a_cell_that_is_not_counted_as_what_it_is_is_said(change, became):
    smear, known = smear_and_truth("neutrophil", "lymphocyte")
    first, second = smear.cells
    changed = replace(smear, cells=(change(first), second))
    (wrong,) = miscounted(changed, known)
    assert wrong.known is known[0]
    assert sentence(changed, known) == f"1 of the 2 cells is counted as what it is; a neutrophil in photo 1 {became}."


def test_where_none_is_right_each_is_named():
    smear, known = smear_and_truth("neutrophil", "lymphocyte")
    swapped = [replace(one, label=other.label) for one, other in zip(known, reversed(known), strict=True)]
    assert sentence(smear, swapped) == (
        "none of the 2 cells is counted as what it is; a lymphocyte in photo 1 is counted as a neutrophil and "
        "a neutrophil in photo 1 is counted as a lymphocyte."
    )
    assert smear.space is PBC8
