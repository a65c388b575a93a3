"""One tiny published model, made the real way from drawings, and a PostgreSQL server, for tests that need one."""

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
import torch
from PIL import Image

from core import checkpoints
from core.checkpoints import LOCALIZER, Checkpoint
from core.datasets import open_source
from core.experiments.throwaway_postgresql import Server, binaries, running
from core.progress import silent
from core.publishing.classifier import publish_classifier
from core.settings import checkpoints_folder
from core.synthetic.drawings import CELL_CLASSES, drawn_cell
from core.training.classifier import ClassifierTrainer
from core.training.data import load_data
from core.training.recipe import load_recipe

CELLS = 15
PLACES = count(1)


@pytest.fixture(scope="session")
def drawn_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fifteen drawings of each of the eight classes, in class folders."""
    root = tmp_path_factory.mktemp("drawn")
    for kind in CELL_CLASSES:
        (root / kind).mkdir()
        for seed in range(CELLS):
            Image.fromarray(drawn_cell(kind, seed, 48)).save(root / kind / f"{kind}_{seed}.png")
    return root


@pytest.fixture(scope="session")
def tiny_root(tmp_path_factory: pytest.TempPathFactory, drawn_folder: Path) -> Path:
    """A folder of checkpoints: the shipped localizer, and `tiny`, a linear model of drawings."""
    root = tmp_path_factory.mktemp("checkpoints")
    shutil.copytree(checkpoints_folder() / LOCALIZER, root / LOCALIZER)
    source = open_source("folder", drawn_folder)
    recipe = load_recipe("linear", source="folder", epochs=3, batch_size=16, precision="fp32")
    trainer = ClassifierTrainer(
        recipe, load_data(recipe, source), tmp_path_factory.mktemp("run"), device=torch.device("cpu")
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMEARLENS_CHECKPOINTS", str(root))
        trainer.train()
        publish_classifier(trainer, source, "Tiny", root / "tiny", silent)
    return root


@pytest.fixture
def tiny(tiny_root: Path, monkeypatch: pytest.MonkeyPatch) -> Checkpoint:
    """The tiny checkpoint, in the only root that code under test sees."""
    monkeypatch.setenv("SMEARLENS_CHECKPOINTS", str(tiny_root))
    return checkpoints.find_checkpoint("tiny")


@pytest.fixture
def own_copy(tiny: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkpoint:
    """A copy of the tiny checkpoint that a test may damage, in a root of its own."""
    shutil.copytree(tiny.folder.parent, tmp_path / "root")
    monkeypatch.setenv("SMEARLENS_CHECKPOINTS", str(tmp_path / "root"))
    return checkpoints.find_checkpoint("tiny")


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL server of the tests' own."""
    if binaries() is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    with running(durable=False) as started:
        yield started


@pytest.fixture
def empty_url(server: Server) -> str:
    """The address of an empty place in a database: a schema of its own, which is made much sooner than a database."""
    name = f"cases{next(PLACES)}"
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}".encode())
    return f"{server.url}?options=-csearch_path%3D{name}"
