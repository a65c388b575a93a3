"""What a file is by its first bytes: a photo of some format, or something else that can be named."""

import codecs
import re
import unicodedata
from enum import StrEnum
from pathlib import PurePath

_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


HEAD_BYTES = 512
"""So many first bytes of a file decide its type."""


class FileType(StrEnum):
    """A format of photos by Pillow's name, a zip archive, or something else."""

    JPEG = "JPEG"
    PNG = "PNG"
    TIFF = "TIFF"
    GIF = "GIF"
    WEBP = "WEBP"
    BMP = "BMP"
    AVIF = "AVIF"
    HEIF = "HEIF"
    JPEG2000 = "JPEG2000"
    ZIP = "ZIP"
    OTHER = "other"

    @property
    def is_photo(self) -> bool:
        return self not in (FileType.ZIP, FileType.OTHER)


SUFFIXES: dict[str, FileType] = {
    ".jpg": FileType.JPEG,
    ".jpeg": FileType.JPEG,
    ".png": FileType.PNG,
    ".tif": FileType.TIFF,
    ".tiff": FileType.TIFF,
    ".bmp": FileType.BMP,
    ".gif": FileType.GIF,
    ".webp": FileType.WEBP,
    ".heic": FileType.HEIF,
    ".heif": FileType.HEIF,
    ".avif": FileType.AVIF,
    ".jp2": FileType.JPEG2000,
    ".j2k": FileType.JPEG2000,
}
"""How names of photos end, and the format that each ending claims."""

READABLE = "JPEG, PNG, TIFF, BMP, GIF, WebP, HEIC, AVIF or JPEG 2000"
"""The formats in a sentence."""


