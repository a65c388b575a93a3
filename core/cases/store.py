"""Cases in the database and their photos beside it: made, found, opened, copied, put away and deleted."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from core.cases.database import Database, open_file, open_in_memory, open_url
from core.cases.events import Event, EventDraft, EventKind, genesis
from core.cases.journal import Journal, no_case, now
from core.cases.photos import PhotoFolder, PhotoMemory, PhotoStore, encoded
from core.cases.predictions import PhotoPrediction, parse_prediction
from core.cases.schema import CASES, PHOTOS, PREDICTIONS
from core.differential.cell_types import TypeSet, usual_types
from core.errors import CaseError
from core.imaging.decoding import Photo, printable
from core.imaging.fingerprint import fingerprint
from core.labels import PBC8, label_space
from core.settings import cases_folder, database_url
from core.storage import StoredModel

LONGEST_NAME, LONGEST_NOTE = 60, 2_000
"""Letters."""

LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""Of addresses: none that is taken for another one."""
ADDRESS = 8


class CountSettings(StoredModel):
    """How the photos of a case are opened and counted.

    model: checkpoint by name, "" for the usual one. single: each photo shows one cell. pages_apart, swap,
    micrometres_per_pixel: as in core.imaging.opening. red_cells: 10¹² a litre, if measured. space: name of the model's
    label space. types: what a person counts with.
    """

    model: str = ""
    single: bool = False
    pages_apart: bool = False
    swap: bool = False
    micrometres_per_pixel: float | None = None
    red_cells: float | None = None
    space: str = PBC8.name
    types: TypeSet = Field(default_factory=usual_types)

    @property
    def classes(self) -> tuple[str, ...]:
        """Keys by which a person may call a cell, those of the model first."""
        return tuple(dict.fromkeys((*label_space(self.space).keys, *(one.key for one in self.types))))


class Case(StoredModel):
    """What is known of a case beside its photos. id: its address, for good. created, changed: UTC, ISO 8601.

    last_event: number of its last event. photos: how many there are. in_memory: it is gone with the process.
    """

    id: str
    name: str
    note: str
    created: str
    changed: str
    archived: bool
    settings: CountSettings
    last_event: int
    photos: int
    in_memory: bool


@dataclass(frozen=True)
class CasePhoto:
    """A photo of a case. place: from 1. name: of its file if it was to be kept, else "photo 1"."""

    fingerprint: str
    place: int
    name: str
    width: int
    height: int
    micrometres_per_pixel: float | None


