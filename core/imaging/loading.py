"""What a person points at (files, folders, zip archives, uploads) becomes photos, one after the other."""

import io
import os
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, TypeVar

from core.errors import ImageError
from core.imaging.arrays import is_npz, photos_of_arrays, picture_count
from core.imaging.cut_outs import on_white
from core.imaging.decoding import Photo, open_photo, printable
from core.imaging.file_types import (
    HEAD_BYTES,
    THUMBNAIL_ONLY,
    FileType,
    export_a_region,
    is_named_document,
    is_zipped_document,
    microscope_format,
    not_a_photo,
    sniff,
)
from core.imaging.marks import without_marks
from core.imaging.opening import AS_THEY_ARE, Opening, as_wanted, measured_by_bar
from core.imaging.slides import is_slide, regions_of
from core.imaging.stacks import photos_of
from core.imaging.tiff_pages import series_of

MAX_BYTES = 500 * 2**20
"""Largest file, or entry of an archive, that is taken into memory."""

MAX_ENTRIES = 50_000
"""Most files in one archive (the largest data set of single cells has 17,092)."""

MAX_UNPACKED = 16 * 2**30
"""Most bytes that an archive may hold when unpacked; one entry at a time is in memory."""

PHOTOS_AT_ONCE, PIXELS_AT_ONCE = 32, 2**26
"""Photos, and pixels of them, that are in memory together: enough for a batch of single cells, or one large photo."""

_SYSTEM_FILES = ("__MACOSX", "Thumbs.db", "desktop.ini")


T = TypeVar("T")


@dataclass(frozen=True)
class Unreadable:
    """A file that is not read. problem: why, in plain words that follow on its name: "is empty."."""

    name: str
    problem: str

    @property
    def reason(self) -> str:
        """One sentence that names the file."""
        return f"{self.name} {self.problem}"


def iter_photos(
    paths: Iterable[str | os.PathLike[str]], opening: Opening = AS_THEY_ARE
) -> Iterator[Photo | Unreadable]:
    """Every photo in the files, folders and zip archives given, each opened when it is asked for.

    A folder is searched with the folders in it, in order of name, without hidden files and without
    following links to folders. Names: a path as it was given; within a folder, that path and the way
    from there; within an archive, its name, a slash and the entry's. Raises nothing for bad input.
    """
    for given in paths:
        path = os.fspath(given)
        yield from _as_wanted(_folder(path, opening) if os.path.isdir(path) else _file(path, opening), opening)


def unpack(name: str, data: bytes, opening: Opening = AS_THEY_ARE) -> Iterator[Photo | Unreadable]:
    """The photo in an uploaded file, or every photo in a TIFF of several pages or a zip archive. Raises nothing."""
    name = printable(name)
    file_type = sniff(data)
    is_zip = file_type is FileType.ZIP
    found = _zip(io.BytesIO(data), name, opening) if is_zip else _photos(data, file_type, name, opening)
    yield from _as_wanted(found, opening)


def _as_wanted(found: Iterator[Photo | Unreadable], opening: Opening) -> Iterator[Photo | Unreadable]:
    return map(partial(_prepared, opening), found)


def _prepared(opening: Opening, item: Photo | Unreadable) -> Photo | Unreadable:
    """A photo as the models are to see it: as a person wants it, without black around a cell, without marks."""
    if isinstance(item, Unreadable):
        return item
    return measured_by_bar(without_marks(on_white(as_wanted(item, opening))), opening)


def photo_count(data: bytes) -> int:
    """How many photos an uploaded file holds, roughly, by headers alone: for a progress bar. Raises nothing."""
    file_type = sniff(data)
    if file_type is not FileType.ZIP:
        return len(series_of(data, file_type))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if is_npz(archive):
                return picture_count(archive)
            return max(1, sum(not entry.is_dir() for entry in archive.infolist()))
    except Exception:  # noqa: BLE001 - a damaged one, of which unpack says more
        return 1


def in_batches(
    items: Iterable[T], photo_of: Callable[[T], Photo | Unreadable], *, most: int = PHOTOS_AT_ONCE
) -> Iterator[list[T]]:
    """Items in their order, so many at a time as memory may hold: `most` photos, and PIXELS_AT_ONCE pixels of them.

    photo_of: the photo of an item, or what there is in its place.
    """
    batch: list[T] = []
    pixels = 0
    for item in items:
        photo = photo_of(item)
        size = photo.pixels.shape[0] * photo.pixels.shape[1] if isinstance(photo, Photo) else 0
        if batch and (len(batch) >= most or pixels + size > PIXELS_AT_ONCE):
            yield batch
            batch, pixels = [], 0
        batch.append(item)
        pixels += size
    if batch:
        yield batch