def sniff(data: bytes) -> FileType:
    """The type of a file by its first HEAD_BYTES bytes; all of them do as well."""
    if data.startswith(b"\xff\xd8\xff"):
        return FileType.JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileType.PNG
    if data.startswith(_TIFF_STARTS):
        return FileType.TIFF
    if data.startswith((b"GIF87a", b"GIF89a")):
        return FileType.GIF
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return FileType.WEBP
    if data.startswith(b"BM") and int.from_bytes(data[14:18], "little") in _BMP_HEADERS:
        return FileType.BMP
    if data.startswith(_ZIP_STARTS):
        return FileType.ZIP
    if data.startswith((b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51")):
        return FileType.JPEG2000
    brands = _brands(data)
    if brands & {b"avif", b"avis"}:
        return FileType.AVIF
    return FileType.HEIF if brands & _HEIF_BRANDS else FileType.OTHER


def _brands(data: bytes) -> set[bytes]:
    """What an ISO media file (HEIC, AVIF, MP4) says that it is."""
    if data[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(data[:4], "big"), 256)
    return {data[8:12]} | {data[at : at + 4] for at in range(16, end, 4)}


def is_zipped_document(data: bytes) -> bool:
    """Whether these bytes are an Office document or an e-book, which are zip archives, too."""
    return data.startswith(_ZIP_STARTS) and (b"[Content_Types].xml" in data or data[30:38] == b"mimetype")


_OTHERS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"PK\x03\x04", "a zip archive"),
    (0, b"PK\x05\x06", "an empty zip archive"),
    (0, b"Rar!", "a RAR archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (0, b"\x1f\x8b", "a compressed file (gzip)"),
    (257, b"ustar", "a tar archive"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office document"),
    (0, b"%!PS", "a PostScript drawing"),
    (0, b"{\\rtf", "a text document (RTF)"),
    (0, b"8BPS", "a Photoshop document"),
    (0, b"\0\0\x01\0", "an icon"),
    (128, b"DICM", "a DICOM file"),
    (4, b"ftyp", "a video"),
    (4, b"moov", "a video"),
    (8, b"AVI ", "a video"),
    (0, b"\x1aE\xdf\xa3", "a video"),
    (8, b"WAVE", "a sound recording"),
    (0, b"ID3", "a sound recording"),
    (0, b"MZ", "a program"),
    (0, b"\x7fELF", "a program"),
)


_MICROSCOPES = {
    ".czi": "a Zeiss microscope file (CZI)",
    ".lif": "a Leica microscope file (LIF)",
    ".lof": "a Leica microscope file (LOF)",
    ".nd2": "a Nikon microscope file (ND2)",
    ".oib": "an Olympus microscope file (OIB)",
    ".oir": "an Olympus microscope file (OIR)",
    ".vsi": "an Olympus slide (VSI)",
    ".ets": "an Olympus slide (VSI)",
    ".mrxs": "a 3DHISTECH slide (MRXS)",
    ".svs": "an Aperio slide (SVS)",
    ".ndpi": "a Hamamatsu slide (NDPI)",
    ".vms": "a Hamamatsu slide (VMS)",
    ".scn": "a Leica slide (SCN)",
    ".bif": "a Ventana slide (BIF)",
    ".isyntax": "a Philips slide (iSyntax)",
    ".kfb": "a KFBIO slide (KFB)",
    ".sdpc": "a TEKSQRAY slide (SDPC)",
    ".zvi": "a Zeiss microscope file (ZVI)",
    ".dcm": "a DICOM file",
}
"""Formats of microscopes and scanners, by how their names end: many have no first bytes of their own."""
_MICROSCOPE_STARTS = {
    b"ZISRAWFILE": ".czi",
    b"\xda\xce\xbe\x0a": ".nd2",
    b"\x70\0\0\0": ".lif",
}
_OFFICE = (".docx", ".xlsx", ".pptx", ".docm", ".xlsm", ".pptm", ".odt", ".ods", ".odp", ".epub", ".pages", ".numbers")
THUMBNAIL_ONLY = ".mrxs"
"""Such a file is a small picture of the slide, whose scan lies in the folder beside it."""


def export_a_region(what: str) -> str:
    """What is to be said of a file of a microscope or scanner. what: with its article."""
    return f"is {what}, which cannot be read here; export a region of it as TIFF, PNG or JPEG and try again."


def microscope_format(data: bytes, name: str) -> str | None:
    """The format of a microscope or scanner in words, by a file's first bytes or the end of its name; else None."""
    for start, suffix in _MICROSCOPE_STARTS.items():
        if data.startswith(start):
            return _MICROSCOPES[suffix]
    return _MICROSCOPES.get(PurePath(name.lower()).suffix)


def is_named_document(name: str) -> bool:
    """Whether a file is an Office document or an e-book by its name."""
    return name.lower().endswith(_OFFICE)


def not_a_photo(data: bytes, name: str = "") -> str:
    """What is to be said of a file whose bytes do not begin like a photo's: "is empty"."""
    if not data:
        return "is empty (0 bytes); copy it again from where it came and try again."
    if (microscope := microscope_format(data, name)) is not None:
        return export_a_region(microscope)
    what = "an Office document" if is_named_document(name) else _other_kind(data)
    if what is None:
        return f"is not a photo in a format that can be read here ({READABLE})."
    return f"is {what}, not a photo; save the picture as PNG or JPEG and try again."


def _other_kind(data: bytes) -> str | None:
    """What a file is that is no photo, in words with their article; None where unknown."""
    if b"%PDF-" in data[:1024]:
        return "a PDF document"
    if is_zipped_document(data):
        return "an Office document"
    for offset, start, what in _OTHERS:
        if data[offset : offset + len(start)] == start:
            return what
    return _text_kind(data)


def _text_kind(data: bytes) -> str | None:
    """The kind of text, or None where the bytes are not text."""
    head = data[:4096]
    encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return None
    if any(unicodedata.category(c) == "Cc" and c not in "\t\n\r\f" for c in text):
        return None
    if re.search(r"<svg[\s>]", text, re.IGNORECASE):
        return "a drawing (SVG)"
    if re.search(r"<(!doctype html|html)[\s>]", text, re.IGNORECASE):
        return "a web page (HTML)"
    return "a text file"
