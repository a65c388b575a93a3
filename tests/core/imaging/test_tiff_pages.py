"""Several photos in one TIFF, and what lies beside them in a microscope's export."""

import io

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from core.imaging.decoding import Photo, open_photo
from core.imaging.file_types import sniff
from core.imaging.loading import Unreadable, unpack
from core.imaging.tiff_pages import pages_of
from core.imaging.wording import change_phrases

SIZE = (60, 48)


def page(shade: int, size: tuple[int, int] = SIZE, **tags: int) -> Image.Image:
    picture = Image.new("RGB", size, (shade, 20, 40))
    info = TiffImagePlugin.ImageFileDirectory_v2()
    for name, value in tags.items():
        info[int(name.removeprefix("tag"))] = value
    picture.encoderinfo = {"tiffinfo": info}
    return picture


def tiff(*pages: Image.Image, **options: object) -> bytes:
    file = io.BytesIO()
    pages[0].save(file, "TIFF", save_all=True, append_images=pages[1:], **options)
    return file.getvalue()


def shades(data: bytes) -> list[int]:
    return [int(photo.pixels[0, 0, 0]) for photo in unpack("stack.tif", data) if isinstance(photo, Photo)]


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate", "jpeg"])
def test_every_page_is_a_photo(compression):
    data = tiff(page(10), page(120), page(230), compression=compression)
    found = list(unpack("stack.tif", data))
    assert [photo.name for photo in found] == [f"stack.tif, page {number}" for number in (1, 2, 3)]
    assert shades(data) == pytest.approx([10, 120, 230], abs=3)
    assert [change_phrases(photo.changes) for photo in found] == [f"page {number} of 3" for number in (1, 2, 3)]


def test_smaller_copies_labels_and_masks_are_no_photos():
    data = tiff(page(10), page(20, (30, 24)), page(30, (20, 40)), page(40), page(50, tag254=4), page(60, tag254=1))
    assert pages_of(data, sniff(data)) == (0, 3)
    assert shades(data) == [10, 40]


def test_a_thumbnail_in_front_of_the_picture_is_passed_over():
    data = tiff(page(10, (30, 24), tag254=1), page(90))
    assert pages_of(data, sniff(data)) == (1,)
    (photo,) = unpack("export.tif", data)
    assert (photo.name, change_phrases(photo.changes)) == ("export.tif", "page 2 of 2")
    assert photo.pixels.shape == (48, 60, 3)


def test_one_bad_page_leaves_the_others():
    data = bytearray(tiff(page(10), page(120), page(230), compression="tiff_lzw"))
    image = Image.open(io.BytesIO(data))
    image.seek(1)
    start = image.tag_v2[273][0]
    data[start : start + 40] = b"\xff" * 40
    first, second, third = unpack("stack.tif", bytes(data))
    assert isinstance(first, Photo)
    assert isinstance(third, Photo)
    assert isinstance(second, Unreadable)
    assert second.reason.startswith("stack.tif, page 2 ")


@pytest.mark.parametrize("colour", [True, False])
def test_a_file_of_many_pages_is_parsed_once(colour, monkeypatch):
    """Time by the number of pages, not by its square: each page is sought on from the one before."""
    values = np.random.default_rng(0).integers(0, 255, (24, 48, 60, 3), np.uint8)
    pages = [Image.fromarray(one if colour else one[..., 0].astype(np.uint16) * 200) for one in values]
    data, opened, sought = tiff(*pages), [], []
    opener, seek = Image.open, TiffImagePlugin.ImageFileDirectory_v2.load
    monkeypatch.setattr(Image, "open", lambda *given, **more: opened.append(1) or opener(*given, **more))
    monkeypatch.setattr(TiffImagePlugin.ImageFileDirectory_v2, "load", lambda *given: sought.append(1) or seek(*given))
    assert len(list(unpack("stack.tif", data))) == 24
    assert len(opened) <= 4
    assert len(sought) <= 8 * 24


def test_deep_pages():
    levels = np.arange(48 * 60, dtype=np.uint16).reshape(48, 60) * 22
    pages = [Image.fromarray(levels), Image.fromarray(levels[::-1].copy())]
    one, other = unpack("deep.tif", tiff(*pages))
    assert change_phrases(one.changes) == "page 1 of 2; 16-bit picture was scaled to 8 bit"
    assert np.array_equal(one.pixels, other.pixels[::-1])


@pytest.mark.parametrize("cut", [9, 0.3, 0.7, 0.95])
def test_a_file_cut_short_raises_nothing(cut):
    data = tiff(page(10), page(120), page(230))
    for photo in unpack("stack.tif", data[: cut if isinstance(cut, int) else int(cut * len(data))]):
        assert photo.name.startswith("stack.tif")


def test_a_ring_of_pages_ends():
    data = bytearray(tiff(page(10), page(120)))
    next_page = 4
    while at := int.from_bytes(data[next_page : next_page + 4], "little"):
        next_page = at + 2 + 12 * int.from_bytes(data[at : at + 2], "little")
    data[next_page : next_page + 4] = data[4:8]
    assert pages_of(bytes(data), sniff(data)) == (0, 1)


def test_other_files_have_one_page():
    file = io.BytesIO()
    page(10).save(file, "PNG")
    assert pages_of(file.getvalue(), sniff(file.getvalue())) == (0,)
    assert pages_of(b"", sniff(b"")) == (0,)
    assert change_phrases(open_photo(file.getvalue(), "cell").changes) == ""
