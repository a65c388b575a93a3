"""Every kind of good and bad file: the right pixels, or one sentence that names the file."""

import io
import struct
import sys
import warnings
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.errors import ImageError
from core.imaging import decoding
from core.imaging.decoding import MAX_PIXELS, Photo, open_photo
from core.imaging.wording import change_phrases

pillow_heif = pytest.importorskip("pillow_heif")
pillow_heif.register_heif_opener()

Y, X = np.mgrid[:40, :56]
COLOURS = np.stack([X * 4, Y * 6, 255 - X - Y], axis=-1).astype(np.uint8)
"""(40, 56, 3): smooth, so that lossy formats come close, and without any symmetry."""
GREYS = COLOURS[..., 0]


_LOSSLESS: dict[str, dict[str, object]] = {"WEBP": {"lossless": True}}


def encoded(picture: np.ndarray | Image.Image, form: str, **options: object) -> bytes:
    image = Image.fromarray(picture) if isinstance(picture, np.ndarray) else picture
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def animated(form: str, count: int = 3) -> bytes:
    others = [Image.fromarray(np.roll(COLOURS, 9 * n, axis=1)) for n in range(1, count)]
    return encoded(COLOURS, form, save_all=True, append_images=others, **_LOSSLESS.get(form, {}))


def in_three(grey: np.ndarray) -> np.ndarray:
    return np.repeat(grey[..., None], 3, axis=2)


def pixels_of(data: bytes, name: str = "cell.png") -> np.ndarray:
    pixels = open_photo(data, name).pixels
    assert pixels.dtype == np.uint8
    return pixels


def sentence(data: bytes, name: str = "cell.png") -> str:
    """The refusal of these bytes, checked to be one sentence that names the file."""
    with pytest.raises(ImageError) as refusal:
        open_photo(data, name)
    text = str(refusal.value)
    assert text.startswith(name)
    assert text.endswith(".")
    assert "\n" not in text
    assert ". " not in text
    return text


def png(width: int, height: int, bits: int, colour: int, rows: bytes) -> bytes:
    """A PNG written by hand, since Pillow neither writes 16-bit colours nor a false size."""

    def part(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = part(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")


def png_claiming(width: int, height: int) -> bytes:
    """A PNG of about a kB that claims that size."""
    return png(width, height, 8, 0, bytes(2**20))


def jp2_16(values: np.ndarray) -> bytes:
    return cv2.imencode(".jp2", values[..., ::-1])[1].tobytes()


def png16(values: np.ndarray) -> bytes:
    """(H, W, 3) uint16 as a PNG of 16-bit colour."""
    height, width = values.shape[:2]
    return png(width, height, 16, 2, b"".join(b"\0" + row.astype(">u2").tobytes() for row in values))


def tiff(values: np.ndarray, photometric: int = 2, sample_format: int = 1) -> bytes:
    """(H, W) or (H, W, C) as the plainest TIFF: one strip, little-endian, any type of number."""
    height, width = values.shape[:2]
    channels = 1 if values.ndim == 2 else values.shape[2]
    bits = values.dtype.itemsize * 8
    strip = values.astype(values.dtype.newbyteorder("<")).tobytes()
    tables = struct.pack("<4H4H", *[bits] * 4, *[sample_format] * 4)
    at = 8 + 2 + 12 * 10 + 4

    def tag(code: int, kind: int, count: int, value: int) -> bytes:
        return struct.pack("<HHII", code, kind, count, value)

    several = channels > 2
    tags = [
        tag(256, 4, 1, width),
        tag(257, 4, 1, height),
        tag(258, 3, channels, at if several else bits),
        tag(259, 3, 1, 1),
        tag(262, 3, 1, photometric),
        tag(273, 4, 1, at + len(tables)),
        tag(277, 3, 1, channels),
        tag(278, 4, 1, height),
        tag(279, 4, 1, len(strip)),
        tag(339, 3, channels, at + 8 if several else sample_format),
    ]
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + b"".join(tags) + bytes(4) + tables + strip


# --- What is read --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("PNG", {}),
        ("BMP", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("TIFF", {"compression": "tiff_adobe_deflate"}),
        ("TIFF", {"compression": "packbits"}),
        ("TIFF", {"big_tiff": True}),
        ("WEBP", {"lossless": True}),
    ],
)
def test_lossless_formats_give_the_same_pixels(form: str, options: dict[str, object]):
    photo = open_photo(encoded(COLOURS, form, **options), "cell")
    assert np.array_equal(photo.pixels, COLOURS)
    assert change_phrases(photo.changes) == ""
    assert photo.name == "cell"


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("JPEG", {"quality": 95}),
        ("JPEG", {"quality": 95, "progressive": True}),
        ("WEBP", {"quality": 95}),
        ("HEIF", {"quality": 95}),
        ("AVIF", {"quality": 95}),
        ("TIFF", {"compression": "jpeg", "quality": 95}),
    ],
)
def test_lossy_formats_come_close(form: str, options: dict[str, object]):
    pixels = pixels_of(encoded(COLOURS, form, **options))
    assert pixels.shape == COLOURS.shape
    assert np.abs(pixels.astype(int) - COLOURS).mean() < 3


