"""The measurement of explanations on a tiny checkpoint: it stops, goes on, is kept and decides what comes first."""

import json

import numpy as np
import pandas as pd
import pytest

from core.datasets import Source, open_source
from core.errors import SourceError
from core.evaluation.results.faithfulness import COLUMNS, CONTROLS, Faithfulness, path_of, read_faithfulness
from core.experiments.benchmarks.explanations import measure
from core.explain.attribution import explain
from core.explain.identity import identities
from core.explain.registry import methods_for
from core.inference.explaining import measured_of, methods_of
from core.models.registry import find_architecture
from tests.core.calling import call

METHODS = [*(method.name for method in methods_for(find_architecture("linear"))), *CONTROLS]
"""Those of the tiny checkpoint."""


@pytest.fixture
def source(drawn_folder, monkeypatch, tmp_path):
    monkeypatch.setenv("SMEARLENS_DATA", str(tmp_path))
    return open_source("folder", drawn_folder)


def test_it_goes_on_where_it_stopped(tiny, source, tmp_path):
    seen: list[int] = []
    assert measure(tiny, source, tmp_path, most=1, stopped=lambda: len(seen) == 4 or bool(seen.append(1))) is None
    kept = pd.read_csv(next(tmp_path.glob("*.csv")))
    assert len(kept) == 4 * len(METHODS)
    found = measure(tiny, source, tmp_path, most=1)
    whole = measure(tiny, source, tmp_path / "other", most=1)
    pd.testing.assert_frame_equal(found.table, whole.table)
    assert set(found.table["split"]) == {"val", "test"}
    assert found.methods() == METHODS


def table(scores: dict[str, tuple[float, float]]) -> pd.DataFrame:
    """Ten cells of each split; by method insertion and alike; deletion is .2."""
    rows = [
        (split, f"{cell}.png", "monocyte", method, 0.2, insertion, same, 0.6, 0.3)
        for split in ("val", "test")
        for cell in range(10)
        for method, (insertion, same) in scores.items()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def test_the_best_on_validation_comes_first_unless_it_ignores_what_was_learned(own_copy):
    lead = own_copy
    scores = {"occlusion": (0.7, 0.1), "input-gradient": (0.5, 0.0), "integrated-gradients": (0.9, 0.8)}
    valid = identities(lead.spec, lead.preprocessing.symmetries)
    found = Faithfulness(table(scores | {"chance": (0.95, 1.0)}), lead.card.sha256, valid)
    assert found.ranked() == ["occlusion", "input-gradient", "integrated-gradients"]
    found.write(path_of(lead.name))
    assert [one.name for one in methods_of(lead)] == found.ranked()
    Faithfulness(found.table, "0" * 64, valid).write(path_of(lead.name))
    assert methods_of(lead) == methods_for(lead.spec)
    path_of(lead.name).write_bytes(b"torn")
    assert methods_of(lead) == methods_for(lead.spec)


def test_what_was_measured_with_other_code_counts_no_more(own_copy):
    lead = own_copy
    valid = identities(lead.spec, lead.preprocessing.symmetries)
    scores = {"occlusion": (0.7, 0.1), "input-gradient": (0.5, 0.0), "integrated-gradients": (0.9, 0.2)}
    old = valid | {"integrated-gradients": "as it was"}
    Faithfulness(table(scores), lead.card.sha256, old).write(path_of(lead.name))
    kept = read_faithfulness(lead.name, lead.card.sha256, valid)
    assert kept is not None
    assert kept.ranked() == ["occlusion", "input-gradient"]
    assert methods_of(lead)[0].name == "occlusion"
    Faithfulness(table(scores), lead.card.sha256, {}).write(path_of(lead.name))
    assert read_faithfulness(lead.name, lead.card.sha256, valid) is None
    others = identities(lead.spec, 8 if lead.preprocessing.symmetries == 1 else 1)
    assert not set(others.values()) & set(valid.values())


def test_only_what_is_missing_is_measured(tiny, source, tmp_path, monkeypatch):
    whole = measure(tiny, source, tmp_path, most=1)
    path = next(tmp_path.glob("*.csv"))
    rows = pd.read_csv(path)
    rows.loc[rows["method"] == "occlusion", "identity"] = "as it was"
    rows.to_csv(path, index=False)
    again: list[str] = []
    monkeypatch.setattr(
        "core.experiments.benchmarks.explanations.explain",
        lambda *args, **more: again.append(args[4]) or explain(*args, **more),
    )
    found = measure(tiny, source, tmp_path, most=1)
    assert set(again) == {"occlusion"}
    pd.testing.assert_frame_equal(found.table, whole.table)


def test_figures_are_means_with_intervals():
    one = table({"occlusion": (0.7, 0.1)})
    one["insertion"] = np.tile(np.linspace(0.5, 0.9, 10), 2)
    figures = Faithfulness(one, "").figures("occlusion", "test")
    assert figures.n == 10
    assert figures.score.value == pytest.approx(0.5)
    assert figures.score.low < 0.5 < figures.score.high
    assert figures.area == pytest.approx(0.3)


def test_the_command_keeps_a_small_table(own_copy, source, drawn_folder, monkeypatch, tmp_path):
    def find(name: str) -> Source:
        if name != source.spec.name:
            raise SourceError("Only the drawings are here.")
        return source

    monkeypatch.setattr("core.experiments.benchmarks.explanations.find_source", find)
    monkeypatch.setattr("core.experiments.benchmarks.explanations.FOLDER", tmp_path)
    rows = json.loads(call("bench", "explanations", "--most", "1", "--keep", "--json"))
    assert {row["method"] for row in rows} == set(METHODS)
    kept = measured_of(own_copy)
    assert kept is not None
    assert len(kept.table) == len(METHODS) * 16
    assert path_of("tiny").stat().st_size < 50_000