class CaseStore:
    """All cases of one database. Safe to use from several threads."""

    def __init__(self, database: Database, photos: PhotoStore) -> None:
        self.database, self.photos, self.journal = database, photos, Journal(database)

    # --- Cases ---

    def create(self, name: str, note: str = "", settings: CountSettings = CountSettings()) -> Case:
        """A new case. name: no patient's, one line of at most LONGEST_NAME letters. CaseError where it is not."""
        name, note, at = checked_name(name), checked_note(note), now()
        with self.database.writing() as connection:
            case = _free_address(connection)
            connection.execute(
                insert(CASES).values(
                    id=case,
                    name=name,
                    note=note,
                    created=at,
                    changed=at,
                    archived=False,
                    settings=settings.model_dump_json(),
                    last_event=0,
                    head=genesis(case),
                )
            )
        return self.open(case)

    def open(self, case: str) -> Case:
        """The case at that address; CaseError where there is none."""
        with self.database.reading() as connection:
            row = connection.execute(_listing().where(CASES.c.id == case)).one_or_none()
        if row is None:
            raise no_case(case)
        return self._case(row)

    def cases(self, search: str = "", *, archived: bool = False) -> list[Case]:
        """Cases, changed last first. search: words that all stand in name, note or address. archived: also those."""
        with self.database.reading() as connection:
            rows = connection.execute(_listing().order_by(CASES.c.changed.desc(), CASES.c.id)).all()
        words = search.casefold().split()
        found = []
        for row in rows:
            text = f"{row.name} {row.note} {row.id}".casefold()
            if (archived or not row.archived) and all(word in text for word in words):
                found.append(self._case(row))
        return found

    def change(
        self,
        case: str,
        *,
        name: str | None = None,
        note: str | None = None,
        archived: bool | None = None,
        settings: CountSettings | None = None,
    ) -> Case:
        """The case with what is given changed."""
        values: dict[str, object] = {"changed": now()}
        if name is not None:
            values["name"] = checked_name(name)
        if note is not None:
            values["note"] = checked_note(note)
        if archived is not None:
            values["archived"] = archived
        if settings is not None:
            values["settings"] = settings.model_dump_json()
        with self.database.writing() as connection:
            if connection.execute(update(CASES).where(CASES.c.id == case).values(**values)).rowcount == 0:
                raise no_case(case)
        return self.open(case)

    def duplicate(self, case: str, *, who: str) -> Case:
        """A new case of the same photos, settings and predictions. What people did is not copied: it is theirs."""
        original = self.open(case)
        name = f"{original.name[: LONGEST_NAME - 7]} (copy)"
        copy = self.create(name, original.note, original.settings)
        with self.database.writing() as connection:
            self.database.hold_photos(connection)
            for table in (PHOTOS, PREDICTIONS):
                rows = [row._asdict() for row in connection.execute(select(table).where(table.c.case_id == case))]
                if rows:
                    connection.execute(insert(table), [row | {"case_id": copy.id} for row in rows])
        self.journal.append(
            copy.id, [EventDraft(kind=EventKind.NOTED, what=f"Copied from case {case}.")], who=who, expected=0
        )
        return self.open(copy.id)

    def delete(self, case: str) -> int:
        """Remove a case for good: its rows, and the photos that no other case has. How many photos are gone."""
        with self.database.writing() as connection:
            keys = set(connection.execute(select(PHOTOS.c.fingerprint).where(PHOTOS.c.case_id == case)).scalars())
            if connection.execute(delete(CASES).where(CASES.c.id == case)).rowcount == 0:
                raise no_case(case)
        # Only after the rows are gone for good, and while nobody can add one of these photos again.
        with self.database.writing() as connection:
            self.database.hold_photos(connection)
            used = set(connection.execute(select(PHOTOS.c.fingerprint).where(PHOTOS.c.fingerprint.in_(keys))).scalars())
            self.photos.remove(keys - used)
        self.database.forget()
        return len(keys - used)

    def sweep(self) -> int:
        """Remove photos that no case has; how many. Only this database's: its folder is its own."""
        with self.database.writing() as connection:
            self.database.hold_photos(connection)
            unused = self.photos.keys() - set(connection.execute(select(PHOTOS.c.fingerprint)).scalars())
            self.photos.remove(unused)
        return len(unused)

    # --- Photos ---

    def add_photo(self, case: str, photo: Photo, *, name: str = "") -> CasePhoto:
        """Keep a photo in a case, its pixels alone; one that it has already stays where it is.

        name: to be kept with it; it must not name a patient. Whatever this returns is on the disk.
        """
        key, data = fingerprint(photo), encoded(photo.pixels)
        with self.database.writing() as connection:
            self.database.hold_photos(connection)
            if connection.execute(select(CASES.c.id).where(CASES.c.id == case).with_for_update()).one_or_none() is None:
                raise no_case(case)
            own = select(PHOTOS.c.fingerprint, PHOTOS.c.place).where(PHOTOS.c.case_id == case)
            places = {row.fingerprint: row.place for row in connection.execute(own)}
            if key not in places:
                self.photos.put(key, data)
                place = 1 + max(places.values(), default=0)
                height, width = photo.pixels.shape[:2]
                connection.execute(
                    insert(PHOTOS).values(
                        case_id=case,
                        fingerprint=key,
                        place=place,
                        name=printable(name) or f"photo {place}",
                        width=width,
                        height=height,
                        micrometres_per_pixel=photo.micrometres_per_pixel,
                    )
                )
                connection.execute(update(CASES).where(CASES.c.id == case).values(changed=now()))
        return next(each for each in self.photos_of(case) if each.fingerprint == key)

    def photos_of(self, case: str) -> list[CasePhoto]:
        """Photos of a case in their order."""
        with self.database.reading() as connection:
            rows = connection.execute(select(PHOTOS).where(PHOTOS.c.case_id == case).order_by(PHOTOS.c.place)).all()
        return [CasePhoto(*row[1:]) for row in rows]

    def load(self, photo: CasePhoto) -> Photo:
        """Its pixels. CaseError in one sentence where its file is gone or damaged."""
        return self.photos.load(photo.fingerprint, photo.name, photo.micrometres_per_pixel)

    def photo_problems(self, case: str) -> list[str]:
        """What is wrong with the photos of a case, a sentence each."""
        problems = []
        for photo in self.photos_of(case):
            try:
                self.load(photo)
            except CaseError as error:
                problems.append(str(error))
        return problems

    # --- What models said ---

    def keep(self, case: str, predictions: Iterable[PhotoPrediction]) -> None:
        """Keep what a model said of photos of a case, in place of what the same one said before."""
        rows = [
            {
                "case_id": case,
                "fingerprint": each.fingerprint,
                "sha256": each.sha256,
                "detector": each.detector,
                "checkpoint": each.checkpoint,
                "content": each.model_dump_json(),
            }
            for each in predictions
        ]
        with self.database.writing() as connection:
            for row in rows:
                connection.execute(
                    delete(PREDICTIONS).where(
                        *(PREDICTIONS.c[name] == row[name] for name in ("case_id", "fingerprint", "sha256", "detector"))
                    )
                )
            if rows:
                connection.execute(insert(PREDICTIONS), rows)

    def predictions(self, case: str, sha256: str = "") -> list[PhotoPrediction]:
        """What was said of the photos of a case, in their order, by the checkpoint of that hash or, without one, by the
        one that read most of them. What cannot be read is left out: it is a cache."""
        places = {photo.fingerprint: photo.place for photo in self.photos_of(case)}
        with self.database.reading() as connection:
            rows = connection.execute(
                select(PREDICTIONS.c.sha256, PREDICTIONS.c.detector, PREDICTIONS.c.content)
                .where(PREDICTIONS.c.case_id == case)
                .order_by(PREDICTIONS.c.sha256, PREDICTIONS.c.detector)
            ).all()
        by_model: dict[tuple[str, str], list[PhotoPrediction]] = {}
        for row in rows:
            prediction = parse_prediction(row.content)
            if prediction is not None and sha256 in ("", row.sha256):
                by_model.setdefault((row.sha256, row.detector), []).append(prediction)
        chosen = max(by_model.values(), key=len, default=[])
        return sorted(chosen, key=lambda each: places[each.fingerprint])

    def events(self, case: str, after: int = 0) -> list[Event]:
        """See Journal.events."""
        return self.journal.events(case, after)

    def _case(self, row: Row[Any]) -> Case:
        values = row._asdict()
        return Case(**values | {"settings": parse_settings(row.settings), "in_memory": self.database.in_memory})


