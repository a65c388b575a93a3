"""Whether a count may be called a differential: its preconditions as data, each with a reason where it does not hold.

Whatever shows a count (page, command, PDF, HTML, JSON, FHIR) goes by its gate: no percentage, no flag and no sentence
about what is usual passes it by. What cannot be judged does not hold.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from core.differential.apart import Apart, apart_of
from core.differential.smear import ERYTHROBLAST, WHITE, CountedPhoto, Smear
from core.imaging.colours import ColourFinding
from core.imaging.fields import RED_CELL, Field
from core.imaging.quality import OutOfRange
from core.imaging.wording import COLOURS, too_small_sentence
from core.wording import SPACE, count_of, join_words

ENOUGH_WHITE = 100
"""White cells from which a share is held against what is usual."""
FEWEST_WHITE = 2
"""White cells of which exact limits say anything."""
MANY = 0.1
"""Share of white cells with something wrong from which nothing is held against what is usual: as much as most reference
intervals are wide."""
MOST = 0.3
"""Share of them from which there is no differential."""
AGREE = 1.5
"""Factor by which the width of red cells may differ from theirs by what is known of the scale."""
FEWEST = 3
"""Cells with something wrong that are not put down to chance."""

CELLS = "cells"
"""The condition that enough white cells were counted."""

Level = Literal["closed", "counts", "open"]
"""What is given: nothing; the numbers of cells with their exact limits; percentages and flags as well."""

Withheld = Literal["nothing", "flags", "differential"]


@dataclass(frozen=True)
class Precondition:
    """One condition of a differential. holds: None where it cannot be judged. withheld: while it does not hold.

    reason: one sentence on what is wrong, "" where it holds.
    """

    name: str
    holds: bool | None
    withheld: Withheld = "nothing"
    reason: str = ""


@dataclass(frozen=True)
class Gate:
    """The preconditions of a count, what is wrong with the photos before what is wrong with the count."""

    preconditions: tuple[Precondition, ...]

    @property
    def level(self) -> Level:
        """What of the count is given."""
        withheld = {condition.withheld for condition in self.preconditions}
        return "closed" if "differential" in withheld else "counts" if "flags" in withheld else "open"

    @property
    def reasons(self) -> tuple[str, ...]:
        """What is wrong, first things first; where there is no differential, only the first reason for that."""
        if self.level == "closed":
            return tuple(one.reason for one in self.preconditions if one.withheld == "differential")[:1]
        return tuple(one.reason for one in self.preconditions if one.withheld == "flags")

    @property
    def blamed(self) -> frozenset[str]:
        """The names of the conditions for which something is withheld."""
        return frozenset(condition.name for condition in self.preconditions if condition.withheld != "nothing")

    @property
    def trusts_photos(self) -> bool:
        """Whether nothing is wrong with the photos that leaves no differential, however few white cells they show."""
        closing = {condition.name for condition in self.preconditions if condition.withheld == "differential"}
        return closing <= {CELLS}

    def shows(self, least: Level) -> bool:
        """Whether the count passes as far as that level."""
        order: tuple[Level, ...] = ("closed", "counts", "open")
        return order.index(self.level) >= order.index(least)


def gate_of(smear: Smear) -> Gate:
    """The preconditions of a smear's differential."""
    facts = _Facts(smear)
    of_photos = tuple(judge(facts) for judge in _JUDGES)
    blamed = any(condition.withheld == "differential" for condition in of_photos)
    # Where the photos are to blame, that few cells are left is no news.
    cells = Precondition(CELLS, _enough(facts)) if blamed else _cells(facts)
    return Gate((*of_photos, cells, _SIGNED))


class _Facts:
    """What the preconditions are judged by."""

    def __init__(self, smear: Smear) -> None:
        self.smear = smear
        self.fields = [photo for photo in smear.photos if not photo.field.single_cell]
        self.by_photo = Counter(cell.photo for cell in smear.cells if cell.counted_as in WHITE)
        self.white = sum(self.by_photo.values())

    @cached_property
    def apart(self) -> Apart:
        return apart_of(self.smear.cells)

    @cached_property
    def red(self) -> int:
        """Red cells of fields; a person's corrections included."""
        return sum(self.smear.corrected_field(photo).count("red") for photo in self.fields)

    @cached_property
    def white_found(self) -> int:
        """White cells of fields, counted or set apart, without nucleated red ones."""
        found = sum(self.smear.corrected_field(photo).count("white") for photo in self.fields)
        return found - self.nucleated

    @cached_property
    def nucleated(self) -> int:
        """Nucleated red cells, whether counted or set apart: the model may not know those of other animals."""
        found = [cell for cell in self.smear.cells if cell.detection.kind == "white" or cell.corrected is not None]
        return sum((cell.corrected or cell.label) == ERYTHROBLAST and cell.detection.note != "debris" for cell in found)

    def share_in(self, photos: Sequence[CountedPhoto]) -> float:
        """Of the counted white cells, how many lie in these photos."""
        return sum(self.by_photo[photo.number] for photo in photos) / max(1, self.white)