def test_a_jpeg_is_decoded_as_pillow_does():
    data = encoded(COLOURS, "JPEG")
    assert np.array_equal(pixels_of(data), np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))


@pytest.mark.parametrize("form", ["PNG", "TIFF", "BMP", "GIF"])
def test_greyscale(form: str):
    assert np.array_equal(pixels_of(encoded(GREYS, form)), in_three(GREYS))


@pytest.mark.parametrize("form", ["PNG", "TIFF", "BMP", "GIF"])
def test_black_and_white(form: str):
    mask = GREYS > 100
    assert np.array_equal(pixels_of(encoded(mask, form)), in_three(mask * np.uint8(255)))


@pytest.mark.parametrize("form", ["PNG", "TIFF", "BMP", "GIF"])
def test_palette(form: str):
    few = Image.fromarray(COLOURS).quantize(16)
    assert np.array_equal(pixels_of(encoded(few, form)), np.asarray(few.convert("RGB")))


@pytest.mark.parametrize("form", ["PNG", "GIF"])
def test_a_transparent_palette_colour_becomes_white(form: str):
    few = Image.fromarray(COLOURS).quantize(16, dither=Image.Dither.NONE)
    clear = np.asarray(few) == 3
    photo = open_photo(encoded(few, form, transparency=3), "cell")
    assert clear.any()
    assert (photo.pixels[clear] == 255).all()
    assert np.array_equal(photo.pixels[~clear], np.asarray(few.convert("RGB"))[~clear])
    assert change_phrases(photo.changes) == "transparent parts were laid on white"


def test_a_palette_with_degrees_of_transparency():
    few = Image.fromarray(COLOURS).quantize(16)
    photo = open_photo(encoded(few, "PNG", transparency=bytes([0] * 8 + [255] * 8)), "cell")
    clear = np.asarray(few) < 8
    assert (photo.pixels[clear] == 255).all()
    assert np.array_equal(photo.pixels[~clear], np.asarray(few.convert("RGB"))[~clear])


@pytest.mark.parametrize("form", ["PNG", "TIFF", "WEBP"])
def test_transparency_is_laid_on_white(form: str):
    alpha = np.where(X < 20, 0, np.where(X < 40, 128, 255)).astype(np.uint8)
    photo = open_photo(encoded(np.dstack([COLOURS, alpha]), form, **_LOSSLESS.get(form, {})), "cell")
    share = alpha[..., None] / 255
    expected = COLOURS * share + 255 * (1 - share)
    assert np.abs(photo.pixels - expected)[:, 20:].max() <= 1
    assert (photo.pixels[:, :20] == 255).all()
    assert change_phrases(photo.changes) == "transparent parts were laid on white"


def test_an_opaque_alpha_channel_changes_nothing():
    photo = open_photo(encoded(np.dstack([COLOURS, np.full_like(GREYS, 255)]), "PNG"), "cell")
    assert np.array_equal(photo.pixels, COLOURS)
    assert change_phrases(photo.changes) == ""


def test_grey_with_alpha():
    alpha = np.where(X < 20, 0, 255).astype(np.uint8)
    expected = in_three(np.where(X < 20, 255, GREYS))
    assert np.array_equal(pixels_of(encoded(Image.fromarray(np.dstack([GREYS, alpha])), "PNG")), expected)


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_one_colour_marked_as_transparent(mode: str):
    picture = COLOURS if mode == "RGB" else GREYS
    mark = tuple(int(v) for v in COLOURS[5, 7]) if mode == "RGB" else int(GREYS[5, 7])
    pixels = pixels_of(encoded(picture, "PNG", transparency=mark))
    assert (pixels[5, 7] == 255).all()
    assert np.array_equal(pixels[30, 40], np.broadcast_to(picture[30, 40], 3))


