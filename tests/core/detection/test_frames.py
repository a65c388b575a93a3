"""Frames that are found once: kept, and found anew where pictures or network change."""

import numpy as np
import pytest
import torch

from core.detection.frames import found_frames
from core.detection.localizer import Localizer, LocalizerNet
from tests.core.datasets.conftest import built, opened

__all__ = ["built", "opened"]


class CountingLocalizer(Localizer):
    def __init__(self, seed: int) -> None:
        torch.manual_seed(seed)
        super().__init__(LocalizerNet())
        self.framed = 0

    def frame(self, pictures):
        self.framed += len(pictures)
        return super().frame(pictures)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SMEARLENS_CACHE", str(tmp_path / "cache"))


def test_frames_are_found_once(opened):
    source, localizer = opened("jtsc"), CountingLocalizer(0)
    keys = source.keys()
    first = found_frames(source, keys, localizer)
    assert first == {key: localizer.frame([source.load(key)])[0].box for key in keys}
    localizer.framed = 0
    assert found_frames(source, keys, localizer) == first
    assert localizer.framed == 0
    assert found_frames(source, keys[:2], localizer) == {key: first[key] for key in keys[:2]}
    assert found_frames(source, [], localizer) == {}


def test_another_network_and_other_pictures_are_framed_anew(opened):
    source = opened("jtsc")
    keys = source.keys()
    before = found_frames(source, keys, CountingLocalizer(0))
    other = CountingLocalizer(1)
    found_frames(source, keys, other)
    assert other.framed == len(keys)
    again = CountingLocalizer(0)
    path = source.root / keys[0]
    path.write_bytes((source.root / keys[1]).read_bytes())
    assert found_frames(source, keys, again)[keys[0]] == before[keys[1]]
    assert again.framed == len(keys)


def test_a_file_that_is_torn_is_written_anew(opened, tmp_path):
    source, localizer = opened("jtsc"), CountingLocalizer(0)
    first = found_frames(source, source.keys(), localizer)
    (path,) = (tmp_path / "cache" / "frames").iterdir()
    path.write_bytes(path.read_bytes()[:40])
    assert found_frames(source, source.keys(), localizer) == first
    assert np.load(path).shape == (len(first), 4)
