"""A count beside what is known to be in its photos: of generated and drawn fields, whose truth comes with them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import hypot

from core.differential.smear import CountedCell, Smear
from core.imaging.windows import Box
from core.labels import LabelSpace
from core.wording import SPACE, article, count_of, join_words

REACH = 0.25
"""Share of the true box's width within which the middle of a cell lies that is taken to be it."""

TIGHT = 0.5
"""The same where the true box is tight around the cell and not its window."""

NOTED = {"smudge": "a smudge", "debris": "debris", "implausible": "implausible", "small": "too small"}


@dataclass(frozen=True)
class KnownCell:
    """A cell that is in a photo. photo: its number, from 1; label: key of its class; tight: whether the box is drawn
    around the cell and is not its window."""

    photo: int
    label: str
    box: Box
    tight: bool = False


@dataclass(frozen=True)
class Miscounted:
    """A known cell that is not counted as what it is. cell: what lies there, None where nothing was found."""

    known: KnownCell
    cell: CountedCell | None


def miscounted(smear: Smear, truth: Sequence[KnownCell]) -> tuple[Miscounted, ...]:
    """The known cells of which the count says something else, in their order."""
    pairs = ((known, _there(smear, known)) for known in truth)
    return tuple(Miscounted(known, cell) for known, cell in pairs if cell is None or cell.counted_as != known.label)


def _there(smear: Smear, known: KnownCell) -> CountedCell | None:
    """The cell whose middle is nearest to that of the known one, within its reach."""
    (x, y), reach = known.box.centre, known.box.width * (TIGHT if known.tight else REACH)
    away = {
        cell.number: hypot(cell.detection.box.centre[0] - x, cell.detection.box.centre[1] - y)
        for cell in smear.of(known.photo)
    }
    near = [cell for cell in smear.of(known.photo) if away[cell.number] <= reach]
    return min(near, key=lambda cell: away[cell.number], default=None)


def truth_sentence(smear: Smear, truth: Sequence[KnownCell]) -> str:
    """How the count compares with what is known; "" of nothing."""
    if not truth:
        return ""
    wrong = miscounted(smear, truth)
    if not wrong:
        every = "the only cell is counted as what it is"
        if len(truth) > 1:
            every = f"all {count_of(len(truth), 'cell')} are counted as what they are"
        return f"Compared with what is known to be there: {every}."
    right = len(truth) - len(wrong)
    what = "are counted as what they are" if right > 1 else "is counted as what it is"
    listed = join_words(list(_each(wrong, smear.space)))
    return (
        f"Compared with what is known to be there: {right or 'none'} of the {count_of(len(truth), 'cell')} {what}; "
        f"{listed}."
    )


def _each(wrong: Sequence[Miscounted], space: LabelSpace) -> Iterator[str]:
    for one in wrong:
        yield f"{article(space[one.known.label].name)} in photo{SPACE}{one.known.photo} {_instead(one.cell, space)}"


def _instead(cell: CountedCell | None, space: LabelSpace) -> str:
    """What became of it."""
    if cell is None:
        return "was not found"
    if cell.counted_as is not None:
        names = {each.key: article(each.name) for each in space.classes}
        return f"is counted as {names.get(cell.counted_as, cell.counted_as)}"
    if cell.corrected is not None:
        return "was taken out by a person"
    if cell.detection.kind == "red":
        return "was taken for a red cell"
    if cell.detection.cut:
        return "is set apart, as cut by the edge"
    if cell.detection.note in NOTED:
        return f"is set apart as {NOTED[cell.detection.note]}"
    return "is set apart, as unlike what the model knows" if cell.verdict == "unlike" else "is set apart"
