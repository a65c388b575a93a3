"""The preconditions of a differential, each judged by itself; what is wrong with the photos stands first."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.differential.apart import set_apart
from core.differential.gate_facts import GateFacts
from core.differential.smear import CountedCell, CountedPhoto, Smear
from core.imaging.colours import ColourFinding
from core.imaging.field_colours import learned_fields
from core.imaging.fields import RED_CELL
from core.imaging.quality import OutOfRange
from core.imaging.wording import COLOURS, field_colour, too_small_sentence
from core.labels import LOOKALIKES
from core.wording import SPACE, article, count_of, join_words

ENOUGH_WHITE = 100
"""White cells from which a share is held against what is usual."""
FEWEST_WHITE = 2
"""White cells of which exact limits say anything."""
MANY = 0.1
"""Share of white cells with something wrong from which nothing is held against what is usual: as much as most reference
intervals are wide."""
MOST = 0.3
"""Share of them from which there is no differential."""
MANY_ODD = 0.2
"""Share of white cells that are odd (see `_odd`) from which a person must look for cells that no class holds. Of BCCD's
photos 6 in 100 are, of fields with blasts (RV-PBS) most."""
LARGE = 1.8
"""Diameter of a lymphocyte over a red cell's from which it is odd: few in a hundred of BCCD's reach 1.5."""
LARGEST = 3.0
"""Diameter of any white cell over a red cell's from which it is odd: 22 µm. None of the white cells that
are marked in BCCD reaches it."""
MEASURED = 20
"""White cells of which the median diameter is judged."""
FEWEST = 3
"""Cells with something wrong that are not put down to chance."""

CELLS = "cells"
"""The condition that enough cells were counted."""

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


def judged(smear: Smear) -> tuple[Precondition, ...]:
    """The preconditions of a smear's differential."""
    facts = GateFacts(smear)
    of_photos = tuple(judge(facts) for judge in _JUDGES)
    blamed = any(condition.withheld == "differential" for condition in of_photos)
    # Where the photos are to blame, that few cells are left is no news.
    cells = Precondition(CELLS, _enough(facts)) if blamed else _cells(facts)
    return *of_photos, cells, _SIGNED


def _colours(facts: GateFacts) -> Precondition:
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


def _specimen(facts: GateFacts) -> Precondition:
    name = "blood"
    if not facts.smear.marrow:
        return Precondition(name, holds=True)
    reason = (
        "This is bone marrow, as was said: nothing is held against what is usual in blood, and since the models "
        "learned from blood, a person has to look at every cell."
    )
    return Precondition(name, holds=False, withheld="flags", reason=reason)


def _nucleated(facts: GateFacts) -> Precondition:
    name = "nucleated red cells"
    if facts.smear.marrow:
        return Precondition(name, holds=True)
    if facts.nucleated >= FEWEST and facts.nucleated > facts.red and not facts.chosen:
        reason = "Nearly all red cells have nuclei: this is not human blood, or not a smear that this can count."
        return Precondition(name, holds=False, withheld="differential", reason=reason)
    if facts.nucleated >= FEWEST and facts.nucleated > MOST * facts.white:
        beside = f"{count_of(facts.nucleated, 'nucleated red cell')} beside {count_of(facts.white, 'white cell')}"
        reason = f"There are {beside}: severe disease, another animal's blood or a mistake. A person must look."
        return Precondition(name, holds=False, withheld="flags", reason=reason)
    return Precondition(name, holds=True)


def _magnification(facts: GateFacts) -> Precondition:
    name, small = "scale", [photo for photo in facts.fields if photo.field.too_small]
    if facts.white == 0 and small and 2 * len(small) >= len(facts.fields):
        widths = [photo.field.red_diameter or 0 for photo in small]
        return Precondition(name, holds=False, withheld="differential", reason=too_small_sentence(max(widths)))
    wrong = [photo for photo in facts.fields if not photo.field.sizes_agree]
    if facts.share_in(wrong) > MANY:
        widths = [(one.field.red_diameter or 0) * (one.field.micrometres_per_pixel or 0) for one in wrong]
        reason = (
            f"By the micrometres per pixel that were given, red cells of {_photos(wrong, facts)} are "
            f"{max(widths):.1f}{SPACE}µm wide, where red cells are {RED_CELL:g}: one of both is wrong."
        )
        return Precondition(name, holds=False, withheld="flags", reason=reason)
    unknown = [photo for photo in facts.fields if photo.field.scale is None]
    if 2 * facts.share_in(unknown) > 1:  # else the other photos of the smear tell it
        reason = (
            f"How large the cells of {_photos(unknown, facts)} are is not known, since too few whole red cells are "
            "beside them."
        )
        return Precondition(name, holds=None, withheld="flags", reason=reason)
    return Precondition(name, holds=True)


def _red_cells(facts: GateFacts) -> Precondition:
    name = "red cells"
    if not facts.smear.marrow and facts.white_found >= FEWEST and facts.red + facts.nucleated < facts.white_found:
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


def _unlike(facts: GateFacts) -> Precondition:
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


def _overlap(facts: GateFacts) -> Precondition:
    """Photos that overlap are looked for as they are counted, and cells that two of them show count once."""
    return Precondition("cells counted once", holds=all(cell.counted_as is None for cell in facts.repeated))


