"""The detector's run: it learns, stops and goes on as if it had not, and refuses another run's folder."""

import pytest
import torch

from core.detection.training import HISTORY_COLUMNS, DetectorData, DetectorTrainer, data_key
from core.errors import RecipeError


@pytest.fixture
def run_of(tiny_recipe, drawn_fields, tmp_path):
    def make(folder: str, **changes) -> DetectorTrainer:
        report = changes.pop("report", lambda progress: None)
        recipe = tiny_recipe.model_copy(update=changes)
        return DetectorTrainer(recipe, DetectorData(drawn_fields, drawn_fields[:2], "drawn"), tmp_path / folder, report)

    return make


def test_a_run_learns_a_batch_by_heart(run_of):
    run = run_of("a", epochs=20, learning_rate=3e-3)
    batch = run.scenes.batch(1, 0)
    run.net.train()
    losses = [run.train_batch(batch).sums["loss"] for _ in range(15)]
    assert losses[-1] < 0.6 * losses[0]


def test_a_stopped_run_goes_on_as_if_it_had_not_been(run_of):
    whole = run_of("whole")
    assert whole.train()
    parts = run_of("parts", report=lambda progress: parts.stop() if progress.step == 1 else None)
    assert not parts.train()
    again = run_of("parts")
    assert (again.state.epoch, again.state.step) == (1, 1)
    assert again.train()
    for name, value in whole.best().state_dict().items():
        assert torch.allclose(again.best().state_dict()[name].float(), value.float(), atol=1e-5), name


def test_a_folder_of_another_run_is_refused(run_of):
    run_of("a", epochs=1).train()
    with pytest.raises(RecipeError, match="another recipe"):
        run_of("a", epochs=2)


def test_progress_says_what_is_left(run_of):
    reports = []
    run_of("a", epochs=2, report=reports.append).train()
    rows = [progress.row for progress in reports if progress.row]
    assert [row["epoch"] for row in rows] == [1, 2]
    assert set(rows[0]) == set(HISTORY_COLUMNS)
    assert reports[-1].seconds_left == 0
    assert reports[0].seconds_left > 0


def test_the_key_of_the_data_changes_with_any_box(tmp_path):
    from core.datasets.boxes import MarkedField
    from core.imaging.windows import Box

    def field(right: float, split: str = "train") -> MarkedField:
        return MarkedField("drawn", "A", "a.jpg", split, "", tmp_path, (("red", Box(0, 0, right, 5)),))

    keys = {data_key([field(5)]), data_key([field(6)]), data_key([field(5, "val")])}
    assert len(keys) == 3
    assert data_key([field(5)]) in keys
