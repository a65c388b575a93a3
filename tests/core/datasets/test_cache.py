from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest
from PIL import Image

from core.datasets import Source, cached_pixels, framed, open_source
from core.errors import ImageError, SourceError
from core.settings import cache_folder

Opened = Callable[[str], Source]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SMEARLENS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "pixels"


def undecodable(source: Source) -> Source:
    """The same source, but whoever decodes one of its images has failed."""

    def load(root: Path, key: str) -> np.ndarray:
        raise AssertionError(f"decoded {key}")

    return Source(replace(source.spec, load=load), source.root)


def test_holds_the_framed_crops_in_order(opened: Opened) -> None:
    source = opened("pbc")
    pixels = cached_pixels(source, 64)
    assert pixels.shape == (24, 64, 64, 3)
    assert pixels.dtype == np.uint8
    assert not pixels.flags.writeable
    for place in (0, 7, 23):
        assert np.array_equal(pixels[place], framed(source, source.keys()[place], 64))


def test_second_call_decodes_nothing(opened: Opened) -> None:
    source = opened("jtsc")
    first = cached_pixels(source, 28)
    assert np.array_equal(first, cached_pixels(undecodable(source), 28))


def test_order_and_choice_of_keys_are_kept(opened: Opened) -> None:
    source = opened("jtsc")
    keys = ["images/007.png", "images/002.png"]
    assert np.array_equal(cached_pixels(source, 28, keys)[1], framed(source, keys[1], 28))
    assert cached_pixels(source, 28, []).shape == (0, 28, 28, 3)


def test_changed_images_and_frames_are_decoded_anew(opened: Opened) -> None:
    source = opened("pbc")
    before = np.array(cached_pixels(source, 28))
    Image.new("RGB", (204, 206), "navy").save(source.root / source.keys()[0])
    after = np.array(cached_pixels(source, 28))
    assert not np.array_equal(before[0], after[0])
    assert np.array_equal(before[1:], after[1:])
    moved = replace(source.spec, frame=lambda row, width, height: source.spec.frame({**row, "crop_x": 78}, 0, 0))
    assert not np.array_equal(after[1:], cached_pixels(Source(moved, source.root), 28)[1:])


def test_new_splits_do_not_decode_again(opened: Opened) -> None:
    source = opened("pbc")
    before = np.array(cached_pixels(source, 28))
    table = (source.root / "labels.csv").read_text().replace(",val,", ",train,")
    (source.root / "labels.csv").write_text(table)
    assert np.array_equal(cached_pixels(undecodable(open_source("pbc", source.root)), 28), before)


def test_tells_how_far_it_is(opened: Opened) -> None:
    source, seen = opened("jtsc"), []
    cached_pixels(source, 28, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(done, 10) for done in range(1, 11)]


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY nonsense"])
def test_a_damaged_file_is_written_anew(damage: bytes, opened: Opened, folder: Path) -> None:
    source = opened("jtsc")
    good = np.array(cached_pixels(source, 28))
    (file,) = folder.iterdir()
    file.write_bytes(damage)
    assert np.array_equal(good, cached_pixels(source, 28))


def test_a_file_cut_short_is_written_anew(opened: Opened, folder: Path) -> None:
    source = opened("jtsc")
    good = np.array(cached_pixels(source, 28))
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:-100])
    assert np.array_equal(good, cached_pixels(source, 28))


def test_failures_are_told_and_leave_nothing_behind(opened: Opened, folder: Path) -> None:
    source = opened("jtsc")
    (source.root / "images/003.png").write_bytes(b"not an image")
    with pytest.raises(ImageError, match=r"003\.png"):
        cached_pixels(source, 28)
    assert list(folder.iterdir()) == []


def test_no_place_for_the_cache(opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("SMEARLENS_CACHE", str(tmp_path / "file"))
    with pytest.raises(SourceError, match="could not be kept"):
        cached_pixels(opened("jtsc"), 28)


def test_without_a_setting_it_is_the_users_cache_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMEARLENS_CACHE", "")
    assert "smearlens" in str(cache_folder())


def test_two_writers_at_once_leave_one_good_file(opened: Opened, folder: Path) -> None:
    source, both = opened("jtsc"), Barrier(2)

    def load(root: Path, key: str) -> np.ndarray:
        if key == "images/001.png":
            both.wait(timeout=60)  # neither goes on before the other has begun its own file
        return source.spec.load(root, key)

    slow = Source(replace(source.spec, load=load), source.root)
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: cached_pixels(slow, 32), range(2))
    assert np.array_equal(first, second)
    assert np.array_equal(first, cached_pixels(undecodable(source), 32))
    assert len(list(folder.iterdir())) == 1
