"""Findings in words, from made-up records."""

import numpy as np
import pandas as pd
import pytest

from core.evaluation.results.predictions import Predictions, stacked
from core.evaluation.results.records import RunFacts, save_record
from core.experiments.domain_shift.findings import FINDINGS
from core.experiments.domain_shift.runs import EXPERIMENT, FOUR, RUNS
from core.experiments.studies.results import results
from core.labels import PBC8, WBC5
from core.training.classifier import HISTORY_COLUMNS

CELLS = 60


def told(lab: str, right: float) -> pd.DataFrame:
    truth = np.arange(CELLS) % len(WBC5)
    said = np.where(np.arange(CELLS) * 7 % CELLS < right * CELLS, truth, (truth + 1) % len(WBC5))
    p = np.full((CELLS, len(PBC8)), 0.01)
    p[np.arange(CELLS), [PBC8.index(WBC5.keys[number]) for number in said]] = 0.93
    return Predictions.from_arrays(
        source=lab,
        lab=lab,
        split="test",
        keys=[str(number) for number in range(CELLS)],
        labels=[WBC5.keys[number] for number in truth],
        classes=PBC8.keys,
        probabilities=p,
    ).table


def save(root, run, right):
    facts = RunFacts(
        experiment=EXPERIMENT.name,
        name=run.name,
        title=run.title,
        note=run.note,
        architecture="mobilenet_v2",
        input_size=96,
        parameters=1,
        recipe=run.settings(),
        began_from="nothing",
        source="pbc",
        split_note="Made up.",
        counts={},
        training={},
        versions={},
    )
    table = stacked([told(lab, right) for lab in FOUR])
    save_record(facts, table, pd.DataFrame(columns=list(HISTORY_COLUMNS)), root)


def found(root, right=lambda name: 0.5):
    for run in RUNS:
        save(root, run, right(run.name))
    return results(EXPERIMENT.name, root)


@pytest.fixture(scope="module")
def all_alike(tmp_path_factory):
    return found(tmp_path_factory.mktemp("records"))


@pytest.mark.parametrize("number", range(len(FINDINGS)))
def test_every_finding_tells_something(all_alike, number):
    answer = FINDINGS[number].conclusion(all_alike)
    assert "JTSC" in answer
    assert "Chula" in answer
    assert "nan" not in answer


def test_gains_losses_and_what_cannot_be_told_apart(tmp_path):
    right = {"norms-of-lab": 0.9, "norms-half": 0.1}
    known = found(tmp_path, lambda name: right.get(name, 0.5))
    (asked,) = [one for one in FINDINGS if "norms-half" in one.runs]
    answer = asked.conclusion(known)
    full, half, white = (answer.index(title) for title in ("Batch statistics of", "Batch statistics, half", "White"))
    assert "a gain" in answer[full:half]
    assert "a loss" in answer[half:white]
    assert "not told apart" in answer[white:]


def test_runs_that_were_not_run_are_named():
    assert set(FINDINGS[0].missing({})) == {"as-read"}
    assert FINDINGS[0].conclusion({}) is None
    assert {name for one in FINDINGS for name in one.runs} == {run.name for run in RUNS}
