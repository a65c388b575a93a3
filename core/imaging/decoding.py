"""The bytes of any file become the pixels of a photo, or one sentence that says why not.

The content decides what a file is, never its name. Colours are taken as stored (embedded colour
profiles are not applied), since the models were trained on pictures that were decoded in this way.
"""

import ctypes
import io
import logging
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image, _imaging

from core.errors import ImageError
from core.imaging.changes import Change, ChangeKind
from core.imaging.colours import is_grey
from core.imaging.deep import deep_colours, is_whole_jpeg2000
from core.imaging.depth import to_8_bit
from core.imaging.file_types import FileType, not_a_photo, sniff
from core.imaging.opaque import from_cmyk, on_white
from core.imaging.open_tiff import OpenTiff
from core.imaging.physical_size import micrometres_per_pixel

MAX_PIXELS = 2**26
"""Largest photo that is decoded, in pixels (67 megapixels: 8,192 x 8,192)."""

MIN_SIDE = 16
"""Shortest side in pixels that can still show a cell."""

_DAMAGED = (
    "is damaged, cut short or stored in an unusual way; "
    "copy it again from where it came, or save it anew as PNG or JPEG, and try again."
)

# Pillow reports what it cannot decode by its logger, and without a handler that would be printed.
logging.getLogger("PIL").addHandler(logging.NullHandler())


@dataclass(frozen=True, eq=False)
class Photo:
    """One image file as a person would see it: upright, opaque, in colour.

    pixels: (H, W, 3) uint8 RGB, read-only. changes: what was done to it on the way. label: what its file calls it.
    micrometres_per_pixel: as its file or a person says, None where nobody does. generated: by a model or a pen, so
    that it shows no patient's cells.
    """

    name: str
    pixels: np.ndarray
    changes: tuple[Change, ...] = ()
    label: str = ""
    micrometres_per_pixel: float | None = None
    generated: bool = False

    def __post_init__(self) -> None:
        if self.pixels.ndim != 3 or self.pixels.shape[2] != 3 or self.pixels.dtype != np.uint8:
            raise ValueError(f"pixels must be (H, W, 3) uint8, got {self.pixels.shape} {self.pixels.dtype}")


def open_photo(data: bytes, name: str, *, file_type: FileType | None = None) -> Photo:
    """The photo in a file's bytes: of a TIFF, that on the first page; of an animation, the first frame.

    file_type: where the bytes have been sniffed already.

    Raises ImageError, whose message is one sentence naming the file, for everything else: what is not
    a photo, is damaged or cut short, has more than MAX_PIXELS (found before decoding) or is tiny.
    Safe to call from several threads.
    """
    name = printable(name)
    file_type = file_type or sniff(data)
    if not file_type.is_photo:
        raise ImageError(name, not_a_photo(data, name))
    if file_type is FileType.TIFF:
        return open_page(OpenTiff(data), name)
    _prepare(file_type, name)
    with _refusing(name):
        image = _open(data, file_type, name)
        values = deep_colours(data, file_type)
        if values is not None:
            pixels, changes = _from_values(values, name, _orientation(image))
        else:
            pixels, changes = _decode(image, _colour_bits(image, data), name)
    pixels.flags.writeable = False
    return Photo(name, pixels, changes, micrometres_per_pixel=micrometres_per_pixel(data, file_type))


def open_page(tiff: OpenTiff, name: str, page: int = 0) -> Photo:
    """The photo on a page of a TIFF, counted from 0. Raises ImageError as open_photo does."""
    name = printable(name)
    keep_quiet()
    with _refusing(name, tiff):
        size = tiff.size_beyond_pillow(page)
        if size is not None:
            _check_size(size, name)
            pixels, changes = _from_values(tiff.values(page), name, _tiff_orientation(tiff, page))
        else:
            image = _open_page(tiff, name, page)
            bits = int(max(getattr(image, "tag_v2", {}).get(258, (8,))))
            pixels, changes = _decode(image, bits, name)
    pixels.flags.writeable = False
    return Photo(name, pixels, changes, micrometres_per_pixel=tiff.micrometres_per_pixel)


def open_colours(tiff: OpenTiff, name: str, pages: tuple[int, int, int]) -> Photo:
    """The photo whose red, green and blue are grey pages of a TIFF. Raises ImageError as open_photo does."""
    return photo_of_colours(tiff, name, [grey_page(tiff, name, page)[0] for page in pages])


def photo_of_colours(tiff: OpenTiff, name: str, colours: Sequence[np.ndarray]) -> Photo:
    """The photo of a TIFF of red, green and blue, (H, W) each. Raises ImageError as open_photo does."""
    name = printable(name)
    with _refusing(name):
        pixels, changes = _from_values(np.dstack(colours), name)
    pixels.flags.writeable = False
    return Photo(name, pixels, changes, micrometres_per_pixel=tiff.micrometres_per_pixel)


