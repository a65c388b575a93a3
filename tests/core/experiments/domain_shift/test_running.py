"""Arms on tiny laboratories, from beginning to record."""

import numpy as np
import pytest

from core.errors import RecipeError
from core.experiments.domain_shift.runs import EXPERIMENT, FOUR, RUNS

READING = [run.name for run in RUNS if run.recipe is None]


def test_arms_are_told_apart():
    assert len({run.name for run in RUNS}) == len(RUNS)
    assert len({run.note for run in RUNS}) == len(RUNS)
    with pytest.raises(RecipeError, match="norms-half"):
        EXPERIMENT.find("magic")


def test_reading_arms_answer_for_every_image_of_other_laboratories(runner, labs):
    answers = {}
    for name in READING:
        record = runner().run(EXPERIMENT.find(name))
        told = record.predictions()
        assert set(told.table["source"]) == set(FOUR)
        for lab in FOUR[1:]:
            assert list(told.select(source=lab).table["key"]) == labs[lab].keys()
        assert len(told.select(source="pbc")) == 4
        assert record.facts.recipe["how"] == EXPERIMENT.find(name).how
        answers[name] = told.probabilities
    for name in ("boxes", "reinhard", "macenko-single", "white-balance"):
        assert not np.allclose(answers[name], answers["as-read"]), name
    assert not np.allclose(answers["reinhard"], answers["reinhard-single"])


def test_a_laboratory_left_out_is_read_whole_and_the_others_by_their_test_images(runner, labs):
    record = runner().run(EXPERIMENT.find("without-jtsc"))
    table = record.predictions().table
    assert set(table.loc[table["source"] == "jtsc", "split"]) == {"train", "val", "test"}
    assert set(table.loc[table["source"] == "chula", "split"]) == {"test"}
    learned = sum(len(labs[name].keys("train")) for name in FOUR if name != "jtsc")
    assert record.facts.counts["train"] == learned
    assert record.facts.recipe["leave_out_lab"] == "jtsc"
    assert len(record.history()) == 1


def test_what_gives_the_classes_can_be_left_out(runner):
    told = runner().run(EXPERIMENT.find("without-pbc")).predictions()
    assert len(told.classes) == 8


def test_a_stopped_arm_goes_on(runner):
    stopped = runner()
    stopped.stop()
    assert stopped.run(EXPERIMENT.find("all-labs")) is None
    assert runner().run(EXPERIMENT.find("all-labs")).facts.training["epochs"] == 1


@pytest.mark.parametrize("name", ["pbc-frozen", "pbc-group"])
def test_norms(runner, name):
    assert runner().run(EXPERIMENT.find(name)).facts.architecture == EXPERIMENT.find(name).recipe.architecture