def _photos(data: bytes, file_type: FileType, name: str, opening: Opening) -> Iterator[Photo | Unreadable]:
    """The photo in a file, every photo in the pages of a TIFF, or regions of a slide."""
    if name.lower().endswith(THUMBNAIL_ONLY):
        yield Unreadable(name, not_a_photo(data, name))
        return
    if file_type is FileType.TIFF and is_slide(data):
        photos = regions_of(data, name)
    elif file_type is FileType.TIFF:
        photos = photos_of(data, name, series_of(data, file_type), apart=opening.pages_apart)
    else:
        photos = (_opened(data, name, file_type) for _ in range(1))
    yield from map(partial(_named_refusal, data[:HEAD_BYTES], name), photos)


def _named_refusal(head: bytes, name: str, photo: Photo | ImageError) -> Photo | Unreadable:
    """What cannot be read, by the name of its format where that is a microscope's."""
    if not isinstance(photo, ImageError):
        return photo
    microscope = microscope_format(head, name) if head else None
    return Unreadable(photo.name, export_a_region(microscope) if microscope else photo.problem)


def _opened(data: bytes, name: str, file_type: FileType) -> Photo | ImageError:
    try:
        return open_photo(data, name, file_type=file_type)
    except ImageError as error:
        return error


# --- Folders and files ---------------------------------------------------------------------------


def _folder(folder: str, opening: Opening) -> Iterator[Photo | Unreadable]:
    waiting, empty = [folder], True
    while waiting:
        path = waiting.pop()
        if os.path.isdir(path) and (path == folder or not os.path.islink(path)):
            try:
                inside = [entry for entry in os.listdir(path) if not _hidden(entry)]
            except OSError as error:
                empty = False
                yield _refused(path, error)
                continue
            waiting += [os.path.join(path, entry) for entry in sorted(inside, reverse=True)]
        else:
            empty = False
            yield from _file(path, opening)
    if empty:
        name = printable(folder)
        yield Unreadable(name, "is a folder without any files to read.")


def _hidden(entry: str) -> bool:
    return entry.startswith(".") or entry in _SYSTEM_FILES


def _file(path: str, opening: Opening) -> Iterator[Photo | Unreadable]:
    """The photo or photos in a file or a zip archive on disk."""
    name = printable(path)
    if not os.path.isfile(path):  # a pipe or a device would be read for ever
        yield Unreadable(name, _why_no_file(path))
        return
    try:
        with open(path, "rb") as file:
            file_type = sniff(file.read(HEAD_BYTES))
            if file_type is FileType.ZIP:
                yield from _zip(file, name, opening)
            else:
                file.seek(0)
                yield from _photo_file(file, file_type, name, opening)
    except OSError as error:
        yield _refused(path, error)


def _why_no_file(path: str) -> str:
    if os.path.isdir(path):
        return "is a link to another folder, which is not followed; name that folder itself."
    if os.path.exists(path):
        return "is neither a file nor a folder."
    return "does not exist; check the spelling and where you are."


def _photo_file(file: IO[bytes], file_type: FileType, name: str, opening: Opening) -> Iterator[Photo | Unreadable]:
    size = os.fstat(file.fileno()).st_size
    if size > MAX_BYTES and file_type is FileType.TIFF and is_slide(Path(file.name)):
        yield from map(partial(_named_refusal, b"", name), regions_of(Path(file.name), name))
    elif size > MAX_BYTES:
        yield Unreadable(name, _too_big())
    else:
        yield from _photos(file.read(), file_type, name, opening)


def _refused(path: str, error: OSError) -> Unreadable:
    name = printable(path)
    reason = (error.strerror or "unknown reason").lower()
    return Unreadable(name, f"could not be opened ({reason}).")


def _too_big() -> str:
    limit = f"{MAX_BYTES >> 20} MB"
    return f"is larger than the limit of {limit}; save the picture as PNG or JPEG and try again."


# --- Archives ------------------------------------------------------------------------------------


