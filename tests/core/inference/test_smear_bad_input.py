"""Bad input among good photos, with the shipped detector and a shipped reader: a sentence each, and the rest counts."""

import io
import zipfile
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from core.checkpoints import find_checkpoint
from core.detection.loading import load_detector
from core.differential.smear import WHITE, Smear
from core.differential.wording import photo_remarks
from core.errors import CheckpointError
from core.imaging.loading import MAX_BYTES, unpack
from core.inference.reader import Reader
from core.inference.smear import count_smear
from core.synthetic.drawings import drawn_cell, drawn_field, png
from tests.core.imaging.test_decoding import png_claiming

SIZE = (240, 320)
FILES = 5_000


@pytest.fixture(scope="module")
def count() -> Callable[..., Smear]:
    try:
        reader = Reader(find_checkpoint("simple_cnn"))
    except CheckpointError as error:
        pytest.skip(f"no checkpoints here: {error}")
    detector = load_detector()
    return lambda *files: count_smear(
        (item for name, data in files for item in unpack(name, data)), reader, detector, pictures=False
    )


@pytest.fixture(scope="module")
def good() -> bytes:
    return png(drawn_field(3, SIZE, 2).pixels)


@pytest.fixture(scope="module")
def alone(count, good) -> list[object]:
    return told(count(("good.png", good)), "good.png")


def told(smear: Smear, name: str) -> list[object]:
    """All that was found and read in a photo."""
    (photo,) = (photo for photo in smear.photos if photo.name == name)
    return [(cell.detection, cell.probabilities, cell.verdict) for cell in smear.of(photo.number)]


def as_file(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def on_a_screen() -> bytes:
    """A field as it looks when a screen that shows it is photographed: stripes of three colours, turned a little."""
    pixels = drawn_field(4, SIZE, 2).pixels
    lines, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    lamps = np.stack([columns % 3 == colour for colour in range(3)], -1) * 1.6 + 0.25
    lit = pixels * lamps * (1 - 0.35 * (lines % 3 == 0))[..., None]
    screen = Image.fromarray(np.clip(lit, 0, 255).astype(np.uint8)).rotate(3, Image.Resampling.BICUBIC)
    return as_file(np.asarray(screen.resize((406, 305), Image.Resampling.BILINEAR)))


def cartoon(width: int = 400) -> bytes:
    face = np.full((300, width, 3), 255, np.uint8)
    face[80:220, 80:220] = 250, 200, 0
    face[120:140, [*range(110, 130), *range(170, 190)]] = 0
    return as_file(face)


def zipped(**entries: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return file.getvalue()


def bomb() -> bytes:
    """Half a megabyte that would unpack to more than is taken into memory."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("bomb.png", "w") as entry:
        for _ in range(MAX_BYTES // 2**20 + 1):
            entry.write(bytes(2**20))
    return file.getvalue()


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: as_file(np.full((*SIZE, 3), 240, np.uint8)), "No cell was found in it."),
        (lambda: png(drawn_field(5, SIZE, 0).pixels), "No white cell was found in it."),
        (cartoon, "No white cell was found in it."),
        (on_a_screen, "The colours of the photo are farther from the usual"),
    ],
    ids=["no cells", "only red cells", "a cartoon", "a screen"],
)
def test_a_photo_with_nothing_to_count_is_said_to_be_one(count, good, alone, make, sentence):
    smear = count(("bad.png", make()), ("good.png", good))
    assert any(remark.startswith(sentence) for remark in photo_remarks(smear.photos[0]))
    assert not [cell for cell in smear.of(1) if cell.counted_as in WHITE]
    assert told(smear, "good.png") == alone
    assert smear.not_read == ()


def test_a_square_picture_of_something_else_counts_as_no_white_cell(count):
    smear = count(("cartoon.png", cartoon(300)))
    assert not [cell for cell in smear.cells if cell.counted_as in WHITE]


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: png_claiming(20_000, 10_000), "bad.png is too large to be read (the limit is 67 megapixels)"),
        (bomb, "bad.png/bomb.png is larger than the limit of 500 MB"),
        (lambda: zipped(**{"inner.zip": zipped(a=b"x")}), "bad.png/inner.zip is an archive within an archive"),
        (lambda: zipped(torn=b"\xff\xd8\xff\xe0 torn"), "bad.png/torn is damaged"),
        (lambda: b"\x89PNG\r\n\x1a\n", "bad.png is damaged"),
        (lambda: b"Dear colleague", "bad.png is a text file"),
        (lambda: b"", "bad.png is empty"),
    ],
    ids=["200 megapixels", "a zip bomb", "nested zips", "an unreadable entry", "a torn file", "a letter", "no bytes"],
)
def test_a_file_that_cannot_be_read_is_named_and_says_why(count, good, alone, make, sentence):
    smear = count(("bad.png", make()), ("good.png", good))
    (lost,) = smear.not_read
    assert lost.reason.startswith(sentence)
    assert lost.reason.endswith(".")
    assert told(smear, "good.png") == alone


def test_of_five_thousand_files_every_one_is_accounted_for(count, good, alone):
    """Most of them torn, since reading so many cells is no matter of minutes."""
    entries = {f"{number:04}.jpg": b"\xff\xd8\xff\xe0" for number in range(FILES)}
    entries |= {"2500.jpg": good, "4999.jpg": png(drawn_cell("basophil", 1))}
    smear = count(("night.zip", zipped(**entries)))
    assert [photo.name for photo in smear.photos] == ["night.zip/2500.jpg", "night.zip/4999.jpg"]
    assert len(smear.not_read) == FILES - 2
    assert [lost.name for lost in smear.not_read[:2]] == ["night.zip/0000.jpg", "night.zip/0001.jpg"]
    assert told(smear, "night.zip/2500.jpg") == alone


def test_two_photos_of_one_name_are_both_counted(count, good):
    other = png(drawn_field(6, SIZE, 2).pixels)
    smear = count(("good.png", good), ("good.png", other))
    assert [photo.name for photo in smear.photos] == ["good.png", "good.png"]
    assert [photo.number for photo in smear.photos] == [1, 2]
