"""Focus stacks, time and position series, and photos of which each colour is a page, by their tags."""

import io

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageFilter, TiffImagePlugin

from core.imaging.decoding import Photo
from core.imaging.loading import Unreadable, photo_count, unpack
from core.imaging.opening import Opening
from core.imaging.stacks import PictureMiddle, sharpness
from core.imaging.wording import change_phrases
from core.synthetic.drawings import drawn_field

FIELD = np.ascontiguousarray(drawn_field(3, (300, 400), 3).pixels)
OTHERS = [np.ascontiguousarray(drawn_field(seed, (300, 400), 3).pixels) for seed in (4, 5)]
CHANNELS = np.ascontiguousarray(FIELD.transpose(2, 0, 1))


def blurred(radius: float) -> np.ndarray:
    return np.asarray(Image.fromarray(FIELD).filter(ImageFilter.GaussianBlur(radius)))


PLANES = np.stack([blurred(4), FIELD, blurred(7)])


def written(values: np.ndarray, **options: object) -> bytes:
    """As tifffile writes for ImageJ or OME."""
    file = io.BytesIO()
    tifffile.imwrite(file, values, **options)
    return file.getvalue()


def described(planes: np.ndarray, description: str = "") -> bytes:
    """As Pillow writes, with that description."""
    file, pages = io.BytesIO(), [Image.fromarray(plane) for plane in planes]
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    if description:
        tags[270] = description
    pages[0].save(file, "TIFF", save_all=True, append_images=pages[1:], tiffinfo=tags)
    return file.getvalue()


def ome(axis: str) -> str:
    sizes = " ".join(f'Size{one}="{3 if one == axis else 1}"' for one in "ZCT")
    return (
        '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0">'
        f'<Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint8" SizeX="400" SizeY="300" {sizes}/></Image></OME>'
    )


def only(data: bytes) -> Photo:
    (photo,) = unpack("smear.tif", data)
    assert isinstance(photo, Photo)
    assert photo.name == "smear.tif"
    return photo


FOCUS = "the sharpest of 3 planes of a focus stack was read, plane 2"
TIME = "the sharpest of 3 pictures of a time series was read, picture 2"
COLOURS = "three grey pages were read as red, green and blue"


@pytest.mark.parametrize(
    ("data", "phrase"),
    [
        (written(PLANES, imagej=True, metadata={"axes": "ZYXS"}), FOCUS),
        (written(PLANES, ome=True, photometric="rgb", metadata={"axes": "ZYXS"}), FOCUS),
        (described(PLANES, "ImageJ=1.54f\nimages=3\nslices=3\n"), FOCUS),
        (described(PLANES, "ImageJ=1.54f\nslices=3\n"), FOCUS),
        (described(PLANES, ome("Z")), FOCUS),
        (written(PLANES, imagej=True, metadata={"axes": "TYXS"}), TIME),
        (written(PLANES, ome=True, photometric="rgb", metadata={"axes": "TYXS"}), TIME),
        (described(PLANES, "ImageJ=1.54f\nimages=3\nframes=3\n"), TIME),
        (described(PLANES), "its 3 pages show the same place, so only the sharpest was read, page 2"),
        (written(CHANNELS, imagej=True, metadata={"axes": "CYX", "mode": "composite"}), COLOURS),
        (written(CHANNELS, ome=True, photometric="minisblack", metadata={"axes": "CYX"}), COLOURS),
        (written(np.concatenate([CHANNELS, CHANNELS[:1] * 0 + 255]), imagej=True, metadata={"axes": "CYX"}), COLOURS),
        (described(CHANNELS, "ImageJ=1.54f\nimages=3\nchannels=3\nmode=composite\n"), COLOURS),
        (described(CHANNELS, ome("C")), COLOURS),
        (described(CHANNELS), "three grey pages of the same place were taken for red, green and blue"),
        (
            written(np.stack([plane.transpose(2, 0, 1) for plane in PLANES]), imagej=True, metadata={"axes": "ZCYX"}),
            f"{FOCUS}; {COLOURS}",
        ),
    ],
)
def test_pages_of_one_place_are_one_photo(data: bytes, phrase: str):
    photo = only(data)
    assert np.array_equal(photo.pixels, FIELD)
    assert change_phrases(photo.changes) == phrase


def test_deep_pages_of_colours_are_scaled_together():
    photo = only(written(CHANNELS.astype(np.uint16) * 16, imagej=True, metadata={"axes": "CYX"}))
    assert np.abs(photo.pixels.astype(int) - FIELD).max() <= 1
    assert "12-bit picture was scaled to 8 bit" in change_phrases(photo.changes)


def test_every_position_is_a_photo():
    file = io.BytesIO()
    with tifffile.TiffWriter(file, ome=True) as writer:
        for pixels in (FIELD, *OTHERS):
            writer.write(pixels, photometric="rgb", metadata={"axes": "YXS"})
    found = list(unpack("smear.tif", file.getvalue()))
    assert [photo.name for photo in found] == [f"smear.tif, position {number}" for number in (1, 2, 3)]
    assert all(np.array_equal(photo.pixels, own) for photo, own in zip(found, (FIELD, *OTHERS), strict=True))


def test_fields_that_somebody_made_a_stack_stay_photos():
    """ImageJ's "Images to Stack" marks whatever is open as slices."""
    found = list(unpack("smear.tif", described([FIELD, *OTHERS], "ImageJ=1.54f\nimages=3\nslices=3\n")))
    assert [photo.name for photo in found] == [f"smear.tif, page {number}" for number in (1, 2, 3)]
    assert all("its planes show several" in change_phrases(photo.changes) for photo in found)
    plain = list(unpack("smear.tif", described([FIELD, *OTHERS])))
    assert [change_phrases(photo.changes) for photo in plain] == [f"page {number} of 3" for number in (1, 2, 3)]


def test_a_person_may_ask_for_every_page():
    found = list(unpack("smear.tif", described(PLANES, "ImageJ=1.54f\nslices=3\n"), Opening(pages_apart=True)))
    assert [photo.name for photo in found] == [f"smear.tif, page {number}" for number in (1, 2, 3)]


def test_a_damaged_plane_does_not_split_its_stack():
    data = bytearray(written(PLANES, imagej=True, metadata={"axes": "ZYXS"}, compression="zlib"))
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        start = file.pages[1].dataoffsets[0]
    data[start : start + 40] = b"\xff" * 40
    photo, lost = unpack("smear.tif", bytes(data))
    assert isinstance(photo, Photo)
    assert isinstance(lost, Unreadable)
    assert "the sharpest of 2 planes" in change_phrases(photo.changes)
    assert lost.name == "smear.tif, page 2"


def test_a_bar_counts_photos_and_not_pages():
    assert photo_count(described(PLANES, "ImageJ=1.54f\nslices=3\n")) == 1


def test_a_place_is_known_again_out_of_focus_and_moved_but_not_another_one():
    place = PictureMiddle(FIELD)
    assert place.likeness(PictureMiddle(blurred(7))) > 0.9
    assert place.likeness(PictureMiddle(np.roll(FIELD, 12, axis=1))) > 0.9
    assert max(place.likeness(PictureMiddle(other)) for other in OTHERS) < 0.7
    assert place.likeness(PictureMiddle(np.full_like(FIELD, 200))) == 0
    assert sharpness(FIELD) > sharpness(blurred(1)) > sharpness(blurred(3))
