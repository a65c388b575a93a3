"""Databases that are old, new, damaged, full or somebody else's: forwards, or one sentence."""

import os
import sqlite3

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from core.cases import database as databases
from core.cases.database import Database, open_file, open_in_memory, open_url, upgrade
from core.cases.events import EventDraft, EventKind
from core.cases.schema import METADATA, REVISION
from core.cases.store import open_store
from core.errors import CaseError, DatabaseError
from core.imaging.fingerprint import fingerprint

SCRIPTS = ScriptDirectory(os.path.join(os.path.dirname(databases.__file__), "migrations"))
REVISIONS = [script.revision for script in reversed(list(SCRIPTS.walk_revisions()))]


@pytest.fixture
def address(kind, request):
    """Of a database in which nothing was ever made."""
    return None if kind == "sqlite" else request.getfixturevalue("empty_url")


def raw(address: str | None, folder) -> Database:
    """A database without any schema."""
    if address is None:
        folder.mkdir(exist_ok=True)
        return Database(databases._sqlite(databases.URL.create("sqlite", database=str(folder / "cases.sqlite"))))
    return Database(create_engine(address.replace("postgresql:", "postgresql+psycopg:")))


def test_the_newest_schema_is_the_last_migration():
    assert SCRIPTS.get_current_head() == REVISION == REVISIONS[-1]


@pytest.mark.parametrize("revision", REVISIONS)
def test_from_every_schema_on_rows_come_through(address, tmp_path, revision):
    folder = tmp_path / "cases"
    old = raw(address, folder)
    with old.writing() as connection:
        upgrade(connection, revision)
        values = "'abcd', 'Old', '', 'then', 'then', false, '{}', 0, 'h'"
        connection.execute(
            text(
                "INSERT INTO cases (id, name, note, created, changed, archived, settings, last_event, head) "
                f"VALUES ({values})"
            )
        )
    old.close()
    store = open_store(folder, address)
    assert store.open("abcd").name == "Old"
    assert store.open("abcd").settings.red_cells is None
    with store.database.reading() as connection:
        context = MigrationContext.configure(connection)
        assert context.get_current_revision() == REVISION
        assert compare_metadata(context, METADATA) == []
    store.database.close()


def test_a_newer_schema_is_refused_and_left_alone(store, address, tmp_path):
    with store.database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseError, match="newer version of Smearlens"):
        open_store(tmp_path / "cases", address)
    with store.database.reading() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"


def test_somebody_elses_database_is_left_alone(address, tmp_path):
    other = raw(address, tmp_path / "cases")
    with other.writing() as connection:
        connection.execute(text("CREATE TABLE patients (name TEXT)"))
    other.close()
    with pytest.raises(DatabaseError, match="holds other things"):
        open_store(tmp_path / "cases", address)


def test_an_incomplete_database_is_named(store, address, tmp_path):
    with store.database.writing() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
    with pytest.raises(DatabaseError, match="incomplete"):
        open_store(tmp_path / "cases", address)


@pytest.mark.parametrize("share", [0.02, 0.5, 0.97])
def test_a_half_written_file_is_refused_in_a_sentence(tmp_path, share):
    store = open_store(tmp_path)
    for number in range(30):
        store.create(f"Case {number}", "x" * 500)
    store.database.forget()
    store.database.close()
    path = tmp_path / "cases.sqlite"
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(DatabaseError, match="restore it from a backup"):
        open_store(tmp_path).cases()


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "cases.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(DatabaseError, match="no database"):
        open_store(tmp_path)


def test_a_full_disk_loses_nothing_that_was_saved(tmp_path, photos):
    store = open_store(tmp_path)
    case = store.create("Full").id
    store.journal.append(case, [EventDraft(kind=EventKind.NOTED, what="kept")], who="Ada", expected=0)
    with store.database.reading() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    drafts = [EventDraft(kind=EventKind.NOTED, what="y" * 2000)] * 20
    with pytest.raises(DatabaseError, match=r"disk is full.*saved before is kept"):
        store.journal.append(case, drafts, who="Ada", expected=1)
    report = store.journal.verify(case)
    assert (report.events, report.broken) == (1, None)
    store.database.close()


def test_a_photo_that_cannot_be_written_leaves_no_row(store, photos, monkeypatch):
    case = store.create("Full").id

    def full(source, target):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", full)
        with pytest.raises(CaseError, match="no space left on device"):
            store.add_photo(case, photos[0])
    assert store.photos_of(case) == []
    assert store.photos.keys() == set()
    store.add_photo(case, photos[0])


