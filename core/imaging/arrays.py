"""Pictures in NumPy's archives (`.npz`), as MedMNIST has them: read in order, one at a time, with their labels."""

import ast
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import IO

import numpy as np
from numpy.lib import format as npy

from core.errors import ImageError
from core.imaging.decoding import Photo, photo_of_values
from core.labels import PBC8

_SPLITS = ("train", "val", "test")
"""The order of MedMNIST's parts; others follow by name."""
_MOST_LABELS = 2**24
"""Bytes of labels that are taken into memory."""
BLOOD = "bloodmnist"
"""Files so called have the eight classes of PBC, in their order."""


@dataclass(frozen=True)
class _Header:
    """Of one array. shape: of pictures (N, H, W), (N, H, W, C) or (N, C, H, W); of one (H, W, C)."""

    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]

    @property
    def picture(self) -> tuple[int, ...] | None:
        """The shape of one picture as stored; None where the array holds none."""
        shape = self.shape if len(self.shape) == 3 and self.shape[2] in (3, 4) else self.shape[1:]
        if self.dtype.kind not in "uif" or not (
            len(shape) == 2 or (len(shape) == 3 and {shape[0], shape[2]} & {1, 3, 4})
        ):
            return None
        return shape if min(shape[1:] if _is_planar(shape) else shape[:2]) > 1 else None

    @property
    def count(self) -> int:
        """How many pictures it holds."""
        return 0 if self.picture is None else int(np.prod(self.shape[: len(self.shape) - len(self.picture)]))


def _is_planar(shape: tuple[int, ...]) -> bool:
    """Whether a picture of that shape has its colours first, as networks have them."""
    return len(shape) == 3 and shape[0] in (1, 3, 4) and shape[2] not in (1, 3, 4)


def is_npz(archive: zipfile.ZipFile) -> bool:
    """Whether an archive holds arrays and nothing else."""
    names = archive.namelist()
    return bool(names) and all(name.endswith(".npy") for name in names)


def picture_count(archive: zipfile.ZipFile) -> int:
    """How many pictures its arrays hold, by their headers."""
    return sum(header.count for _, header in _pictures(archive))


def photos_of_arrays(archive: zipfile.ZipFile, name: str) -> Iterator[Photo | ImageError]:
    """Every picture in the arrays of an archive, those of the training part first; one error where there are none."""
    try:
        found = _pictures(archive)
    except Exception:  # noqa: BLE001 - damaged headers raise anything
        found = []
    if not found:
        yield ImageError(name, "holds no arrays of pictures, as (N, height, width) or (N, height, width, 3).")
    for entry, header in found:
        yield from _photos(archive, entry, header, name)


def _pictures(archive: zipfile.ZipFile) -> list[tuple[str, _Header]]:
    """Entries that hold pictures, in order."""
    names = sorted(archive.namelist(), key=lambda entry: (_place(entry), entry))
    headers = [(entry, _header_of(archive, entry)) for entry in names]
    return [(entry, header) for entry, header in headers if header is not None and header.picture]


def _place(entry: str) -> int:
    return next((place for place, split in enumerate(_SPLITS) if entry.startswith(split)), len(_SPLITS))


def _header_of(archive: zipfile.ZipFile, entry: str) -> _Header | None:
    with archive.open(entry) as stream:
        return _read_header(stream)


def _read_header(stream: IO[bytes]) -> _Header | None:
    """None of Python objects, which are not unpickled, and of arrays stored column by column."""
    version = npy.read_magic(stream)
    length = int.from_bytes(stream.read(2 if version == (1, 0) else 4), "little")
    facts = ast.literal_eval(stream.read(min(length, 2**16)).decode("latin-1"))
    dtype = np.dtype(facts["descr"])
    if dtype.hasobject or facts["fortran_order"]:
        return None
    return _Header(tuple(int(size) for size in facts["shape"]), dtype)


def _photos(archive: zipfile.ZipFile, entry: str, header: _Header, name: str) -> Iterator[Photo | ImageError]:
    part = entry.removesuffix(".npy")
    shape = header.picture or ()
    labels = _labels(archive, part, header.count)
    size = int(np.prod(shape)) * header.dtype.itemsize
    with archive.open(entry) as stream:
        _read_header(stream)
        for number in range(header.count):
            label = f"{name}/{part} {number + 1}"
            try:
                data = stream.read(size)
                values = np.frombuffer(data, header.dtype).reshape(shape)
                photo = photo_of_values(np.moveaxis(values, 0, -1) if _is_planar(shape) else values, label)
            except ImageError as error:
                yield error
                continue
            except Exception:  # noqa: BLE001 - as for damaged archives
                yield ImageError(label, "and what follows it are damaged or missing; copy the file again.")
                return
            yield replace(photo, label=_in_words(labels[number], name)) if labels is not None else photo


def _labels(archive: zipfile.ZipFile, part: str, count: int) -> np.ndarray | None:
    """(N, L) whole numbers beside the pictures of a part; None where there are none."""
    entry = f"{part.replace('images', 'labels')}.npy"
    if "images" not in part or entry not in archive.namelist() or archive.getinfo(entry).file_size > _MOST_LABELS:
        return None
    try:
        with archive.open(entry) as stream:
            labels = npy.read_array(stream, allow_pickle=False)
    except Exception:  # noqa: BLE001 - as above
        return None
    return labels.reshape(count, -1) if labels.size and labels.shape[0] == count and labels.dtype.kind in "iu" else None


def _in_words(label: np.ndarray, name: str) -> str:
    """ "6 (neutrophil)" of BloodMNIST, numbers of other files."""
    numbers = ", ".join(str(int(one)) for one in label)
    known = BLOOD in name.lower() and len(label) == 1 and 0 <= int(label[0]) < len(PBC8.keys)
    return f"{numbers} ({PBC8[PBC8.keys[int(label[0])]].name.lower()})" if known else numbers
