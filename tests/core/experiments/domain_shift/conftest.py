"""Every tiny laboratory in one folder, drawn by the tests, and a tiny model that reads them."""

import pytest

from core.datasets import open_source
from core.datasets.laboratories import LABORATORIES
from core.detection.loading import load_localizer
from core.experiments.domain_shift import running
from tests.core.datasets.audits import keep_audit
from tests.core.datasets.conftest import BUILDERS


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """The folder that SMEARLENS_DATA names."""
    monkeypatch.setenv("SMEARLENS_CACHE", str(tmp_path / "cache"))
    root = tmp_path / "data"
    for name in LABORATORIES:
        (root / name).mkdir(parents=True)
        BUILDERS[name](root / name)
    monkeypatch.setenv("SMEARLENS_DATA", str(root))
    return root


@pytest.fixture
def labs(folders):
    """By name, the sources."""
    return {name: open_source(name, folders / name) for name in LABORATORIES}


@pytest.fixture
def localizer(tiny):
    keep_audit()
    return load_localizer()


@pytest.fixture
def runner(labs, localizer, tmp_path, monkeypatch):
    """A runner on few images that reads with the tiny model."""
    monkeypatch.setattr(running, "SHIPPED", "tiny")
    monkeypatch.setattr(running, "MOST_HOME", 4)
    monkeypatch.setattr(running, "REFERENCE", 4)
    few = {"epochs": 1, "epoch_images": 16, "batch_size": 8, "input_size": 32, "sizes": []}
    few |= {"begin_from": "none", "precision": "fp32"}

    def build(**settings):
        return running.LabRunner(
            labs, localizer, out=tmp_path / "out", settings=few | settings, root=tmp_path / "records"
        )

    return build
