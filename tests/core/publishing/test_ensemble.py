"""Ensembles: chosen on validation alone, and read as their table says."""

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.checkpoints import Checkpoint, find_checkpoint
from core.datasets import open_source
from core.errors import CheckpointError
from core.evaluation.metrics.calibration import negative_log_likelihood
from core.evaluation.results.predictions import Predictions
from core.imaging.decoding import Photo
from core.inference.reader import Reader
from core.publishing.ensemble import choose_members, publish_ensemble
from core.publishing.verification import verify
from core.synthetic.drawings import CELL_CLASSES, drawn_cell


@pytest.fixture
def pair(own_copy: Checkpoint) -> list[Checkpoint]:
    """The tiny checkpoint and another whose weights are the same under another name."""
    other = own_copy.folder.parent / "other"
    shutil.copytree(own_copy.folder, other)
    card = own_copy.card.model_copy(update={"name": "other"})
    (other / "card.json").write_text(card.model_dump_json())
    return [own_copy, find_checkpoint("other")]


def make_right_but_for(pair: list[Checkpoint], number: int, wrong_split: str) -> None:
    """Make a checkpoint right on all cells, except those of one split, of which it knows nothing."""
    path = pair[number].folder / "predictions.parquet"
    table = pd.read_parquet(path)
    columns = [name for name in table.columns if name.startswith("p_")]
    sure = np.where([[f"p_{label}" == name for name in columns] for label in table["label"]], 0.93, 0.01)
    unsure = (table["split"] == wrong_split).to_numpy()
    table[columns] = np.where(unsure[:, None], 1 / len(columns), sure)
    Predictions(table).write(path)


@pytest.mark.parametrize("good", [0, 1])
def test_validation_decides_and_test_does_not(pair, good):
    make_right_but_for(pair, good, wrong_split="test")
    make_right_but_for(pair, 1 - good, wrong_split="val")
    members = choose_members(pair)
    assert members[0][0].name == pair[good].name
    assert {member.name: votes for member, votes in members}[pair[1 - good].name] == 1


def test_members_that_err_on_different_cells_help_each_other(pair):
    for number, checkpoint in enumerate(pair):
        path = checkpoint.folder / "predictions.parquet"
        table = pd.read_parquet(path)
        columns = [name for name in table.columns if name.startswith("p_")]
        correct = np.array([[f"p_{label}" == name for name in columns] for label in table["label"]])
        good = (np.arange(len(table)) % 2 == number)[:, None]
        table[columns] = np.where(good, np.where(correct, 0.93, 0.01), 1 / len(columns))
        Predictions(table).write(path)
    members = choose_members(pair)
    assert {member.name for member, _ in members} == {"tiny", "other"}
    tables = [member.predictions().select(split="val") for member, _ in members]
    votes = [count for _, count in members]
    mean = np.average([table.probabilities for table in tables], axis=0, weights=votes)
    labels = tables[0].labels
    assert negative_log_likelihood(mean, labels) < min(negative_log_likelihood(t.probabilities, labels) for t in tables)


def test_other_validation_images_are_refused(pair):
    path = pair[1].folder / "predictions.parquet"
    Predictions(pd.read_parquet(path).assign(key=lambda table: "x" + table["key"])).write(path)
    with pytest.raises(CheckpointError, match="same validation images"):
        choose_members(pair)


@pytest.fixture
def ensemble(pair: list[Checkpoint]) -> Checkpoint:
    return publish_ensemble(pair, "Both", pair[0].folder.parent / "both")


def test_it_is_whole_and_says_who_answers(ensemble):
    assert verify(ensemble) == []
    assert ensemble.card.architecture == "ensemble"
    assert ensemble.spec.name == "linear"
    assert sum(member.card.parameters for member, _ in ensemble.members) == ensemble.card.parameters


def test_the_reader_says_what_the_table_says(ensemble, drawn_folder):
    source = open_source("folder", drawn_folder)
    rows = ensemble.predictions().table.head(12)
    readings = Reader(ensemble).read([Photo(key, source.load(key)) for key in rows["key"]])
    now = readings.probabilities
    assert now == pytest.approx(rows.filter(like="p_").to_numpy(), abs=1e-3)
    assert [reading.distance for reading in readings] == pytest.approx(list(rows["distance"]), rel=1e-3)
    assert {reading.sha256 for reading in readings} == {ensemble.card.sha256}


def test_it_explains_by_its_first_member(ensemble):
    reader = Reader(ensemble)
    photo = Photo("drawing", drawn_cell(CELL_CLASSES[0], 3))
    (reading,) = reader.read([photo])
    shown = reader.explain(photo, reading.box, "input-gradient", reading.label)
    assert shown.crop.shape == (28, 28, 3)


def test_a_replaced_member_is_told(ensemble):
    folder = ensemble.folder.parent / ensemble.members[0][0].name
    card = ensemble.members[0][0].card.model_copy(update={"sha256": "0" * 64})
    (folder / "card.json").write_text(card.model_dump_json())
    fresh = replace(ensemble)
    with pytest.raises(CheckpointError, match="not the one that its card names"):
        _ = fresh.members
    assert verify(fresh)


def test_a_changed_list_of_members_is_told(ensemble):
    listed = ensemble.ensemble
    changed = listed.model_copy(update={"members": listed.members[:1] * 2})
    section = ensemble.classifier.model_copy(update={"ensemble": changed})
    card = ensemble.card.model_copy(update={"classifier": section})
    assert any("list of members" in problem for problem in verify(replace(ensemble, card=card)))
