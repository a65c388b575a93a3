"""The photos of cases: named by their content, without anything that files say beside their pixels."""

import io
import os
import re
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image

from core.errors import CaseError, ImageError
from core.imaging.decoding import Photo, open_photo
from core.imaging.fingerprint import fingerprint
from core.storage import replacing

THUMBNAIL = 256
"""Longer side in pixels of the small picture that lists show."""

FINGERPRINT = re.compile(r"[0-9a-f]{64}")


class PhotoShelf(Protocol):
    """Where the bytes of photos are, by fingerprint."""

    def write(self, name: str, data: bytes) -> None:
        """Whole or not at all; what is there already stays."""

    def read(self, name: str) -> bytes | None:
        """None where there is no such file."""

    def remove(self, name: str) -> None:
        """Nothing happens where there is none."""

    def names(self) -> set[str]:
        """Of all that is there."""


class PhotoFolder:
    """Files in a folder, a folder for every two first letters."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _path(self, name: str) -> Path:
        return self.folder / name[:2] / name

    def write(self, name: str, data: bytes) -> None:
        path = self._path(name)
        if path.exists():
            return
        with replacing(path) as draft, draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # the database is not to know a photo that a failing machine forgets

    def read(self, name: str) -> bytes | None:
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError:
            return None

    def remove(self, name: str) -> None:
        path = self._path(name)
        path.unlink(missing_ok=True)
        if path.parent.is_dir() and not any(path.parent.iterdir()):
            shutil.rmtree(path.parent, ignore_errors=True)

    def names(self) -> set[str]:
        return {path.name for path in self.folder.glob("??/*") if not path.name.startswith(".")}


class PhotoMemory:
    """Bytes that are gone with the process."""

    def __init__(self) -> None:
        self._data: dict[str, bytes] = {}

    def write(self, name: str, data: bytes) -> None:
        self._data.setdefault(name, data)

    def read(self, name: str) -> bytes | None:
        return self._data.get(name)

    def remove(self, name: str) -> None:
        self._data.pop(name, None)

    def names(self) -> set[str]:
        return set(self._data)


class PhotoStore:
    """Photos and their small pictures, by the fingerprint of the pixels."""

    def __init__(self, shelf: PhotoShelf) -> None:
        self._shelf = shelf

    def save(self, photo: Photo) -> str:
        """Keep the pixels of a photo; its fingerprint. CaseError where it cannot be written."""
        key = fingerprint(photo)
        self.put(key, encoded(photo.pixels))
        return key

    def take(self, key: str, data: bytes) -> None:
        """Keep a photo that `file` of another store gave. CaseError where its pixels have another fingerprint."""
        if fingerprint(_opened(key, data)) != key:
            raise CaseError(f"Photo {key[:8]} is not what it was when it was saved.")
        self.put(key, data)

    def put(self, key: str, data: bytes) -> None:
        """Keep what `encoded` made of the pixels of that fingerprint. CaseError where it cannot be written."""
        try:
            self._shelf.write(_file(key), data)
        except OSError as error:
            raise CaseError(
                f"A photo could not be saved ({(error.strerror or 'unknown reason').lower()}); "
                "make room, or name another folder as SMEARLENS_CASES, and do it again."
            ) from error

    def load(self, key: str, name: str = "", micrometres_per_pixel: float | None = None) -> Photo:
        """The photo again, pixel by pixel. CaseError in one sentence where its file is gone or damaged."""
        photo = _opened(key, self.file(key))
        if fingerprint(photo) != key:
            raise CaseError(f"Photo {name or key[:8]} is not what it was when it was saved.")
        return Photo(name or key[:8], photo.pixels, micrometres_per_pixel=micrometres_per_pixel)

    def file(self, key: str) -> bytes:
        """The photo as PNG. CaseError where it is not there or cannot be read."""
        try:
            data = self._shelf.read(_file(key))
        except OSError as error:
            raise CaseError(
                f"Photo {key[:8]} cannot be read ({(error.strerror or 'unknown reason').lower()})."
            ) from error
        if data is None:
            raise CaseError(
                f"Photo {key[:8]} is not in its folder any more; put the folder back, or drop the photo again: "
                "what was said of its cells is kept."
            )
        return data

    def thumbnail(self, key: str) -> bytes:
        """A small picture, as JPEG, made when it is first wanted."""
        data = self._shelf.read(_small(key))
        if data is None:
            image = Image.fromarray(self.load(key).pixels)
            image.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
            file = io.BytesIO()
            image.save(file, "JPEG", quality=85)
            data = file.getvalue()
            with suppress(OSError):  # it is made again
                self._shelf.write(_small(key), data)
        return data

    def remove(self, keys: Iterable[str]) -> None:
        """Photos and their small pictures, for good. CaseError where a file cannot be removed; the others are."""
        left = []
        for name in [name for key in keys for name in (_file(key), _small(key))]:
            try:
                self._shelf.remove(name)
            except OSError:
                left.append(name)
        if left:
            raise CaseError(
                f"The file {left[0]} could not be removed, though no case has it any more; see who owns it, and then "
                "run `cases sweep`."
            )

    def keys(self) -> set[str]:
        """Fingerprints of all that is there, photos and small pictures."""
        return {name.partition(".")[0] for name in self._shelf.names()}


def encoded(pixels: np.ndarray) -> bytes:
    """(H, W, 3) uint8 as PNG, which keeps every pixel and holds nothing else."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=1)
    return file.getvalue()


def _opened(key: str, data: bytes) -> Photo:
    try:
        return open_photo(data, key[:8])
    except ImageError as error:
        raise CaseError(f"The file of photo {key[:8]} is damaged; drop the photo again: its cells are kept.") from error


def _file(key: str) -> str:
    if not FINGERPRINT.fullmatch(key):
        raise CaseError("That is not the fingerprint of a photo.")
    return f"{key}.png"


def _small(key: str) -> str:
    return f"{key}.jpg"
