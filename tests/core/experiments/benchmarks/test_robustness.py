"""Photos made worse, read: resumable, kept, and figures that can be counted by hand."""

import json

import numpy as np
import pandas as pd
import pytest

from core.checkpoints import find_checkpoint
from core.datasets import open_source
from core.errors import CheckpointError
from core.evaluation.results.robustness import (
    CLEAN,
    MOST_NUMBERED,
    Robustness,
    RobustnessFacts,
    path_of,
    read_robustness,
)
from core.experiments.benchmarks import robustness as bench
from core.imaging.corruptions import CORRUPTIONS, SEVERITIES
from core.inference.reader import Reader
from core.progress import silent
from core.publishing.ood import refit_ood_score
from tests.core.calling import call

CONDITIONS = 1 + len(CORRUPTIONS) * len(SEVERITIES)


@pytest.fixture
def source(drawn_folder):
    return open_source("folder", drawn_folder)


def made_up(images: int = 40, wrong_each: int = 2) -> Robustness:
    """Two classes; at severity s the first s * wrong_each images of class b are called a."""
    labels = ["a"] * (images // 4) + ["b"] * (images - images // 4)
    rows = []
    for name, severity in [(CLEAN, 0)] + [(n, s) for n in CORRUPTIONS for s in SEVERITIES]:
        for number, label in enumerate(labels):
            wrong = label == "b" and number - images // 4 < severity * wrong_each
            rows.append(
                {
                    "corruption": name,
                    "severity": severity,
                    "key": f"{number}.png",
                    "label": label,
                    "said": "a" if wrong else label,
                    "verdict": "unlike" if wrong and number % 2 else "answer",
                    "remarked": severity > 2,
                    "p_truth": 0.1 if wrong else 0.9,
                    "distance": 0.5 + severity / 10,
                }
            )
    facts = RobustnessFacts(
        name="tiny",
        sha256="ab" * 32,
        source="folder",
        split="test",
        images=images,
        seed=0,
        classes=("a", "b"),
        date="2026-11-25",
        seconds=1.0,
        command="a command",
    )
    return Robustness(pd.DataFrame(rows), facts)


def test_the_sample_has_every_class_by_its_share(source):
    everything = bench.chosen(source, "test", 0)
    some = bench.chosen(source, "test", 8)
    assert set(some) < set(everything)
    assert {source.row(key)["label"] for key in some} == {source.row(key)["label"] for key in everything}
    assert some == bench.chosen(source, "test", 8)


def test_a_stopped_run_goes_on_and_comes_out_the_same(tiny, source, tmp_path):
    reader = Reader(tiny)
    whole = bench.measure(reader, source, tmp_path / "whole", limit=8)
    asked = iter([False] * 20 + [True])
    folder = tmp_path / "parts"
    assert bench.measure(reader, source, folder, limit=8, stopped=lambda: next(asked)) is None
    done = [path.stat().st_mtime_ns for path in sorted(folder.rglob("*.parquet"))]
    assert 0 < len(done) < CONDITIONS
    seen = []
    again = bench.measure(reader, source, folder, limit=8, progress=lambda *told: seen.append(told))
    assert whole is not None
    assert again is not None
    pd.testing.assert_frame_equal(whole.table, again.table)
    assert seen[0][0] == len(done) * 8
    assert seen[-1] == (CONDITIONS * 8, CONDITIONS * 8)


def test_what_another_gate_said_is_not_gone_on_with(own_copy, source, tmp_path):
    asked = iter([False] * 20 + [True])
    assert bench.measure(Reader(own_copy), source, tmp_path, limit=8, stopped=lambda: next(asked)) is None
    refit_ood_score(own_copy, [source], silent, most=8)
    seen = []
    again = Reader(find_checkpoint(own_copy.name))
    assert bench.measure(again, source, tmp_path, limit=8, progress=lambda *told: seen.append(told)) is not None
    assert seen[0][0] == 0


def test_clean_photos_are_read_as_ever(tiny, source, tmp_path):
    found = bench.measure(Reader(tiny), source, tmp_path, limit=8)
    assert found is not None
    told = tiny.predictions().table.set_index("key")
    rows = found.of(CLEAN, 0)
    expected = [told.loc[row.key, f"p_{row.label}"] for row in rows.itertuples()]
    assert list(rows["p_truth"]) == pytest.approx(expected, abs=1e-3)


def test_figures_can_be_counted_by_hand():
    found = made_up()
    by_condition = {(one.corruption, one.severity): one for one in found.figures()}
    one = by_condition["jpeg", 3]
    assert one.balanced.value == pytest.approx((1 + 24 / 30) / 2)
    assert one.balanced.low < one.balanced.value < one.balanced.high
    assert one.accuracy.value == pytest.approx(34 / 40)
    assert one.unlike.value == pytest.approx(3 / 40)
    assert one.right.value == pytest.approx(34 / 37)
    assert one.given == pytest.approx((34 * 0.9 + 6 * 0.1) / 40, abs=1e-3)
    assert one.distance == pytest.approx(0.8)
    assert by_condition[CLEAN, 0].balanced.value == 1
    mean = found.mean_balanced(["jpeg", "noise"])
    assert mean.value == pytest.approx(np.mean([(1 + (30 - 2 * step) / 30) / 2 for step in SEVERITIES]))
    assert mean.low < mean.value < mean.high
    assert np.isnan(found.mean_balanced([]).value)
    assert len(found.published) == 11


@pytest.mark.parametrize("images", [40, MOST_NUMBERED + 40])
def test_what_is_kept_comes_back_small(own_copy, images):
    found = made_up(images)
    found.write(path_of("tiny"))
    kept = read_robustness("tiny", found.facts.sha256)
    assert kept is not None
    assert kept.facts == found.facts
    assert ("p_truth" in kept.table) == (images <= MOST_NUMBERED)
    assert [one.balanced for one in kept.figures()] == [one.balanced for one in found.figures()]
    assert path_of("tiny").stat().st_size < 300_000


def test_other_weights_and_damage_are_one_sentence(own_copy):
    assert read_robustness("tiny", "ab" * 32) is None
    made_up().write(path_of("tiny"))
    with pytest.raises(CheckpointError, match="other weights"):
        read_robustness("tiny", "cd" * 32)
    path_of("tiny").write_bytes(b"nothing")
    with pytest.raises(CheckpointError, match="damaged"):
        read_robustness("tiny", "ab" * 32)


def test_the_commands(own_copy, source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for module in ("robustness", "quality"):
        monkeypatch.setattr(f"core.experiments.benchmarks.{module}.find_source", lambda name: source)
    monkeypatch.setattr("core.cli.data.at_hand", lambda name, root: source)
    rows = json.loads(call("bench", "robustness", "--model", "tiny", "--most", "8", "--keep", "--json"))
    assert len(rows) == CONDITIONS + len(CORRUPTIONS) + 2
    kept = read_robustness("tiny", own_copy.card.sha256)
    assert kept is not None
    assert rows[-1]["balanced"] == pytest.approx(kept.mean_balanced(list(CORRUPTIONS)).value, abs=1e-4)
    (val, test) = json.loads(call("data", "quality", "folder", "--keep", "--json"))
    assert (val["split"], test["split"]) == ("val", "test")
    rows = json.loads(call("bench", "quality", "--model", "tiny", "--most", "8", "--json"))
    dark = next(row for row in rows if (row["damage"], row["severity"]) == ("darker", 5))
    assert dark["remarked"] > 0.5
    assert {row["damage"] for row in rows} == {"as it is", "smaller", *CORRUPTIONS}
