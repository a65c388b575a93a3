"""Sources: what is said about each data set once, how its folder is known, and where it is looked for."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import platformdirs

from core.errors import SourceError
from core.imaging.decoding import open_photo
from core.imaging.windows import Box, whole
from core.labels import LABEL_SPACES, LabelSpace
from core.progress import Progress
from core.registry import Registry
from core.settings import data_folder

COLUMNS = ("key", "label", "subtype", "split", "lab", "group")
SPLITS = ("train", "val", "test")

Row = Mapping[str, Any]


def load_file(root: Path, key: str) -> np.ndarray:
    """The image file `key` of a folder as (H, W, 3) uint8 RGB."""
    return open_photo(read_file(root, key), Path(key).name).pixels


def read_file(root: Path, key: str) -> bytes:
    """The bytes of the image file `key` of a folder; SourceError where it cannot be read."""
    try:
        return (root / key).read_bytes()
    except OSError as error:
        raise SourceError(f"The image {key} is listed in {root} but could not be read there.") from error


def digest_files(root: Path, keys: Sequence[str]) -> str:
    """sha256 over the names and bytes of image files, in the order given."""
    total = hashlib.sha256()
    for key in keys:
        total.update(f"{key}\n".encode())
        total.update(hashlib.sha256(read_file(root, key)).digest())
    return total.hexdigest()


def frame_whole(row: Row, width: int, height: int) -> Box:
    """All of the image: for sources whose images are crops already."""
    return whole(width, height)


@dataclass(frozen=True)
class SourceSpec:
    """What is known about a data set before any of its folders is seen.

    order: its place in every list.
    label_space: a name in LABEL_SPACES, or a function of the folder where its classes are its own.
    recognise: whether a folder is this source (cheap: looks at names, never at pixels).
    scan: one row an image with COLUMNS and whatever `frame` needs; `attrs["splits"]` says in a sentence
    where the splits come from. Keys are unique; splits are in SPLITS.
    load: the image of a key, (H, W, 3) uint8 RGB.
    frame: the part of an image (row of the index, width, height) that shows the cell.
    digest: sha256 of the contents behind keys.
    fetch: downloads the source into a folder, or None where a person has to.
    searched: False for sources that are only opened by naming a folder.
    mask: (H, W) uint8 of an image's key, bright where people drew the cell; None where nobody did.
    fields: True where photos show more than the cell, and `frame` says where in them it is.
    short_title: the title without its remark; empty where it has none.
    measure_only: True where no licence is stated, so that models are measured and chosen on it and nothing that
    ships is fitted to it; `refuse_measure_only` keeps that.
    """

    name: str
    order: int
    title: str
    label_space: str | Callable[[Path], LabelSpace]
    labs: tuple[str, ...]
    licence: str
    citation: str
    how_to_get: str
    recognise: Callable[[Path], bool]
    scan: Callable[[Path], pd.DataFrame]
    load: Callable[[Path, str], np.ndarray] = load_file
    frame: Callable[[Row, int, int], Box] = frame_whole
    digest: Callable[[Path, Sequence[str]], str] = digest_files
    mask: Callable[[Path, str], np.ndarray] | None = None
    fetch: Callable[[Path, Progress | None], None] | None = None
    searched: bool = True
    fields: bool = False
    short_title: str = ""
    measure_only: bool = False

    @property
    def short(self) -> str:
        """What charts call it."""
        return self.short_title or self.title


@dataclass(frozen=True)
class Source:
    """A data set in a folder, with the split of every image."""

    spec: SourceSpec
    root: Path

    @cached_property
    def index(self) -> pd.DataFrame:
        """One row an image: key, label, subtype, split, lab, group (source photo or scene, "" if none)."""
        table = self.spec.scan(self.root).reset_index(drop=True)
        _check(table, self)
        return table

    @cached_property
    def label_space(self) -> LabelSpace:
        """The classes of the column `label`."""
        space = self.spec.label_space
        return LABEL_SPACES[space] if isinstance(space, str) else space(self.root)

    @cached_property
    def _rows(self) -> dict[str, Row]:
        records: list[dict[Any, Any]] = self.index.to_dict("records")
        return {str(row["key"]): row for row in records}

    @property
    def split_note(self) -> str:
        """Where the splits come from, in one sentence."""
        return str(self.index.attrs.get("splits", ""))

    def __contains__(self, key: str) -> bool:
        return key in self._rows

    def row(self, key: str) -> Row:
        """The index row of a key; SourceError where there is none."""
        try:
            return self._rows[key]
        except KeyError:
            raise SourceError(f"{self.spec.title} has no image called {key}.") from None

    def load(self, key: str) -> np.ndarray:
        """The image as (H, W, 3) uint8 RGB, not framed yet."""
        return self.spec.load(self.root, key)

    def frame(self, key: str, width: int, height: int) -> Box:
        """The part of the image of that width and height that shows the cell, as this source knows it."""
        return self.spec.frame(self.row(key), width, height)

    def keys(self, split: str | None = None) -> list[str]:
        """Keys in index order, of one split or of all."""
        table = self.index if split is None else self.index[self.index["split"] == split]
        return [str(key) for key in table["key"]]

    def split_hash(self) -> str:
        """sha256 of which image is in which split under which label; independent of where the folder is."""
        rows = self.index[["key", "label", "split"]].sort_values("key")
        lines = ("\t".join(row) for row in rows.astype(str).itertuples(index=False, name=None))
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _problems(spec: SourceSpec) -> Iterator[str]:
    """What can be told without any of its folders."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", spec.name):
        yield "Its name may hold small letters, digits and underscores, and begins with a letter."
    if not (spec.title and spec.licence):
        yield "Say its title, and its licence or that none is stated."
    if spec.searched and not (spec.citation and spec.labs):
        yield "Say how its makers are cited and in which laboratories its images were made."
    if not spec.how_to_get.strip():
        yield "Say in how_to_get how somebody else comes by it."
    if isinstance(spec.label_space, str) and spec.label_space not in LABEL_SPACES:
        yield f"There is no label space {spec.label_space!r}; there are {', '.join(LABEL_SPACES)}."


