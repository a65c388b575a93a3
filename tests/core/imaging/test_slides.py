"""Whole slides: regions of what tiffslide knows; of other formats, which region-exporting program to go to."""

import io
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from core.imaging import loading, slides
from core.imaging.decoding import Photo, open_photo
from core.imaging.loading import Unreadable, iter_photos, unpack
from core.imaging.wording import change_phrases
from core.synthetic.drawings import drawn_field

FIELD = drawn_field(3, (480, 640), 3).pixels
APERIO = "Aperio Image Library v12\r\n2560x1920 (256x256) JPEG/RGB Q=90|AppMag = 40|MPP = 0.25"


def pyramid(description: str | None = None, empty: int = 0) -> bytes:
    """A slide of 1920 x 2560 pixels with two smaller copies; so many columns on the left show nothing."""
    pixels = np.tile(FIELD, (4, 4, 1))
    pixels[:, :empty] = 235
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as writer:
        for step in (1, 4, 16):
            writer.write(
                np.ascontiguousarray(pixels[::step, ::step]),
                tile=(256, 256),
                photometric="rgb",
                compression="zlib",
                description=description if step == 1 or description else None,
                subfiletype=0 if step == 1 or description else 1,
                metadata=None,
            )
    return file.getvalue()


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a slide of a few megapixels were one of gigapixels."""
    monkeypatch.setattr(slides, "MAX_PIXELS", 2**20)
    monkeypatch.setattr(slides, "REGION", 640)


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize("description", [APERIO, None])
def test_regions_are_read_in_full_detail(description: str | None):
    found = list(unpack("slide.svs", pyramid(description)))
    assert len(found) == 3 * 4
    assert found[0].name == "slide.svs, region at 0, 0"
    assert found[5].name == "slide.svs, region at 640, 640"
    assert isinstance(found[0], Photo)
    assert np.array_equal(found[0].pixels[:480, :640], FIELD)
    assert "12 of 12 regions with cells were read" in change_phrases(found[0].changes)


@pytest.mark.usefixtures("small_limits")
def test_regions_without_cells_are_passed_over_and_the_rest_chosen_evenly(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(slides, "MOST_REGIONS", 3)
    found = list(unpack("slide.tif", pyramid(empty=640)))
    assert [photo.name.split("region at ")[1] for photo in found] == ["640, 0", "1280, 640", "1920, 1280"]
    assert all("3 of 9 regions with cells were read" in change_phrases(photo.changes) for photo in found)


@pytest.mark.usefixtures("small_limits")
def test_a_slide_too_large_for_memory_is_read_from_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "slide.svs").write_bytes(pyramid(APERIO))
    monkeypatch.setattr(loading, "MAX_BYTES", 1000)
    assert len([photo for photo in iter_photos([tmp_path / "slide.svs"]) if isinstance(photo, Photo)]) == 12


def test_a_small_slide_is_one_photo():
    (photo,) = unpack("slide.svs", pyramid(APERIO))
    assert isinstance(photo, Photo)
    assert photo.pixels.shape == (1920, 2560, 3)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.lif", b"\x70\0\0\0\x10\0\0\0\x2a<\0x\0" + bytes(600), "a Leica microscope file (LIF)"),
        ("a.czi", b"ZISRAWFILE" + bytes(600), "a Zeiss microscope file (CZI)"),
        ("photo", b"ZISRAWFILE" + bytes(600), "a Zeiss microscope file (CZI)"),
        ("a.nd2", b"\xda\xce\xbe\x0a" + bytes(600), "a Nikon microscope file (ND2)"),
        ("a.mrxs", bytes(range(256)), "a 3DHISTECH slide (MRXS)"),
        ("a.svs", b"II*\0" + bytes(600), "an Aperio slide (SVS)"),
        ("a.NDPI", b"MM\0*" + bytes(600), "a Hamamatsu slide (NDPI)"),
        ("a.vsi", bytes(600), "an Olympus slide (VSI)"),
        ("a.oib", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an Olympus microscope file (OIB)"),
    ],
)
def test_other_formats_are_named_and_a_region_is_asked_for(name: str, data: bytes, words: str):
    (lost,) = unpack(name, data)
    assert isinstance(lost, Unreadable)
    assert f"is {words}, which cannot be read here; export a region" in lost.reason


def test_the_small_picture_that_stands_for_a_slide_is_not_read_as_the_slide():
    file = io.BytesIO()
    Image.fromarray(FIELD).save(file, "JPEG")
    (lost,) = unpack("slide.mrxs", file.getvalue())
    assert isinstance(lost, Unreadable)
    assert "3DHISTECH slide (MRXS)" in lost.reason


@pytest.mark.parametrize("name", ["letter.docx", "table.xlsx", "talk.odp"])
def test_a_damaged_document_is_still_called_one(name: str):
    (lost,) = unpack(name, b"PK\x03\x04" + bytes(40))
    assert isinstance(lost, Unreadable)
    assert "is an Office document, not a photo" in lost.reason


@pytest.mark.parametrize("codec", ["jp2", "j2k"])
def test_jpeg_2000_is_read_whole_or_not_at_all(codec: str):
    file = io.BytesIO()
    Image.fromarray(FIELD).save(file, "JPEG2000", no_jp2=codec == "j2k")
    data = file.getvalue()
    assert np.array_equal(open_photo(data, "smear.jp2").pixels, FIELD)
    for share in (0.1, 0.5, 0.9, 0.99):
        (lost,) = unpack("smear.jp2", data[: int(share * len(data))])
        assert isinstance(lost, Unreadable)
