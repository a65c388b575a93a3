"""What networks answered, by what they were shown: nothing is asked twice, whoever shows it and however often.

Kept are numbers (probabilities, features, boxes, maps), never a picture: of a photo in memory alone, and of pictures
that come from no patient also on disk, for the next start.
"""

import hashlib
import os
import shutil
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from core.storage import replacing

Answer = Mapping[str, np.ndarray]

MOST_BYTES = 64_000_000
"""Of answers in memory; the oldest make room."""
MOST_FILES = 4000
"""On disk, of a few kilobytes each; more are not written."""


class AnswerStore:
    """Answers by key. folder: where those from no patient's pictures last; None for nowhere. Safe from several threads.

    What another version of the code answered is removed from the folder.
    """

    def __init__(self, folder: Path | None = None, most_bytes: int = MOST_BYTES) -> None:
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._bytes, self._most_bytes = 0, most_bytes
        self._lock = threading.Lock()
        self._folder = folder / _code_version() if folder else None
        self._room = MOST_FILES
        if folder is not None and folder.is_dir():
            for other in [each for each in folder.iterdir() if each != self._folder]:
                shutil.rmtree(other, ignore_errors=True)
            self._room -= sum(1 for _ in self._folder.glob("*.npz")) if self._folder else 0

    def get(self, key: str, *, lasting: bool = False) -> Answer | None:
        """The answer of that key, not to be changed; None where there is none. lasting: may be on disk."""
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
                return self._answers[key]
        answer = self._read(key) if lasting else None
        if answer is not None:
            self._remember(key, answer)
        return answer

    def put(self, key: str, answer: Answer, *, lasting: bool = False) -> None:
        """Remember an answer. lasting: on disk too, which only the answer to no patient's picture may be."""
        self._remember(key, answer)
        if lasting and self._folder is not None and self._room > 0:
            self._room -= 1
            # A cache that cannot be written is none; the answer itself is at hand.
            try:
                with replacing(self._folder / f"{key}.npz") as draft, draft.open("wb") as file:
                    np.savez(file, allow_pickle=False, **answer)
            except OSError:
                self._folder = None

    def _remember(self, key: str, answer: Answer) -> None:
        with self._lock:
            self._bytes += _size(answer) - _size(self._answers.pop(key, {}))
            self._answers[key] = answer
            while self._bytes > self._most_bytes:
                _, oldest = self._answers.popitem(last=False)
                self._bytes -= _size(oldest)

    def _read(self, key: str) -> Answer | None:
        if self._folder is None:
            return None
        try:
            with np.load(self._folder / f"{key}.npz", allow_pickle=False) as file:
                return dict(file)
        except Exception:  # noqa: BLE001 - a file that is missing or damaged, in whatever way, is asked for again
            return None


def answers_of(
    store: AnswerStore | None,
    keys: Sequence[str],
    lasting: Sequence[bool],
    ask: Callable[[list[int]], Sequence[Answer]],
) -> list[Answer]:
    """The answers of these keys, in order. ask: gives those of some places in the list, all at once.

    lasting: of each key, as in `AnswerStore.put`.
    """
    if store is None:
        return list(ask(list(range(len(keys)))))
    answers = {key: store.get(key, lasting=last) for key, last in zip(keys, lasting, strict=True)}
    places = list({key: place for place, key in enumerate(keys) if answers[key] is None}.values())
    for place, answer in zip(places, ask(places) if places else (), strict=True):
        store.put(keys[place], answer, lasting=lasting[place])
        answers[keys[place]] = answer
    return [answer for answer in (answers[key] for key in keys) if answer is not None]


def key_of(question: str, pixels: np.ndarray) -> str:
    """The key of a question about a picture. question: what is asked, and of which weights and settings."""
    digest = hashlib.sha256(f"{question} {pixels.shape} {pixels.dtype}".encode())
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.hexdigest()


def _size(answer: Answer) -> int:
    return sum(array.nbytes for array in answer.values())


@cache
def _code_version() -> str:
    """Of the code that answers: another one may answer otherwise."""
    digest = hashlib.sha256()
    package = Path(__file__).resolve().parents[1]
    for file in sorted(package.rglob("*.py")):
        digest.update(os.fsencode(file.relative_to(package)))
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
