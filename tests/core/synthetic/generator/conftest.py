"""Tiny settings and drawn cells, so that a whole generator is trained in seconds."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from core.datasets import Source, open_source
from core.progress import silent
from core.publishing.generator import publish_generator
from core.synthetic.generator.cells import GeneratorData, load_cells
from core.synthetic.generator.loading import GeneratorCheckpoint, open_generator
from core.synthetic.generator.recipe import GeneratorRecipe, load_generator_recipe
from core.synthetic.generator.training import GeneratorRun

CPU = torch.device("cpu")
TINY = {
    "source": "folder",
    "input_size": 32,
    "features": "tiny",
    "precision": "fp32",
    "coder.widths": [8, 8, 16],
    "coder.channels": 2,
    "coder.epochs": 2,
    "coder.perceptual": "",
    "coder.critic_epochs": 1,
    "coder.critic_width": 4,
    "flow.widths": [8, 16, 16],
    "flow.epochs": 2,
    "flow.batch_size": 16,
    "flow.steps": 2,
}


def tiny_recipe(**changes: object) -> GeneratorRecipe:
    return load_generator_recipe(
        "generator", TINY | {name.replace("__", "."): value for name, value in changes.items()}
    )


@pytest.fixture(scope="session")
def drawn(drawn_folder: Path) -> Source:
    return open_source("folder", drawn_folder)


@pytest.fixture(scope="session")
def cells(drawn: Source) -> GeneratorData:
    return load_cells(tiny_recipe(), drawn)


@pytest.fixture(scope="session")
def generator_root(
    tiny_root: Path, drawn: Source, cells: GeneratorData, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A root of checkpoints with `tiny`, which reads cells, and `generator`, which makes them."""
    root = tmp_path_factory.mktemp("generators") / "checkpoints"
    shutil.copytree(tiny_root, root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMEARLENS_CHECKPOINTS", str(root))
        run = GeneratorRun(tiny_recipe(), cells, tmp_path_factory.mktemp("generator-run"), device=CPU)
        assert run.train()
        publish_generator(run, drawn, root / "generator", silent)
    return root


@pytest.fixture
def generator(generator_root: Path, monkeypatch: pytest.MonkeyPatch) -> GeneratorCheckpoint:
    monkeypatch.setenv("SMEARLENS_CHECKPOINTS", str(generator_root))
    return open_generator(generator_root / "generator")


@pytest.fixture
def own_generator(generator_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GeneratorCheckpoint:
    """A copy that a test may damage, in a root of its own."""
    shutil.copytree(generator_root, tmp_path / "own")
    monkeypatch.setenv("SMEARLENS_CHECKPOINTS", str(tmp_path / "own"))
    return open_generator(tmp_path / "own" / "generator")


@pytest.fixture
def noise() -> np.random.Generator:
    return np.random.default_rng(0)
