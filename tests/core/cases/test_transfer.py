"""Backups, restoring, and cases on their way from one computer or database to another."""

import json
import zipfile

import pytest

from core.cases.store import open_store
from core.cases.transfer import MANIFEST, read_archive, write_archive
from core.errors import CaseError
from tests.core.cases.conftest import reader


@pytest.fixture
def kind():
    """An archive knows no database; that of PostgreSQL has a test of its own."""
    return "sqlite"


@pytest.fixture
def archive(store, case, review, tmp_path):
    """A backup of a case that somebody has worked at, and of one without photos."""
    review.confirm([cell.place for cell in review.state.wanted])
    review.undo()
    store.create("Empty")
    path = tmp_path / "backup.zip"
    assert write_archive(store, path) == []
    return path


@pytest.fixture
def other(tmp_path):
    """The store of another computer, on SQLite whatever the first one was."""
    opened = open_store(tmp_path / "other")
    yield opened
    opened.database.close()


def everything(store):
    return [
        (each, store.photos_of(each.id), store.predictions(each.id), store.events(each.id))
        for each in store.cases(archived=True)
    ]


def test_a_backup_restores_all_of_it(store, archive, other, case):
    restored = read_archive(other, archive)
    assert case in restored.added
    assert len(restored.added) == 2
    assert everything(other) == everything(store)
    assert other.journal.verify(case).broken is None
    assert other.photo_problems(case) == []
    again = read_archive(other, archive)
    assert (len(again.there), again.added, again.differing) == (2, (), ())
    assert reader(other, case, "Bea").undo() is not None


def test_it_moves_to_postgresql_and_back(store, archive, other, empty_url, tmp_path, case):
    there = open_store(tmp_path / "there", empty_url)
    read_archive(there, archive)
    assert everything(there) == everything(store)
    write_archive(there, tmp_path / "back.zip")
    assert case in read_archive(other, tmp_path / "back.zip").added
    assert everything(other) == everything(store)
    there.database.close()


def test_what_has_gone_on_otherwise_is_left_alone(store, archive, other, case):
    read_archive(other, archive)
    reader(other, case, "Bea").note("went on here")
    before = everything(other)
    assert read_archive(other, archive).differing == (case,)
    assert everything(other) == before


def test_one_case_goes_alone(store, archive, other, case, tmp_path):
    write_archive(store, tmp_path / "one.zip", [case])
    assert read_archive(other, tmp_path / "one.zip").added == (case,)
    with pytest.raises(CaseError, match="no case nowhere"):
        write_archive(store, tmp_path / "none.zip", ["nowhere"])
    assert not (tmp_path / "none.zip").exists()


def test_a_missing_photo_is_named_and_all_else_kept(store, archive, other, case, tmp_path):
    key = store.photos_of(case)[0].fingerprint
    store.photos.remove([key])
    assert write_archive(store, tmp_path / "less.zip") == [key]
    restored = read_archive(other, tmp_path / "less.zip")
    assert restored.missing == (key,)
    assert other.events(case) == store.events(case)


def rewritten(path, target, name, change):
    """The archive with one of its entries changed; None leaves it out."""
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(target, "w") as after:
        for entry in before.namelist():
            data = before.read(entry)
            data = change(data) if entry.startswith(name) else data
            if data is not None:
                after.writestr(entry, data)
    return target


def newer(data):
    return json.dumps(json.loads(data) | {"revision": "9999"}).encode()


def traversing(data):
    row = json.loads(data.splitlines()[0])
    return (json.dumps(row | {"id": "../../x"}) + "\n").encode()


@pytest.mark.parametrize(
    ("name", "change", "problem"),
    [
        (MANIFEST, lambda data: None, "no archive of cases: it has no manifest"),
        (MANIFEST, lambda data: b"{}", "no archive of cases that this version can read"),
        (MANIFEST, newer, "newer version"),
        ("events.jsonl", lambda data: data.replace(b"Ada", b"Bea", 1), "Event 1 was changed"),
        ("events.jsonl", lambda data: b"".join(data.splitlines(True)[:-1]), "is not as it was saved"),
        ("events.jsonl", lambda data: data[:-9], "events in .* is damaged"),
        ("cases.jsonl", lambda data: b'{"id": 1}\n', "other columns"),
        ("cases.jsonl", traversing, "no address"),
        ("photos/", lambda data: data[:100], "damaged"),
    ],
)
def test_a_damaged_archive_is_refused_in_a_sentence(archive, other, tmp_path, name, change, problem):
    changed = rewritten(archive, tmp_path / "changed.zip", name, change)
    with pytest.raises(CaseError, match=problem):
        read_archive(other, changed)
    assert all(each.photos == 0 for each in other.cases())


def test_what_is_no_archive_is_refused(other, tmp_path):
    (tmp_path / "x.zip").write_bytes(b"nothing")
    for name in ("x.zip", "absent.zip"):
        with pytest.raises(CaseError, match="no archive of cases"):
            read_archive(other, tmp_path / name)


def test_a_backup_that_cannot_be_written_leaves_nothing(store, case, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(CaseError, match="could not be written"):
        write_archive(store, tmp_path / "file" / "backup.zip")
