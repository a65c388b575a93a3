"""The reader: one path, the same answers however photos come, and those that the shipped tables hold."""

from dataclasses import replace

import numpy as np
import pytest

from core.checkpoints import list_checkpoints
from core.detection.loading import load_localizer
from core.imaging.decoding import Photo, open_photo
from core.imaging.windows import Box
from core.inference.reader import Reader
from core.models.answers import AnswerStore
from core.synthetic.drawings import CELL_CLASSES, drawn_cell

READERS = list_checkpoints()
EVERY = 60
"""Each so many-eth row of a table is read again."""


@pytest.fixture(scope="module")
def localizer():
    return load_localizer()


@pytest.fixture
def reader(tiny):
    return Reader(tiny)


def drawings(count: int = 6) -> list[Photo]:
    return [Photo(f"{i}.png", drawn_cell(CELL_CLASSES[i % 8], 100 + i, 80 + 20 * i)) for i in range(count)]


@pytest.mark.parametrize("checkpoint", READERS, ids=lambda checkpoint: checkpoint.name)
def test_shipped_predictions_are_what_the_reader_says(checkpoint, data_root, localizer):
    told = checkpoint.predictions().select(source="pbc", split="test")
    rows = told.table.iloc[::EVERY]
    photos = [open_photo((data_root / "pbc" / key).read_bytes(), key) for key in rows["key"]]
    readings = Reader(checkpoint, localizer).read(photos)
    now = readings.probabilities
    assert np.abs(now - told.probabilities[::EVERY]).max() < 1e-3
    assert [reading.distance for reading in readings] == pytest.approx(list(rows["distance"]), rel=1e-3)


def test_a_batch_says_what_its_photos_say_alone(reader):
    photos = drawings()
    together = reader.read(photos)
    alone = [reader.read([photo])[0] for photo in photos]
    assert [reading.photo for reading in together] == [photo.name for photo in photos]
    for one, other in zip(together, alone, strict=True):
        assert one.box.as_tuple() == pytest.approx(other.box.as_tuple(), abs=1e-2)
        assert one.probabilities.values == pytest.approx(other.probabilities.values, abs=1e-3)


def test_more_than_a_batch_keeps_its_order(reader, monkeypatch):
    photos = drawings(5)
    whole = reader.read(photos)
    monkeypatch.setattr("core.inference.reader.BATCH", 2)
    assert [reading.photo for reading in reader.read(photos)] == [reading.photo for reading in whole]


def test_a_second_look_asks_no_network_and_says_the_same(tiny, reader, tmp_path):
    """By its content alone, whatever its name, in this process and, of what no patient's photo shows, the next."""
    (photo,) = drawings(1)

    def asked(*_):
        raise AssertionError("the network was asked")

    def looked(reader: Reader, photo: Photo):
        reading = reader.read([photo])[0]
        explanation = reader.explain(photo, reading.box, "grad-cam", reading.label)
        return reading, explanation.map, reader.features([photo], [reading.box])

    plain = looked(reader, photo)
    first = Reader(tiny, reader.localizer, AnswerStore(tmp_path))
    looked(first, replace(photo, generated=True))
    second = Reader(tiny, reader.localizer, AnswerStore(tmp_path))
    for one in (first, second):
        one.lead.model.register_forward_pre_hook(asked)
        reading, saliency, features = looked(one, replace(photo, name="renamed.png", generated=True))
        assert reading.photo == "renamed.png"
        assert replace(reading, photo=photo.name) == plain[0]
        assert saliency.values.tolist() == plain[1].values.tolist()
        assert (saliency.method, saliency.target, saliency.flat) == (plain[1].method, plain[1].target, plain[1].flat)
        assert features.tolist() == plain[2].tolist()
    with pytest.raises(AssertionError, match="was asked"):
        looked(second, drawings(2)[1])


def test_nothing_gives_nothing(reader):
    assert list(reader.read([])) == []


def test_probabilities_are_a_distribution_over_the_classes(reader):
    for reading in reader.read(drawings()):
        assert reading.probabilities.space.keys == reader.checkpoint.space.keys
        assert reading.probabilities.values.sum() == pytest.approx(1)
        assert reading.confidence == reading.probabilities.values.max()
        assert reading.sha256 == reader.checkpoint.card.sha256


def test_a_given_box_is_what_is_read(reader):
    photo = drawings(1)[0]
    box = Box(10, 10, 50, 50)
    (reading,) = reader.read([photo], [box])
    assert (reading.box, reading.framed) == (box, "given")
    inside = Photo("inside", photo.pixels[10:50, 10:50])
    (same,) = reader.read([inside], [Box(0, 0, 40, 40)])
    assert same.probabilities.values == pytest.approx(reading.probabilities.values, abs=1e-5)


@pytest.mark.parametrize(
    ("step", "distance", "verdict"),
    [(0.0, 0.5, "answer"), (-0.01, 0.5, "unsure"), (0.0, 1.01, "unlike"), (-0.01, 3.0, "unlike")],
)
def test_the_verdict(reader, step, distance, verdict):
    """step: from the probability at which the card begins to answer."""
    assert reader._verdict(reader.checkpoint.classifier.abstain.probability + step, distance) == verdict


def test_an_explanation_is_of_the_crop_that_was_read(reader):
    photo = drawings(1)[0]
    (reading,) = reader.read([photo])
    shown = reader.explain(photo, reading.box, "input-gradient", "monocyte")
    assert np.array_equal(shown.crop, reader.crop(photo, reading.box))
    assert shown.map.method == "input-gradient"
    assert shown.target == "monocyte"
