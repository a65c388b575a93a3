"""The loop: it learns, stops and goes on to the bit, and does what each setting says."""

import pytest
import torch

from core.errors import RecipeError
from core.training.classifier import HISTORY_COLUMNS, ClassifierTrainer
from core.training.data import class_weights, epoch_batches
from core.training.distributed import Processes
from core.training.recipe import make_recipe

BASE = {
    "name": "tiny",
    "architecture": "simple_cnn",
    "input_size": 28,
    "epochs": 3,
    "batch_size": 16,
    "learning_rate": 0.003,
    "precision": "fp32",
}
FULL = BASE | {
    "augment": "smear",
    "ema_decay": 0.9,
    "label_smoothing": 0.1,
    "balance": "sampler",
    "weight_decay": 0.1,
}
CPU = torch.device("cpu")


def run(data, folder, settings=BASE, **kwargs) -> ClassifierTrainer:
    trainer = ClassifierTrainer(make_recipe(settings), data, folder, device=CPU, **kwargs)
    assert trainer.train()
    return trainer


def weights(trainer: ClassifierTrainer) -> torch.Tensor:
    return torch.cat([value.double().flatten() for value in trainer.best().state_dict().values()])


def test_it_learns(data, tmp_path):
    history = run(data, tmp_path).state.history
    assert history[-1]["val_accuracy"] > 0.9
    assert tuple(history[0]) == HISTORY_COLUMNS
    assert len(history) == 3


@pytest.mark.parametrize("stop_after", [1, 6, 8, 17])
def test_stopped_and_resumed_is_equal_to_the_bit(data, tmp_path, stop_after):
    straight = run(data, tmp_path / "straight", FULL)
    done = []

    def stop_there(progress):
        if progress.row is None:
            done.append(progress)
        if len(done) == stop_after:
            first.stop()

    first = ClassifierTrainer(make_recipe(FULL), data, tmp_path / "halves", stop_there, device=CPU)
    assert not first.train()
    torch.manual_seed(999)  # another process would not have our random numbers either
    second = run(data, tmp_path / "halves", FULL)
    assert torch.equal(weights(straight), weights(second))
    without_time = [{k: v for k, v in row.items() if k != "seconds"} for row in straight.state.history]
    assert without_time == [{k: v for k, v in row.items() if k != "seconds"} for row in second.state.history]


def test_two_seeds_differ_and_one_does_not(data, tmp_path):
    one, same = run(data, tmp_path / "1"), run(data, tmp_path / "2")
    other = run(data, tmp_path / "3", BASE | {"seed": 5})
    assert torch.equal(weights(one), weights(same))
    assert not torch.equal(weights(one), weights(other))


def test_a_folder_of_another_recipe_is_refused(data, tmp_path):
    run(data, tmp_path)
    with pytest.raises(RecipeError, match="another recipe"):
        ClassifierTrainer(make_recipe(BASE | {"epochs": 4}), data, tmp_path, device=CPU)


def test_patience_ends_a_run_that_gets_no_better(data, tmp_path):
    settings = BASE | {"learning_rate": 1e-12, "schedule": "constant", "epochs": 20, "patience": 2}
    trainer = run(data, tmp_path, settings)
    assert len(trainer.state.history) < 20


def test_frozen_parts_do_not_move(data, tmp_path):
    first = run(data, tmp_path / "first")
    torch.save(first.best().state_dict(), tmp_path / "begin.pth")
    settings = BASE | {"begin_from": str(tmp_path / "begin.pth"), "freeze_epochs": 3, "epochs": 3}
    second = ClassifierTrainer(make_recipe(settings), data, tmp_path / "second", device=CPU)
    second.set_trainable(all_parts=False)
    learning = {name.split(".")[0] for name, p in second.net.named_parameters() if p.requires_grad}
    assert learning == {second.spec.head}  # all of it is pre-trained, and something has to learn
    second.set_trainable(all_parts=True)
    assert all(p.requires_grad for p in second.net.parameters())


@pytest.mark.parametrize("precision", ["bf16", "auto"])
@pytest.mark.parametrize("schedule", ["constant", "cosine", "one-cycle"])
@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_every_setting_runs(data, tmp_path, precision, schedule, optimizer):
    settings = BASE | {"precision": precision, "schedule": schedule, "optimizer": optimizer, "epochs": 1}
    trainer = run(data, tmp_path, settings | {"balance": "loss"})
    assert trainer.state.precision in ("fp32", "bf16")


def test_smaller_pictures_are_refused_where_a_network_has_one_size(data, tmp_path):
    with pytest.raises(RecipeError, match="no other size"):
        ClassifierTrainer(make_recipe(BASE | {"sizes": ((1, 20),)}), data, tmp_path, device=CPU)


def test_the_sampler_evens_out_classes(data):
    data.train.labels[:] = 0
    data.train.labels[:4] = 1
    recipe = make_recipe(BASE | {"balance": "sampler"})
    drawn = [data.train.labels[row] for rows in epoch_batches(data.train, recipe, 1, 4) for row in rows]
    assert 0.3 < sum(drawn) / len(drawn) < 0.7
    assert class_weights(data.train.labels, 4).tolist() == pytest.approx([96 / (4 * 92), 96 / 16, 0, 0])


def test_processes_share_an_epoch_without_overlap(data):
    recipe = make_recipe(BASE)
    parts = [
        {row for rows in epoch_batches(data.train, recipe, 2, 4, rank=rank, world=2) for row in rows} for rank in (0, 1)
    ]
    assert not parts[0] & parts[1]
    assert len(parts[0] | parts[1]) == 96


def test_the_first_process_alone_reports_and_writes(data, tmp_path, monkeypatch):
    monkeypatch.setattr(Processes, "join", lambda: Processes(rank=1))
    reports = []
    trainer = run(data, tmp_path, BASE | {"epochs": 1}, report=reports.append)
    assert len(trainer.state.history) == 1
    assert not reports
    assert not list(tmp_path.iterdir())
