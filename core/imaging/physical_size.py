"""How many micrometres a pixel of a photo is, where its file says so."""

import io
import re

from PIL import Image

from core.imaging.file_types import FileType

PLAUSIBLE = 0.02, 2.0
"""µm a pixel between which a file is believed: cameras and programs write 72 or 300 dots an inch of everything."""
INCH = 25_400.0
"""µm."""

_DESCRIPTION, _X_RESOLUTION, _RESOLUTION_UNIT = 270, 282, 296
_UNITS = {"um": 1.0, "micron": 1.0, "microns": 1.0, "nm": 1e-3, "mm": 1e3, "cm": 1e4}
"""µm of the units of OME and ImageJ."""
_MICRO = "µ", "μ", "&#181;", "\\u00B5"
"""How the sign is written, by whom it is."""
_RESOLUTION_UNITS = {2: INCH, 3: 1e4}
"""µm, by TIFF 6.0, tag 296."""


def micrometres_per_pixel(data: bytes, file_type: FileType) -> float | None:
    """Of a file's picture, by OME's PhysicalSizeX, ImageJ's unit, a slide's MPP or its resolution.

    None where the file does not say, or nothing that a microscope's photo can have. Raises nothing.
    """
    try:
        with Image.open(io.BytesIO(data), formats=(file_type,)) as image:
            tags = dict(getattr(image, "tag_v2", {}))
            dots = image.info.get("dpi", (0, 0))[0]
        size = _of_tags(tags) if file_type is FileType.TIFF else INCH / float(dots)
    except Exception:  # noqa: BLE001 - of damaged or odd metadata anything, a division by 0 among it
        return None
    return size if size is not None and PLAUSIBLE[0] <= size <= PLAUSIBLE[1] else None


def _of_tags(tags: dict[int, object]) -> float | None:
    description = str(tags.get(_DESCRIPTION, ""))
    ome = re.search(r'PhysicalSizeX="([\d.eE+-]+)"', description)
    if ome:
        unit = re.search(r'PhysicalSizeXUnit="([^"]*)"', description)
        return float(ome[1]) * _micrometres(unit[1] if unit else "um")
    slide = re.search(r"\bMPP\s*=\s*([\d.]+)", description)
    if slide:
        return float(slide[1])
    dots = float(tags[_X_RESOLUTION])  # type: ignore[arg-type]
    imagej = re.search(r"^unit=(\S+)", description, re.MULTILINE) if description.startswith("ImageJ") else None
    if imagej:
        return _micrometres(imagej[1]) / dots
    return _RESOLUTION_UNITS[int(tags.get(_RESOLUTION_UNIT, 2))] / dots  # type: ignore[call-overload]


def _micrometres(unit: str) -> float:
    """KeyError for a unit that is not known."""
    return 1.0 if any(sign in unit for sign in _MICRO) else _UNITS[unit]
