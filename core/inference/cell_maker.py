"""Cells on request: drawn by a generator, without copies of training cells, and read by a model where wanted."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.errors import CheckpointError
from core.imaging.decoding import Photo
from core.inference.reader import Reader
from core.labels import subtype_of
from core.progress import Progress, silent
from core.synthetic.generator.conditions import Condition, select_conditions
from core.synthetic.generator.loading import GeneratorCheckpoint
from core.synthetic.generator.sampling import BATCH

TRIES = 20
"""So many cells are drawn at most for each one wanted, before it is said that it cannot be done."""


@dataclass(frozen=True)
class MadeCell:
    """A generated cell. pixels: (S, S, 3) uint8. seed and number: from which, with its kind, it can be made again.

    read_as: the class that a model said, "" where none was asked.
    """

    pixels: np.ndarray
    condition: Condition
    seed: int
    number: int
    read_as: str = ""

    @property
    def subtype(self) -> str:
        """The finer kind, a key of core.labels.PBC_FINE, or ""."""
        return subtype_of(f"{self.condition.subtype}_")

    @property
    def photo(self) -> Photo:
        """As a reader takes it."""
        return Photo(f"{self.condition.cell}-{self.seed}-{self.number}", self.pixels)


@dataclass
class GenerationTally:
    """What became of the cells drawn: how many in all, how many were copies, how many were read otherwise."""

    drawn: int = 0
    copies: int = 0
    read_otherwise: int = 0


class CellMaker:
    """A loaded generator. reader: of the model that has to read a cell as asked, None to keep every cell."""

    def __init__(
        self, checkpoint: GeneratorCheckpoint, reader: Reader | None = None, guidance: float | None = None
    ) -> None:
        self.checkpoint, self.reader, self.guidance = checkpoint, reader, guidance
        self.conditions = checkpoint.conditions
        self.net = checkpoint.generator()
        self.copies, self.features = checkpoint.copies(), checkpoint.copy_features()
        self.tally = GenerationTally()

    def draw(self, conditions: list[int], seed: int, first: int = 0) -> np.ndarray:
        """(N, S, S, 3) uint8: whatever comes, copies among it."""
        return self.net.draw(conditions, seed, first=first, guidance=self.guidance)

    def make(self, cell: str, count: int, seed: int, subtype: str = "", progress: Progress = silent) -> list[MadeCell]:
        """`count` cells of a class (key) or of one of its subtypes (as PBC's files begin, such as PMY).

        The same for the same arguments. RecipeError for a class or subtype that the generator does not know,
        CheckpointError where too few of the cells drawn can be kept.
        """
        numbers, shares = select_conditions(self.conditions, cell, subtype)
        rng = np.random.default_rng([seed, len(numbers)])
        cells: list[MadeCell] = []
        first = 0
        while len(cells) < count:
            if first >= TRIES * max(count, BATCH):
                raise CheckpointError(
                    f"Of {first:,} cells drawn as {cell} only {len(cells)} could be kept; the others are copies or are "
                    "read as another class."
                )
            chosen = [int(number) for number in rng.choice(numbers, BATCH, p=shares)]
            cells += self._good(self.draw(chosen, seed, first), chosen, seed, first)
            first += BATCH
            progress(min(len(cells), count), count)
        return cells[:count]

    def _good(self, pictures: np.ndarray, chosen: list[int], seed: int, first: int) -> list[MadeCell]:
        copied = self.copied(pictures)
        made = [
            MadeCell(pixels, self.conditions[condition], seed, first + place)
            for place, (pixels, condition) in enumerate(zip(pictures, chosen, strict=True))
            if not copied[place]
        ]
        self.tally.drawn += len(pictures)
        self.tally.copies += int(copied.sum())
        if self.reader is None or not made:
            return made
        labels = [reading.label for reading in self.reader.read([cell.photo for cell in made])]
        good = [
            replace(cell, read_as=label)
            for cell, label in zip(made, labels, strict=True)
            if label == cell.condition.cell
        ]
        self.tally.read_otherwise += len(made) - len(good)
        return good

    def copied(self, pictures: np.ndarray) -> np.ndarray:
        """(N,) bool: which are nearer to a training cell than any real validation cell is."""
        return self.copies.copied(self.copies.nearest(pictures, self.features))

    def facts(self, made: MadeCell) -> dict[str, Any]:
        """What a generated picture's file says of it."""
        card = self.checkpoint.card
        facts: dict[str, Any] = {
            "class": made.condition.cell,
            "subtype": made.subtype,
            "seed": made.seed,
            "number": made.number,
            "generated_by": card.sha256,
            "learned_from": card.trained.citation,
            "licence_of_the_data": card.trained.licence,
        }
        if self.reader is not None:
            reader = self.reader.checkpoint
            facts["kept_because"] = f"{reader.name} ({reader.card.sha256[:6]}) reads it as {made.read_as}"
        return facts
