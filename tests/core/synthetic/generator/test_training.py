"""The generator's training: it stops and goes on to the bit, learns, and looks at no test cell."""

import shutil

import numpy as np
import pandas as pd
import pytest
import torch

from core.errors import CheckpointError, RecipeError
from core.models.registry import build
from core.synthetic.generator.cells import as_pixels, epoch_rows, load_cells, randomly_turned, signed
from core.synthetic.generator.copies import eight_views
from core.synthetic.generator.perceptual import Perceptual
from core.synthetic.generator.recipe import generator_recipe_names, load_generator_recipe
from core.synthetic.generator.training import GeneratorRun
from tests.core.synthetic.generator.conftest import CPU, tiny_recipe


def weights(run: GeneratorRun) -> torch.Tensor:
    return torch.cat([value.double().flatten() for value in run.best().state_dict().values()])


def history(run: GeneratorRun) -> pd.DataFrame:
    return run.history().drop(columns="seconds")


@pytest.fixture(scope="module")
def straight(cells, tmp_path_factory) -> GeneratorRun:
    run = GeneratorRun(tiny_recipe(), cells, tmp_path_factory.mktemp("straight"), device=CPU)
    assert run.train()
    return run


@pytest.mark.parametrize("stop_after", [1, 6, 8, 14])
def test_stopped_and_resumed_is_equal_to_the_bit(cells, straight, tmp_path, stop_after):
    done = []

    def stop_there(progress):
        if progress.row is None:
            done.append(progress.stage)
        if len(done) == stop_after:
            first.stop()

    first = GeneratorRun(tiny_recipe(), cells, tmp_path, stop_there, device=CPU)
    assert not first.train()
    assert len(done) == stop_after
    torch.manual_seed(999)  # another process would not have our random numbers either
    second = GeneratorRun(tiny_recipe(), cells, tmp_path, device=CPU)
    assert second.train()
    assert torch.equal(weights(straight), weights(second))
    pd.testing.assert_frame_equal(history(straight), history(second))


def test_it_is_stopped_while_cells_are_encoded(cells, straight, tmp_path):
    first = GeneratorRun(tiny_recipe(), cells, tmp_path, encoding=lambda done, total: first.stop(), device=CPU)
    assert not first.train()
    assert list(tmp_path.glob("*.npy")) == []
    second = GeneratorRun(tiny_recipe(), cells, tmp_path, device=CPU)
    assert second.train()
    assert torch.equal(weights(straight), weights(second))


def test_both_stages_are_stopped_within(straight, cells):
    """The points at which the test above stops lie in both stages, and within epochs."""
    steps = straight.autoencoder.steps, straight.flow.steps
    assert steps[0] * 2 < 14 < steps[0] * 2 + steps[1] * 2


def test_another_seed_is_another_generator(cells, straight, tmp_path):
    other = GeneratorRun(tiny_recipe(seed=7), cells, tmp_path, device=CPU)
    assert other.train()
    assert not torch.equal(weights(straight), weights(other))


def test_a_folder_of_another_recipe_is_refused(cells, tmp_path):
    run = GeneratorRun(tiny_recipe(), cells, tmp_path, device=CPU)
    run.autoencoder.stop()
    assert not run.train()
    with pytest.raises(RecipeError, match="another recipe"):
        GeneratorRun(tiny_recipe(seed=2), cells, tmp_path, device=CPU)


def test_how_cells_are_drawn_may_change_after_training(cells, straight):
    again = GeneratorRun(tiny_recipe(flow__guidance=3.0, flow__steps=7), cells, straight.folder, device=CPU)
    assert again.train()
    assert torch.equal(weights(straight), weights(again))
    assert again.best().recipe.flow.guidance == 3.0


def test_another_flow_goes_on_from_the_same_autoencoder(cells, straight, tmp_path):
    shutil.copytree(straight.folder, tmp_path / "run")
    longer = tiny_recipe(flow__epochs=3)
    with pytest.raises(RecipeError, match="another recipe"):
        GeneratorRun(longer, cells, tmp_path / "run", device=CPU).train()
    (tmp_path / "run" / "flow.pt").unlink()
    run = GeneratorRun(longer, cells, tmp_path / "run", device=CPU)
    assert run.autoencoder.state.finished
    assert run.train()
    assert len(run.history()) == 5


def test_the_autoencoder_learns(cells, tmp_path):
    run = GeneratorRun(
        tiny_recipe(coder__epochs=8, coder__critic_epochs=0, coder__learning_rate=0.003), cells, tmp_path, device=CPU
    )
    assert run.autoencoder.train()
    losses = [row["val_loss"] for row in run.autoencoder.state.history]
    assert losses[-1] < 0.6 * losses[0]


