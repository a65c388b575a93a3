"""A count in words: figures with their intervals, flags, and what a reader has to know."""

import math
from collections.abc import Iterator

from core.differential.apart import set_apart
from core.differential.counts import POINTS, Differential, DifferentialRow, Flag
from core.differential.limits import outward
from core.differential.parting import CellRatio
from core.differential.platelets import FEWEST_RED, MANY_RED, PlateletEstimate
from core.differential.reference_intervals import references
from core.differential.repeats import repeated
from core.differential.smear import CountedPhoto, Smear
from core.evaluation.intervals import Interval, Rate
from core.imaging.changes import ChangeKind
from core.imaging.wording import (
    CLUMPED,
    IMPLAUSIBLE,
    MISSING,
    change_phrases,
    opening_remarks,
    quality_sentence,
    too_small_sentence,
)
from core.labels import LabelSpace
from core.wording import SPACE, count_of, digits, join_words

INTENDED_USE = (
    "For research and teaching. Not for diagnosis: Smearlens is no medical device, and nobody should be treated, or "
    "not treated, because of this report."
)
INTENDED_USE_SHORT = "For research and teaching. Not for diagnosis."

FLAG_WORDS: dict[Flag, str] = {
    "below": "low",
    "perhaps below": "perhaps low",
    "within": "usual",
    "perhaps above": "perhaps high",
    "above": "high",
    "not known": "not judged",
}

MOST_ROWS = 10
"""Rows of a table of corrections, and photos, that one sentence names."""


def plural(space: LabelSpace, key: str) -> str:
    """ "Neutrophils"."""
    return space[key].plural or f"{space[key].name}s"


def percent(figure: Rate | Interval, *, sign: bool = True) -> str:
    """In whole percent, with one digit more where the interval is narrower than two points, or where a few cells would
    be none."""
    if math.isnan(figure.value):
        return "–"
    places = digits(figure.value, figure.low, figure.high, most=1)
    return f"{100 * figure.value:.{places}f}" + (f"{SPACE}%" if sign else "")


def limits(rate: Rate) -> str:
    """The exact limits as Rümke prints them: "1–12"."""
    low, high = outward(rate)
    return f"{low}–{high}"


def bounds(figure: Interval, scale: float = 100) -> str:
    """An interval with the digits that it deserves: "50–69"."""
    if math.isnan(figure.low):
        return "–"
    digits = 1 if (figure.high - figure.low) * scale < 2 else 0
    high = "∞" if math.isinf(figure.high) else f"{scale * figure.high:.{digits}f}"
    return f"{scale * figure.low + 0.0:.{digits}f}–{high}"


def usual(row: DifferentialRow) -> str:
    """The reference interval: "40–75"."""
    return f"{row.reference.low:g}–{row.reference.high:g}" if row.reference else "–"


def headline(smear: Smear, count: Differential) -> str:
    """How many white cells in how many photos, and the commonest classes."""
    rows = sorted((row for row in count.rows if row.cells), key=lambda row: -row.cells)
    if count.gate.shows("open"):
        parts = [f"{percent(row.judged)} {plural(smear.vocabulary, row.key).lower()}" for row in rows[:2]]
    else:
        parts = [count_of(row.cells, *one_and_many(smear.vocabulary, row.key)) for row in rows]
    return f"{count_of(count.white, count.noun)} in {shares_of_photos(smear)}: {join_words(parts)}."


def flag_sentences(count: Differential, space: LabelSpace) -> Iterator[str]:
    """What lies outside the reference intervals, and whether chance alone could show it."""
    for row in count.rows:
        if row.flag in ("above", "below", "perhaps above", "perhaps below") and row.reference:
            side = "higher" if "above" in row.flag else "lower"
            figure = f"{percent(row.judged)} against {usual(row)}{SPACE}%"
            name = plural(space, row.key)
            if row.flag.startswith("perhaps"):
                yield f"{name} are {side} than usual in adults ({figure}), but by no more than chance can explain."
            else:
                yield f"{name} are {side} than usual in adults ({figure}), by more than chance explains."


