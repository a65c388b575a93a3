"""A round of cells to be named: which cells come, what was answered, and how it went. Free of torch and of the app.

A round is told by its seed and by the pictures there are, so that a whole class can take the same one. The cells are
drawn by hashing and not by a random generator, whose numbers may change from one version of a package to the next.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np
import numpy.typing as npt

from core.evaluation.comparison import mcnemar
from core.evaluation.confusion import confusion_matrix
from core.evaluation.intervals import Rate, wilson
from core.evaluation.report import SOFT_BELOW

LENGTHS = (5, 10, 20)
"""Cells in a round, as they are offered."""

CellPool = Mapping[str, Sequence[str]]
"""By class, the names of the pictures that there are."""

NONE = ""
"""In place of a class where a model gives no answer."""


@dataclass(frozen=True)
class Question:
    """A picture to be named. label: key of its true class."""

    label: str
    name: str


def draw(pool: CellPool, n: int, seed: int) -> tuple[Question, ...]:
    """n different pictures in an order that looks random: the same for the same names, n and seed, everywhere.

    Balanced: no class comes more than once more often than another, unless it has no pictures left; then the
    others fill its place. Fewer than n where the pool has fewer. ValueError unless n >= 1 and seed >= 0.
    """
    if n < 1 or seed < 0:
        raise ValueError(f"a round needs a cell or more and a seed from 0, not {n} and {seed}")
    labels = _shuffled([label for label, names in pool.items() if names], f"{seed} classes")
    decks = {label: _shuffled(set(pool[label]), f"{seed} {label}") for label in labels}
    longest = max((len(deck) for deck in decks.values()), default=0)
    dealt = [
        Question(label, decks[label][turn]) for turn in range(longest) for label in labels if turn < len(decks[label])
    ]
    places = {f"{question.label} {question.name}": question for question in dealt[:n]}
    return tuple(places[place] for place in _shuffled(places, f"{seed} order"))


def _shuffled(names: Iterable[str], salt: str) -> list[str]:
    return sorted(names, key=lambda name: (sha256(f"{salt} {name}".encode()).digest(), name))


@dataclass(frozen=True)
class Answer:
    """What a person answered, the key of a class, and after how many seconds."""

    label: str
    seconds: float


@dataclass(frozen=True)
class RoundProgress:
    """How far a person is in a round. turned: questions whose answer was seen and left behind.

    There are as many answers as were left behind, or one more: then the truth about the last is being shown.
    """

    answers: tuple[Answer, ...] = ()
    turned: int = 0

    @property
    def shown(self) -> Answer | None:
        """The answer beside which the truth is shown; None while a question waits for one."""
        return self.answers[-1] if len(self.answers) > self.turned else None

    def answered(self, number: int, answer: Answer) -> "RoundProgress":
        """With an answer to question `number`; the same where that is not the one that waits for an answer."""
        if number != self.turned or self.shown is not None:
            return self
        return replace(self, answers=(*self.answers, answer))

    def next(self, number: int) -> "RoundProgress":
        """With question `number` left behind; the same where its answer is not being shown."""
        if number != self.turned or self.shown is None:
            return self
        return replace(self, turned=self.turned + 1)


@dataclass(frozen=True)
class ClassScore:
    """The n cells of one class and the share of them that was called so."""

    key: str
    n: int
    sensitivity: Rate

    def __getitem__(self, metric: str) -> Rate:
        """As `core.evaluation.report.ClassReport` has it, so that both are drawn alike; KeyError for another metric."""
        return {"sensitivity": self.sensitivity}[metric]

    @property
    def soft(self) -> bool:
        """Whether too few cells are of this class for the rate to be firm."""
        return self.n < SOFT_BELOW


@dataclass(frozen=True, eq=False)
class RoundScore:
    """How a person or a model did on a round.

    counts: (K, K + 1), rows the true class, columns the answers, the last one: no answer, which is not right.
    """

    keys: tuple[str, ...]
    counts: npt.NDArray[np.int64]

    @property
    def n(self) -> int:
        return int(self.counts.sum())

    @property
    def right(self) -> int:
        return int(np.trace(self.counts))

    @property
    def withheld(self) -> int:
        """Cells without an answer."""
        return int(self.counts[:, -1].sum())

    @property
    def wrong(self) -> int:
        return self.n - self.right - self.withheld

    @property
    def accuracy(self) -> Rate:
        return wilson(self.right, self.n)

    @property
    def per_class(self) -> tuple[ClassScore, ...]:
        """Only the classes that came."""
        sizes = self.counts.sum(axis=1)
        return tuple(
            ClassScore(key, int(n), wilson(int(self.counts[row, row]), int(n)))
            for row, (key, n) in enumerate(zip(self.keys, sizes, strict=True))
            if n
        )


def score(truth: Sequence[str], answers: Sequence[str], keys: Sequence[str]) -> RoundScore:
    """Count answers, each a key or NONE. ValueError where lengths differ or a key is not known."""
    numbers = {key: number for number, key in enumerate((*keys, NONE))}
    unknown = sorted((set(truth) | set(answers)) - set(numbers))
    if unknown or NONE in truth:
        raise ValueError(f"{unknown or 'no class'} is not one of {', '.join(keys)}")
    k = len(keys)
    counts = confusion_matrix(
        np.array([numbers[key] for key in truth], dtype=np.intp),
        np.array([numbers[key] for key in answers], dtype=np.intp),
        k + 1,
    )
    return RoundScore(tuple(keys), counts[:k])


@dataclass(frozen=True)
class MixUp:
    """Two classes of which one was taken for the other, n times in all, whichever way round."""

    first: str
    second: str
    n: int


def mix_ups(of: RoundScore) -> tuple[MixUp, ...]:
    """The pairs of classes that were mixed up, the commonest first; equals in the order of the classes."""
    k = len(of.keys)
    both_ways = of.counts[:, :k] + of.counts[:, :k].T
    pairs = [
        MixUp(of.keys[a], of.keys[b], int(both_ways[a, b]))
        for a in range(k)
        for b in range(a + 1, k)
        if both_ways[a, b]
    ]
    return tuple(sorted(pairs, key=lambda mix: -mix.n))


@dataclass(frozen=True)
class PairedAnswers:
    """Two who named the same cells: on how many both, only one of them, and neither was right."""

    both: int
    only_first: int
    only_second: int
    neither: int

    @property
    def p(self) -> float:
        """McNemar's exact test, two-sided: how easily chance alone divides the cells so unevenly."""
        return mcnemar(self.only_first, self.only_second)


def paired_answers(truth: Sequence[str], first: Sequence[str], second: Sequence[str]) -> PairedAnswers:
    """Cell by cell; no answer is not right. ValueError where lengths differ."""
    marks = [(own == true, other == true) for true, own, other in zip(truth, first, second, strict=True)]
    return PairedAnswers(*(marks.count(both) for both in ((True, True), (True, False), (False, True), (False, False))))
