"""Reference intervals of adults, held as data with their sources (reference_intervals.toml)."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("reference_intervals.toml")


@dataclass(frozen=True)
class ReferenceInterval:
    """What is usual: from low to high, in the unit of the figure. source: whom to cite."""

    low: float
    high: float
    source: str


@dataclass(frozen=True)
class Remark:
    """What the intervals leave out. on: "age", "sex" or "origin"."""

    on: str
    text: str
    source: str


@dataclass(frozen=True)
class References:
    """white: by class key, percent of white cells. platelets: 10⁹ a litre; red_cells: 10¹² a litre."""

    white: dict[str, ReferenceInterval]
    platelets: ReferenceInterval
    red_cells: ReferenceInterval
    remarks: tuple[Remark, ...]

    @property
    def sources(self) -> tuple[str, ...]:
        """Every source, once, in the order of first use."""
        intervals = [*self.white.values(), self.platelets, self.red_cells]
        sources = [interval.source for interval in intervals] + [remark.source for remark in self.remarks]
        return tuple(dict.fromkeys(sources))


@cache
def references() -> References:
    """The intervals that come with Smearlens."""
    table: dict[str, Any] = tomllib.loads(_FILE.read_text("utf-8"))
    cites = {key: str(source["cite"]) for key, source in table["sources"].items()}

    def interval(row: dict[str, Any]) -> ReferenceInterval:
        return ReferenceInterval(float(row["low"]), float(row["high"]), cites[row["source"]])

    return References(
        white={str(row["class"]): interval(row) for row in table["white"]},
        platelets=interval(table["platelets"]),
        red_cells=interval(table["red_cells"]),
        remarks=tuple(Remark(row["on"], row["text"], cites[row["source"]]) for row in table["remarks"]),
    )