def nucleated_sentence(count: Differential) -> str:
    """Nucleated red cells to a hundred white cells, of which there are some."""
    figure, judged = count.per_100_white, count.gate.shows("open")
    assert figure is not None
    digits = 1 if figure.value < 10 else 0
    ratio = (
        f"{figure.value:.{digits}f} nucleated red cells to 100 white cells (95{SPACE}% interval {bounds(figure, 1)})"
    )
    number = count_of(count.erythroblasts, "was", "were") if count.erythroblasts else "none was"
    against = ("; in adults none is usual" if count.erythroblasts else ", as is usual in adults") * judged
    return f"{ratio}; {number} seen{against}."


def platelet_sentences(count: Differential) -> Iterator[str]:
    """The estimate of platelets, what it rests on, and how far to trust it."""
    platelets = count.platelets
    if count.clumped:
        photos = f"photo{'s' if len(count.clumped) > 1 else ''}{SPACE}{join_words([str(n) for n in count.clumped])}"
        yield f"Platelets are not estimated, since they lie in clumps in {photos}: there are more than were found."
        return
    if platelets is None:
        yield "Platelets are not estimated, since that takes fields with red cells."
        return
    if platelets.red < FEWEST_RED:
        red_cells = count_of(platelets.red, "was", "were")
        yield f"Platelets are not estimated, since that takes {FEWEST_RED} red cells at least, and {red_cells} found."
        return
    beside = f"{count_of(platelets.platelets, 'platelet')} beside {count_of(platelets.red, 'red cell')}"
    yield (
        f"About {_litre(platelets.count.value)}{SPACE}×{SPACE}10⁹ platelets a litre, between "
        f"{_litre(platelets.count.low)} and {_litre(platelets.count.high)}: {beside}, that is "
        f"{platelets.per_1000_red.value:.0f} to 1,000."
    )
    reference = references().platelets
    if count.gate.shows("open"):
        yield (
            f"Usual in adults are {reference.low:g} to {reference.high:g}{SPACE}×{SPACE}10⁹ a litre, so this is "
            f"{FLAG_WORDS[count.platelets_flag]}."
        )
    yield _trust(platelets)


def _trust(platelets: PlateletEstimate) -> str:
    reds = references().red_cells
    basis = (
        "The red cells a litre were given by whoever asked for the count."
        if platelets.measured
        else f"The red cells a litre are not known; {reds.low:g} to {reds.high:g}{SPACE}×{SPACE}10¹² were allowed for."
    )
    few = f" A laboratory would count beside {MANY_RED:,} red cells." if platelets.red < MANY_RED else ""
    return f"{basis}{few} Clumped platelets make it too low."


def _litre(figure: float) -> str:
    """To two digits, which is more than an estimate deserves."""
    if not math.isfinite(figure):
        return "any number"
    step = 10 ** max(0, math.floor(math.log10(figure)) - 1) if figure >= 1 else 1
    return f"{round(figure / step) * step:,.0f}"


def more_sentence(count: Differential) -> str:
    """How many more cells would make every interval as narrow as wanted."""
    aim = f"±{SPACE}{POINTS:g} percentage points"
    if count.more is None:
        return f"No number of cells that can be counted brings every interval to {aim}."
    if count.more == 0:
        return f"Every class is known to {aim} or better, as far as chance goes."
    widest = max(count.rows, key=lambda row: row.more or 0)
    return (
        f"{count_of(count.more, f'more {count.noun}')} would bring every class to {aim}, as far as chance goes "
        f"(now ±{SPACE}{50 * (widest.share.high - widest.share.low):.0f})."
    )


def cautions(smear: Smear, count: Differential) -> Iterator[str]:
    """What makes a count less sure than its intervals say, beside what its gate says."""
    apart = count.apart
    if apart.unlike and "unlike" not in count.gate.blamed:
        yield (
            f"{count_of(apart.unlike, 'cell looks', 'cells look')} unlike all that the model learned from and "
            f"{'is' if apart.unlike == 1 else 'are'} left out of the count."
        )
    doubtful = sum(row.doubtful for row in count.rows)
    if doubtful:
        whom = "it" if doubtful == 1 else "them"
        yield f"Of {count_of(doubtful, f'counted {count.noun}')} the model is unsure; look at {whom}."
    parts = set_apart(apart)
    if parts:
        yield f"Set apart and not counted: {join_words(parts)}."
    if apart.touching:
        yield f"{count_of(apart.touching, 'counted white cell touches', 'counted white cells touch')} another one."
    if count.gate.shows("open") and smear.confusion is None:
        yield "The model's own mistakes are not allowed for, since its validation predictions are not at hand."