def _listing() -> Select[Any]:
    columns = [column for column in CASES.c if column.name != "head"]
    photos = select(func.count()).where(PHOTOS.c.case_id == CASES.c.id).scalar_subquery()
    return select(*columns, photos.label("photos"))


def parse_settings(text: str) -> CountSettings:
    """Those that a case was saved with; the usual ones where they are of another version."""
    try:
        return CountSettings.model_validate_json(text)
    except ValidationError:
        return CountSettings()


def checked_name(name: str) -> str:
    """CaseError where it is no name of a case."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise CaseError(f"A case is called by one line of at most {LONGEST_NAME} letters, and by no patient's name.")
    return name


def checked_note(note: str) -> str:
    if len(note) > LONGEST_NOTE:
        raise CaseError(f"A note has at most {LONGEST_NOTE:,} letters.")
    return note.strip()


def new_address() -> str:
    """By chance; one in 10¹² or so is the same as another."""
    return "".join(secrets.choice(LETTERS) for _ in range(ADDRESS))


def _free_address(connection: Connection) -> str:
    while True:
        address = new_address()
        if connection.execute(select(CASES.c.id).where(CASES.c.id == address)).one_or_none() is None:
            return address


def open_store(folder: Path | None = None, url: str | None = None) -> CaseStore:
    """The store of cases: in a folder with the database that is built in, or with the database at a URL.

    Without a folder, as the environment names both. DatabaseError in one sentence.
    """
    address = url or (database_url() if folder is None else None)
    folder = folder or cases_folder()
    database = open_url(address) if address else open_file(folder / "cases.sqlite")
    return CaseStore(database, PhotoStore(PhotoFolder(folder / database.fact("photos"))))


def open_store_in_memory() -> CaseStore:
    """A store of which nothing is written anywhere: it is gone with the process."""
    return CaseStore(open_in_memory(), PhotoStore(PhotoMemory()))
