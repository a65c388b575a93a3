"""NumPy archives of pictures: in order, with their labels, one at a time; nothing in them is run."""

import io
import zipfile

import numpy as np

from core.imaging.decoding import Photo
from core.imaging.loading import Unreadable, photo_count, unpack
from core.imaging.wording import opening_remarks

RNG = np.random.default_rng(0)


def pictures(count: int, side: int = 28) -> np.ndarray:
    return RNG.integers(0, 256, (count, side, side, 3), dtype=np.uint8)


def npz(**arrays: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


PARTS = {f"{split}_images": pictures(count) for split, count in (("test", 2), ("train", 3), ("val", 1))}
LABELS = {
    f"{split}_labels": np.arange(count).reshape(-1, 1) for split, count in (("test", 2), ("train", 3), ("val", 1))
}


def test_medmnist_in_order_with_its_labels():
    data = npz(**PARTS, **LABELS)
    found = [photo for photo in unpack("bloodmnist.npz", data) if isinstance(photo, Photo)]
    assert [photo.name for photo in found] == [
        *(f"bloodmnist.npz/train_images {number}" for number in (1, 2, 3)),
        "bloodmnist.npz/val_images 1",
        *(f"bloodmnist.npz/test_images {number}" for number in (1, 2)),
    ]
    expected = np.concatenate([PARTS["train_images"], PARTS["val_images"], PARTS["test_images"]])
    assert np.array_equal(np.stack([photo.pixels for photo in found]), expected)
    labels = ["0 (basophil)", "1 (eosinophil)", "2 (erythroblast)", "0 (basophil)", "0 (basophil)", "1 (eosinophil)"]
    assert [photo.label for photo in found] == labels
    assert opening_remarks((), None, found[1].label) == ["Labelled 1 (eosinophil) in its file."]
    assert photo_count(data) == 6


def test_labels_of_other_files_are_numbers():
    (photo,) = unpack("cells.npz", npz(train_images=pictures(1), train_labels=np.array([[4]])))
    assert isinstance(photo, Photo)
    assert photo.label == "4"


def test_one_picture_and_pictures_with_their_colours_first():
    several = pictures(2, 40)
    (one,) = unpack("field.npz", npz(image=several[0]))
    assert isinstance(one, Photo)
    assert np.array_equal(one.pixels, several[0])
    first, second = unpack("cells.npz", npz(images=several.transpose(0, 3, 1, 2)))
    assert isinstance(first, Photo)
    assert isinstance(second, Photo)
    assert np.array_equal(np.stack([first.pixels, second.pixels]), several)
    assert photo_count(npz(image=several[0])) == 1


def test_grey_deep_and_unlabelled_pictures():
    grey = RNG.integers(0, 4096, (2, 30, 40), dtype=np.uint16)
    grey[0, 0, 0] = 4095
    first, _ = unpack("stack.npz", npz(images=grey))
    assert isinstance(first, Photo)
    assert first.label == ""
    assert np.array_equal(first.pixels[..., 1], np.rint(grey[0] * np.float32(255 / 4095)).astype(np.uint8))


def test_an_archive_of_numbers_holds_no_pictures():
    (lost,) = unpack("table.npz", npz(scores=np.arange(10.0)))
    assert isinstance(lost, Unreadable)
    assert "holds no arrays of pictures" in lost.reason


def test_objects_are_never_unpickled():
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return AssertionError, ("unpickled",)

    trap = np.empty(2, object)
    trap[:] = [Trap(), Trap()]
    found = list(unpack("trap.npz", npz(train_images=pictures(2), train_labels=trap)))
    assert [photo.label for photo in found if isinstance(photo, Photo)] == ["", ""]


def test_a_file_cut_short_gives_what_it_has():
    array = io.BytesIO()
    np.save(array, pictures(5))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("train_images.npy", array.getvalue()[:-3000])
    *read, lost = unpack("cut.npz", archive.getvalue())
    assert len(read) == 3
    assert isinstance(lost, Unreadable)
    assert lost.name == "cut.npz/train_images 4"
