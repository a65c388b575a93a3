"""The frame of an experiment: runs declared by name, made one after another, recorded, and what they show.

A run that was stopped goes on when it is started again; one that is recorded is not made twice.
"""

from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from core.errors import CheckpointError, RecipeError, SmearlensError
from core.evaluation.results.records import records
from core.experiments.sequence import InTurn
from core.progress import Progress, silent

if TYPE_CHECKING:  # torch is slow to import, and what is declared here is read without it
    from core.training.state import EpochReport

ALL = "all"


class DeclaredRun(Protocol):
    """What is to be tried. title: in a few words; note: what sets it apart from the others, in a sentence."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def note(self) -> str: ...


AnyRun = TypeVar("AnyRun", bound=DeclaredRun)
Outcome = TypeVar("Outcome")
AnyResult = TypeVar("AnyResult")


@dataclass(frozen=True)
class Experiment(Generic[AnyRun]):
    """name: under which its runs are recorded. title: as a sentence begins with it."""

    name: str
    title: str
    runs: tuple[AnyRun, ...]

    def find(self, name: str) -> AnyRun:
        """The run of that name; RecipeError lists the names there are."""
        for run in self.runs:
            if run.name == name:
                return run
        names = ", ".join(run.name for run in self.runs)
        raise RecipeError(f"{self.title} has no run called {name}; there are {names}.")

    def choose(self, names: Iterable[str]) -> tuple[AnyRun, ...]:
        """The runs of those names; all where there is none, or ALL alone."""
        names = list(names)
        return self.runs if names in ([], [ALL]) else tuple(self.find(name) for name in names)

    def recorded(self, root: Path | None = None) -> set[str]:
        """The names of runs that are recorded; among the shipped records where root is None."""
        return {record.facts.name for record in records(self.name, root)}


@dataclass(kw_only=True)
class Runner(InTurn, Generic[AnyRun, Outcome]):
    """Makes one run after another; `stop` ends the one in hand. out: of what a run that was stopped goes on from."""

    out: Path
    settings: dict[str, Any] = field(default_factory=dict)
    """Of recipes, by which runs depart from what is declared."""

    progress: Progress = silent
    report: "EpochReport" = lambda progress: None
    root: Path | None = None
    """Where records are kept; with the shipped ones where it is None."""

    @abstractmethod
    def run(self, run: AnyRun) -> Outcome | None:
        """What comes of a run; None where it was stopped before its end."""


def make_runs(
    runs: Iterable[AnyRun],
    start: Callable[[AnyRun], AbstractContextManager[Runner[AnyRun, Outcome]]],
    say: Callable[[str], object],
    *,
    recorded: Collection[str] = (),
    strict: bool = True,
) -> dict[str, Outcome] | None:
    """What came of each run, by name; None where one was stopped before its end.

    start: the runner of a run, in whose context it is made. Runs whose names are in `recorded` are passed over. One
    that cannot be made, since data or weights are not at hand, is left out with a sentence; where `strict`, the
    error is raised.
    """
    outcomes: dict[str, Outcome] = {}
    for run in runs:
        if run.name in recorded:
            say(f"{run.name}: recorded already; --again runs it once more.")
            continue
        try:
            with start(run) as runner:
                say(f"{run.name}: {run.note}")
                outcome = runner.run(run)
        except SmearlensError as error:
            if strict:
                raise
            say(f"{run.name} was left out. {error}")
            continue
        if outcome is None:
            return None
        outcomes[run.name] = outcome
    return outcomes


@dataclass(frozen=True)
class Finding(Generic[AnyResult]):
    """A question and how its answer is worked out from the results of the runs that it names."""

    question: str
    runs: tuple[str, ...]
    answer: Callable[[Mapping[str, AnyResult]], str]

    def missing(self, results: Mapping[str, AnyResult]) -> tuple[str, ...]:
        """The runs that are needed and not recorded here."""
        return tuple(name for name in self.runs if name not in results)

    def conclusion(self, results: Mapping[str, AnyResult]) -> str | None:
        """The answer, or the sentence why a record cannot be used; None where one is missing."""
        if self.missing(results):
            return None
        try:
            return self.answer(results)
        except CheckpointError as error:
            return str(error)

    def to_dict(self, results: Mapping[str, AnyResult]) -> dict[str, Any]:
        return {
            "question": self.question,
            "answer": self.conclusion(results),
            "missing": list(self.missing(results)),
        }
