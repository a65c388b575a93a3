"""Small checkpoints with random weights and made-up figures, so that pages can be tested in seconds."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.evaluation.results.predictions import Predictions
from core.evaluation.results.speeds import Speed
from core.labels import PBC8

CITATION = "Nobody, Nothing, 2026."
CELLS = {"val": 90, "test": 160}


@pytest.fixture
def no_checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of checkpoints."""
    monkeypatch.setenv("SMEARLENS_CHECKPOINTS", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A localizer, and two models of which `simple_cnn` was right more often than `linear`."""
    folder = tmp_path_factory.mktemp("checkpoints")
    publish_localizer(folder / "finder")
    publish_tiny(folder / "linear", "linear", right=0.6)
    publish_tiny(folder / "simple_cnn", "simple_cnn", right=0.9)
    return folder


@pytest.fixture
def tiny_checkpoints(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SMEARLENS_CHECKPOINTS", str(tiny_folder))
    return tiny_folder


@pytest.fixture
def tiny_copy(tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the tiny checkpoints that a test may change."""
    root = tmp_path / "root"
    shutil.copytree(tiny_folder, root)
    monkeypatch.setenv("SMEARLENS_CHECKPOINTS", str(root))
    return root


@pytest.fixture
def no_photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No data set on this computer, as on a fresh one."""
    import streamlit as st

    for name in ("SMEARLENS_DATA", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    st.cache_data.clear()
    st.cache_resource.clear()


def publish_tiny(folder: Path, architecture: str, right: float) -> None:
    """A checkpoint whose weights are random and whose predictions are right that often."""
    import torch
    from safetensors.numpy import save_file

    from core.checkpoints import AbstainThreshold, ClassifierSection, Preprocessing, sha256_of
    from core.models.features import head_width, stage_features, stage_names
    from core.models.registry import build, find_architecture
    from core.ood.scores import OodScore
    from core.publishing.drafting import save_weights, write_card

    folder.mkdir(parents=True)
    torch.manual_seed(0)
    net = build(architecture, len(PBC8), 28).eval()
    parameters = save_weights(net, folder)
    spec = find_architecture(architecture)
    names = stage_names(architecture, len(PBC8), 28)
    with torch.inference_mode(), stage_features(net, spec, names) as forward:
        seen = forward(torch.rand(64, 3, 28, 28) * 2 - 1)[0].numpy()
    # Validation cells of any look, so that nearly everything passes.
    gate = OodScore.fit(seen, -seen, np.random.default_rng(0).normal(size=seen.shape) * 100, head_width(net, spec))
    save_file(gate.tensors() | {"fingerprints": np.zeros((1, 16), np.uint8)}, folder / "statistics.safetensors")
    predictions(right).write(folder / "predictions.parquet")
    history().to_csv(folder / "history.csv", index=False)
    section = ClassifierSection(
        label_space="pbc8",
        preprocessing=Preprocessing(window=200, size=28, mean=(0.5,) * 3, std=(0.5,) * 3),
        abstain=AbstainThreshold(probability=0.01, aim=0.99, reached=True),
    )
    statistics_sha256 = sha256_of(folder / "statistics.safetensors")
    card = bare_card(folder, architecture, parameters)
    write_card(
        folder,
        card.model_copy(update={"task": "classify", "classifier": section, "statistics_sha256": statistics_sha256}),
    )


def publish_ensemble(folder: Path, members: list[Path]) -> None:
    """A checkpoint of these members; its predictions are those of the last."""
    from core.checkpoints import Ensemble, Member, open_checkpoint
    from core.publishing.drafting import write_card

    cards = [open_checkpoint(member).card for member in members]
    ensemble = Ensemble(members=tuple(Member(name=card.name, sha256=card.sha256, votes=1) for card in cards))
    folder.mkdir()
    shutil.copy(members[-1] / "predictions.parquet", folder)
    section = cards[-1].classifier.model_copy(update={"preprocessing": None, "ensemble": ensemble})
    changes = {"name": folder.name, "architecture": "ensemble", "classifier": section, "sha256": ensemble.sha256}
    changes |= {"statistics_sha256": None, "parameters": sum(card.parameters for card in cards)}
    write_card(folder, cards[-1].model_copy(update=changes))


def publish_localizer(folder: Path) -> None:
    """The localizer's network without any training: it points at the middle."""
    import torch

    from core.detection.localizer import LocalizerNet
    from core.publishing.drafting import save_weights, write_card

    folder.mkdir(parents=True)
    torch.manual_seed(0)
    parameters = save_weights(LocalizerNet(), folder)
    write_card(folder, bare_card(folder, "finder", parameters))


def bare_card(folder: Path, architecture: str, parameters: int):
    """The card of a localizer, which has no section of its own."""
    from core.checkpoints import Card, Trained, sha256_of

    return Card(
        task="find",
        name=folder.name,
        title=f"A small {architecture}",
        architecture=architecture,
        trained=Trained(
            source="pbc", split_hash="0" * 64, counts={"train": 1, **CELLS}, licence="none", citation=CITATION
        ),
        recipe={},
        began_from="random weights",
        training={"best_epoch": 3, "epochs": 4},
        versions={},
        parameters=parameters,
        intended_use="For tests. Not for diagnosis.",
        limits="It learned nothing.",
        sha256=sha256_of(folder / "weights.safetensors"),
        statistics_sha256=None,
    )


def predictions(right: float) -> Predictions:
    """Answers of which a share `right` are right and the others are one class off; few platelets."""
    rng = np.random.default_rng(1)
    split = np.repeat(list(CELLS), list(CELLS.values()))
    truth = rng.choice(8, len(split), p=[0.14] * 7 + [0.02])
    said = np.where(rng.random(len(split)) < right, truth, (truth + 1) % 8)
    probabilities = np.full((len(split), 8), 0.02)
    probabilities[np.arange(len(split)), said] = 0.86
    return Predictions.from_arrays(
        source="pbc",
        lab="somewhere",
        split=list(split),
        keys=[f"{number}.png" for number in range(len(split))],
        labels=[PBC8.keys[number] for number in truth],
        classes=PBC8.keys,
        probabilities=probabilities,
    )


def speed(name: str, sha256: str) -> Speed:
    return Speed(
        name=name,
        sha256=sha256,
        threads=2,
        load_ms=40.0,
        one_cell_ms=6.0,
        batch_ms_a_cell=2.5,
        explain_ms=20.0,
        hardware="A processor, of some kind",
        date="2026-11-24",
    )


def history() -> pd.DataFrame:
    epochs = np.arange(1, 5)
    return pd.DataFrame(
        {
            "epoch": epochs,
            "lr": 0.1 / epochs,
            "train_loss": 1 / epochs,
            "train_accuracy": 1 - 0.4 / epochs,
            "val_loss": 1.2 / epochs,
            "val_accuracy": 1 - 0.5 / epochs,
            "seconds": 1.0,
            "size": 28,
        }
    )
