"""The studies as data: what they say fits together, and findings are worked out, never typed."""

import math
import re
import subprocess
import sys
from pathlib import Path

import pytest

from core.datasets import SOURCES
from core.errors import CheckpointError, RecipeError
from core.evaluation.intervals import wilson
from core.experiments.studies import STUDIES, find_study
from core.experiments.studies.results import difference, gap, results, study_metrics
from core.experiments.studies.shipped import with_shipped
from core.training.augment import POLICIES
from tests.core.experiments.studies.synthetic import PHOTOS, save, save_all

ROOT = Path(__file__).parents[4]
EVERY = [pytest.param(study, id=letter) for letter, study in STUDIES.items()]
EVERY_RUN = [
    pytest.param(study, run, id=f"{study.letter} {run.name}") for study in STUDIES.values() for run in study.runs
]


@pytest.mark.parametrize("study", EVERY)
def test_names_are_unique_and_lead_somewhere(study):
    names = [run.name for run in study.runs]
    assert len(set(names)) == len(names)
    assert {row.run for row in study.published} <= set(names)
    shipped = {f"shipped {name}" for name in study.checkpoints}
    assert {name for finding in study.findings for name in finding.runs} <= set(names) | shipped
    assert {run.trained_as for run in study.runs if run.trained_as} <= set(names)
    assert study.question.endswith("?")


@pytest.mark.parametrize("study", EVERY)
def test_no_finding_lacks_a_run_of_what_ships(study):
    recorded = with_shipped(study, results(study.experiment.name))
    if not recorded:
        pytest.skip("no records here")
    missing = {finding.question: finding.missing(recorded) for finding in study.findings}
    assert {question: names for question, names in missing.items() if names} == {}


@pytest.mark.parametrize(("study", "run"), EVERY_RUN)
def test_every_run_names_what_exists(study, run):
    from core.experiments.studies.preparing import PREPARATIONS
    from core.models.registry import find_architecture

    assert find_architecture(run.recipe.architecture)
    assert run.recipe.source in SOURCES
    assert run.recipe.augment in POLICIES
    assert run.data in PREPARATIONS
    assert (run.way == "folds") == run.data.endswith("folds")
    if run.trained_as:  # what shares a training must have asked for the same one
        other = study.experiment.find(run.trained_as)
        assert run.recipe == other.recipe
        assert (run.data, run.unscaled) == (other.data, other.unscaled)


@pytest.mark.parametrize("study", EVERY)
def test_published_figures_are_shares_and_fit_their_counts(study):
    for row in study.published:
        assert set(row.figures) <= set(study_metrics())
        assert all(0 <= value <= 1 for value in row.figures.values())
        if row.n:
            assert row.figures["accuracy"] == pytest.approx(row.correct / row.n, abs=0.001)
        for place, name in enumerate(("sensitivity", "specificity")):
            if row.per_class:
                mean = sum(figures[place] for figures in row.per_class.values()) / len(row.per_class)
                # .964 is given as .97; all others are rounded rightly.
                assert row.figures[name] == pytest.approx(mean, abs=0.007)


def test_the_metadata_load_without_torch():
    script = "import sys, core.experiments.studies, core.experiments.studies.shipped; print('torch' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


def test_an_unknown_study_or_run_names_the_known_ones():
    with pytest.raises(RecipeError, match="A, B, C, D, E"):
        find_study("Z")
    with pytest.raises(RecipeError, match="alexnet"):
        find_study("c").experiment.find("nothing")


@pytest.mark.parametrize("study", EVERY)
def test_without_records_a_finding_says_what_is_missing(study):
    for finding in study.findings:
        assert finding.missing({}) == finding.runs