def test_the_encoder_rests_while_there_is_a_critic(cells, tmp_path):
    run = GeneratorRun(tiny_recipe(), cells, tmp_path, device=CPU)
    autoencoder = run.autoencoder
    rows = np.arange(16)
    autoencoder.state.epoch = 2
    autoencoder.begin_epoch()
    before = {name: value.clone() for name, value in autoencoder.net.named_parameters()}
    critic = next(autoencoder.critic.parameters()).clone()
    autoencoder.train_batch(rows)
    moved = {name for name, value in autoencoder.net.named_parameters() if not torch.equal(value, before[name])}
    assert moved
    assert all(name.startswith("decoder.") for name in moved)
    assert not torch.equal(critic, next(autoencoder.critic.parameters()))


def test_no_test_cell_is_looked_at(drawn, cells):
    used = set(cells.train.rows) | set(cells.val.rows)
    assert used.isdisjoint(np.flatnonzero((drawn.index["split"] == "test").to_numpy()))
    assert set(cells.train.rows).isdisjoint(cells.val.rows)
    assert sum(condition.count for condition in cells.conditions) == len(cells.train)


def test_latents_are_scaled_and_turned_as_pictures_are(straight):
    latents = straight.flow.data.train
    rows = np.arange(len(latents))
    every = torch.cat([latents.batch(rows, np.full(len(rows), place)) for place in range(8)])
    assert torch.allclose(every.mean((0, 2, 3)), torch.zeros(2), atol=2e-2)
    assert torch.allclose(every.std((0, 2, 3)), torch.ones(2), atol=2e-2)
    picture = straight.data.train.pictures(rows[:1])
    autoencoder = straight.autoencoder.best()
    for place, view in enumerate(eight_views(picture)):
        with torch.inference_mode():
            expected = autoencoder.encode(signed(view))[0].numpy()
        assert np.allclose(latents.maps[place, :1], expected, atol=2e-2)


def test_pixels_there_and_back(noise):
    pictures = noise.integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    assert np.array_equal(as_pixels(signed(pictures)), pictures)
    assert as_pixels(torch.full((1, 3, 2, 2), 9.0)).max() == 255


def test_turning_gives_each_of_the_eight_positions(noise):
    picture = noise.integers(0, 256, (1, 8, 8, 3), dtype=np.uint8)
    torch.manual_seed(0)
    views = {as_pixels(view[None]).tobytes() for view in randomly_turned(signed(np.repeat(picture, 200, axis=0)))}
    assert views == {view.tobytes() for view in eight_views(picture)}


def test_evening_out_draws_rare_kinds_more_often():
    conditions = np.array([0] * 90 + [1] * 10)
    plain = np.concatenate(list(epoch_rows(conditions, 10, 0.0, 1, 1)))
    assert sorted(plain) == list(range(100))
    even = np.concatenate([np.concatenate(list(epoch_rows(conditions, 10, 1.0, 1, epoch))) for epoch in range(20)])
    assert 0.4 < conditions[even].mean() < 0.6
    half = np.concatenate([np.concatenate(list(epoch_rows(conditions, 10, 0.5, 1, epoch))) for epoch in range(20)])
    assert 0.2 < conditions[half].mean() < 0.3


def test_the_perceptual_loss_is_of_pictures_and_takes_no_gradient():
    torch.manual_seed(0)
    net = build("mobilenet_v2", 8, 64)
    loss = Perceptual(net.features[:8], (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    real = torch.rand(2, 3, 64, 64) * 2 - 1
    assert float(loss(real, real)) == pytest.approx(0, abs=1e-9)
    made = (real + 0.3 * torch.randn_like(real)).requires_grad_()
    worse = real + 0.9 * torch.randn_like(real)
    near = loss(made, real)
    assert 0 < float(near.detach()) < float(loss(worse, real))
    near.backward()
    assert made.grad is not None
    assert all(parameter.grad is None for parameter in loss.parameters())


def test_shipped_recipes_fit():
    for name in generator_recipe_names():
        recipe = load_generator_recipe(name)
        assert recipe.coder.critic_epochs < recipe.coder.epochs


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"input_size": 100}, "input_size"),
        ({"coder.epochs": 0}, "coder.epochs"),
        ({"coder.critic_epochs": 99}, "critic_epochs"),
        ({"flow.colour": 1}, "flow.colour"),
        ({"flow.guidance": -1}, "flow.guidance"),
    ],
)
def test_settings_that_do_not_fit_are_refused(changes, named):
    with pytest.raises(RecipeError, match=named):
        load_generator_recipe("generator", changes)


def test_an_unknown_recipe_is_refused():
    with pytest.raises(RecipeError, match="alchemy"):
        load_generator_recipe("alchemy")


def test_a_perceptual_loss_needs_a_sequence_of_blocks(tiny, cells, tmp_path):
    with pytest.raises(RecipeError, match="sequence of blocks"):
        GeneratorRun(tiny_recipe(coder__perceptual="tiny"), cells, tmp_path, device=CPU)
    with pytest.raises(CheckpointError, match="nobody"):
        GeneratorRun(tiny_recipe(coder__perceptual="nobody"), cells, tmp_path, device=CPU)


def test_cells_are_found_again_by_the_same_key(drawn, cells):
    assert load_cells(tiny_recipe(), drawn).key == cells.key
    assert load_cells(tiny_recipe(input_size=64), drawn).key != cells.key
