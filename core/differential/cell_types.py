"""What a person counts with: sets of types, each with a key of the keyboard, as TOML files.

A type is a class of the models, a part of one that they do not tell apart (a band of the neutrophils), or something
that they do not know (a blast). A set that comes with Smearlens is one file in `type_sets/`; a person's own has the
same form.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from string import ascii_lowercase, digits
from typing import Any, Literal

from pydantic import ValidationError

from core.errors import SmearlensError
from core.labels import NO_CELL, PBC8, PBC_FINE, CellClass, mapping
from core.storage import StoredModel

_FOLDER = Path(__file__).with_name("type_sets")

Specimen = Literal["blood", "marrow"]
Among = Literal["white", "apart"]
Lineage = Literal["", "myeloid", "erythroid"]
Stage = Literal["", "immature", "mature"]

SHORTCUTS = "".join(key for key in digits[1:] + ascii_lowercase if key not in "cdnpr")
"""Keys that a type may have: N, P and D turn to other cells, 0 is no cell, and C and R are Streamlit's."""

MOST_TYPES = len(SHORTCUTS)
LONGEST_NAME = 40

_WORDS = (NO_CELL, "red cell", "unlike")
"""What no type may be called."""
LINEAGES: dict[str, Lineage] = {
    "neutrophil": "myeloid",
    "eosinophil": "myeloid",
    "basophil": "myeloid",
    "ig": "myeloid",
    "erythroblast": "erythroid",
}
"""Of the classes that have one."""
_STAGES: dict[str, Stage] = {
    "promyelocyte": "immature",
    "myelocyte": "immature",
    "metamyelocyte": "immature",
    "band neutrophil": "immature",
    "segmented neutrophil": "mature",
}
_COLOURS = ("#A6435B", "#4E7A27", "#6A5ACD", "#00798C", "#9C5518", "#7A3E9D", "#5B6C8F", "#B0306A")
"""Of types that are given none: apart from the classes, and to be seen on white as on black."""
_PARENTS = {key: key for key in PBC8.keys} | {key: own for key, own in mapping(PBC_FINE, PBC8).items() if own}


class TypesError(SmearlensError):
    """A set of types is not there, or not in its form."""


@dataclass(frozen=True)
class CellType:
    """One type. parent: key of the class that it is or is part of, "" where the models have none.

    shortcut: one of SHORTCUTS. among: the white cells, or apart from them; a part of a class counts where that does.
    stage: of neutrophils. loinc: code of its share of the white cells of blood, "" where it has none.
    """

    cell: CellClass
    parent: str
    shortcut: str
    among: Among = "white"
    lineage: Lineage = ""
    stage: Stage = ""
    loinc: str = ""

    @property
    def key(self) -> str:
        return self.cell.key

    @property
    def finer(self) -> bool:
        """Whether it is a part of a class."""
        return self.parent not in ("", self.key)


@dataclass(frozen=True)
class TypeSet:
    """Types in the order of their buttons. name: of its file. source: who defines them, "" where nobody is named.

    specimen: what a person says that it is who counts with them. others: types of other sets that cells were called
    before, so that nothing of them is lost; they have no buttons.
    """

    name: str
    title: str
    specimen: Specimen
    types: tuple[CellType, ...]
    source: str = ""
    others: tuple[CellType, ...] = ()

    def __iter__(self) -> Iterator[CellType]:
        """All of them, those of other sets last."""
        return iter((*self.types, *self.others))

    def get(self, key: str) -> CellType | None:
        """The type of that key; None where there is none."""
        return next((one for one in self if one.key == key), None)

    def with_others(self, others: Iterable[CellType]) -> "TypeSet":
        """The set with types that it lacks."""
        own = {one.key for one in self.types}
        lacking = {one.key: one for one in others if one.key not in own}
        return replace(self, others=tuple(lacking.values()))


# --- Files ---------------------------------------------------------------------------------------


class _TypeEntry(StoredModel):
    """A type as a file has it; see CellType, and docs/report.md."""

    name: str
    plural: str = ""
    abbreviation: str = ""
    shortcut: str = ""
    parent: str = ""
    among: Among = "white"
    lineage: Lineage = ""
    stage: Stage = ""
    colour: str = ""
    definition: str = ""
    loinc: str = ""


class _SetEntry(StoredModel):
    """A set as a file has it. order: its place among those that come with Smearlens."""

    title: str
    specimen: Specimen = "blood"
    source: str = ""
    order: int = 0
    types: tuple[_TypeEntry, ...]


