"""What the warning of blasts is worth, with a reader whose answers are known."""

from types import SimpleNamespace

import numpy as np

from core.experiments.benchmarks import blasts
from core.imaging.decoding import Photo
from core.labels import PBC8, Probabilities


def reading(label: str, verdict: str):
    values = np.full(len(PBC8), 0.01)
    values[PBC8.index(label)] = 0.9
    values[PBC8.index("neutrophil")] += 0.03
    return SimpleNamespace(verdict=verdict, probabilities=Probabilities(PBC8, values), box=None)


def test_those_are_counted_that_are_warned_of(tmp_path):
    readings = [
        reading("lymphocyte", "unsure"),
        reading("monocyte", "unlike"),
        reading("lymphocyte", "answer"),
        reading("eosinophil", "unsure"),
    ]
    card = SimpleNamespace(sha256="ab")
    checkpoint = SimpleNamespace(name="one", card=card, lead=SimpleNamespace(folder=tmp_path))
    reader = SimpleNamespace(checkpoint=checkpoint, read=lambda photos: readings)
    photos = [Photo(f"{n}", np.zeros((9, 9, 3), np.uint8)) for n in range(4)]
    row = blasts.row_of(reader, "mature", photos)
    assert (row["n"], row["in doubt"], row["warned"], row["value"]) == (4, 3, 2, 0.5)
    assert row["low"] < 0.5 < row["high"]
