"""What is unlike: every score on every kind of picture that is at hand, and only outliers decide."""

import numpy as np
import pytest
from PIL import Image

from core.datasets import open_source
from core.evaluation.results.ood import best_score, read_measurement, write_measurement
from core.experiments.benchmarks.ood import CLUSTERS_OR_OUTLIERS, DRAWN, measure
from core.inference.reader import Reader
from core.ood.outliers import OUTLIERS
from core.synthetic.drawings import CELL_CLASSES

SCALE = 0.05


@pytest.fixture
def found(tiny, drawn_folder, tmp_path, monkeypatch):
    """Measured beside pictures of another thing, and without other laboratories."""
    folder = tmp_path / "unlike" / "a-dog"
    folder.mkdir(parents=True)
    for number in range(20):
        noise = np.random.default_rng(number).integers(0, 255, (60, 60, 3), np.uint8)
        Image.fromarray(noise).save(folder / f"{number}.png")
    monkeypatch.setenv("SMEARLENS_DATA", str(tmp_path))
    steps: list[tuple[int, int]] = []
    source = open_source("folder", drawn_folder)
    measured = measure(Reader(tiny), [source], "a command", lambda *step: steps.append(step), SCALE)
    assert steps[-1][0] == steps[-1][1]
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    return measured


def test_every_score_is_told_on_everything_that_is_at_hand(found):
    for score in found.scores:
        rows = found.of(score)
        assert [row.kind for row in rows if row.group == "decoy"] == list(OUTLIERS)
        assert [(row.kind, row.n) for row in rows if row.group == "unlike"] == [("a dog", 1)]
        assert [row.n for row in rows if row.group == "drawing"] == [round(DRAWN * SCALE) * len(CELL_CLASSES)]
        assert not [row for row in rows if row.group == "lab"]
        assert all(row.low <= row.auroc <= row.high and row.passed <= row.at_gate <= row.n for row in rows)
    assert (found.used, found.command) == (CLUSTERS_OR_OUTLIERS, "a command")
    assert found.chosen == best_score(found.rows)


def test_what_is_kept_is_found_again(found, tmp_path):
    assert read_measurement(found.name, tmp_path) is None
    write_measurement(found, tmp_path)
    assert read_measurement(found.name, tmp_path) == found
