"""What networks answered is remembered by content: the same as asked anew, bounded, and on disk for no patient."""

import numpy as np
import pytest

from core.models import answers
from core.models.answers import AnswerStore, answers_of, key_of

PIXELS = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)


def answer(value: float, size: int = 4) -> dict[str, np.ndarray]:
    return {"values": np.full(size, value, np.float32), "method": np.asarray("grad-cam")}


def files(folder) -> list[str]:
    return sorted(file.stem for file in folder.rglob("*.npz"))


def test_a_key_is_that_of_the_question_and_of_every_pixel():
    changed = PIXELS.copy()
    changed[3, 3, 2] += 1
    keys = {key_of("a", PIXELS), key_of("b", PIXELS), key_of("a", changed), key_of("a", PIXELS.reshape(2, 8, 3))}
    assert len(keys) == 4
    assert key_of("a", np.asfortranarray(PIXELS)) == key_of("a", PIXELS)


def test_only_what_is_not_remembered_is_asked_and_the_order_stays():
    store, asked = AnswerStore(), []

    def ask(places):
        asked.append(list(places))
        return [answer(10 * place) for place in places]

    first = answers_of(store, ["a", "b", "a"], [False] * 3, ask)
    again = answers_of(store, ["b", "c", "a"], [False] * 3, ask)
    assert [len(places) for places in asked] == [2, 1]
    assert first[0] is first[2]
    assert [one["values"][0] for one in again] == [first[1]["values"][0], 10, first[0]["values"][0]]
    assert len(answers_of(None, ["a", "a"], [True, True], ask)) == 2
    assert asked[-1] == [0, 1]


def test_the_oldest_make_room():
    store = AnswerStore(most_bytes=answers._size(answer(0)) * 2)
    for key in "ab":
        store.put(key, answer(1))
    store.get("a")
    store.put("c", answer(2))
    assert [key for key in "abc" if store.get(key)] == ["a", "c"]


def test_only_answers_to_no_patients_picture_are_on_disk_and_last(tmp_path):
    store = AnswerStore(tmp_path)
    store.put("own", answer(1))
    store.put("example", answer(2), lasting=True)
    assert files(tmp_path) == ["example"]
    another = AnswerStore(tmp_path)
    assert another.get("own", lasting=True) is None
    read = another.get("example", lasting=True)
    assert read is not None
    assert read["values"] == pytest.approx(answer(2)["values"])
    assert read["method"].item() == "grad-cam"


def test_what_other_code_answered_is_removed_and_what_is_damaged_is_asked_again(tmp_path, monkeypatch):
    store = AnswerStore(tmp_path)
    store.put("example", answer(2), lasting=True)
    next(tmp_path.rglob("*.npz")).write_bytes(b"torn")
    assert AnswerStore(tmp_path).get("example", lasting=True) is None
    monkeypatch.setattr(answers, "_code_version", lambda: "another")
    assert AnswerStore(tmp_path).get("example", lasting=True) is None
    assert files(tmp_path) == []


def test_a_folder_that_is_full_or_cannot_be_written_costs_no_answer(tmp_path, monkeypatch):
    monkeypatch.setattr(answers, "MOST_FILES", 1)
    store = AnswerStore(tmp_path)
    for key in "ab":
        store.put(key, answer(1), lasting=True)
    assert len(files(tmp_path)) == 1
    assert store.get("b") is not None
    (tmp_path / "file").touch()
    blocked = AnswerStore(tmp_path / "file" / "below")
    blocked.put("a", answer(1), lasting=True)
    assert blocked.get("a") is not None
