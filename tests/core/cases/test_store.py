"""Cases are made, found, opened, copied, put away and deleted alike on SQLite and PostgreSQL."""

import io

import numpy as np
import pytest
from PIL import Image

from core.cases.predictions import predictions_of
from core.cases.store import CountSettings, open_store, open_store_in_memory
from core.errors import CaseError
from core.imaging.decoding import Photo, open_photo
from core.imaging.fingerprint import fingerprint
from tests.core.cases.conftest import reader


def test_a_case_is_there_again_after_a_restart(store, case, photos, address, tmp_path):
    before = store.open(case)
    store.database.close()
    again = open_store(tmp_path / "cases", address)
    assert again.open(case) == before
    assert before.photos == 2
    assert not before.in_memory
    for kept, photo in zip(again.photos_of(case), photos, strict=True):
        loaded = again.load(kept)
        np.testing.assert_array_equal(loaded.pixels, photo.pixels)
        assert loaded.micrometres_per_pixel == 0.1
        assert "Schmidt" not in loaded.name
    again.database.close()


def test_a_name_is_one_line_and_no_novel(store):
    for name in ("", " \n ", "x" * 61, "a\x07b"):
        with pytest.raises(CaseError, match="one line"):
            store.create(name)
    assert store.create("  Friday \n course ").name == "Friday course"
    with pytest.raises(CaseError, match="note"):
        store.create("x", "y" * 2001)


def test_cases_are_found_by_words_in_any_case_and_alphabet(store):
    first = store.create("Übung, Gruppe A", "Eosinophile")
    second = store.create("übung, gruppe B")
    assert [each.id for each in store.cases("ÜBUNG")] == [second.id, first.id]
    assert [each.id for each in store.cases("gruppe eosino")] == [first.id]
    assert [each.id for each in store.cases(first.id)] == [first.id]
    assert store.cases("100%") == store.cases("_") == []
    store.change(first.id, archived=True)
    assert [each.id for each in store.cases()] == [second.id]
    assert {each.id for each in store.cases(archived=True)} == {first.id, second.id}


def test_a_change_is_of_what_is_named_alone(store, case):
    before = store.open(case)
    after = store.change(case, note="other", settings=CountSettings(single=True, red_cells=4.5))
    assert (after.name, after.note, after.settings.red_cells) == (before.name, "other", 4.5)
    with pytest.raises(CaseError, match="no case nowhere"):
        store.change("nowhere", name="x")


def test_a_photo_is_kept_once_in_its_order(store, case, photos):
    store.add_photo(case, photos[1])
    assert [each.place for each in store.photos_of(case)] == [1, 2]
    assert [each.fingerprint for each in store.photos_of(case)] == [fingerprint(photo) for photo in photos]


def test_what_a_model_said_comes_back_as_it_was(store, case, smear):
    predictions = store.predictions(case)
    for number, (prediction, photo) in enumerate(zip(predictions, smear.photos, strict=True), 1):
        again = prediction.photo(number, photo.name)
        assert (again.field.cells, again.quality, again.changes) == (photo.field.cells, photo.quality, photo.changes)
        for cell, other in zip(prediction.counted(number), smear.of(number), strict=True):
            assert (cell.detection, cell.window, cell.verdict) == (other.detection, other.window, other.verdict)
            assert cell.probabilities == other.probabilities
            assert cell.distance == pytest.approx(other.distance, nan_ok=True)
    assert "Schmidt" not in predictions[0].model_dump_json()


def test_predictions_of_another_version_are_read_anew(store, case, smear):
    first, second = predictions_of(smear)
    store.keep(case, [first.model_copy(update={"space": "of another version"})])
    assert [each.fingerprint for each in store.predictions(case)] == [second.fingerprint]
    store.keep(case, [first])
    assert len(store.predictions(case)) == 2
    assert store.predictions(case, "cd" * 32) == []


def test_a_copy_has_the_photos_and_not_what_people_did(store, case, review):
    review.confirm([review.state.wanted[0].place])
    copy = store.duplicate(case, who="Ada")
    assert copy.name == "Two fields (copy)"
    assert store.photos_of(copy.id) == store.photos_of(case)
    assert reader(store, copy.id, "Bea").state.reviewed == 0
    assert [event.what for event in store.events(copy.id)] == [f"Copied from case {case}."]
    store.delete(case)
    assert store.photo_problems(copy.id) == []


def test_what_is_deleted_is_gone(store, case, photos, tmp_path):
    store.photos.thumbnail(fingerprint(photos[0]))
    other = store.create("Other")
    store.add_photo(other.id, photos[0])
    assert store.delete(case) == 1
    with pytest.raises(CaseError, match="no case"):
        store.open(case)
    assert store.photos.keys() == {fingerprint(photos[0])}
    assert store.delete(other.id) == 1
    assert store.photos.keys() == set()
    assert store.predictions(case) == store.events(case) == store.photos_of(case) == []
    left = b"".join(path.read_bytes() for path in (tmp_path / "cases").rglob("*") if path.is_file())
    assert b"Friday course" not in left
    with pytest.raises(CaseError, match="no case"):
        store.delete(case)


def test_a_photo_that_no_case_has_is_swept(store, case):
    store.photos.save(Photo("stray", np.full((20, 20, 3), 7, np.uint8)))
    assert store.sweep() == 1
    assert store.photo_problems(case) == []


def test_a_photo_keeps_its_pixels_and_nothing_else(store):
    image = Image.fromarray(np.arange(32 * 24 * 3, dtype=np.uint8).reshape(32, 24, 3))
    exif = image.getexif()
    exif[0x010E] = "Anna Schmidt"
    file = io.BytesIO()
    image.save(file, "JPEG", exif=exif, comment=b"Anna Schmidt")
    photo = open_photo(file.getvalue(), "Anna Schmidt.jpg")
    key = store.photos.save(photo)
    kept = store.photos.file(key)
    assert b"Schmidt" not in kept
    assert Image.open(io.BytesIO(kept)).info == {}
    assert fingerprint(store.photos.load(key)) == fingerprint(photo) == key
    small = Image.open(io.BytesIO(store.photos.thumbnail(key)))
    assert small.size == (24, 32)


def test_in_memory_nothing_is_written(photos, tmp_path, monkeypatch):
    monkeypatch.setenv("SMEARLENS_CASES", str(tmp_path))
    store = open_store_in_memory()
    case = store.create("Only here")
    store.add_photo(case.id, photos[0])
    assert store.open(case.id).in_memory
    assert store.photo_problems(case.id) == []
    assert list(tmp_path.iterdir()) == []
    store.delete(case.id)
    assert store.photos.keys() == set()