def test_cmyk_tiff():
    cmyk = Image.fromarray(COLOURS).convert("CMYK")
    photo = open_photo(encoded(cmyk, "TIFF"), "cell")
    assert np.abs(photo.pixels.astype(int) - COLOURS).max() <= 1
    assert change_phrases(photo.changes) == "print colours (CMYK) were converted"


def without_adobe_mark(jpeg: bytes) -> bytes:
    at = jpeg.index(b"\xff\xee")
    length = int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return jpeg[:at] + jpeg[at + 2 + length :]


def test_cmyk_jpeg_is_inverted_only_with_adobes_mark():
    cmyk = Image.fromarray(COLOURS).convert("CMYK")
    adobe = encoded(cmyk, "JPEG", quality=98)
    assert np.abs(pixels_of(adobe).astype(int) - COLOURS).mean() < 3
    plain = without_adobe_mark(encoded(Image.eval(cmyk, lambda v: 255 - v), "JPEG", quality=98))
    assert np.abs(pixels_of(plain).astype(int) - COLOURS).mean() < 3


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
@pytest.mark.parametrize("bits", [10, 12, 14, 16])
def test_deep_greys_are_scaled_from_their_depth(form: str, bits: int):
    full = 2**bits - 1
    ramp = np.linspace(0, full, GREYS.size).round().astype(np.uint16).reshape(GREYS.shape)
    photo = open_photo(encoded(ramp, form), "cell")
    assert np.array_equal(photo.pixels, in_three(np.rint(ramp * (255 / full)).astype(np.uint8)))
    assert change_phrases(photo.changes) == f"{bits}-bit picture was scaled to 8 bit"


def test_8_bit_values_in_a_16_bit_file_are_kept():
    photo = open_photo(encoded(GREYS.astype(np.uint16), "PNG"), "cell")
    assert np.array_equal(photo.pixels, in_three(GREYS))


@pytest.mark.parametrize("write", [png16, tiff])
def test_16_bit_colour(write):
    photo = open_photo(write(COLOURS.astype(np.uint16) * 257), "cell")
    assert np.array_equal(photo.pixels, COLOURS)
    assert change_phrases(photo.changes) == "16-bit picture was scaled to 8 bit"


@pytest.mark.parametrize("write", [png16, tiff])
@pytest.mark.parametrize("bits", [10, 12, 13, 14, 15])
def test_16_bit_colour_that_uses_a_part_of_its_range_is_scaled_as_grey_is(write, bits: int):
    deep = np.rint(COLOURS / 255 * (2**bits - 1)).astype(np.uint16)
    photo = open_photo(write(deep), "cell")
    assert np.array_equal(photo.pixels, COLOURS)
    assert change_phrases(photo.changes) == f"{bits}-bit picture was scaled to 8 bit"


@pytest.mark.parametrize("write", [png16, tiff])
def test_8_bit_colours_in_a_16_bit_file_are_kept(write):
    photo = open_photo(write(COLOURS.astype(np.uint16)), "cell")
    assert np.array_equal(photo.pixels, COLOURS)
    assert change_phrases(photo.changes) == "deep picture held 8-bit values"


@pytest.mark.parametrize("write", [png16, tiff, jp2_16])
@pytest.mark.parametrize("top", [4095, 20_000, 33_000])
def test_deep_colours_are_as_bright_as_those_of_other_photos(write, top: int):
    """Whatever part of its range a camera or an export uses."""
    white = COLOURS / COLOURS.max()
    photo = open_photo(write(np.rint(white * top).astype(np.uint16)), "cell")
    assert np.percentile(photo.pixels, 99.9) > 235
    share = photo.pixels.astype(float).mean() / 255
    assert share == pytest.approx(white.mean(), rel=0.08)