@cache
def shipped_sets() -> dict[str, TypeSet]:
    """The sets that come with Smearlens, by the name of their file, in their order."""
    entries = {path.stem: _parsed(path.read_bytes(), path.name) for path in _FOLDER.glob("*.toml")}
    names = sorted(entries, key=lambda name: entries[name].order)
    return {name: _set_of(entries[name], name) for name in names}


def usual_types() -> TypeSet:
    """The set for who wants no other: the models' own classes."""
    return next(iter(shipped_sets().values()))


def read_types(name: str) -> TypeSet:
    """A set that comes with Smearlens by its name, or a person's own from a file.

    TypesError with one sentence where it is neither.
    """
    if name in shipped_sets():
        return shipped_sets()[name]
    path = Path(name)
    try:
        data = path.read_bytes()
    except OSError as error:
        known = ", ".join(shipped_sets())
        raise TypesError(f"There is no set of types called {name}, and no such file; there are {known}.") from error
    return parse_types(data, path.name)


def parse_types(data: bytes, name: str) -> TypeSet:
    """The set in a file of that name; TypesError with one sentence where it is not in its form."""
    return _set_of(_parsed(data, name), name)


def set_of(settings: Mapping[str, Any], name: str) -> TypeSet:
    """The set that a file of that name with these settings would hold; TypesError where they do not fit."""
    return _set_of(_entry(settings, name), name)


def as_toml(types: TypeSet) -> str:
    """The file that holds a set, for `parse_types` to read again."""
    lines = [f"title = {_quoted(types.title)}", f"specimen = {_quoted(types.specimen)}"]
    lines += [f"source = {_quoted(types.source)}"] if types.source else []
    for one in types.types:
        lines += ["", "[[types]]", *(f"{name} = {_quoted(value)}" for name, value in _settings(one).items() if value)]
    return "\n".join(lines) + "\n"


def _settings(one: CellType) -> dict[str, str]:
    """What a file says of a type: of a class of the models no more than its name and key."""
    settings = {"name": one.cell.name, "shortcut": one.shortcut}
    if one.key in PBC8.keys:
        return settings
    return settings | {
        "plural": one.cell.plural,
        "abbreviation": one.cell.abbreviation,
        "parent": one.parent,
        "among": one.among if one.among != "white" else "",
        "lineage": one.lineage if one.lineage != LINEAGES.get(one.parent, "") else "",
        "stage": one.stage,
        "colour": one.cell.colour,
        "definition": one.cell.definition,
        "loinc": one.loinc,
    }


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # what JSON escapes, TOML escapes alike


def _parsed(data: bytes, name: str) -> _SetEntry:
    try:
        return _entry(tomllib.loads(data.decode("utf-8-sig")), name)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TypesError(f"{name} is no set of types: it cannot be read as TOML.") from error


def _entry(settings: Mapping[str, Any], name: str) -> _SetEntry:
    try:
        return _SetEntry.model_validate(settings)
    except ValidationError as error:
        first = error.errors()[0]
        where = " ".join(str(part + 1 if isinstance(part, int) else part) for part in first["loc"])
        raise TypesError(f"{name} is no set of types: “{where}” cannot be used ({first['msg'].lower()}).") from error


def _set_of(entry: _SetEntry, name: str) -> TypeSet:
    try:
        types = _Types().all_of(entry.types)
        return TypeSet(name, _line(entry.title), entry.specimen, types, entry.source)
    except TypesError as error:
        raise TypesError(f"{name} is no set of types: {error}") from error