def test_a_photo_that_is_missing_or_damaged_is_named_and_the_rest_works(store, case, photos, review):
    keys = [fingerprint(photo) for photo in photos]
    review.confirm([review.state.wanted[0].place])
    store.photos.remove([keys[0]])
    assert "not in its folder" in store.photo_problems(case)[0]
    damaged = next(store.photos._shelf.folder.glob(f"*/{keys[1]}.png"))
    damaged.write_bytes(damaged.read_bytes()[:200])
    assert [problem.split(" ")[0] for problem in store.photo_problems(case)] == ["Photo", "The"]
    damaged.write_bytes(store.photos.file(keys[1])[:0] + _another_picture())
    assert "not what it was" in store.photo_problems(case)[1]
    assert review.state.reviewed == 1
    store.add_photo(case, photos[0])
    store.photos.take(keys[0], _png(photos[0]))
    assert len(store.photo_problems(case)) == 1


def test_files_of_somebody_else_are_named(store, case, photos, monkeypatch):
    def refused(*more, **most):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.read_bytes", refused)
        assert "cannot be read (permission denied)" in store.photo_problems(case)[0]
    with monkeypatch.context() as patch:
        patch.setattr("core.cases.photos.PhotoFolder.write", refused)
        assert store.photos.thumbnail(fingerprint(photos[0]))
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.unlink", refused)
        with pytest.raises(CaseError, match="could not be removed"):
            store.delete(case)
    assert store.cases() == []
    assert store.sweep() == 2


def _another_picture() -> bytes:
    import numpy as np

    from core.cases.photos import encoded

    return encoded(np.zeros((20, 20, 3), np.uint8))


def _png(photo) -> bytes:
    from core.cases.photos import encoded

    return encoded(photo.pixels)


def test_addresses_that_are_none(tmp_path, monkeypatch):
    with pytest.raises(DatabaseError, match="not in mysql"):
        open_url("mysql://x/y")
    with pytest.raises(DatabaseError, match="not the address"):
        open_url("nonsense")
    with pytest.raises(DatabaseError, match="cannot be reached") as gone:
        open_url("postgres://anna:secret@127.0.0.1:9/cases")
    assert "secret" not in str(gone.value)
    assert open_url(f"sqlite:///{tmp_path}/mine.sqlite").dialect == "sqlite"
    monkeypatch.setenv("SMEARLENS_DATABASE_URL", "mysql://x/y")
    with pytest.raises(DatabaseError):
        open_store()
    assert open_store(tmp_path / "built in").database.place.startswith("sqlite:")


def test_a_database_that_is_not_there_is_named(server):
    with pytest.raises(DatabaseError, match="does not exist"):
        open_url(server.url.rpartition("/")[0] + "/nowhere")


def test_a_server_without_room_says_so(empty_url, tmp_path):
    store = open_store(tmp_path, empty_url)
    with pytest.raises(DatabaseError, match="disk is full"), store.database.writing() as connection:
        connection.execute(text("DO $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device'; END $$"))


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(DatabaseError, match="cannot be made"):
        open_file(tmp_path / "file" / "cases.sqlite")


def test_what_is_in_memory_is_nowhere_else():
    assert open_in_memory().place == "memory"


def test_a_file_that_is_taken_away_is_noticed_before_anything_is_acknowledged(tmp_path):
    store = open_store(tmp_path)
    case = store.create("Moved").id
    note = EventDraft(kind=EventKind.NOTED, what="kept")
    store.journal.append(case, [note], who="Ada", expected=0)
    path = tmp_path / "cases.sqlite"
    path.rename(tmp_path / "elsewhere.sqlite")
    with pytest.raises(DatabaseError, match="taken away"):
        store.journal.append(case, [note], who="Ada", expected=1)
    with pytest.raises(DatabaseError, match="taken away"):
        store.cases()
    (tmp_path / "elsewhere.sqlite").rename(path)
    store.journal.append(case, [note], who="Ada", expected=1)
    assert store.journal.verify(case).events == 2
    store.database.close()


def test_a_busy_database_is_waited_for_and_then_named(tmp_path, monkeypatch):
    monkeypatch.setattr("core.cases.database.PATIENCE_S", 0.2)
    store = open_store(tmp_path)
    with sqlite3.connect(tmp_path / "cases.sqlite", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        assert store.cases() == []
        with pytest.raises(DatabaseError, match="busy"):
            store.create("Waiting")
        other.execute("ROLLBACK")
    store.create("Not waiting")