def _colours(facts: _Facts) -> Precondition:
    name, sentences = "colours", []
    for finding in ColourFinding:
        photos = [photo for photo in facts.smear.photos if photo.colours is finding]
        if photos and (facts.white == 0 or facts.share_in(photos) > MANY):
            sentences.append(_wrong_colours(finding, photos, len(photos) == len(facts.smear.photos)))
    if not sentences:
        return Precondition(name, holds=True)
    return Precondition(name, holds=False, withheld="differential", reason=" ".join(sentences))


def _wrong_colours(finding: ColourFinding, photos: Sequence[CountedPhoto], every: bool) -> str:  # noqa: FBT001
    if every and len(photos) == 1:
        return COLOURS[finding]
    which = "The photos" if every else count_of(len(photos), "photo")
    if finding is ColourFinding.NONE:
        return f"{which} {'has' if len(photos) == 1 else 'have'} no colour, and cells are told apart by their stain."
    return f"In {which[0].lower()}{which[1:]} red and blue look swapped; they can be opened the other way round."


def _nucleated(facts: _Facts) -> Precondition:
    name = "nucleated red cells"
    if facts.nucleated >= FEWEST and facts.nucleated > facts.red:
        reason = "Nearly all red cells have nuclei: this is not human blood, or not a smear that this can count."
        return Precondition(name, holds=False, withheld="differential", reason=reason)
    if facts.nucleated >= FEWEST and facts.nucleated > MOST * facts.white:
        beside = f"{count_of(facts.nucleated, 'nucleated red cell')} beside {count_of(facts.white, 'white cell')}"
        reason = f"There are {beside}: severe disease, another animal's blood or a mistake. A person must look."
        return Precondition(name, holds=False, withheld="flags", reason=reason)
    return Precondition(name, holds=True)


def _magnification(facts: _Facts) -> Precondition:
    name, small = "scale", [photo for photo in facts.fields if photo.field.too_small]
    if small and facts.white == 0:
        widths = [photo.field.red_diameter or 0 for photo in small]
        return Precondition(name, holds=False, withheld="differential", reason=too_small_sentence(max(widths)))
    wrong = [photo for photo in facts.fields if not _sizes_agree(photo.field)]
    if facts.share_in(wrong) > MANY:
        widths = [(one.field.red_diameter or 0) * (one.field.micrometres_per_pixel or 0) for one in wrong]
        reason = (
            f"By the micrometres per pixel that were given, red cells of {_photos(wrong, facts)} are "
            f"{max(widths):.1f}{SPACE}µm wide, where red cells are {RED_CELL:g}: one of both is wrong."
        )
        return Precondition(name, holds=False, withheld="flags", reason=reason)
    unknown = [photo for photo in facts.fields if photo.field.scale is None]
    if facts.share_in(unknown) > MANY:
        reason = (
            f"How large the cells of {_photos(unknown, facts)} are is not known, since too few whole red cells are "
            "beside them."
        )
        return Precondition(name, holds=None, withheld="flags", reason=reason)
    return Precondition(name, holds=True)


def _sizes_agree(field: Field) -> bool:
    """Whether the red cells of a field are about as wide as the micrometres per pixel that are known make them."""
    if field.red_diameter is None or field.micrometres_per_pixel is None:
        return True
    width = field.red_diameter * field.micrometres_per_pixel
    return RED_CELL / AGREE <= width <= RED_CELL * AGREE


def _red_cells(facts: _Facts) -> Precondition:
    name = "red cells"
    if facts.white_found >= FEWEST and facts.red + facts.nucleated < facts.white_found:
        red = "No red cell was" if facts.red == 0 else f"Only {count_of(facts.red, 'red cell was', 'red cells were')}"
        reason = (
            f"{red} found beside {count_of(facts.white_found, 'white one')}, and blood has many to each: red cells "
            "were taken for white ones or not found, or the photos show no ordinary part of a smear."
        )
        return Precondition(name, holds=False, withheld="differential", reason=reason)
    if facts.apart.implausible > MANY * (facts.apart.implausible + facts.white):
        reason = (
            f"{count_of(facts.apart.implausible, 'white cell lies', 'white cells lie')} in photos that show more of "
            "them than blood holds beside its red cells: a person must look."
        )
        return Precondition(name, holds=False, withheld="flags", reason=reason)
    single = [photo for photo in facts.smear.photos if photo.field.single_cell]
    if facts.share_in(single) > MANY:
        reason = (
            "The photos show single cells that somebody chose, so their shares are those of the choice and not of the "
            "blood."
        )
        return Precondition(name, holds=None, withheld="flags", reason=reason)
    return Precondition(name, holds=True)


