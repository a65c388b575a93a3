"""Files of many kinds through the commands: what was done to them is said, and nothing is counted twice."""

import io
import json

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageDraw

from core.cli.options import UNREAD
from core.imaging.file_types import READABLE
from core.synthetic.drawings import drawn_cell, drawn_field
from tests.core.calling import call

FIELD = np.ascontiguousarray(drawn_field(3, (300, 400), 2).pixels)
CELL = drawn_cell("neutrophil", 3)


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, "PNG")
    return file.getvalue()


def tiff(values: np.ndarray, axes: str) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, values, imagej=True, metadata={"axes": axes})
    return file.getvalue()


def outlined() -> np.ndarray:
    image = Image.fromarray(FIELD)
    ImageDraw.Draw(image).rectangle([100, 80, 190, 170], outline="red", width=3)
    return np.asarray(image)


def cut_out() -> np.ndarray:
    rows, columns = np.mgrid[: CELL.shape[0], : CELL.shape[1]]
    middle = CELL.shape[0] / 2
    return CELL * ((rows - middle) ** 2 + (columns - middle) ** 2 < (0.7 * middle) ** 2)[..., None]


def npz() -> bytes:
    file = io.BytesIO()
    np.savez(file, train_images=np.stack([CELL]), train_labels=np.array([[6]]))
    return file.getvalue()


FILES = {
    "focus.tif": (tiff(np.stack([FIELD, FIELD]), "ZYXS"), "the sharpest of 2 planes of a focus stack was read"),
    "time.tif": (tiff(np.stack([FIELD, FIELD]), "TYXS"), "the sharpest of 2 pictures of a time series was read"),
    "colours.tif": (tiff(FIELD.transpose(2, 0, 1), "CYX"), "three grey pages were read as red, green and blue"),
    "clear.png": (png(np.dstack([FIELD, 0 * FIELD[..., 0]])), "transparent all over; its transparency was dropped"),
    "deep.tif": (tiff(FIELD.transpose(2, 0, 1).astype(np.uint16) * 16, "CYX"), "12-bit picture was scaled to 8 bit"),
    "swapped.png": (png(FIELD[..., ::-1]), "red and blue look swapped"),
    "grey.png": (png(np.asarray(Image.fromarray(FIELD).convert("L"))), "This photo has no colour"),
    "marked.png": (png(outlined()), "marks are drawn on this photo"),
    "cut.png": (png(cut_out()), "the cell was cut out on black"),
    "bloodmnist.npz": (npz(), "Labelled 6 (neutrophil) in its file."),
}


@pytest.mark.parametrize("name", FILES)
def test_what_was_done_is_said_of_the_one_photo(tiny, tmp_path, name: str):
    data, words = FILES[name]
    (tmp_path / name).write_bytes(data)
    counted = json.loads(call("count", str(tmp_path / name), "--json"))
    (photo,) = counted["photos"]
    assert words in " ".join(photo["remarks"])
    rows = [json.loads(line) for line in call("predict", str(tmp_path / name), "--json").splitlines()]
    assert all(words in " ".join(row["opened"]) for row in rows)


def test_a_label_stands_beside_its_reading(tiny, tmp_path):
    (tmp_path / "bloodmnist.npz").write_bytes(npz())
    (row,) = [json.loads(line) for line in call("predict", str(tmp_path / "bloodmnist.npz"), "--json").splitlines()]
    assert row["label"] == "6 (neutrophil)"


def test_a_person_opens_files_the_other_way(tiny, tmp_path):
    (tmp_path / "focus.tif").write_bytes(tiff(np.stack([FIELD, FIELD[::-1]]), "ZYXS"))
    (tmp_path / "swapped.png").write_bytes(png(FIELD[..., ::-1]))
    apart = json.loads(call("count", str(tmp_path / "focus.tif"), "--pages-apart", "--json"))
    assert len(apart["photos"]) + len(apart["not_read"]) == 2
    (photo,) = json.loads(call("count", str(tmp_path / "swapped.png"), "--swap-red-blue", "--json"))["photos"]
    assert "red and blue were put the other way round" in " ".join(photo["remarks"])


def test_what_cannot_be_opened_is_named_by_its_format(tiny, tmp_path):
    for name, data in {"a.lif": b"\x70\0\0\0", "b.docx": b"PK\x03\x04", "c.xyz": bytes(300)}.items():
        (tmp_path / name).write_bytes(data)
    text = json.loads(call("count", str(tmp_path), "--json", status=UNREAD))
    reasons = [lost["reason"] for lost in text["not_read"]]
    assert "is a Leica microscope file (LIF), which cannot be read here; export a region" in reasons[0]
    assert "is an Office document" in reasons[1]
    assert READABLE in reasons[2]