def _zip(file: IO[bytes], name: str, opening: Opening) -> Iterator[Photo | Unreadable]:
    """Every photo in a zip archive. Nothing is written to disk: names of entries are only labels."""
    try:
        crowded = _table_bytes(file) > MAX_ENTRIES * 512
        archive = None if crowded else zipfile.ZipFile(file)
    except Exception:  # noqa: BLE001 - for damaged ones zipfile raises struct.error, ValueError and others
        file.seek(0)
        head = file.read(HEAD_BYTES)
        document = is_zipped_document(head) or is_named_document(name)
        damaged = "is a damaged or incomplete zip archive; make or copy it again."
        yield Unreadable(name, not_a_photo(head, name) if document else damaged)
        return
    if archive is None:
        yield Unreadable(name, _too_many())
        return
    with archive:
        if _is_document(archive):
            file.seek(0)
            yield from _photos(file.read(MAX_BYTES), FileType.ZIP, name, opening)
            return
        if is_npz(archive):
            yield from map(partial(_named_refusal, b"", name), photos_of_arrays(archive, name))
            return
        entries = _entries(archive)
        refusal = _refusal(entries)
        if refusal:
            yield Unreadable(name, refusal)
            return
        for label, entry in entries:
            yield from _entry(archive, entry, f"{name}/{label}", opening)


def _table_bytes(file: IO[bytes]) -> int:
    """Size of the archive's table of contents, as it says; zipfile would take one of any size into memory."""
    file.seek(0, os.SEEK_END)
    file.seek(max(0, file.tell() - 2**16 - 256))
    tail = file.read()
    sizes = [0]
    for mark, start, end in ((b"PK\x05\x06", 12, 16), (b"PK\x06\x06", 40, 48)):  # ordinary, and zip64
        records = [match.start() for match in re.finditer(mark, tail)]
        sizes += [int.from_bytes(tail[at + start : at + end], "little") for at in records]
    return max(size for size in sizes if size != 2**32 - 1)  # this one says: see the zip64 record


def _too_many() -> str:
    return f"holds more files than the limit of {MAX_ENTRIES:,}; split it and try again."


def _is_document(archive: zipfile.ZipFile) -> bool:
    """Office documents and e-books are zip archives too, and the pictures in them are not photos."""
    return any(entry in archive.NameToInfo for entry in ("[Content_Types].xml", "mimetype"))


def _entries(archive: zipfile.ZipFile) -> list[tuple[str, zipfile.ZipInfo]]:
    """(label, entry) of every file that is not hidden, in order of label."""
    labelled = []
    for entry in archive.infolist():
        parts = [part for part in entry.filename.replace("\\", "/").split("/") if part not in ("", ".", "..")]
        if parts and not entry.is_dir() and not any(map(_hidden, parts)):
            labelled.append((printable("/".join(parts)), entry))
    return sorted(labelled, key=lambda pair: pair[0])


def _refusal(entries: list[tuple[str, zipfile.ZipInfo]]) -> str:
    """Why an archive is not unpacked at all, or ""."""
    if not entries:
        return "is a zip archive without any files to read."
    if len(entries) > MAX_ENTRIES:
        return _too_many()
    if sum(entry.file_size for _, entry in entries) > MAX_UNPACKED:
        return f"would unpack to more than the limit of {MAX_UNPACKED >> 30} GB; split it and try again."
    return ""


def _entry(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, opening: Opening
) -> Iterator[Photo | Unreadable]:
    problem = _why_not_unpacked(entry)
    if problem:
        yield Unreadable(name, problem)
        return
    try:
        with archive.open(entry) as stream:
            data = stream.read(entry.file_size)  # bounded: an entry can be longer than it says
    except Exception:  # noqa: BLE001 - as for damaged archives
        yield Unreadable(name, "is damaged within its archive; make or copy the archive again.")
        return
    file_type = sniff(data)
    if file_type is FileType.ZIP and name.lower().endswith(".npz"):
        yield from _zip(io.BytesIO(data), name, opening)
    elif file_type is FileType.ZIP and not is_zipped_document(data):
        yield Unreadable(name, "is an archive within an archive; unpack it first and try again.")
    else:
        yield from _photos(data, file_type, name, opening)


def _why_not_unpacked(entry: zipfile.ZipInfo) -> str:
    """Why an entry is not unpacked, or ""."""
    if entry.flag_bits & 1:
        return "is locked by a password; make the archive without one and try again."
    # Other methods are rare, and zipfile unpacks them without bound.
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is packed in an unusual way; make the archive anew as an ordinary zip."
    return _too_big() if entry.file_size > MAX_BYTES else ""
