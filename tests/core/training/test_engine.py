"""The engine, for each kind of network that it trains: stopped anywhere, a run goes on to the bit."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from core.datasets import open_source
from core.detection.localizer_training import LocalizerRecipe, LocalizerTrainer, Views
from core.detection.recipe import make_detector_recipe
from core.detection.training import DetectorData, DetectorTrainer
from core.errors import RecipeError
from core.experiments.attributes import OUTPUTS, AttributeImages, AttributeTrainer
from core.experiments.studies import STUDIES
from core.experiments.studies.frozen import FrozenHeadTrainer
from core.experiments.studies.preparing import PREPARATIONS, prepare
from core.labels import KAGGLE4
from core.synthetic.generator.autoencoder_training import AutoencoderTrainer
from core.synthetic.generator.cells import load_cells
from core.synthetic.generator.flow_training import FlowTrainer
from core.synthetic.generator.latents import LatentData, Latents
from core.training.classifier import ClassifierTrainer
from core.training.data import EpochOrder, TrainingData
from core.training.engine import Trainer
from core.training.recipe import make_recipe
from core.training.state import EpochProgress, EpochReport
from tests.core.datasets.sources.kaggle import build as build_kaggle
from tests.core.detection.conftest import loaded_field
from tests.core.synthetic.generator.conftest import tiny_recipe
from tests.core.training.conftest import images

CPU = torch.device("cpu")
CLASSIFIER = {
    "name": "tiny",
    "architecture": "simple_cnn",
    "input_size": 28,
    "epochs": 2,
    "batch_size": 16,
    "learning_rate": 0.003,
    "precision": "fp32",
    "augment": "smear",
    "ema_decay": 0.9,
    "balance": "sampler",
}
Make = Callable[[Path, EpochReport, int], Trainer]
"""A new trainer, or one that goes on: of a folder, a report, and a seed."""


def classifier(root: Path) -> Make:
    data = TrainingData(images(96, 28, 1), images(32, 28, 2), KAGGLE4, "tiny")
    return lambda folder, report, seed: ClassifierTrainer(
        make_recipe(CLASSIFIER | {"seed": seed}), data, folder, report, device=CPU
    )


def attributes(root: Path) -> Make:
    def described(count: int, seed: int) -> AttributeImages:
        values = np.random.default_rng(seed).integers(0, 2, (count, 11), dtype=np.int8)
        return AttributeImages(images(count, 28, seed).pixels, values[:, 0].astype(np.int64), values)

    data = TrainingData(described(64, 1), described(32, 2), OUTPUTS, "tiny")
    recipe = CLASSIFIER | {"balance": "none", "augment": "symmetry"}
    return lambda folder, report, seed: AttributeTrainer(
        make_recipe(recipe | {"seed": seed}), data, folder, report, device=CPU
    )


def frozen_head(root: Path) -> Make:
    (root / "kaggle").mkdir()
    build_kaggle(root / "kaggle")
    settings = {"epochs": 3, "batch_size": 8, "input_size": 32, "begin_from": "none"}
    recipe = make_recipe(STUDIES["E"].experiment.find("frozen-photo").recipe.model_dump() | settings)
    plan = PREPARATIONS["by photo"](open_source("kaggle", root / "kaggle"), recipe, 0)
    prepared = prepare(plan, recipe.input_size)
    return lambda folder, report, seed: FrozenHeadTrainer(
        recipe.model_copy(update={"seed": seed}), prepared, folder, report
    )


def localizer(root: Path) -> Make:
    def views(count: int, seed: int) -> Views:
        draw = torch.Generator().manual_seed(seed)
        pictures = torch.randint(256, (count, 3, 96, 96), generator=draw, dtype=torch.uint8)
        return Views(pictures, torch.rand(count, 3, generator=draw))

    train, val = views(40, 1), views(8, 2)
    return lambda folder, report, seed: LocalizerTrainer(
        LocalizerRecipe(epochs=2, batch_size=8, seed=seed), train, val, folder, report
    )


def detector(root: Path) -> Make:
    size = {"channels": 8, "height": 64, "width": 64, "diameter": 32, "batch_size": 1}
    recipe = make_detector_recipe({"begin_from": "none", "epochs": 2, "precision": "fp32"} | size)
    fields = [loaded_field(seed) for seed in range(3)]
    return lambda folder, report, seed: DetectorTrainer(
        recipe.model_copy(update={"seed": seed}), DetectorData(fields, fields[:1], "drawn"), folder, report
    )


def autoencoder(root: Path, drawn_folder: Path) -> Make:
    data = load_cells(tiny_recipe(), open_source("folder", drawn_folder))
    return lambda folder, report, seed: AutoencoderTrainer(tiny_recipe(seed=seed), data, folder, report, CPU)


def flow(root: Path) -> Make:
    def latents(count: int) -> Latents:
        rng = np.random.default_rng(count)
        maps = rng.normal(size=(8, count, 2, 4, 4)).astype(np.float16)
        return Latents(maps, torch.zeros(2), torch.ones(2), rng.integers(0, 3, count))

    data = LatentData(latents(64), latents(16), 3, "drawn")
    return lambda folder, report, seed: FlowTrainer(tiny_recipe(seed=seed), data, folder, report, CPU)


NETWORKS = {
    make.__name__: make for make in (classifier, attributes, frozen_head, localizer, detector, autoencoder, flow)
}


@pytest.fixture(scope="module", params=NETWORKS)
def make(request, tmp_path_factory) -> Make:
    """Makes trainers of one kind of network."""
    kind, root = NETWORKS[request.param], tmp_path_factory.mktemp(request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMEARLENS_CACHE", str(root / "cache"))
        yield kind(root, request.getfixturevalue("drawn_folder")) if kind is autoencoder else kind(root)


@pytest.fixture(scope="module")
def reports() -> list[EpochProgress]:
    """What `straight` told while it trained."""
    return []


@pytest.fixture(scope="module")
def straight(make, reports, tmp_path_factory) -> Trainer:
    """A run that nobody stopped."""
    reports.clear()
    trainer = make(tmp_path_factory.mktemp("straight"), reports.append, 1)
    assert trainer.train()
    return trainer


def silent(progress) -> None:
    """Nobody watches."""


def numbers(trainer: Trainer) -> dict[str, Tensor]:
    """Every number that a trainer ends with, but for its random ones."""
    weights = {f"{part} {name}": value for part in ("net", "average") for name, value in weights_of(trainer, part)}
    return weights | {f"best {name}": value for name, value in (trainer.best_weights or {}).items()}


def weights_of(trainer: Trainer, part: str) -> list[tuple[str, Tensor]]:
    module = getattr(trainer, part)
    return [] if module is None else list(module.state_dict().items())


def rows(trainer: Trainer) -> list[dict[str, float]]:
    return trainer.history().drop(columns="seconds").to_dict("records")


@pytest.mark.parametrize("stop", ["at once", "within an epoch", "between epochs", "within the last epoch"])
def test_stopped_and_resumed_is_equal_to_the_bit(make, straight, tmp_path, stop):
    batches = {"at once": 0, "within an epoch": 1, "between epochs": straight.steps}.get(stop, straight.steps + 1)
    done = []

    def stop_there(progress) -> None:
        if progress.row is None:
            done.append(progress)
        if len(done) == batches:
            first.stop()

    first = make(tmp_path, stop_there, 1)
    if not batches:
        first.stop()
    assert not first.train()
    assert len(done) == batches
    torch.manual_seed(999)  # another process would not have our random numbers either
    second = make(tmp_path, silent, 1)
    assert (second.state.epoch, second.state.step) == (first.state.epoch, first.state.step)
    assert second.train()
    expected, resumed = numbers(straight), numbers(second)
    assert expected.keys() == resumed.keys()
    for name, value in expected.items():
        assert torch.equal(value, resumed[name]), name
    assert rows(straight) == rows(second)


def test_another_seed_is_another_network(make, straight, tmp_path):
    other = make(tmp_path, silent, 2)
    assert other.train()
    weights, expected = numbers(other), numbers(straight)
    assert any(not torch.equal(value, expected[name]) for name, value in weights.items())


def test_a_folder_of_another_recipe_is_refused(make, straight):
    with pytest.raises(RecipeError, match="another recipe"):
        make(straight.folder, silent, 2)


def test_a_folder_of_an_earlier_version_is_refused(make, straight, tmp_path):
    earlier = torch.load(straight.path, weights_only=True)
    del earlier["format"]
    torch.save(earlier, tmp_path / straight.path.name)
    with pytest.raises(RecipeError, match="another version"):
        make(tmp_path, silent, 1)


def test_a_finished_run_is_finished(make, straight):
    again = make(straight.folder, lambda progress: pytest.fail("trained again"), 1)
    assert again.train()
    assert rows(again) == rows(straight)
    assert again.summary() == straight.summary()


def test_what_a_run_leaves(make, straight):
    files = {path.name for path in straight.folder.iterdir()}
    prefix = f"{straight.name}-" if straight.name else ""
    assert files == {straight.path.name, f"{prefix}history.csv", "tensorboard"}
    assert list(straight.history().columns) == list(straight.columns)
    assert len(straight.history()) == straight.epochs


def test_progress_says_how_far_a_run_is(straight, reports):
    epochs, steps = straight.epochs, straight.steps
    assert [report.row["epoch"] for report in reports if report.row] == list(range(1, epochs + 1))
    assert [report.step for report in reports if not report.row] == list(range(1, steps + 1)) * epochs
    assert reports[0].seconds_left > 0
    assert reports[-1].seconds_left == 0


@pytest.mark.parametrize("own", [True, False], ids=["own generator", "torch's numbers"])
def test_an_order_is_kept_over_a_stop(own):
    def order() -> EpochOrder:
        return EpochOrder(10, torch.Generator().manual_seed(3) if own else None)

    torch.manual_seed(3)
    straight = order()
    expected = [straight.rows(epoch).tolist() for epoch in (1, 2)]
    torch.manual_seed(3)
    first, second = order(), order()
    assert first.rows(1).tolist() == first.rows(1).tolist() == expected[0]
    second.load_state_dict(first.state_dict())
    assert second.rows(1).tolist() == expected[0]
    assert second.rows(2).tolist() == expected[1]
    assert sorted(expected[1]) == list(range(10))
