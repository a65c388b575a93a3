"""Copies of a photo are left out and the cells of overlapping ones counted once: what a generated field holds, and no
more, by the shipped detector and the model that Count begins with."""

import io
import json

import numpy as np
import pytest
from PIL import Image, ImageDraw

from core.checkpoints import list_checkpoints
from core.detection.loading import load_detector
from core.differential.counts import differential
from core.imaging.decoding import Photo
from core.inference.overlaps import OverlapFinder, copies_among
from core.inference.reader import Reader
from core.inference.selection import best_first, widest
from core.inference.smear import count_smear
from core.synthetic.drawings import png
from core.synthetic.examples import all_cells, all_fields
from tests.core.calling import call

WHITE = 4
"""White cells in the first generated field."""


@pytest.fixture(scope="module")
def field():
    return np.asarray(Image.open(io.BytesIO(all_fields()[0].data())).convert("RGB"))


@pytest.fixture(scope="module")
def count():
    models = best_first(list_checkpoints())
    if not models:
        pytest.skip("no checkpoints here")
    reader, detector = Reader(widest(models)), load_detector()

    def of(**photos):
        items = [Photo(name, np.ascontiguousarray(pixels)) for name, pixels in photos.items()]
        return count_smear(items, reader, detector, pictures=False)

    return of


def compressed(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=70)
    return np.asarray(Image.open(file).convert("RGB"))


def half(pixels):
    return np.asarray(Image.fromarray(pixels).resize((pixels.shape[1] // 2, pixels.shape[0] // 2)))


def marked(pixels):
    """A ring is drawn around its first generated cell."""
    image = Image.fromarray(pixels.copy())
    box = next(cell.box for cell in all_fields()[0].generated)
    ImageDraw.Draw(image).ellipse(box.as_tuple(), outline=(230, 0, 0), width=5)
    return np.asarray(image)


def test_cells_drawn_from_one_noise_are_no_copies_of_each_other():
    """The generated examples: of one number, cells of eight classes lie on one ground."""
    finder = OverlapFinder()
    cells = [cell for cell in all_cells() if cell.name.endswith(("-02", "-07", "-09"))]
    pictures = {cell.name: cell.pixels() for cell in cells}
    pictures |= {f"{cell.name} again": compressed(cell.pixels()) for cell in cells[::6]}
    for name, pixels in pictures.items():
        finder.add(name, pixels, single=True)
    assert [(one, other) for one, other, _ in finder.among([*pictures])] == [
        (name.removesuffix(" again"), name) for name in pictures if name.endswith("again")
    ]


def test_the_same_photo_in_five_ways_counts_once(count, field):
    smear = count(png=field, jpeg=compressed(field), half=half(field), turned=np.rot90(field), marked=marked(field))
    assert differential(smear).white == WHITE
    assert [photo.name for photo in smear.photos] == ["png"]
    reasons = [lost.reason for lost in smear.not_read]
    assert reasons[:2] == [
        "jpeg shows the same picture as photo 1 and is counted only once.",
        "half shows the same picture as photo 1 in another size and is counted only once.",
    ]
    assert "turned" in reasons[2]
    assert all(lost.twice for lost in smear.not_read)


def test_the_best_of_copies_stays_whatever_the_order(count, field):
    smear = count(half=half(field), part=field[60:420, 80:560], turned=np.rot90(compressed(field)), whole=field)
    assert differential(smear).white == WHITE
    assert [photo.name for photo in smear.photos] in (["whole"], ["turned"])
    assert [lost.name for lost in smear.not_read][:2] == ["half", "part"]
    assert "a part of photo 1" in smear.not_read[1].reason


def test_neighbours_that_overlap_count_each_cell_once(count, field):
    smear = count(left=field[:, :512], right=field[:, 128:])
    assert differential(smear).white == WHITE
    assert [(both.first, both.second) for both in smear.overlaps] == [(1, 2)]
    assert smear.overlaps[0].shared == pytest.approx(384 / 512, abs=0.02)
    assert sum(cell.detection.kind == "white" for cell in smear.cells) > WHITE


def test_a_mosaic_counts_each_cell_once(count, field):
    tiles = {f"{y}-{x}": field[y : y + 300, x : x + 400] for y in (0, 180) for x in (0, 240)}
    smear = count(**tiles)
    assert differential(smear).white == WHITE
    whole = count(field=field)
    reds, once = (sum(one.corrected_field(p).count("red") for p in one.photos) for one in (whole, smear))
    assert once == pytest.approx(reds, rel=0.06)


def test_the_command_counts_once_and_says_so(tiny, field, tmp_path):
    for name, pixels in (("a", field[:, :512]), ("b", field[:, 128:]), ("c", np.rot90(field[:, 128:]))):
        (tmp_path / f"{name}.png").write_bytes(png(np.ascontiguousarray(pixels)))
    made = json.loads(call("count", str(tmp_path), "--json"))
    assert len(made["photos"]) == 2
    assert made["overlaps"][0]["photos"] == [1, 2]
    assert "turned" in made["not_read"][0]["reason"]
    assert any("overlap others" in sentence for sentence in made["sentences"])
    assert any("repeats" in cell for cell in made["cells"])


def test_photos_are_compared_once_and_far_back_only_with_copies(field, monkeypatch):
    calls = []
    monkeypatch.setattr("core.inference.overlaps.overlap_of", lambda *pair, shifts: calls.append(shifts))
    monkeypatch.setattr("core.inference.overlaps.CELLS_BACK", 2)
    finder = OverlapFinder()
    rng = np.random.default_rng(0)
    cells = [np.asarray(Image.fromarray(rng.integers(0, 255, (8, 8, 3), np.uint8)).resize((64, 64))) for _ in range(5)]
    for number, pixels in enumerate([*cells, cells[0][::-1].copy()]):
        finder.add(f"{number}", pixels, single=True)
        finder.add(f"{number}", pixels, single=True)
    assert [*finder.among([])] == []
    assert len(calls) == 1 + 2 + 2 + 2 + 3
    assert not any(calls)


def test_a_copy_of_a_copy_names_the_one_that_stays(field):
    finder = OverlapFinder()
    for name, pixels in (("half", half(field)), ("whole", field), ("turned", np.rot90(half(field)).copy())):
        finder.add(name, pixels, single=False)
    keys = ["half", "whole", "turned"]
    left_out = copies_among([*finder.among(keys)], dict.fromkeys(keys, 0))
    assert {key: copy.of for key, copy in left_out.items()} == {"half": "whole", "turned": "whole"}
    assert [(one, other) for one, other, _ in finder.among(["turned", "whole"])] == [("turned", "whole")]
