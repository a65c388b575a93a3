"""Cases as files: their events as CSV or JSON lines, and whole cases as one archive, for a backup or another computer.

An archive is the same whichever database it came from, so that it also moves cases from SQLite to PostgreSQL.
"""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, insert, select

import core
from core.cases.events import HASHED, ChainReport, Event, genesis, verify_chain
from core.cases.journal import add_events, no_case, now
from core.cases.photos import FINGERPRINT
from core.cases.schema import CASES, EVENTS, IN_ORDER, PHOTOS, PREDICTIONS, REVISION
from core.cases.store import LETTERS, CaseStore
from core.errors import CaseError
from core.progress import Progress, silent
from core.storage import StoredModel, replacing, write_text

SCHEMA = "smearlens-cases-1"
MANIFEST = "manifest.json"

EVENTS_FILE = ".jsonl"
"""What a file of events that can be verified ends in."""

LARGEST_ENTRY = 500 * 2**20
"""Bytes of one entry of an archive when unpacked; others are refused."""


# --- Events --------------------------------------------------------------------------------------


def events_as_lines(events: Iterable[Event]) -> str:
    """JSON lines, from which anybody can compute the hashes again (docs/cases.md says how)."""
    return "".join(json.dumps(event.model_dump(mode="json"), ensure_ascii=False) + "\n" for event in events)


def events_of_lines(text: str) -> list[Event]:
    """The events of such lines. CaseError where a line is none."""
    events = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                events.append(Event.model_validate_json(line))
            except ValidationError as error:
                raise CaseError(f"Line {number} is no event of a case.") from error
    return events


def events_as_csv(events: Iterable[Event]) -> str:
    """One row an event, for spreadsheets; no cell of it is taken for a formula."""
    file, columns = io.StringIO(), (*HASHED, "hash")
    table = csv.writer(file, lineterminator="\n")
    table.writerow(columns)
    for event in events:
        values = event.model_dump(mode="json")
        table.writerow([_harmless(str(values[name])) for name in columns])
    return file.getvalue()