def wrong_first(smear: Smear, count: Differential) -> list[str]:
    """What is wrong with the photos, then with the count; alone where that leaves no differential.

    Corrections that fit nothing are always said.
    """
    cautioned = cautions(smear, count) if count.gate.shows("counts") else ()
    return [*count.gate.reasons, *_not_applied(smear), *_opened(smear), *_once(smear), *cautioned]


def _opened(smear: Smear) -> Iterator[str]:
    """What was done to photos as they were opened, but for which page of a file each is."""
    by_phrase: dict[str, list[str]] = {}
    for photo in smear.photos:
        phrase = change_phrases([change for change in photo.changes if change.kind is not ChangeKind.PAGE])
        if phrase:
            by_phrase.setdefault(phrase, []).append(f"{photo.number}")
    for phrase, numbers in by_phrase.items():
        which = f"photo{SPACE}{numbers[0]}" if len(numbers) == 1 else count_of(len(numbers), "photo")
        yield f"On opening {which}: {phrase}."


def _once(smear: Smear) -> Iterator[str]:
    """That photos show the same, and what of it is counted once."""
    copies = sum(lost.twice for lost in smear.not_read)
    if copies:
        yield (
            f"{count_of(copies, 'file shows', 'files show')} a picture that is here already, or a part of one, and "
            f"{'is' if copies == 1 else 'are'} left out."
        )
    overlapping = [photo.number for photo in smear.photos if photo.overlapping]
    if overlapping:
        white, others = (len(repeated(smear, white=white)) for white in (True, False))
        which = join_words([f"{number}" for number in overlapping[:MOST_ROWS]])
        if len(overlapping) > MOST_ROWS:
            which = f"{which} and {len(overlapping) - MOST_ROWS:,} more"
        yield (
            f"Photos {which} overlap others: {count_of(white, 'white cell')} and {count_of(others, 'other cell')} that "
            "were found twice are counted once."
        )


def _not_applied(smear: Smear) -> Iterator[str]:
    """Which corrections of a table fit nothing."""
    if smear.not_applied:
        rows = join_words([f"{lost.row}" for lost in smear.not_applied[:MOST_ROWS]])
        more = len(smear.not_applied) - MOST_ROWS
        yield (
            f"{count_of(len(smear.not_applied), 'correction of the table is', 'corrections of the table are')} not "
            f"applied, since nothing here fits: row{'s' if len(smear.not_applied) > 1 else ''} {rows}"
            + (f" and {more:,} more." if more > 0 else ".")
        )


def findings(smear: Smear, count: Differential) -> list[str]:
    """What the figures say, as far as the gate lets them; what is wrong stands before (`wrong_first`)."""
    more = [more_sentence(count)] if count.gate.shows("counts") else []
    return [*against_usual(smear, count), *parted_sentences(smear, count), *more, *besides(count)]


def against_usual(smear: Smear, count: Differential) -> list[str]:
    """What lies outside the reference intervals, or that nothing does; nothing where the gate withholds that."""
    if not count.gate.shows("open"):
        return []
    flags = [*flag_sentences(count, smear.vocabulary)] or ["No class lies outside its reference interval."]
    return [*flags, *_own_sentences(smear, count)]


def _own_sentences(smear: Smear, count: Differential) -> Iterator[str]:
    """Of types that only a person knows: of them nothing says what is usual."""
    for row in count.rows:
        if smear.types.get(row.key) and row.key not in smear.space.keys:
            name, chance = plural(smear.vocabulary, row.key), f"{limits(row.share)}{SPACE}% by chance alone"
            yield f"{name}, named by a person: {row.cells:,}, {percent(row.share)} ({chance})."


def one_and_many(space: LabelSpace, key: str) -> tuple[str, str]:
    """ "neutrophil", "neutrophils"."""
    return space[key].name.lower(), plural(space, key).lower()


def parted_sentences(smear: Smear, count: Differential) -> Iterator[str]:
    """What a person parted of each class, and the ratios that follow."""
    for parent in dict.fromkeys(row.parent for row in count.parts):
        rows = [row for row in count.parts if row.parent == parent]
        met = [row for row in rows if row.key != parent and row.cells]
        parts = [count_of(row.cells, *one_and_many(smear.vocabulary, row.key)) for row in met]
        rest = sum(row.cells for row in rows if row.key == parent)
        left = f"; {count_of(rest, 'is', 'are')} not told apart" if rest else ""
        yield f"{plural(smear.vocabulary, parent)}, as a person told them apart: {join_words(parts)}{left}."
    yield from (ratio_sentence(ratio) for ratio in count.ratios)