@pytest.mark.parametrize("form", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("alpha", [0, 1, 128])
def test_a_picture_that_is_transparent_all_over_keeps_its_colours(form: str, alpha: int):
    options = _LOSSLESS.get(form, {}) | ({"exact": True} if form == "WEBP" else {})
    photo = open_photo(encoded(np.dstack([COLOURS, np.full_like(GREYS, alpha)]), form, **options), "cell")
    assert np.array_equal(photo.pixels, COLOURS)
    assert change_phrases(photo.changes) == "transparent all over; its transparency was dropped"


def test_white_is_zero():
    deep = GREYS.astype(np.uint16) * 257
    assert np.array_equal(pixels_of(tiff(65535 - deep, photometric=0)), in_three(GREYS))
    assert np.array_equal(pixels_of(tiff(255 - GREYS, photometric=0)), in_three(GREYS))


@pytest.mark.parametrize("top", [1, 255, 65535])
def test_floating_point_tiff(top: int):
    values = (GREYS / np.float32(GREYS.max()) * top).astype(np.float32)
    photo = open_photo(encoded(values, "TIFF"), "cell")
    assert np.array_equal(photo.pixels, in_three(np.rint(values * (255 / top)).astype(np.uint8)))
    assert change_phrases(photo.changes)


@pytest.mark.parametrize("odd", [np.nan, np.inf, -1, 1e9])
def test_values_that_are_no_brightness_are_refused(odd: float):
    values = GREYS.astype(np.float32)
    values[3, 3] = odd
    assert "brightness" in sentence(encoded(values, "TIFF"))


def test_32_bit_integers():
    deep = GREYS.astype(np.int32) * 257
    assert np.array_equal(pixels_of(encoded(deep, "TIFF")), in_three(np.rint(deep / deep.max() * deep.max() / 257)))


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "AVIF"])
def test_of_an_animation_the_first_frame_is_read(form: str):
    photo = open_photo(animated(form), "cell")
    still = encoded(COLOURS, form, **_LOSSLESS.get(form, {}))
    assert np.abs(photo.pixels.astype(int) - pixels_of(still)).mean() < 3
    assert change_phrases(photo.changes) == "first of 3 frames was read"


def test_a_page_of_a_document():
    photo = open_photo(animated("TIFF"), "cell")
    assert np.array_equal(photo.pixels, COLOURS)
    assert change_phrases(photo.changes) == "page 1 of 3"


def turned(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """What a viewer shows of a picture stored so: EXIF 2.32, 4.6.4 A, tag 274."""
    transposed = pixels.transpose(1, 0, 2)
    return {
        1: pixels,
        2: pixels[:, ::-1],
        3: pixels[::-1, ::-1],
        4: pixels[::-1],
        5: transposed,
        6: transposed[:, ::-1],
        7: transposed[::-1, ::-1],
        8: transposed[::-1],
    }[orientation]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("PNG", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("WEBP", {"lossless": True}),
        ("JPEG", {"quality": 98}),
        ("HEIF", {"quality": 98}),
        ("AVIF", {"quality": 98}),
    ],
)
def test_photos_are_turned_upright(form: str, options: dict[str, object], orientation: int):
    exif = Image.Exif()
    exif[0x0112] = orientation
    pixels = pixels_of(encoded(COLOURS, form, exif=exif.tobytes(), **options))
    expected = turned(COLOURS, orientation)
    assert pixels.shape == expected.shape
    assert np.abs(pixels.astype(int) - expected).mean() < (3 if "quality" in options else 1e-9)


def test_deep_greys_are_turned_too():
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(GREYS.astype(np.uint16) * 257, "PNG", exif=exif.tobytes())
    assert np.array_equal(pixels_of(data), turned(in_three(GREYS), 6))


@pytest.mark.parametrize("value", [0, 9, 77])
def test_an_impossible_orientation_is_ignored(value: int):
    exif = Image.Exif()
    exif[0x0112] = value
    assert np.array_equal(pixels_of(encoded(COLOURS, "PNG", exif=exif.tobytes())), COLOURS)


def test_extreme_shapes_are_read():
    assert pixels_of(encoded(np.zeros((16, 20_000, 3), np.uint8), "PNG")).shape == (16, 20_000, 3)


def test_the_content_decides_not_the_name():
    for name in ("cell.png", "cell.pdf", "cell", "cell.txt", "cell.heic"):
        assert np.abs(pixels_of(encoded(COLOURS, "JPEG", quality=95), name).astype(int) - COLOURS).mean() < 3


def test_a_photo_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        open_photo(encoded(COLOURS, "PNG"), "cell").pixels[0, 0] = 0


@pytest.mark.parametrize("pixels", [GREYS, COLOURS.astype(float), np.dstack([COLOURS, GREYS])])
def test_a_photo_checks_its_pixels(pixels: np.ndarray):
    with pytest.raises(ValueError, match="uint8"):
        Photo("cell", pixels)


# --- What is refused -----------------------------------------------------------------------------

OFFICE = io.BytesIO()
with zipfile.ZipFile(OFFICE, "w") as _archive:
    _archive.writestr("[Content_Types].xml", "<Types/>")
    _archive.writestr("word/document.xml", "<w/>")
