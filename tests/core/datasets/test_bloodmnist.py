"""BloodMNIST's files and fetching them, from a server of our own that can misbehave."""

import hashlib
import io
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import medmnist
import numpy as np
import pytest

from core.datasets import Source, fetch_source, framed, open_source
from core.datasets.sources.bloodmnist import SIZES, name_of
from core.errors import SourceError

Opened = Callable[[str], Source]


def small_file() -> bytes:
    rng, arrays = np.random.default_rng(0), {}
    for split in ("train", "val", "test"):
        arrays[f"{split}_images"] = rng.integers(0, 256, (8, 28, 28, 3), dtype=np.uint8)
        arrays[f"{split}_labels"] = np.arange(8, dtype=np.uint8)[:, None]
    packed = io.BytesIO()
    np.savez_compressed(packed, **arrays)
    return packed.getvalue()


CONTENT = small_file()


class Server(ThreadingHTTPServer):
    """Serves CONTENT; `ranges` whether it can go on in the middle, `stops_at` where it breaks off."""

    ranges = True
    stops_at: int | None = None
    asked: list[str]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        asked = self.headers.get("Range", "")
        self.server.asked.append(asked)
        if self.path != "/bloodmnist.npz":
            self.send_error(404)
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and self.server.ranges else 0
        if start >= len(CONTENT):
            self.send_error(416)
            return
        body = CONTENT[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: self.server.stops_at])

    def log_message(self, format: str, *args: Any) -> None:
        """Keeps the tests' output clean."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    server = Server(("127.0.0.1", 0), Handler)
    server.asked = []
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    publish(monkeypatch, f"http://127.0.0.1:{server.server_port}/bloodmnist.npz")
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def publish(monkeypatch: pytest.MonkeyPatch, url: str, content: bytes = CONTENT) -> None:
    monkeypatch.setitem(medmnist.INFO["bloodmnist"], "url", url)
    monkeypatch.setitem(medmnist.INFO["bloodmnist"], "MD5", hashlib.md5(content).hexdigest())


@pytest.fixture
def part(tmp_path: Path) -> Path:
    """Where half a download waits."""
    path = tmp_path / "downloads" / "bloodmnist" / "bloodmnist.npz.part"
    path.parent.mkdir(parents=True)
    return path


def test_fetches_checks_and_opens(server: Server) -> None:
    seen: list[tuple[int, int]] = []
    source = fetch_source("bloodmnist", lambda here, whole: seen.append((here, whole)))
    assert len(source.index) == 24
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [file.name for file in source.root.iterdir()] == ["bloodmnist.npz"]


def test_what_is_here_and_right_is_not_fetched_again(server: Server) -> None:
    fetch_source("bloodmnist")
    fetch_source("bloodmnist")
    assert server.asked == [""]


def test_goes_on_where_it_broke_off(server: Server, part: Path) -> None:
    server.stops_at = 1000
    with pytest.raises(SourceError, match=r"broke off after 1,000 of .* goes on from what has arrived"):
        fetch_source("bloodmnist")
    assert part.stat().st_size == 1000
    server.stops_at = None
    assert len(fetch_source("bloodmnist").index) == 24
    assert server.asked == ["", "bytes=1000-"]


def test_begins_anew_where_the_server_cannot_go_on(server: Server, part: Path) -> None:
    server.ranges = False
    part.write_bytes(b"x" * 1000)
    assert len(fetch_source("bloodmnist").index) == 24


def test_a_part_longer_than_the_file_is_fetched_anew(server: Server, part: Path) -> None:
    part.write_bytes(CONTENT + b"more")
    assert len(fetch_source("bloodmnist").index) == 24


def test_other_contents_than_listed_are_thrown_away(
    server: Server, part: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(monkeypatch, medmnist.INFO["bloodmnist"]["url"], b"what the publisher meant")
    with pytest.raises(SourceError, match="its MD5 differs"):
        fetch_source("bloodmnist")
    assert list(part.parent.iterdir()) == []


def test_not_found(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(monkeypatch, f"http://127.0.0.1:{server.server_port}/gone.npz")
    with pytest.raises(SourceError, match=r"bloodmnist.npz could not be fetched: .*gone.npz answered 404"):
        fetch_source("bloodmnist")


def test_unreachable(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.shutdown()
    server.server_close()
    with pytest.raises(SourceError, match="check the connection and try again"):
        fetch_source("bloodmnist")


def test_no_room(server: Server, part: Path) -> None:
    part.mkdir()
    with pytest.raises(SourceError, match="could not be kept"):
        fetch_source("bloodmnist")


@pytest.mark.parametrize("size", SIZES)
def test_images_are_medmnists_own_pixels_at_their_size(size: int, opened: Opened) -> None:
    source = opened(name_of(size))
    with np.load(source.root / f"{name_of(size)}.npz") as file:
        expected = file["test_images"]
    assert expected.shape[1:] == (size, size, 3)
    assert np.array_equal(source.load("test/000003"), expected[3])
    assert np.array_equal(framed(source, "test/000003", size), expected[3])
    assert source.keys("val")[-1] == "val/000007"
    assert source.index["label"].iloc[3] == "ig"


def test_a_damaged_file_is_refused(opened: Opened) -> None:
    source = opened("bloodmnist")
    path = source.root / "bloodmnist.npz"
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(SourceError, match=r"damaged or another version.*fetch it again"):
        _ = open_source("bloodmnist", source.root).index


def test_a_file_without_its_arrays_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.savez(tmp_path / "bloodmnist.npz", train_labels=np.zeros(3, np.uint8))
    publish(monkeypatch, "", (tmp_path / "bloodmnist.npz").read_bytes())
    with pytest.raises(SourceError, match="is not a MedMNIST file"):
        _ = open_source("bloodmnist", tmp_path).index


def test_the_package_still_lists_all_sizes() -> None:
    info = medmnist.INFO["bloodmnist"]
    assert info["n_samples"] == {"train": 11959, "val": 1712, "test": 3421}
    assert info["n_channels"] == 3
    for size in SIZES:
        suffix = "" if size == 28 else f"_{size}"
        assert name_of(size) in info[f"url{suffix}"]
        assert len(info[f"MD5{suffix}"]) == 32
