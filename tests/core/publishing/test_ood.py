"""OOD score and calibration refitted: weights stay, what depends on them follows, and the reader agrees with tables."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from core.checkpoints import find_checkpoint, open_checkpoint, sha256_of
from core.datasets import open_source
from core.errors import CheckpointError
from core.evaluation.results.predictions import stacked
from core.imaging.decoding import Photo
from core.inference.reader import Reader
from core.ood.loading import load_ood_score
from core.ood.outliers import outliers
from core.progress import silent
from core.publishing.ood import refit_ood_score
from core.publishing.recalibration import recalibrate, replace_card, replace_table
from core.publishing.verification import verify
from core.synthetic.drawings import CELL_CLASSES, drawn_cell


def read_again(checkpoint, source):
    """What the reader says of the table's cells, and what the table holds."""
    table = checkpoint.predictions()
    readings = Reader(checkpoint).read([Photo(key, source.load(key)) for key in table.table["key"]])
    return readings, table


@pytest.mark.parametrize("step", ["gate", "calibrate"])
def test_the_reader_says_what_the_table_holds(own_copy, drawn_folder, step):
    source = open_source("folder", drawn_folder)
    weights = sha256_of(own_copy.weights)
    if step == "gate":
        refit_ood_score(own_copy, [source], silent)
    else:
        recalibrate(own_copy)
    again = open_checkpoint(own_copy.folder)
    readings, table = read_again(again, source)
    probabilities = readings.probabilities
    assert probabilities == pytest.approx(table.probabilities, abs=1e-6)
    assert [reading.distance for reading in readings] == pytest.approx(list(table.table["distance"]), rel=1e-3)
    assert sha256_of(again.weights) == weights
    assert verify(again) == []
    assert set(readings[0].sets["lac"]) == {"90", "95", "99"}


def test_a_score_fitted_anew_lets_its_own_pass(own_copy, drawn_folder):
    refit_ood_score(own_copy, [open_source("folder", drawn_folder)], silent)
    again = open_checkpoint(own_copy.folder)
    val = again.predictions().select(split="val").table["distance"]
    assert np.mean(val <= 1) >= 0.9
    cells = np.stack([drawn_cell(kind, 40, 64) for kind in CELL_CLASSES])
    strange = [Photo(str(number), picture) for number, picture in enumerate(outliers(cells, "recoloured"))]
    assert np.mean([reading.verdict == "unlike" for reading in Reader(again).read(strange)]) > 0.5


def test_an_earlier_score_is_named_and_can_be_fitted_anew(own_copy, drawn_folder):
    path = own_copy.folder / "statistics.safetensors"
    others = {name: values for name, values in load_file(path).items() if not name.startswith("gate.head")}
    save_file(others, path)
    replace_card(own_copy.folder, own_copy.card.model_copy(update={"statistics_sha256": sha256_of(path)}))
    earlier = open_checkpoint(own_copy.folder)
    with pytest.raises(CheckpointError, match="core gate tiny"):
        load_ood_score(earlier)
    refit_ood_score(earlier, [open_source("folder", drawn_folder)], silent)
    assert verify(open_checkpoint(own_copy.folder)) == []


def test_other_statistics_stay(own_copy, drawn_folder):
    before = own_copy.fingerprints()
    refit_ood_score(own_copy, [open_source("folder", drawn_folder)], silent)
    assert np.array_equal(open_checkpoint(own_copy.folder).fingerprints(), before)


def test_answers_for_another_source_get_new_distances_where_it_is_at_hand(own_copy, drawn_folder):
    source = open_source("folder", drawn_folder)
    elsewhere = replace(source, spec=replace(source.spec, name="elsewhere"))
    refit_ood_score(own_copy, [source], silent)
    before = own_copy.predictions().table
    strange = before.assign(source="elsewhere", lab="elsewhere", split="val", distance=np.nan)
    replace_table(own_copy.folder, stacked([before, strange]))
    refit_ood_score(own_copy, [source], silent, [elsewhere])
    table = open_checkpoint(own_copy.folder).predictions().table
    for name in (source.spec.name, "elsewhere"):
        assert list(table[table["source"] == name]["distance"]) == pytest.approx(list(before["distance"]), rel=1e-3)


def test_another_source_is_refused(own_copy, drawn_folder, tmp_path):
    shutil.copytree(drawn_folder / "basophil", tmp_path / "other" / "basophil")
    shutil.copytree(drawn_folder / "monocyte", tmp_path / "other" / "monocyte")
    with pytest.raises(CheckpointError, match="did not learn"):
        refit_ood_score(own_copy, [open_source("folder", tmp_path / "other")], silent)
    assert find_checkpoint("tiny").card == own_copy.card