ZIP = io.BytesIO()
with zipfile.ZipFile(ZIP, "w") as _archive:
    _archive.writestr("cell.txt", "a cell")
SVG = b'<?xml version="1.0"?>\n<!-- drawn -->\n<svg xmlns="http://www.w3.org/2000/svg"><circle r="4"/></svg>'


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty (0 bytes)"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "a PDF document, not a photo"),
        (SVG, "a drawing (SVG), not a photo"),
        (b"\xef\xbb\xbf" + SVG, "a drawing (SVG)"),
        (b"<!DOCTYPE html><html><body></body></html>", "a web page (HTML)"),
        (b"file,label\na.jpg,eosinophil\n", "a text file"),
        ("Zellen wie gemalt: Größe 12 µm".encode(), "a text file"),
        ("Zellen".encode("utf-16"), "a text file"),
        (b"BM is how this text begins, yet it is no bitmap", "a text file"),
        (ZIP.getvalue(), "a zip archive"),
        (OFFICE.getvalue(), "an Office document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an Office document"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "a PostScript drawing"),
        (b"8BPS\0\1" + bytes(40), "a Photoshop document"),
        (bytes(128) + b"DICM" + bytes(40), "a DICOM file"),
        (b"\0\0\0\x18ftypmp42" + bytes(40), "a video"),
        (b"\0\0\1\0\1\0" + bytes(40), "an icon"),
        (b"\x1f\x8b\x08" + bytes(40), "a compressed file"),
        (bytes(range(256)), "not a photo in a format that can be read"),
        (bytes(500), "not a photo in a format that can be read"),
    ],
)
def test_what_is_no_photo_is_named(data: bytes, words: str):
    for name in ("cell.jpg", "old folder/cell 1.tif"):
        assert words in sentence(data, name)


WHOLE = {
    "JPEG": encoded(np.random.default_rng(1).integers(0, 255, (300, 400, 3), np.uint8), "JPEG"),
    "progressive JPEG": encoded(COLOURS, "JPEG", progressive=True),
    "PNG": encoded(COLOURS, "PNG"),
    "BMP": encoded(COLOURS, "BMP"),
    "GIF": encoded(COLOURS, "GIF"),
    "WebP": encoded(COLOURS, "WEBP"),
    "HEIC": encoded(COLOURS, "HEIF"),
    "AVIF": encoded(COLOURS, "AVIF"),
    "TIFF": encoded(COLOURS, "TIFF"),
    "TIFF (LZW)": encoded(COLOURS, "TIFF", compression="tiff_lzw"),
    "TIFF (deflate)": encoded(COLOURS, "TIFF", compression="tiff_adobe_deflate"),
    "animated GIF": animated("GIF"),
    "16-bit PNG": encoded(GREYS.astype(np.uint16) * 257, "PNG"),
}


@pytest.mark.parametrize("kind", WHOLE)
def test_truncated_files_are_refused(kind: str):
    data = WHOLE[kind]
    shares = (0.1, 0.25) if kind == "animated GIF" else (0.1, 0.25, 0.5, 0.75, 0.9)  # the first frame counts
    for share in shares:
        sentence(data[: int(len(data) * share)])


