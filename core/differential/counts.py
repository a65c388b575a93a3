"""The differential count of a smear: how many white cells of which class, and how sure that is."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from core.differential.apart import Apart, apart_of
from core.differential.confusion import corrected
from core.differential.gate import Gate, gate_of
from core.differential.limits import exact, more_cells
from core.differential.parting import CellRatio, TypeRow, parted, ratios_of
from core.differential.platelets import FEWEST_RED, PlateletEstimate, estimate
from core.differential.preconditions import ENOUGH_WHITE
from core.differential.reference_intervals import ReferenceInterval, references
from core.differential.smear import ERYTHROBLAST, WHITE, Smear
from core.evaluation.intervals import Interval, Rate

POINTS = 5.0
"""Percentage points: half of the width that an interval is to have."""

_OTHERS = "others"
"""Together, the types that no model knows."""

Flag = Literal["below", "perhaps below", "within", "perhaps above", "above", "not known"]


@dataclass(frozen=True)
class DifferentialRow:
    """One class of a differential. share: of the white cells, with its exact binomial limits.

    allowing: the share and its interval when the model's own confusion is allowed for as well, None where that is
    unknown. by_person, doubtful: how many of the cells a person named, and how many nobody did though the model
    was unsure. more: white cells to be counted on top until the exact interval spans ± POINTS; None for never.
    """

    key: str
    cells: int
    by_person: int
    doubtful: int
    share: Rate
    allowing: Interval | None
    reference: ReferenceInterval | None
    flag: Flag
    more: int | None

    @property
    def judged(self) -> Interval | Rate:
        """The figure that is held against the reference interval: the one that leaves out least."""
        return self.allowing or self.share


@dataclass(frozen=True)
class Differential:
    """rows: by class of white cells, in the order of WHITE, then the types that only a person knows and that were met.
    white: cells in them all. noun: what these are; of marrow, nucleated red cells are among them.

    parts: of classes that a person parted into types. ratios: of some of them to others.

    erythroblasts: nucleated red cells; per_100_white: of them to a hundred white cells. platelets: None where no red
    cells were seen beside them, or they lie in clumps; clumped: the numbers of the photos in which they do. more: white
    cells to be counted on top until every row spans ± POINTS.
    gate: what of this may be shown, and why no more. What it withholds is not here: below "open" no row has a
    corrected share, a reference interval or a flag, and a closed one has no ratios either.
    """

    rows: tuple[DifferentialRow, ...]
    white: int
    erythroblasts: int
    per_100_white: Interval | None
    platelets: PlateletEstimate | None
    clumped: tuple[int, ...]
    platelets_flag: Flag
    apart: Apart
    more: int | None
    gate: Gate
    noun: str = "white cell"
    parts: tuple[TypeRow, ...] = ()
    ratios: tuple[CellRatio, ...] = ()

    def __getitem__(self, key: str) -> DifferentialRow:
        return next(row for row in self.rows if row.key == key)


def differential(smear: Smear) -> Differential:
    """Count a smear, as far as its gate lets it. Nothing is drawn by chance that would differ the next time."""
    gate = gate_of(smear)
    white = sum(len(smear.counted(key)) for key in smear.differentiated)
    shown = [key for key in smear.differentiated if key in (*WHITE, ERYTHROBLAST) or smear.counted(key)]
    rows = tuple(_row(smear, key, white) for key in shown)
    more = [row.more for row in rows]
    fields = [smear.corrected_field(photo) for photo in smear.photos]
    clumped = tuple(photo.number for photo in smear.photos if photo.clumps)
    platelets = estimate(fields, smear.red_cells) if gate.trusts_photos and not clumped else None
    judged = platelets is not None and platelets.red >= FEWEST_RED and gate.shows("open")
    return Differential(
        rows=rows if gate.shows("open") else tuple(map(_not_judged, rows)),
        white=white,
        erythroblasts=len(smear.counted(ERYTHROBLAST)),
        per_100_white=_nucleated(smear, white) if gate.shows("counts") and not smear.marrow else None,
        platelets=platelets,
        clumped=clumped,
        platelets_flag=flag(platelets.count, references().platelets) if platelets and judged else "not known",
        apart=apart_of(smear.cells),
        more=None if None in more else max(cells for cells in more if cells is not None),
        gate=gate,
        noun=smear.noun,
        parts=parted(smear, white) if gate.shows("counts") else (),
        ratios=ratios_of(smear, gate),
    )


def _not_judged(row: DifferentialRow) -> DifferentialRow:
    """The row without what is held against a reference interval."""
    return replace(row, allowing=None, reference=None, flag="not known")


def flag(figure: Interval | Rate, reference: ReferenceInterval | None, unit: float = 1.0) -> Flag:
    """Where a figure (times `unit`) lies. "perhaps": it lies outside, but its interval reaches inside."""
    if reference is None or figure.value != figure.value:
        return "not known"
    if figure.value * unit > reference.high:
        return "above" if figure.low * unit > reference.high else "perhaps above"
    if figure.value * unit < reference.low:
        return "below" if figure.high * unit < reference.low else "perhaps below"
    return "within"


def _row(smear: Smear, key: str, white: int) -> DifferentialRow:
    cells = smear.counted(key)
    share = exact(len(cells), white)
    allowing = _allowing(smear, key, WHITE) if white and not smear.marrow else None
    reference = None if smear.marrow else references().white.get(key)
    return DifferentialRow(
        key=key,
        cells=len(cells),
        by_person=sum(cell.corrected is not None for cell in cells),
        doubtful=sum(cell.doubtful for cell in cells),
        share=share,
        allowing=allowing,
        reference=reference,
        flag=flag(allowing or share, reference, 100),
        more=more_cells(_planned(share), white, POINTS),
    )


def _planned(share: Rate) -> float:
    """The share to plan with: what was counted; of few cells, that within its limits which asks for the most."""
    return share.value if share.n >= ENOUGH_WHITE else min(max(0.5, share.low), share.high)


def _allowing(smear: Smear, key: str, among: Sequence[str]) -> Interval | None:
    """The share of `key` among the classes `among` and the types that only a person knows, allowing for the model's
    confusion; None where that is not known of them."""
    if smear.confusion is None or not {key, *among} <= set(smear.confusion.classes):
        return None
    confusion = smear.confusion.with_class(_OTHERS)
    own = set(smear.differentiated) - set(confusion.classes)
    counted = [cell for cell in smear.cells if cell.counted_as is not None]
    read = [cell for cell in counted if cell.detection.kind == "white" or cell.corrected is not None]
    by_model = Counter(cell.counted_as for cell in read if cell.corrected is None)
    by_person = Counter(_OTHERS if cell.counted_as in own else cell.counted_as for cell in read if cell.corrected)
    if not by_person[_OTHERS]:
        confusion = smear.confusion
    model, person = ([cells[label] for label in confusion.classes] for cells in (by_model, by_person))
    places = [confusion.classes.index(label) for label in (*among, _OTHERS) if label in confusion.classes]
    return corrected(confusion, model, person, target=confusion.classes.index(key), among=places)


def _nucleated(smear: Smear, white: int) -> Interval | None:
    """Nucleated red cells to a hundred white cells; None where there are no white cells."""
    if white == 0:
        return None
    cells = len(smear.counted(ERYTHROBLAST))
    share = _allowing(smear, ERYTHROBLAST, (*WHITE, ERYTHROBLAST)) or exact(cells, cells + white)
    parts = (cells / (cells + white), share.low, share.high)
    return Interval(*(100 * part / (1 - part) if part < 1 else float("inf") for part in parts))