SOURCES = Registry[SourceSpec]("source", "core.datasets.sources", _problems)


def source_spec(name: str) -> SourceSpec:
    """The registered source of that name; SourceError lists the names there are."""
    if name not in SOURCES:
        raise SourceError(f"There is no source called {name}; there are: {', '.join(SOURCES)}.")
    return SOURCES[name]


def refuse_measure_only(names: Iterable[str]) -> None:
    """SourceError where one of these sources may only be measured on; names that are no sources are passed over."""
    for name in names:
        spec = SOURCES.get(name)
        if spec is not None and spec.measure_only:
            raise SourceError(measure_only_sentence(spec.short))


def measure_only_sentence(title: str) -> str:
    """Why nothing learns from a source of that title."""
    return f"{title} states no licence: models may be measured and chosen on it, but nothing is fitted to it."


def open_source(name: str, root: Path | str) -> Source:
    """The source `name` in the folder `root`; SourceError where the folder does not look like it."""
    spec, folder = source_spec(name), Path(root).expanduser()
    if not folder.is_dir():
        raise SourceError(f"There is no folder {folder}. {spec.how_to_get}")
    if not spec.recognise(folder):
        raise SourceError(f"The folder {folder} does not look like {spec.title}. {spec.how_to_get}")
    return Source(spec, folder.resolve())


def find_source(name: str) -> Source:
    """The first folder that looks like the source; SourceError says how to get it where there is none.

    Looks at the folder SMEARLENS_DATA, the folder of downloads and every folder in them; one that bears
    the source's name comes first.
    """
    spec = source_spec(name)
    if not spec.searched:
        raise SourceError(f"{spec.title} is opened by naming the folder.")
    for folder in sorted(_candidates(), key=lambda folder: folder.name != name):
        if spec.recognise(folder):
            return Source(spec, folder.resolve())
    raise SourceError(f"{spec.title} was not found on this computer. {spec.how_to_get}")


def fetch_source(name: str, progress: Progress | None = None) -> Source:
    """Download a source to the folder of downloads and open it; SourceError where that cannot be done."""
    spec = source_spec(name)
    if spec.fetch is None:
        raise SourceError(f"{spec.title} cannot be fetched by this program. {spec.how_to_get}")
    folder = downloads() / name
    spec.fetch(folder, progress)
    return open_source(name, folder)


def identify(folder: Path | str) -> list[str]:
    """Names of the sources that a folder looks like; general ones only where no other fits."""
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        return []
    names = [spec.name for spec in SOURCES.values() if spec.searched and spec.recognise(folder)]
    return names or [spec.name for spec in SOURCES.values() if not spec.searched and spec.recognise(folder)]


def downloads() -> Path:
    """Where downloaded sources are kept."""
    return Path(platformdirs.user_data_dir("smearlens")) / "sources"


def _candidates() -> Iterator[Path]:
    for base in (data_folder(), downloads()):
        if base and base.is_dir():
            yield base
            yield from sorted(folder for folder in base.iterdir() if folder.is_dir())


def _check(table: pd.DataFrame, source: Source) -> None:
    """An index that breaks its promises is refused before anybody trains on it."""
    where = f"{source.spec.title} in {source.root}"
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        raise SourceError(f"The table of {where} lacks the columns {', '.join(missing)}.")
    if table.empty:
        raise SourceError(f"{where} holds no images.")
    if table["key"].duplicated().any():
        raise SourceError(f"{where} lists {table.loc[table['key'].duplicated(), 'key'].iloc[0]} twice.")
    strange = sorted(set(table["split"]) - set(SPLITS))
    if strange:
        raise SourceError(f"{where} names an unknown split, {strange[0]}.")
    unknown = sorted(set(table["label"]) - set(source.label_space.keys))
    if unknown:
        raise SourceError(f"{where} names an unknown class, {unknown[0]}.")