def grey_page(tiff: OpenTiff, name: str, page: int) -> tuple[np.ndarray, bool]:
    """(H, W) of a page of a TIFF, of any type, and whether it had colours that are lost.

    Raises ImageError as open_photo does.
    """
    name = printable(name)
    keep_quiet()
    with _refusing(name, tiff):
        size = tiff.size_beyond_pillow(page)
        if size is not None:
            _check_size(size, name)
            values = tiff.values(page)
            return (values, False) if values.ndim == 2 else (values[..., 1], True)
        image = _open_page(tiff, name, page)
        image.load()
        if image.mode in _DEEP_GREYS:
            return np.asarray(image), False
        coloured = image.mode not in ("1", "L") and not is_grey(np.asarray(image.convert("RGB")))
        return np.asarray(image.convert("L")), coloured


@contextmanager
def _refusing(name: str, tiff: OpenTiff | None = None) -> Iterator[None]:
    """Whatever a decoder raises becomes an ImageError."""
    try:
        yield
    except Exception as error:
        if tiff is not None:
            tiff.forget_picture()
        if isinstance(error, ImageError):
            raise
        if isinstance(error, Image.DecompressionBombError):
            raise ImageError(name, _too_large()) from None
        # Decoders of damaged files raise anything, from EOFError to TypeError.
        raise ImageError(name, _DAMAGED) from None


def photo_of_values(values: np.ndarray, name: str) -> Photo:
    """The photo of brightness (H, W) or (H, W, C) of any type, C 1, 3 or 4 (with transparency).

    Raises ImageError where it is tiny, too large, or no brightness.
    """
    name = printable(name)
    _check_size((values.shape[1], values.shape[0]), name)
    pixels, changes = _from_values(values, name)
    pixels.flags.writeable = False
    return Photo(name, pixels, changes)


def printable(name: str) -> str:
    """The name on one line and in valid Unicode, so that it can be shown, printed and stored."""
    return "".join("�" if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in name)


# --- Opening -------------------------------------------------------------------------------------


def keep_quiet() -> None:
    """Keep the decoders from printing."""
    # Pillow warns of odd metadata in files that it reads well. One narrow filter, put first again if a
    # caller replaced it, since warnings.catch_warnings is not safe among threads.
    warnings.filterwarnings("ignore", module=r"PIL\.")
    _silence_libtiff()


def _prepare(file_type: FileType, name: str) -> None:
    """Readies the decoder. Raises ImageError where it is not installed."""
    keep_quiet()
    if file_type is FileType.HEIF and not _heif_ready():
        raise ImageError(
            name,
            "is a HEIC photo, which cannot be read here because the package pillow-heif is not "
            "installed; save the picture as PNG or JPEG and try again.",
        )


@cache
def _heif_ready() -> bool:
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return False
    register_heif_opener(thumbnails=False)
    return True


@cache
def _silence_libtiff() -> None:
    """Stops libtiff from printing to stderr about damaged files; Pillow raises for those anyway."""
    try:
        ctypes.CDLL(_imaging.__file__).TIFFSetErrorHandler(None)
    except (AttributeError, OSError):
        return  # libtiff is linked in another way here: damaged files are still refused, only with noise


def _open(data: bytes, file_type: FileType, name: str) -> Image.Image:
    """The picture with its header read and its pixels not yet; by that format's decoder and no other."""
    image = Image.open(io.BytesIO(data), formats=(file_type,))
    _check_size(image.size, name)
    if file_type is FileType.JPEG2000 and not is_whole_jpeg2000(data):
        raise OSError("cut short; its decoder would leave the rest grey")
    if file_type is FileType.PNG:
        # Checks every part's checksum: a damaged PNG otherwise decodes to wrong pixels in silence.
        image.verify()
        image = Image.open(io.BytesIO(data), formats=(file_type,))
    return image


def _open_page(tiff: OpenTiff, name: str, page: int) -> Image.Image:
    """The same of a page of a TIFF."""
    image = tiff.picture(page)
    _check_size(image.size, name)
    if _is_raw(image, tiff.data):
        raise ImageError(
            name,
            "is a camera's raw file that shows only a small preview; save the picture as PNG or JPEG and try again.",
        )
    bottoms = [tile[1][3] for tile in image.tile if tile[1]]
    if max(bottoms) < getattr(image, "tag_v2", {})[257]:  # the height as stored, before it is turned
        raise OSError("strips at the bottom are missing; Pillow would leave them black")
    return image


def _is_raw(image: Image.Image, data: bytes) -> bool:
    """Raw files are TIFFs whose first picture is a thumbnail of one stored in the camera's own way."""
    tags = getattr(image, "tag_v2", {})
    reduced, has_children, is_dng = tags.get(254, 0), 330 in tags, 50706 in tags
    return data[8:10] == b"CR" or (has_children and (is_dng or reduced == 1))


def _check_size(size: tuple[int, int], name: str) -> None:
    width, height = size
    if width * height > MAX_PIXELS:
        raise ImageError(name, _too_large(f"{width:,} × {height:,} pixels, "))
    if min(size) < MIN_SIDE:
        raise ImageError(
            name,
            f"is only {width} × {height} pixels, too small to show a cell "
            f"(at least {MIN_SIDE} × {MIN_SIDE} are needed).",
        )


