"""Classes that a person parted into types, and the ratios that follow: left shift, myeloid to erythroid."""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from core.differential.cell_types import LINEAGES
from core.differential.gate import Gate
from core.differential.limits import exact
from core.differential.smear import CountedCell, Smear
from core.evaluation.intervals import Interval, Rate

FEWEST_MARROW = 300
"""Nucleated cells of marrow from which a ratio is given: so many are counted where no precise percentage is needed, 500
where one is. Source: ICSH, see `myeloid_to_erythroid`."""

_NEUTROPHILS = ("neutrophil", "ig")
"""The classes whose types tell a left shift."""

RatioKind = Literal["immature to total", "myeloid to erythroid"]


@dataclass(frozen=True)
class TypeRow:
    """One type within its class; where key is the parent's, the cells that nobody parted.

    share: of what the differential is of, with exact limits; None as long as a cell of the class is not parted, since
    any of the rest may be of this type, and for what the differential is not of.
    """

    key: str
    parent: str
    cells: int
    share: Rate | None


@dataclass(frozen=True)
class CellRatio:
    """A ratio of cells. upper, lower: how many there are of each; of a total the upper ones are a part.

    by_person: how many of them a person named. figure: None where it is not given: cells that would have to be counted
    or parted before are then `missing`, none where `lower` is none.
    """

    kind: RatioKind
    upper: int
    lower: int
    by_person: int
    figure: Interval | None
    missing: int = 0


def parted(smear: Smear, whole: int) -> tuple[TypeRow, ...]:
    """The classes of which a person parted at least one cell, by type. whole: cells that the differential is of."""
    rows: list[TypeRow] = []
    for parent in dict.fromkeys((*smear.differentiated, *smear.space.keys)):
        cells = smear.counted(parent)
        by_type = Counter(cell.finer for cell in cells if cell.finer)
        rest = len(cells) - by_type.total()
        if not by_type:
            continue
        complete = rest == 0 and parent in smear.differentiated
        keys = [one.key for one in smear.types if one.finer and one.parent == parent and (complete or by_type[one.key])]
        rows += [TypeRow(key, parent, by_type[key], exact(by_type[key], whole) if complete else None) for key in keys]
        rows += [TypeRow(parent, parent, rest, None)] if rest else []
    return tuple(rows)


def ratios_of(smear: Smear, gate: Gate) -> tuple[CellRatio, ...]:
    """What ratios there are to speak of, as far as the gate lets them."""
    if smear.marrow:
        return (myeloid_to_erythroid(smear),) if gate.shows("counts") else ()
    neutrophils = [cell for key in _NEUTROPHILS for cell in smear.counted(key)]
    if gate.shows("open") and any(_stage(smear, cell) for cell in neutrophils):
        return (immature_to_total(smear),)
    return ()


def immature_to_total(smear: Smear) -> CellRatio:
    """Immature neutrophils to all of them, with the exact binomial interval; given only once every one is parted.

    Immature are bands and all stages before them. Source: Manroe BL et al., The neonatal blood count in health and
    disease. I. Reference values for neutrophilic cells, J Pediatr 1979;95:89-98.
    """
    cells = [cell for key in _NEUTROPHILS for cell in smear.counted(key)]
    stages = Counter(_stage(smear, cell) for cell in cells)
    missing = stages[""]
    share = exact(stages["immature"], len(cells))
    figure = None if missing or not cells else Interval(share.value, share.low, share.high)
    return CellRatio("immature to total", stages["immature"], len(cells), _by_person(cells), figure, missing)


def myeloid_to_erythroid(smear: Smear) -> CellRatio:
    """Granulocytes and their precursors to erythroblasts of marrow, with the interval that the exact binomial one of
    their share among both gives; given from FEWEST_MARROW nucleated cells on.

    Lymphocytes, plasma cells and monocytes are neither. Source: Lee SH et al., ICSH guidelines for the standardization
    of bone marrow specimens and reports, Int J Lab Hematol 2008;30:349-364.
    """
    whole = sum(len(smear.counted(key)) for key in smear.differentiated)
    lineages = LINEAGES | {one.key: one.lineage for one in smear.types}
    cells = [cell for cell in smear.cells if cell.counted_as is not None and lineages.get(str(cell.type))]
    sides = Counter(lineages[str(cell.type)] for cell in cells)
    myeloid, erythroid = sides["myeloid"], sides["erythroid"]
    missing = max(0, FEWEST_MARROW - whole)
    figure = None if missing or not erythroid else _odds(exact(myeloid, myeloid + erythroid))
    return CellRatio("myeloid to erythroid", myeloid, erythroid, _by_person(cells), figure, missing)


def _odds(share: Rate) -> Interval:
    return Interval(*(part / (1 - part) if part < 1 else float("inf") for part in (share.value, share.low, share.high)))


def _stage(smear: Smear, cell: CountedCell) -> str:
    """The stage of a neutrophil that a person gave; "" where nobody did."""
    named = smear.types.get(cell.finer) if cell.finer else None
    return named.stage if named else ""


def _by_person(cells: list[CountedCell]) -> int:
    return sum(cell.corrected is not None for cell in cells)