def _odd(cell: CountedCell, facts: GateFacts) -> bool:
    """Whether a white cell is unlike all that the model knows, is or may be immature, or is too large for its name."""
    if cell.verdict == "unlike" or cell.probabilities is None:
        return cell.verdict == "unlike"
    first, second = (key for key, _ in cell.probabilities.ranked()[:2])
    doubted = cell.verdict == "unsure" and not {first, second}.isdisjoint(LOOKALIKES)
    # Immature granulocytes are 3 in 100 at most of ordinary blood; where many are named so, they may be blasts as well.
    immature = doubted or first == "ig"
    return immature or facts.over_red(cell) > (LARGE if first == "lymphocyte" else LARGEST)


def _immature(facts: GateFacts) -> Precondition:
    name, whole = "immature or odd", facts.apart.unlike + facts.white
    odd = sum(_odd(cell, facts) for cell in facts.whole_white)
    if odd < FEWEST or odd <= MANY_ODD * whole:
        return Precondition(name, holds=True)
    reason = (
        f"{odd:,} of {count_of(whole, 'white cell')} are unlike what the model knows, large, or may be immature: a "
        "person must look for blasts and other cells that it cannot name."
    )
    return Precondition(name, holds=False, withheld="flags", reason=reason)


def _cell_size(facts: GateFacts) -> Precondition:
    name = "cell size"
    sizes = [size for size in map(facts.over_red, facts.whole_white) if not math.isnan(size)]
    learned = learned_fields()
    if learned is None or len(sizes) < MEASURED:
        return Precondition(name, holds=None)
    low, high = learned.of("over_red")
    if low <= float(np.median(sizes)) <= high:
        return Precondition(name, holds=True)
    reason = (
        f"White cells are {np.median(sizes):.2f} times as wide as the red ones here, and {low:.2f} to {high:.2f} times "
        "in the photos that the detector learned from: what was found may be something else."
    )
    return Precondition(name, holds=False, withheld="flags", reason=reason)


def _sharpness(facts: GateFacts) -> Precondition:
    return _beyond_the_learned(facts, "sharpness", "sharpness", "The cells of {} are less sharp", above=False)


def _stain(facts: GateFacts) -> Precondition:
    return _beyond_the_learned(facts, "stain and light", "colour", "The colours of {} are farther off", above=True)


def _set_colours(facts: GateFacts) -> Precondition:
    name, learned = "colours of the set", learned_fields()
    looks = [photo.look for photo in facts.fields if photo.look is not None]
    if learned is None or not looks:
        return Precondition(name, holds=None)
    beyond = learned.beyond(looks)
    if not beyond:
        return Precondition(name, holds=True)
    reason = (
        "The colours of this set are not those that the detector learned from: "
        f"{join_words([field_colour(measure, above=above) for measure, above in beyond.items()])}."
    )
    return Precondition(name, holds=False, withheld="flags", reason=reason)


def _beyond_the_learned(facts: GateFacts, name: str, measure: str, how: str, *, above: bool) -> Precondition:
    """Whether most white cells lie in photos whose cells are within what the model learned from.

    how: what the others are, with a place for which these are.
    """
    beyond = [
        photo
        for photo in facts.smear.photos
        if any(
            isinstance(remark, OutOfRange) and (remark.measure, remark.above) == (measure, above)
            for remark in photo.quality
        )
    ]
    if 2 * facts.share_in(beyond) <= 1:
        return Precondition(name, holds=True)
    reason = f"{how.format(_photos(beyond, facts))} than nearly all that the model learned from."
    return Precondition(name, holds=False, withheld="flags", reason=reason)


def _photos(photos: Sequence[CountedPhoto], facts: GateFacts) -> str:
    """ "the photos", "photos 1 and 3"."""
    if len(photos) == len(facts.smear.photos):
        return "the photos"
    numbers = [str(photo.number) for photo in photos if facts.by_photo[photo.number]]
    listed = numbers if len(numbers) <= 5 else [*numbers[:4], f"{len(numbers) - 4} more"]
    return f"photo{'' if len(numbers) == 1 else 's'}{SPACE}{join_words(listed)}"


_JUDGES: tuple[Callable[[GateFacts], Precondition], ...] = (
    _colours,
    _specimen,
    _nucleated,
    _magnification,
    _red_cells,
    _unlike,
    _immature,
    _cell_size,
    _sharpness,
    _stain,
    _set_colours,
    _overlap,
)

_SIGNED = Precondition("signed by a person", holds=False, reason="Nobody has signed this count.")
"""Counts are not signed yet; a count that is signed may hold it."""


def _enough(facts: GateFacts) -> bool:
    return facts.white >= ENOUGH_WHITE


def _cells(facts: GateFacts) -> Precondition:
    name = CELLS
    if _enough(facts):
        return Precondition(name, holds=True)
    if facts.white == 0:
        return Precondition(name, holds=False, withheld="differential", reason=_none_counted(facts))
    noun = facts.smear.noun
    counted = count_of(facts.white, f"{noun} was", f"{noun}s were")
    if facts.white < FEWEST_WHITE:
        (key,) = (cell.counted_as for cell in facts.smear.cells if cell.counted_as in facts.smear.differentiated)
        reason = (
            f"Only {counted} counted, {article(facts.smear.vocabulary[str(key)].name)}, of which no share can be "
            f"told; a differential needs {ENOUGH_WHITE} at least."
        )
        return Precondition(name, holds=False, withheld="differential", reason=reason)
    standard = "ICSH asks for 300 of marrow" if facts.smear.marrow else "CLSI H20 asks for 200, by two examiners"
    reason = (
        f"Only {counted} counted, so only numbers and exact limits are given: percentages and flags take "
        f"{ENOUGH_WHITE} at least ({standard})."
    )
    return Precondition(name, holds=False, withheld="flags", reason=reason)


def _none_counted(facts: GateFacts) -> str:
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