def _too_large(size: str = "") -> str:
    limit = round(MAX_PIXELS / 1e6)
    return f"is too large to be read ({size}the limit is {limit} megapixels); crop it or save it smaller and try again."


def _tiff_orientation(tiff: OpenTiff, page: int) -> int:
    try:
        return _orientation(tiff.picture(page))
    except Exception:  # noqa: BLE001 - what Pillow cannot open
        return 1


def _decode(image: Image.Image, colour_bits: int, name: str) -> tuple[np.ndarray, tuple[Change, ...]]:
    """(H, W, 3) uint8 of the opened picture, and what was changed. colour_bits: of a channel, as stored."""
    frames = _frames_change(image)
    bits = 8 if image.mode in _DEEP_GREYS else colour_bits
    image.load()
    _check_size(image.size, name)  # HEIC may turn out larger than its header said
    orientation = _orientation(image)
    image, colours = _rgb(image, name)
    pixels = np.asarray(_upright(image, orientation))
    depth = Change(ChangeKind.DEEP, bits) if bits > 8 else None
    return pixels, tuple(change for change in (frames, depth, colours) if change is not None)


def _from_values(values: np.ndarray, name: str, orientation: int = 1) -> tuple[np.ndarray, tuple[Change, ...]]:
    """(H, W, 3) uint8 of brightness (H, W) or (H, W, C) as stored, and what was changed."""
    alpha = values[..., 3] if values.ndim == 3 and values.shape[2] == 4 else None
    pixels, depth = _to_8_bit(values if alpha is None else values[..., :3], name)
    if pixels.ndim == 2 or pixels.shape[2] == 1:
        pixels = np.repeat(pixels.reshape(*pixels.shape[:2], 1), 3, axis=2)
    image, colours = Image.fromarray(np.ascontiguousarray(pixels)), None
    if alpha is not None:
        full = np.iinfo(alpha.dtype).max if alpha.dtype.kind in "iu" else 1
        image.putalpha(Image.fromarray(np.rint(alpha.astype(np.float32) * (255 / full)).clip(0, 255).astype(np.uint8)))
        image, colours = on_white(image)
    pixels = np.array(_upright(image, orientation))
    return pixels, tuple(change for change in (depth, colours) if change is not None)


def _frames_change(image: Image.Image) -> Change | None:
    """Which of several pictures in the file was taken. MPO is left out: its others are a phone's by-products."""
    count = getattr(image, "n_frames", 1)
    if count == 1 or image.format == "MPO":
        return None
    if image.format == "HEIF":
        return Change(ChangeKind.MAIN_PICTURE, of=count)
    if image.format == "TIFF":
        return Change(ChangeKind.PAGE, image.tell() + 1, count)
    return Change(ChangeKind.FIRST_FRAME, of=count)


def _colour_bits(image: Image.Image, data: bytes) -> int:
    """Bits a channel in the file, where the decoder itself reduces them to 8."""
    if image.format == "PNG":
        return data[24]  # IHDR's bit depth, always at this place
    return int(image.info.get("bit_depth", 8))  # HEIF


def _orientation(image: Image.Image) -> int:
    """EXIF's orientation, 1 to 8; 1 (upright) where absent or unreadable, or already applied."""
    try:
        value = image.getexif().get(0x0112, 1)
    except Exception:  # noqa: BLE001 - as above; damaged metadata says nothing about the pixels
        return 1
    return value if value in _TURNS else 1


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    return image if orientation == 1 else image.transpose(_TURNS[orientation])


# --- To opaque 8-bit colour ----------------------------------------------------------------------

_DEEP_GREYS = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")


def _rgb(image: Image.Image, name: str) -> tuple[Image.Image, Change | None]:
    """The decoded picture in mode RGB, and how it became so."""
    if image.mode in _DEEP_GREYS:
        return _from_deep_grey(image, name)
    if image.mode == "CMYK":
        return from_cmyk(image), Change(ChangeKind.CMYK)
    if image.has_transparency_data:
        return on_white(image.convert("RGBA"))
    return image.convert("RGB"), None


def _from_deep_grey(image: Image.Image, name: str) -> tuple[Image.Image, Change | None]:
    """Greys of more than 8 bit, or floating-point ones, scaled to 8 bit."""
    values = np.asarray(image)
    grey, change = _to_8_bit(values, name)
    if getattr(image, "tag_v2", {}).get(262) == 0:  # a TIFF in which 0 is white
        grey = 255 - grey
    return Image.fromarray(grey).convert("RGB"), change


def _to_8_bit(values: np.ndarray, name: str) -> tuple[np.ndarray, Change | None]:
    try:
        return to_8_bit(values)
    except ValueError:
        raise ImageError(
            name,
            "holds brightness values that are not those of a photo; "
            "save the picture as 8-bit PNG or JPEG and try again.",
        ) from None
