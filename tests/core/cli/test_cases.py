"""Cases by commands: a count is kept, shown, verified, handed on, backed up, restored and deleted."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.__main__ import main
from core.cases.keeping import CountKeeper
from core.cases.reviewing import Review
from core.cases.store import CountSettings, open_store
from core.differential.smear import Addition, Corrections
from core.imaging.decoding import Photo, open_photo
from core.imaging.fingerprint import fingerprint
from core.imaging.windows import Box
from core.labels import NO_CELL
from core.synthetic.drawings import drawn_cell, png
from tests.core.calling import call
from tests.core.differential.drawn import drawn_smear


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SMEARLENS_CASES", str(tmp_path / "cases"))
    return tmp_path / "cases"


@pytest.fixture
def case():
    """The address of a case of two drawn fields."""
    smear, store = drawn_smear(), open_store()
    pictures = [Photo(photo.name, photo.preview) for photo in smear.photos]
    counted = zip(smear.photos, pictures, strict=True)
    smear = replace(smear, photos=tuple(replace(one, fingerprint=fingerprint(picture)) for one, picture in counted))
    keeper = CountKeeper(store, "Course", CountSettings())
    assert list(keeper.passing(pictures)) == pictures
    keeper.keep(smear)
    first, second = [cell for cell in smear.cells if cell.detection.kind == "white" and cell.detection.whole][:2]
    called = {(first.photo, first.number): "ig", (second.photo, second.number): NO_CELL}
    keeper.correct(smear, Corrections(called, (Addition(1, Box(0, 0, 12, 12), "monocyte"),)), "Ada")
    return keeper.case.id


def test_a_count_is_kept_and_shown(tiny, tmp_path, folder):
    for kind in ("monocyte", "basophil"):
        (tmp_path / f"Schmidt {kind}.png").write_bytes(png(drawn_cell(kind, 1)))
    first, *_ = photos = [str(path) for path in sorted(tmp_path.glob("*.png"))]
    pixels = open_photo(Path(first).read_bytes(), "x")
    height, width = pixels.pixels.shape[:2]
    table = tmp_path / "corrections.csv"
    table.write_text(f"corrected,left,top,right,bottom,fingerprint\nig,0,0,{width},{height},{fingerprint(pixels)}\n")
    by = ("--corrections", str(table), "--by", "Ada")
    case = json.loads(call("count", *photos, "--single", "--case", "Course", *by, "--json"))["case"]
    (listed,) = json.loads(call("cases", "list", "--json"))
    assert (listed["id"], listed["name"], listed["photos"]) == (case, "Course", 2)
    assert listed["settings"]["single"]
    shown = json.loads(call("cases", "show", case, "--json"))
    assert (shown["wanted"], shown["reviewed"]) == (2, 1)
    assert [cell["label"] for cell in shown["cells"]] == ["ig", None]
    assert shown["models"] == [{"name": "tiny", "sha256": tiny.card.sha256}]
    (event,) = open_store().events(case)
    assert (event.who, event.what, event.checkpoint) == ("Ada", "ig", tiny.card.sha256)
    assert "1 of 2\u00a0cells are reviewed, and nobody has signed." in call("cases", "show", case)
    assert b"Schmidt" not in b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_what_was_corrected_is_kept_as_events(case):
    events = open_store().events(case)
    assert [(event.kind, event.what) for event in events] == [("named", "ig"), ("removed", ""), ("added", "monocyte")]
    assert case in call("cases", "list", "--search", "course")
    assert case not in call("cases", "list", "--search", "other")


def test_two_readers_and_their_agreement_are_shown(case):
    store = open_store()
    for seat, who in enumerate(("Ada", "Bea"), 1):
        review = Review(store.journal, case, store.predictions(case), CountSettings(), who=who, seat=seat)
        review.confirm([cell.place for cell in review.state.unreviewed])
        review.sign()
    shown = json.loads(call("cases", "show", case, "--seat", "2", "--json"))
    assert shown["signed"]["who"] == "Bea"
    assert shown["agreement"]["differing"] == 2
    assert shown["agreement"]["alone"] == 1
    assert "Two readers agree on 0." in call("cases", "show", case)


def test_what_was_changed_by_hand_is_found(case, tmp_path):
    assert "as it was saved" in call("cases", "verify")
    call("cases", "export", case, "-o", str(tmp_path / "events.jsonl"))
    assert call("cases", "verify", str(tmp_path / "events.jsonl")).strip() == f"{case}: as it was saved"
    store = open_store()
    store.photos.remove([store.photos_of(case)[0].fingerprint])
    (row,) = json.loads(call("cases", "verify", case, "--json", status=1))
    assert row["broken"] is None
    assert "not in its folder" in row["problems"][0]


def test_events_are_exported_as_a_table(case, tmp_path):
    call("cases", "export", case, "-o", str(tmp_path / "events.csv"))
    head, row, *_ = (tmp_path / "events.csv").read_text("utf-8-sig").splitlines()
    assert head.startswith("case,number,at,who,seat,kind")
    assert ",Ada,1,named," in row
    call("cases", "export", case, "-o", str(tmp_path / "cells"))
    assert {path.name for path in (tmp_path / "cells").iterdir()} == {"cells.csv", "ig", "monocyte"}
    with pytest.raises(SystemExit):
        refuse("cases", "export", case, "-o", str(tmp_path / "events.pdf"))


def refuse(*arguments: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["core", *arguments])
        main()


def test_a_backup_comes_back_elsewhere(case, tmp_path, monkeypatch):
    before = json.loads(call("cases", "show", case, "--json"))
    call("cases", "backup", str(tmp_path / "backup.zip"))
    call("cases", "export", case, "-o", str(tmp_path / "one.zip"))
    monkeypatch.setenv("SMEARLENS_CASES", str(tmp_path / "elsewhere"))
    assert json.loads(call("cases", "restore", str(tmp_path / "backup.zip"), "--json"))["added"] == [case]
    assert json.loads(call("cases", "show", case, "--json")) == before
    assert json.loads(call("cases", "import", str(tmp_path / "one.zip"), "--json"))["there"] == [case]
    call("cases", "delete", case, "--yes")
    assert "1\u00a0case taken in" in call("cases", "import", str(tmp_path / "one.zip"))


def test_postgresql_is_named_by_the_environment(empty_url, request, monkeypatch, tmp_path, folder):
    monkeypatch.setenv("SMEARLENS_DATABASE_URL", empty_url)
    case = request.getfixturevalue("case")
    assert not (folder / "cases.sqlite").exists()
    assert call("cases", "verify").strip() == f"{case}: as it was saved"
    call("cases", "backup", str(tmp_path / "backup.zip"))
    monkeypatch.delenv("SMEARLENS_DATABASE_URL")
    assert json.loads(call("cases", "restore", str(tmp_path / "backup.zip"), "--json"))["added"] == [case]


def test_copies_archives_and_deletes(case):
    copy = json.loads(call("cases", "duplicate", case, "--by", "Ada", "--json"))["id"]
    call("cases", "archive", copy)
    assert copy not in call("cases", "list")
    assert copy in call("cases", "list", "--archived")
    call("cases", "archive", copy, "--back")
    assert copy in call("cases", "list")
    assert "0\u00a0photos with it" in call("cases", "delete", case, "--yes")
    assert "2\u00a0photos with it" in call("cases", "delete", copy, "--yes")
    assert "0\u00a0photos removed" in call("cases", "sweep")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["cases", "show", "nowhere"], "no case nowhere"),
        (["cases", "restore", "absent.zip"], "no archive of cases"),
        (["count", "x.png", "--case", " "], "one line"),
    ],
)
def test_a_refusal_is_one_sentence(tiny, capsys, arguments, named):
    with pytest.raises(SystemExit) as stopped:
        refuse(*arguments)
    assert stopped.value.code == 1
    assert named in capsys.readouterr().err


def test_nothing_is_kept_of_what_cannot_be_read(tiny, tmp_path):
    (tmp_path / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n torn")
    call("count", str(tmp_path / "torn.png"), "--case", "Torn", status=4)
    assert json.loads(call("cases", "list", "--json")) == []