@pytest.mark.parametrize("study", EVERY)
def test_findings_are_sentences_that_follow_the_records(study, tmp_path):
    names = [run.name for run in study.runs]
    save_all(tmp_path / "one")
    save_all(tmp_path / "two", lambda run, split: 0.3 + 0.6 * (names.index(run.name) if run.name in names else 0) / 20)
    one, two = (results(study.experiment.name, tmp_path / which) for which in ("one", "two"))
    for finding in study.findings:
        if finding.missing(one):
            continue  # needs a shipped checkpoint
        answer = finding.answer(one)
        assert answer.endswith(".")
        assert re.search(r"\d", answer)
        assert "nan" not in answer
        if finding.runs:
            assert answer != finding.answer(two)


def test_scores_count_photos_once(tmp_path):
    study = STUDIES["E"]
    save(study, study.runs[0], tmp_path, right=0.75)
    result = results(study.experiment.name, tmp_path)[study.runs[0].name]
    photo, image = result.by_photo(), result.by_image()
    assert (photo.n, photo.units, image.n, image.photos) == (PHOTOS, "photos", 4 * PHOTOS, PHOTOS)
    assert photo.accuracy == wilson(30, 40)
    # Four copies that always agree tell no more than one: the interval must not shrink with them.
    assert image.accuracy.value == 0.75
    assert image.accuracy.high - image.accuracy.low > 0.2
    assert photo.confusion.sum() == PHOTOS


def test_figures_agree_with_an_independent_reference(tmp_path):
    from sklearn.metrics import f1_score, precision_score, recall_score, roc_auc_score

    study = STUDIES["B"]
    save(study, study.runs[0], tmp_path, right=0.6)
    result = results(study.experiment.name, tmp_path)[study.runs[0].name]
    chosen = result.predictions.select(split="test")
    found = result.by_image().figures
    true, said = chosen.labels, chosen.predicted
    assert found["f1"].value == pytest.approx(f1_score(true, said, average="macro"))
    assert found["precision"].value == pytest.approx(precision_score(true, said, average="macro"))
    assert found["sensitivity"].value == pytest.approx(recall_score(true, said, average="macro"))
    area = roc_auc_score(true, chosen.probabilities / chosen.probabilities.sum(1, keepdims=True), multi_class="ovr")
    assert found["auc"].value == pytest.approx(area)
    assert all(figure.low <= figure.value <= figure.high for figure in found.values())


def test_a_run_does_not_differ_from_itself_and_a_gap_is_seen(tmp_path):
    study = STUDIES["E"]
    save(study, study.runs[0], tmp_path, right=0.9)
    save(study, study.runs[1], tmp_path, right=0.3)
    good, bad = results(study.experiment.name, tmp_path).values()
    if good.by_photo().accuracy.value < bad.by_photo().accuracy.value:
        good, bad = bad, good
    tables = [one.predictions.select(split="test") for one in (good, bad)]
    same = difference(tables[0], tables[0])
    assert (same.value, same.low, same.high) == (0, 0, 0)
    assert difference(*tables).value == pytest.approx(0.6)
    assert difference(*tables).low > 0
    assert gap(good.by_photo(), bad.by_photo()).low > 0
    with pytest.raises(CheckpointError, match="different images"):
        difference(tables[0], good.predictions.select(split="val"))


def test_why_the_test_set_was_poor_is_told_by_the_gap(tmp_path):
    """Photos shared: right on 95 %; kept apart: 50 %; test as good as kept apart."""
    study = STUDIES["E"]
    save(study, study.experiment.find("frozen-random"), tmp_path, right=0.5, val=0.95)
    save(study, study.experiment.find("frozen-photo"), tmp_path, right=0.5, val=0.5)
    found = results(study.experiment.name, tmp_path)
    answer = study.findings[0].answer(found).replace("\u00a0", " ")
    assert "flatters by 45 points" in answer
    assert "more than chance explains. What is left" in answer
    assert "test set is 0 points" in answer
    assert "no more than chance explains" in answer


def test_35_photos_cannot_tell_the_two_apart():
    (finding,) = [one for one in STUDIES["C"].findings if not one.runs]
    assert "are not told apart" in finding.answer({})
    assert not math.isnan(wilson(28, 35).low)
