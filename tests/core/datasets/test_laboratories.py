"""What may be learned from: never what states no licence, nor labels that an audit doubts."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from core.datasets import SOURCES, Source, find_source
from core.datasets.boxes import FIELD_SOURCES, marked_fields
from core.datasets.laboratories import LABORATORIES, doubted_labels, learnable, training_laboratories
from core.datasets.sources import raabin, txl
from core.datasets.sources.rv_pbs import blasts, split_of_day
from core.detection.recipe import make_detector_recipe
from core.errors import RecipeError, SourceError
from core.evaluation.results.predictions import Predictions
from core.labels import PBC8, PBC_FINE
from core.publishing.calibration import calibrated
from core.synthetic.generator.cells import load_cells
from core.training.data import load_data
from core.training.mixing import load_mixed
from core.training.recipe import make_recipe
from tests.core.datasets.audits import keep_audit

Opened = Callable[[str], Source]
REFUSED = "RV-PBS states no licence"
PLAIN = {"name": "x", "architecture": "linear", "input_size": 28, "epochs": 1, "learning_rate": 0.1}


def test_what_states_no_licence_is_measured_on_only() -> None:
    assert [name for name, spec in SOURCES.items() if spec.measure_only] == ["rv_pbs"]
    assert [name for name, source in FIELD_SOURCES.items() if source.measure_only] == ["rv-pbs"]
    assert "rv_pbs" in LABORATORIES
    assert training_laboratories() == ["pbc", "jtsc", "chula", "bccd", "raabin"]


@pytest.mark.parametrize("settings", [{"source": "rv_pbs"}, {"sources": ["pbc", "rv_pbs"]}])
def test_no_recipe_of_a_classifier_learns_from_it(settings: dict[str, object]) -> None:
    with pytest.raises(RecipeError, match=REFUSED):
        make_recipe(PLAIN | settings)


def test_a_recipe_may_name_it_as_left_out() -> None:
    assert make_recipe(PLAIN | {"sources": ["pbc", "rv_pbs"], "leave_out_lab": "rv_pbs"}).learned == ("pbc",)


def test_no_recipe_of_a_detector_learns_from_it() -> None:
    with pytest.raises(RecipeError, match="rv-pbs states no licence"):
        make_detector_recipe({"sources": ["bccd", "rv-pbs"]})


def test_nothing_loads_it_to_learn_from(opened: Opened) -> None:
    source, recipe = opened("rv_pbs"), make_recipe(PLAIN)
    for load in (
        lambda: learnable(source),
        lambda: load_data(recipe, source),
        lambda: load_mixed(recipe, [source], PBC8),
        lambda: load_cells(None, source),
    ):
        with pytest.raises(SourceError, match=REFUSED):
            load()


def test_no_calibration_nor_limit_is_fitted_to_it() -> None:
    keys = [str(number) for number in range(len(PBC8))]
    table = Predictions.from_arrays(
        source="rv_pbs",
        lab="somewhere",
        split="val",
        keys=keys,
        labels=PBC8.keys,
        classes=PBC8.keys,
        probabilities=np.full((len(keys), len(PBC8)), 1 / len(PBC8)),
    )
    with pytest.raises(SourceError, match=REFUSED):
        calibrated(table)


def test_blasts_are_opened_apart(opened: Opened) -> None:
    source = opened("rv_pbs")
    apart = blasts(source)
    assert not set(apart.index["key"]) & set(source.index["key"])
    assert set(apart.index["label"]) == {"blast"}
    assert len(apart.index) == 5
    assert len(source.index) == 45
    assert apart.load(apart.keys()[0]).shape == (80, 80, 3)
    with pytest.raises(SourceError, match=REFUSED):
        learnable(apart)


def test_types_are_called_as_pbc_calls_them(opened: Opened) -> None:
    finer = set(opened("rv_pbs").index["subtype"])
    assert finer <= set(PBC_FINE.keys)
    assert {"band neutrophil", "segmented neutrophil"} <= finer


def test_a_frame_lies_around_the_box(opened: Opened) -> None:
    source = opened("rv_pbs")
    box = source.frame(source.keys()[0], 80, 80)
    assert box.centre == (40, 32)
    assert box.width == pytest.approx(1.5 * 40)


def test_a_day_is_for_choosing_or_for_reporting_whatever_other_days_there_are() -> None:
    days = [date(2021, 4, 1) + timedelta(number) for number in range(60)]
    splits = [split_of_day(day.isoformat()) for day in days]
    assert splits.count("val") == splits.count("test") == 30
    assert split_of_day("2021-05-01") == "test"


def test_typed_fields(built: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    built("rv_pbs").rename(tmp_path / "rv-pbs")
    monkeypatch.setenv("SMEARLENS_DATA", str(tmp_path))
    first, second = marked_fields("rv-pbs")
    assert first.types == second.types == ("blast", "band neutrophil")
    assert first.boxes[0].tolist() == [40, 60, 80, 100]
    assert first.trusted == {"white"}
    assert not first.complete
    assert {first.split, second.split} == {"val", "test"}


def test_pictures_of_raabin_in_two_sets_are_of_one_laboratory() -> None:
    assert txl.LABS["Raabin-WBC"] == raabin.LAB
    assert SOURCES["pbc"].labs == (txl.LABS["PBC-Barcelona"],)


@pytest.fixture
def records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of records."""
    monkeypatch.setattr("core.datasets.audit.summary.records_folder", lambda: tmp_path / "records")
    return tmp_path / "records"


def test_doubted_labels_of_bccd_are_not_learned_from(opened: Opened, records: Path) -> None:
    source = opened("bccd")
    by_split = {split: source.keys(split) for split in ("train", "val", "test")}
    doubted = [by_split[split][0] for split in by_split]
    keep_audit(*doubted)
    assert doubted_labels(source) == set(doubted)
    kept = learnable(source)
    assert set(source.keys()) - set(kept.keys()) == {by_split["train"][0], by_split["val"][0]}  # test stays whole
    data = load_data(make_recipe(PLAIN | {"source": "bccd"}), source)
    assert len(data.train) == len(by_split["train"]) - 1
    assert len(data.val) == len(by_split["val"]) - 1
    whole = source.spec.name, source.split_hash()
    assert (kept.spec.name, kept.split_hash()) != whole


def test_without_an_audit_bccd_is_not_learned_from(opened: Opened, records: Path) -> None:
    with pytest.raises(SourceError, match="data audit bccd --keep"):
        learnable(opened("bccd"))


def test_sources_without_doubts_stay_as_they_are(opened: Opened) -> None:
    source = opened("jtsc")
    assert learnable(source) is source


def test_the_real_sets(data_root: Path) -> None:
    """Facts that SMEARLENS_DATA's README states."""
    source = find_source("raabin")
    assert source.index["split"].value_counts().to_dict() == {"train": 3417, "test": 860, "val": 692}
    measured = find_source("rv_pbs")
    assert len(measured.index) + len(blasts(measured).index) == 394
    assert len(blasts(measured).index) == 36
    assert {"val", "test"} == set(measured.index["split"])
    assert len(marked_fields("rv-pbs")) == 45
    bccd = learnable(find_source("bccd"))
    assert set(bccd.keys()).isdisjoint(doubted_labels(bccd) - set(bccd.keys("test")))