@pytest.mark.parametrize("kind", WHOLE)
def test_cut_anywhere_a_photo_is_whole_or_refused(kind: str):
    data = WHOLE[kind]
    whole = pixels_of(data)
    for length in [*range(1, len(data), max(1, len(data) // 60)), *range(len(data) - 12, len(data))]:
        try:
            pixels = pixels_of(data[:length])
        except ImageError:
            continue
        assert np.array_equal(pixels, whole), length


def test_a_damaged_png_is_not_read_as_other_pixels():
    data = bytearray(WHOLE["PNG"])
    data[data.index(b"IDAT") + 30] ^= 4
    assert "damaged" in sentence(bytes(data))


@pytest.mark.parametrize("size", [(20_000, 20_000), (2**31 - 1, 2**31 - 1), (9_500, 9_500), (MAX_PIXELS + 1, 16)])
def test_huge_photos_are_refused_before_they_are_decoded(size: tuple[int, int], monkeypatch):
    monkeypatch.setattr(decoding, "_decode", lambda *_: pytest.fail("decoded"))
    assert "the limit is 67 megapixels" in sentence(png_claiming(*size))


def test_a_tiff_without_its_last_strips_is_refused():
    data = bytearray(tiff(COLOURS))
    data[22 + 8 : 22 + 12] = struct.pack("<I", 400)  # claims 400 rows, of which
    data[94 + 8 : 94 + 12] = struct.pack("<I", 40)  # its only strip holds 40
    assert "damaged" in sentence(bytes(data))


JPEG = encoded(COLOURS, "JPEG")


@pytest.mark.parametrize(
    ("data", "at", "size"),
    [
        (encoded(COLOURS, "BMP"), 18, struct.pack("<ii", 20_000, 20_000)),
        (encoded(COLOURS, "GIF"), 6, struct.pack("<HH", 20_000, 20_000)),
        (tiff(COLOURS), 10 + 8, struct.pack("<I", 20_000_000)),
        (JPEG, JPEG.index(b"\xff\xc0") + 5, struct.pack(">HH", 20_000, 20_000)),
    ],
    ids=["BMP", "GIF", "TIFF", "JPEG"],
)
def test_huge_photos_of_other_formats_are_refused(data: bytes, at: int, size: bytes):
    assert "the limit is 67 megapixels" in sentence(data[:at] + size + data[at + len(size) :])


@pytest.mark.parametrize("shape", [(1, 1), (15, 400), (400, 15)])
def test_tiny_photos_are_refused(shape: tuple[int, int]):
    assert "too small to show a cell" in sentence(encoded(np.zeros((*shape, 3), np.uint8), "PNG"))


def test_a_raw_file_is_not_read_as_its_thumbnail():
    thumbnail = Image.fromarray(COLOURS)
    tags = {254: 1, 330: 8}
    assert "raw file" in sentence(encoded(thumbnail, "TIFF", tiffinfo=tags))


def test_heic_without_its_decoder(monkeypatch):
    decoding._heif_ready.cache_clear()
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    try:
        assert "pillow-heif" in sentence(WHOLE["HEIC"], "IMG_1.HEIC")
    finally:
        decoding._heif_ready.cache_clear()


def test_names_are_shown_on_one_line():
    with pytest.raises(ImageError) as refusal:
        open_photo(b"", "a\nb\udc80\x1b[2J.png")
    assert str(refusal.value).startswith("a�b��[2J.png is empty")
    assert open_photo(encoded(COLOURS, "PNG"), "Größe 12 µm\u202fPM.png").name == "Größe 12 µm\u202fPM.png"


# --- Whatever comes ------------------------------------------------------------------------------


def read_or_refused(data: bytes) -> None:
    try:
        photo = open_photo(data, "cell")
    except ImageError:
        sentence(data, "cell")
        return
    assert photo.pixels.dtype == np.uint8
    assert photo.pixels.shape[2] == 3
    assert min(photo.pixels.shape[:2]) >= decoding.MIN_SIDE


STARTS = [
    b"",
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"II*\0",
    b"MM\0*",
    b"GIF89a",
    b"RIFF\x20\0\0\0WEBP",
    b"BM",
]


@given(start=st.sampled_from(STARTS), rest=st.binary(max_size=300))
def test_arbitrary_bytes(start: bytes, rest: bytes):
    read_or_refused(start + rest)


@settings(max_examples=200)
@given(
    data=st.sampled_from([data for kind, data in WHOLE.items() if kind != "JPEG"] + [tiff(COLOURS)]),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6),
    head_flips=st.lists(st.tuples(st.integers(0, 120), st.integers(0, 255)), max_size=4),
    keep=st.floats(0, 1) | st.just(1.0),
)
def test_damaged_files(data: bytes, flips, head_flips, keep: float):
    damaged = bytearray(data)
    for place, value in flips:
        damaged[int(place * len(damaged))] = value
    for at, value in head_flips:
        damaged[min(at, len(damaged) - 1)] = value
    read_or_refused(bytes(damaged[: int(keep * len(damaged))]))


def test_nothing_is_printed_or_warned_about(capfd, recwarn):
    warnings.simplefilter("always")
    rng = np.random.default_rng(2)
    for data in [*WHOLE.values(), tiff(COLOURS), png_claiming(10_000, 10_000)]:
        for _ in range(8):
            damaged = bytearray(data)
            for at in rng.integers(0, len(data), 3):
                damaged[at] = rng.integers(256)
            read_or_refused(bytes(damaged))
    assert [str(w.message) for w in recwarn] == []
    assert capfd.readouterr() == ("", "")


def test_threads_read_alike():
    files = list(WHOLE.values()) * 4
    with ThreadPoolExecutor(8) as pool:
        for data, pixels in zip(files, pool.map(pixels_of, files), strict=True):
            assert np.array_equal(pixels, pixels_of(data))