def ratio_sentence(ratio: CellRatio) -> str:
    """A ratio with its interval and its cells, or what it lacks."""
    if ratio.kind == "immature to total":
        if ratio.figure is None:
            return (
                "Immature to total neutrophils (left shift) are not given, since "
                f"{count_of(ratio.missing, 'neutrophil or immature granulocyte is', 'of them are')} not told apart."
            )
        figure = f"{ratio.figure.value:.2f} ({ratio.figure.low:.2f}–{ratio.figure.high:.2f} by chance alone)"
        return f"Immature to total neutrophils: {figure}, {ratio.upper:,} of {ratio.lower:,}."
    cells = f"{count_of(ratio.upper, 'granulocyte or precursor', 'granulocytes and precursors')} to "
    cells += count_of(ratio.lower, "erythroblast")
    if ratio.figure is None:
        more = f"that takes {count_of(ratio.missing, 'more nucleated cell')}"
        why = more if ratio.missing else "no erythroblast was counted"
        return f"Myeloid to erythroid is not given, since {why} ({cells})."
    figure = f"{ratio.figure.value:.1f} ({_ends(ratio.figure)} by chance alone)"
    return f"Myeloid to erythroid: {figure}, {cells}; a person named {ratio.by_person:,} of them."


def _ends(figure: Interval) -> str:
    high = "∞" if math.isinf(figure.high) else f"{figure.high:.1f}"
    return f"{figure.low:.1f}–{high}"


def besides(count: Differential) -> list[str]:
    """Of what was counted beside white cells."""
    if count.gate.shows("counts"):
        nucleated = [nucleated_sentence(count)] if count.per_100_white else []
        return [*nucleated, *platelet_sentences(count)]
    return [*platelet_sentences(count)] if count.platelets or (count.clumped and count.gate.trusts_photos) else []


def photo_remarks(photo: CountedPhoto) -> list[str]:
    """What was noticed of a photo: as it was opened, of its quality, and that nothing to count was found."""
    opened = opening_remarks(photo.changes, photo.colours, photo.label)
    missing = [_missing(photo)] if photo.missing else []
    implausible = [IMPLAUSIBLE] if photo.field.implausible else []
    overlapping = [_overlapping(photo)] if photo.overlapping else []
    # Where the colours are wrong altogether, how far they are from the usual is no news.
    quality = [quality_sentence(one) for one in photo.quality if not (photo.colours and one.measure == "colour")]
    clumped = [CLUMPED] if photo.clumps else []
    return [*opened, *quality, *overlapping, *implausible, *clumped, *missing]


def _overlapping(photo: CountedPhoto) -> str:
    others = [f"{number}" for number in photo.overlapping]
    which = f"photo{'s' if len(others) > 1 else ''}{SPACE}{join_words(others)}"
    return f"It overlaps {which}; a cell that is in both is counted once."


def _missing(photo: CountedPhoto) -> str:
    if photo.field.too_small:
        return too_small_sentence(photo.field.red_diameter or 0)
    return MISSING[photo.missing or "white cell"]


def photos_counted(smear: Smear) -> str:
    """ "3 fields and 2 photos of single cells"."""
    single = sum(photo.field.single_cell for photo in smear.photos)
    fields = len(smear.photos) - single
    parts = [count_of(fields, "field")] if fields else []
    parts += [count_of(single, "photo of a single cell", "photos of single cells")] if single else []
    return join_words(parts) if parts else "none"


def shares_of_photos(smear: Smear) -> str:
    """ "3 fields and 2 photos of single cells; 1 file shows the same as another; 1 file could not be read"."""
    copies = sum(lost.twice for lost in smear.not_read)
    lost = len(smear.not_read) - copies
    parts = [photos_counted(smear)]
    parts += [f"{count_of(copies, 'file shows', 'files show')} the same as another"] if copies else []
    parts += [f"{count_of(lost, 'file')} could not be read"] if lost else []
    return "; ".join(parts)
