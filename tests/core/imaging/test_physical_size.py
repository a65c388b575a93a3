"""What files say of the size of their pixels, and what of that is believed."""

import io

import numpy as np
import pytest
import tifffile
from PIL import Image

from core.imaging.decoding import open_photo
from core.imaging.file_types import sniff
from core.imaging.loading import unpack
from core.imaging.opening import Opening
from core.imaging.physical_size import micrometres_per_pixel

PIXELS = np.full((64, 80, 3), 200, np.uint8)


def tiff(**more: object) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, PIXELS, photometric="rgb", **more)
    return file.getvalue()


def png(dots: float) -> bytes:
    file = io.BytesIO()
    Image.fromarray(PIXELS).save(file, "PNG", dpi=(dots, dots))
    return file.getvalue()


def ome(size: float, unit: str) -> bytes:
    return tiff(ome=True, metadata={"axes": "YXS", "PhysicalSizeX": size, "PhysicalSizeXUnit": unit})


SAID = {
    "OME in µm": (ome(0.25, "µm"), 0.25),
    "OME in nm": (ome(108, "nm"), 0.108),
    "ImageJ": (tiff(imagej=True, resolution=(4.0, 4.0), metadata={"unit": "um"}), 0.25),
    "dots a centimetre": (tiff(resolution=(40_000, 40_000), resolutionunit="CENTIMETER"), 0.25),
    "dots an inch": (tiff(resolution=(101_600, 101_600), resolutionunit="INCH"), 0.25),
    "a scanner's description": (tiff(description="Aperio Image|AppMag = 40|MPP = 0.2525"), 0.2525),
    "PNG": (png(254_000), 0.1),
}
NOT_BELIEVED = {
    "a screen's dots": tiff(resolution=(72, 72), resolutionunit="INCH"),
    "a printer's dots": png(300),
    "none": tiff(),
    "a unit that nobody knows": ome(1, "parsec"),
}


@pytest.mark.parametrize("case", SAID)
def test_what_a_file_says_goes_with_its_photo(case: str) -> None:
    data, size = SAID[case]
    assert micrometres_per_pixel(data, sniff(data)) == pytest.approx(size, rel=1e-3)
    assert open_photo(data, "x").micrometres_per_pixel == pytest.approx(size, rel=1e-3)


@pytest.mark.parametrize("case", NOT_BELIEVED)
def test_what_no_microscope_has_is_not_believed(case: str) -> None:
    data = NOT_BELIEVED[case]
    assert micrometres_per_pixel(data, sniff(data)) is None


def test_what_a_person_says_stands_above_the_file() -> None:
    (photo,) = unpack("x.tif", SAID["ImageJ"][0], Opening(micrometres_per_pixel=0.1))
    assert photo.micrometres_per_pixel == 0.1


def test_damaged_files_say_nothing() -> None:
    data = SAID["OME in µm"][0]
    assert micrometres_per_pixel(data[:40], sniff(data)) is None
