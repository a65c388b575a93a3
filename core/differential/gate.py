"""Whether a count may be called a differential: its preconditions as data, each with a reason where it does not hold.

Whatever shows a count (page, command, PDF, HTML, JSON, FHIR) goes by its gate: no percentage, no flag and no sentence
about what is usual passes it by. What cannot be judged does not hold.
"""

from dataclasses import dataclass
from typing import Literal

from core.differential.preconditions import CELLS, Precondition, judged
from core.differential.smear import Smear

Level = Literal["closed", "counts", "open"]
"""What is given: nothing; the numbers of cells with their exact limits; percentages and flags as well."""


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
    """The gate of a smear's differential."""
    return Gate(judged(smear))