def _unlike(facts: _Facts) -> Precondition:
    name, unlike = "unlike", facts.apart.unlike
    whole = unlike + facts.white
    share = unlike / max(1, whole)
    which = "The only white cell" if whole == 1 else f"{unlike:,} of {count_of(whole, 'white cell')}"
    look = f"{which} {'looks' if unlike == 1 else 'look'} unlike all that the"
    if unlike and (facts.white == 0 or (unlike >= FEWEST and share > MOST)):
        reason = f"{look} model learned from: it does not know these cells, this stain or this camera."
        return Precondition(name, holds=False, withheld="differential", reason=reason)
    if share > MANY:
        left = "is left out" if unlike == 1 else "are left out"
        reason = f"{look} model learned from and {left}: a person must look."
        return Precondition(name, holds=False, withheld="flags", reason=reason)
    return Precondition(name, holds=True)


def _sharpness(facts: _Facts) -> Precondition:
    name = "sharpness"
    blurred = [photo for photo in facts.smear.photos if any(map(_less_sharp, photo.quality))]
    if 2 * facts.share_in(blurred) <= 1:
        return Precondition(name, holds=True)
    reason = f"{_photos(blurred, facts).capitalize()} are less sharp than nearly all that the model learned from."
    return Precondition(name, holds=False, withheld="flags", reason=reason)


def _less_sharp(remark: object) -> bool:
    return isinstance(remark, OutOfRange) and remark.measure == "sharpness" and not remark.above


def _photos(photos: Sequence[CountedPhoto], facts: _Facts) -> str:
    """ "the photos", "photos 1 and 3"."""
    if len(photos) == len(facts.smear.photos):
        return "the photos"
    numbers = [str(photo.number) for photo in photos if facts.by_photo[photo.number]]
    listed = numbers if len(numbers) <= 5 else [*numbers[:4], f"{len(numbers) - 4} more"]
    return f"photo{'' if len(numbers) == 1 else 's'}{SPACE}{join_words(listed)}"


_JUDGES: tuple[Callable[[_Facts], Precondition], ...] = (
    _colours,
    _nucleated,
    _magnification,
    _red_cells,
    _unlike,
    _sharpness,
)

_SIGNED = Precondition("signed by a person", holds=False, reason="Nobody has signed this count.")
"""Counts are not signed yet; a count that is signed may hold it."""


def _enough(facts: _Facts) -> bool:
    return facts.white >= ENOUGH_WHITE


def _cells(facts: _Facts) -> Precondition:
    name = CELLS
    if _enough(facts):
        return Precondition(name, holds=True)
    if facts.white == 0:
        return Precondition(name, holds=False, withheld="differential", reason=_none_counted(facts))
    counted = count_of(facts.white, "white cell was", "white cells were")
    if facts.white < FEWEST_WHITE:
        (key,) = (cell.counted_as for cell in facts.smear.cells if cell.counted_as in WHITE)
        reason = (
            f"Only {counted} counted, {_article(facts.smear.space[str(key)].name)}, of which no share can be told; a "
            f"differential needs {ENOUGH_WHITE} at least."
        )
        return Precondition(name, holds=False, withheld="differential", reason=reason)
    reason = (
        f"Only {counted} counted, so only numbers and exact limits are given: percentages and flags take "
        f"{ENOUGH_WHITE} at least (CLSI H20 asks for 200, by two examiners)."
    )
    return Precondition(name, holds=False, withheld="flags", reason=reason)


def _article(name: str) -> str:
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name.lower()}"


def _none_counted(facts: _Facts) -> str:
    """No white cell was counted: what the photos show instead."""
    smear, kinds = facts.smear, {cell.detection.kind for cell in facts.smear.cells if cell.detection.note != "debris"}
    if not smear.photos:
        return "No photo could be read, so nothing was counted."
    if not smear.cells:
        return "No cell was found in these photos, so there is no differential."
    if kinds <= {"red"} and not facts.apart.removed:
        return "These photos show red cells only, so there is no differential."
    apart = set_apart(facts.apart)
    because = f"; set apart: {join_words(apart)}" if apart else ""
    return f"No white cell could be counted in these photos, so there is no differential{because}."


def set_apart(apart: Apart) -> list[str]:
    """What was set apart and is not counted: "2 smudge cells"."""
    return [
        count_of(number, one, many)
        for number, one, many in (
            (
                apart.cut,
                "white cell cut by the edge of its photo or of the lit part",
                "white cells cut by the edge of their photo or of the lit part",
            ),
            (apart.smudge, "smudge cell", ""),
            (
                apart.implausible,
                "white cell of a photo with implausibly many",
                "white cells of photos with implausibly many",
            ),
            (
                apart.small,
                "white cell of a photo whose magnification is too low",
                "white cells of photos whose magnification is too low",
            ),
            (apart.debris, "piece of stain or dirt", "pieces of stain or dirt"),
            (apart.removed, "cell that a person removed", "cells that a person removed"),
        )
        if number
    ]
