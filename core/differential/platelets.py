"""How many platelets there are, estimated from the red cells beside them.

The field of a microscope and its area are unknown to us, so platelets are not counted a field, but against red
cells: platelets a litre = platelets / red cells × red cells a litre, as Fonio's method does.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from core.differential.limits import exact
from core.differential.reference_intervals import references
from core.evaluation.intervals import Interval
from core.imaging.fields import Detection, Field, Kind

MANY_RED = 1_000
"""Red cells from which the estimate is as good as it is in a laboratory's routine."""


FEWEST_RED = 100
"""Red cells below which a few that were missed would change the estimate altogether, so that none is given."""


@dataclass(frozen=True)
class PlateletEstimate:
    """per_1000_red: platelets to a thousand red cells. count: 10⁹ a litre. measured: whether the red cells a litre
    were given, or the whole adult range of them was allowed for."""

    platelets: int
    red: int
    per_1000_red: Interval
    count: Interval
    measured: bool


def in_frame(field: Field, kind: Kind) -> int:
    """Cells of that kind, those on the photo's edge by the rule of counting chambers.

    What the left or the upper edge cuts is counted, what the right or the lower edge cuts is not; otherwise
    large cells would be counted more often than small ones.
    """
    return sum(cell.note != "debris" and not _beyond(cell, field) for cell in field.of(kind))


def _beyond(cell: Detection, field: Field) -> bool:
    return cell.cut and (cell.box.right >= field.width - 1 or cell.box.bottom >= field.height - 1)


def estimate(fields: Iterable[Field], red_cells: float | None = None) -> PlateletEstimate | None:
    """From the fields of a smear; None where they show no red cells. red_cells: 10¹² a litre, None if unknown.

    The interval is exact for the counts (a ratio of two counts is a proportion of their sum), and without
    `red_cells` it reaches over all counts of red cells that are usual in adults.
    """
    photos = [field for field in fields if not field.single_cell]
    platelets = sum(in_frame(field, "platelet") for field in photos)
    red = sum(in_frame(field, "red") for field in photos)
    if red == 0:
        return None
    share = exact(platelets, platelets + red)
    ratio = [part / (1 - part) if part < 1 else float("inf") for part in (share.value, share.low, share.high)]
    reference = references().red_cells
    low, high = (red_cells, red_cells) if red_cells is not None else (reference.low, reference.high)
    return PlateletEstimate(
        platelets=platelets,
        red=red,
        per_1000_red=Interval(*(1_000 * part for part in ratio)),
        # 10¹² a litre times platelets to one red cell, in 10⁹ a litre.
        count=Interval(1_000 * ratio[0] * (low + high) / 2, 1_000 * ratio[1] * low, 1_000 * ratio[2] * high),
        measured=red_cells is not None,
    )