class _Types:
    """Types on their way from a file: what they are called, and which keys are taken."""

    def __init__(self) -> None:
        self.taken = {word.casefold(): word for each in PBC8.classes for word in (each.name, each.abbreviation)}
        self.taken |= {word: word for word in (*PBC8.keys, *_WORDS)}

    def all_of(self, entries: tuple[_TypeEntry, ...]) -> tuple[CellType, ...]:
        if not 0 < len(entries) <= MOST_TYPES:
            raise TypesError(f"it has {len(entries)} types, and 1 to {MOST_TYPES} are possible.")
        types: list[CellType] = []
        shortcuts = [entry.shortcut.strip().lower() for entry in entries if entry.shortcut]
        free = (key for key in SHORTCUTS if key not in shortcuts)
        for entry in entries:
            shortcut = _shortcut(entry) or next(free)
            if any(shortcut == other.shortcut for other in types):
                raise TypesError(f"two of its types have the key {shortcut.upper()}.")
            new = self._type(entry, shortcut)
            if any(new.key == other.key for other in types):
                raise TypesError(f"two of its types are called {new.cell.name}.")
            types.append(new)
        return tuple(types)

    def _type(self, entry: _TypeEntry, shortcut: str) -> CellType:
        known = _known(entry.name, PBC_FINE.classes) or _known(entry.name, PBC8.classes)
        parent = _parent(entry) or (_PARENTS.get(known.key, "") if known else "")
        if parent and entry.among == "apart":
            raise TypesError(f"{entry.name} is a part of {PBC8[parent].name.lower()}s, and counts where these do.")
        return CellType(
            cell=known if known and known.key in PBC8.keys else self._cell(entry, known, parent),
            parent=parent,
            shortcut=shortcut,
            among=entry.among,
            lineage=entry.lineage or LINEAGES.get(parent, ""),
            stage=entry.stage or (_STAGES.get(known.key, "") if known else ""),
            loinc=_matching(entry, "loinc", r"\d{1,7}-\d"),
        )

    def _cell(self, entry: _TypeEntry, known: CellClass | None, parent: str) -> CellClass:
        """What is no class of the models, with its own words; what it lacks of them is made."""
        name = known.name if known else _line(entry.name)
        if not name[:1].isalnum():  # nor is it a formula of a spreadsheet
            raise TypesError(f"a name begins with a letter or a digit, and “{name}” does not.")
        abbreviation = _line(entry.abbreviation) or (known.abbreviation if known else self._abbreviation(name))
        for word in {name.casefold(), abbreviation.casefold()}:
            if word in self.taken:
                raise TypesError(f"“{abbreviation if word != name.casefold() else name}” of {name} is taken.")
            self.taken[word] = name
        colour = _matching(entry, "colour", "#[0-9A-Fa-f]{6}") or (known.colour if known else "")
        return CellClass(
            key=known.key if known else name.casefold(),
            name=name,
            abbreviation=abbreviation,
            definition=_line(entry.definition, most=300) or (known.definition if known else ""),
            source=known.source if known else "",
            colour=colour or (PBC8[parent].colour if parent else _COLOURS[len(self.taken) % len(_COLOURS)]),
            plural=_line(entry.plural),
        )

    def _abbreviation(self, name: str) -> str:
        words, letters = name.upper().split(), re.sub(r"\W", "", name.upper())
        initials = "".join(word[0] for word in words) if len(words) > 1 else ""
        candidates = [initials, *(letters[:length] for length in (2, 3, 4, 5))]
        free = [one for one in candidates if len(one) > 1 and one.casefold() not in self.taken]
        return free[0] if free else f"T{len(self.taken)}"


def _known(word: str, classes: Iterable[CellClass]) -> CellClass | None:
    """The class that a word names, by key, name or abbreviation in any case."""
    plain = " ".join(word.split()).casefold()
    return next((each for each in classes if plain in spellings(each)), None)


def spellings(cell: CellClass) -> set[str]:
    """What a person may write for a class: key, name, plural or abbreviation, in small letters."""
    return {word.casefold() for word in (cell.key, cell.name, cell.plural or f"{cell.name}s", cell.abbreviation)}


def _parent(entry: _TypeEntry) -> str:
    if not entry.parent:
        return ""
    parent = _known(entry.parent, PBC8.classes)
    if parent is None:
        raise TypesError(f"the parent {entry.parent} of {entry.name} is none of {', '.join(PBC8.keys)}.")
    return parent.key


def _shortcut(entry: _TypeEntry) -> str:
    shortcut = entry.shortcut.strip().lower()
    if shortcut and (len(shortcut) > 1 or shortcut not in SHORTCUTS):
        raise TypesError(
            f"the key {entry.shortcut} of {entry.name} cannot be used; a key is a digit from 1 on, or a letter other "
            "than C, D, N, P and R."
        )
    return shortcut


def _matching(entry: _TypeEntry, what: str, pattern: str) -> str:
    value: Any = getattr(entry, what)
    if value and not re.fullmatch(pattern, value):
        raise TypesError(f"the {what} {value} of {entry.name} is none.")
    return str(value)


def _line(text: str, most: int = LONGEST_NAME) -> str:
    """Words of one line; TypesError where they are none or too many."""
    words = " ".join(text.split())
    if len(words) > most or not words.isprintable():
        raise TypesError(f"“{words[:most]}” has more than {most} letters, or some that cannot be printed.")
    return words
