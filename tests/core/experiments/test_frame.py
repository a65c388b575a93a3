"""Runs are made one after another: those recorded passed over, those that cannot be made left out, a stop heeded."""

from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from core.errors import CheckpointError, RecipeError, SourceError
from core.experiments.frame import Experiment, Finding, Runner, make_runs


@dataclass(frozen=True)
class Trial:
    name: str
    title: str = "a trial"
    note: str = "Made up."


EXPERIMENT = Experiment("made-up", "This experiment", (Trial("one"), Trial("lost"), Trial("two")))


@dataclass
class Counting(Runner[Trial, int]):
    def run(self, run):
        if run.name == "lost":
            raise SourceError("It is not on this computer.")
        return None if self.stopped else len(run.name)


@pytest.fixture
def made(tmp_path):
    """`made(**options)`: what came of all runs, and what was said."""

    def make(stop=False, **options):
        said = []

        @contextmanager
        def start(run):
            runner = Counting(out=tmp_path)
            if stop:
                runner.stop()
            yield runner

        return make_runs(EXPERIMENT.runs, start, said.append, **options), said

    return make


def test_what_cannot_be_made_is_left_out_with_a_sentence(made):
    outcomes, said = made(strict=False)
    assert outcomes == {"one": 3, "two": 3}
    assert "lost was left out. It is not on this computer." in said


def test_where_it_was_asked_for_by_name_it_is_an_error(made):
    with pytest.raises(SourceError, match="not on this computer"):
        made(strict=True)


def test_what_is_recorded_is_not_made_again(made):
    outcomes, said = made(recorded={"one", "lost"})
    assert outcomes == {"two": 3}
    assert any(sentence.startswith("one: recorded already") for sentence in said)


def test_a_stop_is_the_end(made):
    assert made(stop=True)[0] is None


def test_runs_are_found_by_name_and_all_where_none_is_named(tmp_path):
    assert EXPERIMENT.choose(["two"]) == (Trial("two"),)
    assert EXPERIMENT.choose([]) == EXPERIMENT.choose(["all"]) == EXPERIMENT.runs
    with pytest.raises(RecipeError, match="no run called three; there are one, lost, two"):
        EXPERIMENT.find("three")
    assert EXPERIMENT.recorded(tmp_path) == set()


def test_a_finding_waits_for_its_runs_and_says_what_is_wrong_with_them():
    finding = Finding[int]("How long?", ("one", "two"), lambda results: f"{sum(results.values())} letters")
    assert finding.conclusion({"one": 3}) is None
    assert finding.to_dict({"one": 3}) == {"question": "How long?", "answer": None, "missing": ["two"]}
    assert finding.conclusion({"one": 3, "two": 3}) == "6 letters"

    def fail(results):
        raise CheckpointError("A record is damaged.")

    assert Finding[int]("How long?", (), fail).conclusion({}) == "A record is damaged."