def _harmless(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def write_events(path: Path, events: Sequence[Event]) -> None:
    """As CSV or JSON lines, by the file's name."""
    try:
        if path.suffix.lower() == ".csv":
            write_text(path, "\ufeff" + events_as_csv(events))
        else:
            write_text(path, events_as_lines(events))
    except OSError as error:
        raise _not_written(path, error) from error


def verify_file(path: Path) -> ChainReport:
    """Whether the events of one case in a file of JSON lines are as they were saved; its end cannot be known."""
    try:
        events = events_of_lines(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise CaseError(f"{path.name} cannot be read.") from error
    if not events:
        raise CaseError(f"{path.name} holds no events.")
    return verify_chain(events[0].case, events)


def _not_written(path: Path, error: OSError) -> CaseError:
    return CaseError(f"{path.name} could not be written ({(error.strerror or 'unknown reason').lower()}).")


# --- Archives ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Restored:
    """What came of an archive. added: cases that were not there. there: that are the same here already.

    differing: that are here and have gone on otherwise, so that they were left as they are. missing: photos that the
    archive does not hold.
    """

    added: tuple[str, ...] = ()
    there: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


class _Manifest(StoredModel):
    schema_name: str
    revision: str
    smearlens: str
    made: str
    cases: tuple[str, ...]
    missing: tuple[str, ...]


def write_archive(store: CaseStore, path: Path, cases: Sequence[str] = (), progress: Progress = silent) -> list[str]:
    """All cases, or those named, with their photos, as they are at one moment; photos that are not in their folder.

    Others may go on working meanwhile. The file is written whole or not at all. CaseError where it cannot be.
    """
    try:
        with replacing(path) as draft, zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            with store.database.reading(snapshot=True) as connection:
                known = _chosen(connection, cases)
                for table in IN_ORDER:
                    column = table.c.id if table is CASES else table.c.case_id
                    rows = connection.execute(select(table).where(column.in_(known)).order_by(*table.primary_key))
                    lines = (json.dumps(row._asdict(), ensure_ascii=False) + "\n" for row in rows)
                    archive.writestr(f"{table.name}.jsonl", "".join(lines))
                keys = connection.execute(
                    select(PHOTOS.c.fingerprint).where(PHOTOS.c.case_id.in_(known)).distinct()
                ).scalars()
                wanted = sorted(keys)
            missing = list(_pack(store, archive, wanted, progress))
            manifest = _Manifest(
                schema_name=SCHEMA,
                revision=REVISION,
                smearlens=core.__version__,
                made=now(),
                cases=tuple(known),
                missing=tuple(missing),
            )
            archive.writestr(MANIFEST, manifest.model_dump_json(indent=1))
    except OSError as error:
        raise _not_written(path, error) from error
    return missing


def _chosen(connection: Connection, cases: Sequence[str]) -> list[str]:
    known = list(connection.execute(select(CASES.c.id).order_by(CASES.c.created, CASES.c.id)).scalars())
    for case in cases:
        if case not in known:
            raise no_case(case)
    return [case for case in known if case in cases] if cases else known


def _pack(store: CaseStore, archive: zipfile.ZipFile, keys: Sequence[str], progress: Progress) -> Iterator[str]:
    """Put photos in, compressed already; those that cannot be."""
    for number, key in enumerate(keys, 1):
        try:
            archive.writestr(f"photos/{key}.png", store.photos.file(key), zipfile.ZIP_STORED)
        except CaseError:
            yield key
        progress(number, len(keys))


def read_archive(store: CaseStore, path: Path, progress: Progress = silent) -> Restored:
    """Take the cases of an archive in, each whole or not at all; those that are here already stay as they are.

    Every chain of events and every photo is looked at first. CaseError in one sentence where something is wrong, and
    then nothing of that case is taken in.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check_manifest(archive, path)
            tables = {table.name: _rows(archive, table.name, path) for table in IN_ORDER}
            outcome: dict[str, list[str]] = {"added": [], "there": [], "differing": []}
            missing: list[str] = []
            for number, row in enumerate(tables[CASES.name], 1):
                own = {
                    table.name: [each for each in tables[table.name] if each["case_id"] == row["id"]]
                    for table in (PHOTOS, PREDICTIONS, EVENTS)
                }
                result, lost = _take(store, archive, row, own)
                outcome[result].append(row["id"])
                missing += lost
                progress(number, len(tables[CASES.name]))
    except (OSError, zipfile.BadZipFile, zipfile.LargeZipFile) as error:
        raise CaseError(f"{path.name} is no archive of cases, or a damaged one.") from error
    return Restored(**{name: tuple(cases) for name, cases in outcome.items()}, missing=tuple(dict.fromkeys(missing)))


def _entry(archive: zipfile.ZipFile, name: str, path: Path) -> bytes:
    try:
        info = archive.getinfo(name)
    except KeyError:
        raise CaseError(f"{path.name} is no archive of cases: it has no {name}.") from None
    if info.file_size > LARGEST_ENTRY:
        raise CaseError(f"{name} in {path.name} is too large to be read.")
    return archive.read(info)


def _check_manifest(archive: zipfile.ZipFile, path: Path) -> None:
    try:
        manifest = _Manifest.model_validate_json(_entry(archive, MANIFEST, path))
    except ValidationError as error:
        raise CaseError(f"{path.name} is no archive of cases that this version can read.") from error
    if manifest.schema_name != SCHEMA or manifest.revision > REVISION:
        raise CaseError(f"{path.name} was written by a newer version of Smearlens; restore it with that one.")


def _rows(archive: zipfile.ZipFile, name: str, path: Path) -> list[dict[str, Any]]:
    """Rows of a table, each with exactly its columns."""
    table = next(each for each in IN_ORDER if each.name == name)
    columns = set(table.columns.keys())
    try:
        rows = [json.loads(line) for line in _entry(archive, f"{name}.jsonl", path).decode().splitlines()]
    except ValueError as error:
        raise CaseError(f"{name} in {path.name} is damaged.") from error
    if any(not isinstance(row, dict) or set(row) != columns for row in rows):
        raise CaseError(f"{name} in {path.name} has other columns than a table of cases.")
    return rows


def _take(
    store: CaseStore, archive: zipfile.ZipFile, row: Mapping[str, Any], own: Mapping[str, list[dict[str, Any]]]
) -> tuple[str, list[str]]:
    """What came of one case, and its photos that the archive lacks."""
    case = str(row["id"])
    if not re.fullmatch(f"[{LETTERS}]{{1,16}}", case):
        raise CaseError("A case in the archive has no address that Smearlens gives.")
    events = _checked_events(case, row, own[EVENTS.name])
    with store.database.reading() as connection:
        there = connection.execute(select(CASES.c.head).where(CASES.c.id == case)).scalar()
        if there is not None:
            return ("there" if there == row["head"] else "differing"), []
    with store.database.writing() as connection:
        store.database.hold_photos(connection)
        lost = _take_photos(store, archive, own[PHOTOS.name])
        connection.execute(insert(CASES), [dict(row) | {"last_event": 0, "head": genesis(case)}])
        for table in (PHOTOS, PREDICTIONS):
            if own[table.name]:
                connection.execute(insert(table), own[table.name])
        if events:
            add_events(connection, events)
    return "added", lost


def _checked_events(case: str, row: Mapping[str, Any], rows: list[dict[str, Any]]) -> list[Event]:
    lines = [{("case" if name == "case_id" else name): value for name, value in each.items()} for each in rows]
    try:
        events = [Event.model_validate(line) for line in lines]
    except ValidationError as error:
        raise CaseError(f"The events of case {case} in the archive are damaged; nothing of it was taken in.") from error
    report = verify_chain(case, events, last=row["last_event"], head=row["head"])
    if report.broken is not None:
        raise CaseError(f"Case {case} in the archive is not as it was saved. {report.problem} It was not taken in.")
    return events


def _take_photos(store: CaseStore, archive: zipfile.ZipFile, rows: list[dict[str, Any]]) -> list[str]:
    names, lost = set(archive.namelist()), []
    for row in rows:
        key = str(row["fingerprint"])
        name = f"photos/{key}.png"
        if not FINGERPRINT.fullmatch(key) or name not in names:
            lost.append(key)
            continue
        info = archive.getinfo(name)
        if info.file_size > LARGEST_ENTRY:
            raise CaseError(f"Photo {key[:8]} in the archive is too large to be read.")
        store.photos.take(key, archive.read(info))
    return lost
