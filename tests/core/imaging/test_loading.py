"""Files, folders, archives and uploads: what is in them comes, in order, and what is bad is named."""

import io
import os
import struct
import warnings
import weakref
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.imaging import loading
from core.imaging.decoding import Photo
from core.imaging.file_types import HEAD_BYTES, sniff
from core.imaging.loading import Unreadable, in_batches, iter_photos, photo_count, unpack


def png(shade: int, side: int = 32) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (side, side), (shade, 0, 255 - shade)).save(file, "PNG")
    return file.getvalue()


def zipped(entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return file.getvalue()


def names(found: list[Photo | Unreadable]) -> list[str]:
    """Names in order, those of unreadable files behind a !; each reason is checked to be one sentence."""
    for item in found:
        if isinstance(item, Unreadable):
            assert item.reason.startswith(item.name)
            assert item.reason.endswith(".")
            assert ". " not in item.reason.removeprefix(item.name)
    return [("!" if isinstance(item, Unreadable) else "") + item.name for item in found]


def only(found: list[Photo | Unreadable]) -> Unreadable:
    assert len(names(found)) == 1
    assert isinstance(found[0], Unreadable)
    return found[0]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a folder `smear` of good, bad and hidden files."""
    monkeypatch.chdir(tmp_path)
    for path, data in {
        "smear/b.png": png(2),
        "smear/a.png": png(1),
        "smear/notes.txt": b"stained on Monday",
        "smear/day 2/c.jpg": png(3),
        "smear/day 2/cut.png": png(4)[:60],
        "smear/.hidden/d.png": png(5),
        "smear/.DS_Store": b"\0",
        "smear/Thumbs.db": b"\0",
        "smear/__MACOSX/._a.png": b"\0",
    }.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return tmp_path


IN_ORDER = ["smear/a.png", "smear/b.png", "smear/day 2/c.jpg", "!smear/day 2/cut.png", "!smear/notes.txt"]


# --- Files and folders ---------------------------------------------------------------------------


def test_a_folder_gives_its_files_in_order(folder: Path):
    assert names(list(iter_photos([Path("smear")]))) == IN_ORDER


@pytest.mark.parametrize("given", ["smear", "./smear", "smear/", "../{0}/smear"])
def test_names_begin_with_what_was_typed(folder: Path, given: str):
    given = given.format(folder.name)
    assert names(list(iter_photos([given])))[0] == os.path.join(given, "a.png")


def test_absolute_paths(folder: Path):
    assert names(list(iter_photos([folder / "smear" / "a.png"]))) == [str(folder / "smear" / "a.png")]


def test_the_order_of_paths_is_kept_and_pixels_match(folder: Path):
    found = list(iter_photos([Path("smear/b.png"), Path("smear/a.png")]))
    assert names(found) == ["smear/b.png", "smear/a.png"]
    assert [int(photo.pixels[0, 0, 0]) for photo in found if isinstance(photo, Photo)] == [2, 1]


def test_a_hidden_file_named_outright_is_read(folder: Path):
    assert names(list(iter_photos(["smear/.hidden/d.png"]))) == ["smear/.hidden/d.png"]


def test_what_does_not_exist_is_named_and_the_rest_proceeds(folder: Path):
    found = list(iter_photos(["nowhere.png", "smear/a.png", "", "odd\0name"]))
    assert names(found) == ["!nowhere.png", "smear/a.png", "!", "!odd�name"]
    assert "does not exist" in found[0].reason  # type: ignore[union-attr]


def test_an_empty_folder_says_so(folder: Path):
    (folder / "empty" / "inner").mkdir(parents=True)
    assert "without any files" in only(list(iter_photos(["empty"]))).reason


def test_a_link_to_a_folder_is_not_followed(folder: Path):
    (folder / "smear" / "again").symlink_to(folder / "smear")
    found = list(iter_photos(["smear"]))
    assert "!smear/again" in names(found)
    assert len(found) == len(IN_ORDER) + 1
    assert names(list(iter_photos(["smear/again/a.png"]))) == ["smear/again/a.png"]


def test_a_folder_named_by_a_link_is_read(folder: Path):
    (folder / "link").symlink_to(folder / "smear")
    assert len(list(iter_photos(["link"]))) == len(IN_ORDER)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_is_not_waited_for(folder: Path):
    os.mkfifo(folder / "pipe")
    assert "neither a file nor a folder" in only(list(iter_photos(["pipe"]))).reason


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="this user may read everything")
def test_what_may_not_be_read_is_named(folder: Path):
    (folder / "smear" / "a.png").chmod(0)
    (folder / "smear" / "day 2").chmod(0)
    found = names(list(iter_photos(["smear"])))
    (folder / "smear" / "day 2").chmod(0o700)
    assert found == ["!smear/a.png", "smear/b.png", "!smear/day 2", "!smear/notes.txt"]


def test_a_failing_disk_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch):
    def fail(path: str) -> list[str]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "listdir", fail)
    assert only(list(iter_photos(["smear"]))).reason == "smear could not be opened (permission denied)."


def test_a_file_beyond_the_limit_is_not_taken_into_memory(folder: Path, monkeypatch: pytest.MonkeyPatch):
    with open("huge.png", "wb") as file:
        file.truncate(loading.MAX_BYTES + 1)
    assert "larger than the limit of 500 MB" in only(list(iter_photos(["huge.png"]))).reason


def test_photos_are_opened_one_at_a_time(folder: Path):
    found = iter_photos(["smear", "nowhere"])
    seen: list[weakref.ref[Photo]] = []
    item: Photo | Unreadable | None
    for item in found:
        if isinstance(item, Photo):
            seen.append(weakref.ref(item))
        item = None
        assert [photo for photo in seen if photo() is not None] == []
    assert len(seen) == 3


# --- Archives ------------------------------------------------------------------------------------

ENTRIES = {
    "b.png": png(2),
    "a.png": png(1),
    "day 2/c.jpg": png(3),
    "day 2/notes.txt": b"stained on Tuesday",
    "day 2/cut.png": png(4)[:60],
    "day 2/": b"",
    "__MACOSX/._a.png": b"\0",
    ".DS_Store": b"\0",
}
LABELS = ["a.png", "b.png", "day 2/c.jpg", "!day 2/cut.png", "!day 2/notes.txt"]


def labelled(name: str) -> list[str]:
    return [f"!{name}/{label[1:]}" if label.startswith("!") else f"{name}/{label}" for label in LABELS]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_uploaded_archive(method: int):
    found = list(unpack("smear.zip", zipped(ENTRIES, method)))
    assert names(found) == labelled("smear.zip")
    assert [int(photo.pixels[0, 0, 0]) for photo in found if isinstance(photo, Photo)] == [1, 2, 3]


def test_an_archive_on_disk_by_its_content(folder: Path):
    (folder / "smear.jpg").write_bytes(zipped(ENTRIES))
    assert names(list(iter_photos(["smear.jpg", "smear/a.png"]))) == [*labelled("smear.jpg"), "smear/a.png"]


def test_an_archive_within_a_folder(folder: Path):
    (folder / "smear" / "more.zip").write_bytes(zipped({"x.png": png(9)}))
    assert "smear/more.zip/x.png" in names(list(iter_photos(["smear"])))


def test_an_uploaded_photo_and_one_that_is_none():
    assert names(list(unpack("a.png", png(1)))) == ["a.png"]
    assert "is empty" in only(list(unpack("a.png", b""))).reason
    assert "a text file" in only(list(unpack("a.png", b"not a photo"))).reason


def test_an_archive_within_an_archive_is_named():
    found = list(unpack("out.zip", zipped({"a.png": png(1), "in.zip": zipped({"b.png": png(2)})})))
    assert names(found) == ["out.zip/a.png", "!out.zip/in.zip"]
    assert "an archive within an archive" in found[1].reason  # type: ignore[union-attr]


@pytest.mark.parametrize("first", ["[Content_Types].xml", "mimetype"])
def test_a_document_is_no_archive_of_photos(folder: Path, first: str):
    document = zipped({first: b"application/", "word/media/image1.png": png(1)})
    (folder / "letter.docx").write_bytes(document)
    assert "an Office document" in only(list(iter_photos(["letter.docx"]))).reason
    assert "an Office document" in only(list(unpack("letter.zip", document))).reason
    assert "an Office document" in only(list(unpack("out.zip", zipped({"letter.docx": document})))).reason


def test_entries_that_point_elsewhere_are_only_labels(folder: Path):
    before = sorted(folder.rglob("*"))
    outside = {"../../up.png": png(1), "/etc/root.png": png(2), "c:\\x\\win.png": png(3)}
    assert names(list(unpack("odd.zip", zipped(outside)))) == [
        "odd.zip/c:/x/win.png",
        "odd.zip/etc/root.png",
        "odd.zip/up.png",
    ]
    assert sorted(folder.rglob("*")) == before


def locked(data: bytes) -> bytes:
    """The archive with every entry marked as encrypted."""
    marked = bytearray(data)
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = marked.find(mark)
        while at >= 0:
            marked[at + flags] |= 1
            at = marked.find(mark, at + 4)
    return bytes(marked)


def test_an_archive_with_a_password():
    found = list(unpack("smear.zip", locked(zipped({"a.png": png(1), "b.png": png(2)}))))
    assert names(found) == ["!smear.zip/a.png", "!smear.zip/b.png"]
    assert "locked by a password" in found[0].reason  # type: ignore[union-attr]


def test_an_unusual_packing_is_named():
    found = only(list(unpack("smear.zip", zipped({"a.png": png(1)}, zipfile.ZIP_BZIP2))))
    assert "packed in an unusual way" in found.reason


def test_a_damaged_entry_is_named_and_the_rest_proceeds():
    data = bytearray(zipped({"a.png": png(1), "b.png": png(2)}, zipfile.ZIP_STORED))
    data[data.index(png(1)) + 40] ^= 1
    found = list(unpack("smear.zip", bytes(data)))
    assert names(found) == ["!smear.zip/a.png", "smear.zip/b.png"]
    assert "damaged within its archive" in found[0].reason  # type: ignore[union-attr]


@pytest.mark.parametrize("share", [0.05, 0.5, 0.99])
def test_a_truncated_archive(share: float):
    data = zipped(ENTRIES)
    assert "damaged or incomplete" in only(list(unpack("smear.zip", data[: int(len(data) * share)]))).reason


@pytest.mark.parametrize("entries", [{}, {"day/": b""}, {"__MACOSX/._a.png": b"\0"}])
def test_an_archive_without_files(entries: dict[str, bytes]):
    assert "without any files" in only(list(unpack("smear.zip", zipped(entries)))).reason


# --- Bombs ---------------------------------------------------------------------------------------


def test_too_many_entries(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(loading, "MAX_ENTRIES", 20)
    data = zipped({f"{n}.png": b"" for n in range(21)})
    assert "more files than the limit of 20" in only(list(unpack("smear.zip", data))).reason


def test_a_huge_table_of_contents_is_not_taken_into_memory(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: pytest.fail("taken into memory"))
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 65535, 65535, 2**31, 0, 0)
    long = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, 10**7, 10**7, 2**31, 0)
    short = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 65535, 65535, 2**32 - 1, 0, 0)
    for tail in (end, long + short):
        assert "more files than the limit" in only(list(unpack("a.zip", b"PK\3\4" + bytes(90) + tail))).reason


def test_an_archive_that_would_unpack_without_end(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(loading, "MAX_UNPACKED", 2**30)
    data = bytearray(zipped({"a.bmp": bytes(2**20), "b.bmp": bytes(2**20)}))
    for at in (data.index(b"PK\1\2"), data.rindex(b"PK\1\2")):
        data[at + 24 : at + 28] = struct.pack("<I", 2**30 - 9)
    assert "would unpack to more than the limit of 1 GB" in only(list(unpack("bomb.zip", bytes(data)))).reason


def test_one_entry_beyond_the_limit_leaves_the_others(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(loading, "MAX_BYTES", 2**20)
    found = list(unpack("smear.zip", zipped({"a.bmp": bytes(2**20 + 1), "b.png": png(2)})))
    assert names(found) == ["!smear.zip/a.bmp", "smear.zip/b.png"]
    assert "larger than the limit of 1 MB" in found[0].reason  # type: ignore[union-attr]


def test_an_entry_longer_than_it_says_is_not_unpacked(monkeypatch: pytest.MonkeyPatch):
    data = bytearray(zipped({"a.bmp": bytes(2**22)}))
    for mark, at in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        start = data.index(mark) + at
        data[start : start + 4] = struct.pack("<I", 100)
    opened: list[int] = []
    monkeypatch.setattr(loading, "open_photo", lambda data, name: opened.append(len(data)))
    assert "damaged within its archive" in only(list(unpack("smear.zip", bytes(data)))).reason
    assert opened == []


# --- Whatever comes ------------------------------------------------------------------------------


@settings(max_examples=100)
@given(
    places=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8),
    keep=st.floats(0.5, 1) | st.just(1.0),
)
def test_damaged_archives(places: list[tuple[float, int]], keep: float):
    data = bytearray(zipped({**ENTRIES, "in.zip": zipped({"a.png": png(1)})}))
    for place, value in places:
        data[int(place * len(data))] = value
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = list(unpack("smear.zip", bytes(data[: int(keep * len(data))])))
    assert found
    assert all(isinstance(item, Photo | Unreadable) for item in found)


def test_every_photo_is_in_colour(folder: Path):
    for photo in iter_photos(["smear"]):
        if isinstance(photo, Photo):
            assert photo.pixels.shape == (32, 32, 3)
            assert photo.pixels.dtype == np.uint8


def blank(side: int, name: str = "blank") -> Photo:
    return Photo(name, np.zeros((side, side, 3), np.uint8))


def test_batches_are_bounded_by_photos_and_by_pixels(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(loading, "PIXELS_AT_ONCE", 130)
    sides = [8, 8, 8, 20, 2, 2, 2, 2]
    items = [*map(blank, sides[:3]), Unreadable("x", "is no photo."), *map(blank, sides[3:])]
    batches = list(in_batches(items, lambda item: item, most=3))
    assert [len(batch) for batch in batches] == [2, 2, 1, 3, 1]
    assert [item for batch in batches for item in batch] == items
    assert list(in_batches([], lambda item: item)) == []


def test_no_more_photos_are_open_than_a_batch_holds(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(loading, "PIXELS_AT_ONCE", 20_000)
    opened, looked = [], []

    def photos():
        for number in range(6):
            opened.append(number)
            yield blank(100, f"{number}.png")

    for batch in in_batches(photos(), lambda item: item):
        looked += batch
        assert len(opened) <= len(looked) + 1
    assert len(looked) == 6


def test_how_many_photos_an_upload_holds():
    assert photo_count(png(1)) == 1
    assert photo_count(zipped({"a.png": png(1), "b.png": png(2), "folder/": b""})) == 2
    assert photo_count(zipped({"a.png": png(1)})[:-10]) == 1
    assert photo_count(b"") == 1


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.webp", "a.avif", "a.gif", "a.bmp"])
def test_the_first_bytes_decide_the_type(name: str):
    file = io.BytesIO()
    Image.new("RGB", (32, 32)).save(file, {"jpg": "JPEG", "tif": "TIFF"}.get(name[2:], name[2:].upper()))
    assert sniff(file.getvalue()) is sniff(file.getvalue()[:HEAD_BYTES])
    assert sniff(file.getvalue()).is_photo
