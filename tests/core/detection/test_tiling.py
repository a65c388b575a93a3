"""Large photos in windows: everything is covered, every cell told once, and memory bounded."""

from itertools import pairwise

import numpy as np
import pytest
from skimage.measure import label, regionprops

from core.detection.decoding import Boxes
from core.detection.network import COARSEST
from core.detection.scale import settle_scale
from core.detection.tiling import SHARED, TILE, detect_in_tiles, tile_pixels, windows
from core.imaging.windows import Box
from tests.core.detection.conftest import boxes

DISC = 60


def discs(height: int, width: int, count: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """A bright picture with dark discs that do not touch, and their boxes."""
    pixels = np.full((height, width, 3), 230, np.uint8)
    y, x = np.mgrid[:DISC, :DISC] - (DISC - 1) / 2
    disc = x**2 + y**2 <= (DISC / 2) ** 2
    rng = np.random.default_rng(seed)
    slots = [(r, c) for r in range(height // (DISC + 10)) for c in range(width // (DISC + 10))]
    chosen = [slots[i] for i in rng.permutation(len(slots))[:count]]
    corners = np.array([(c * (DISC + 10) + 3, r * (DISC + 10) + 3) for r, c in chosen])
    for left, top in corners:
        pixels[top : top + DISC, left : left + DISC][disc] = 40
    return pixels, np.concatenate([corners, corners + DISC], axis=1).astype(float)


def look(picture: np.ndarray) -> Boxes:
    """A network that sees every dark shape, cut ones too."""
    shapes = regionprops(label(picture[..., 1] < 120))
    return boxes(*((s.bbox[1], s.bbox[0], s.bbox[3], s.bbox[2]) for s in shapes))


@pytest.mark.parametrize("size", [(300, 400), (832, 832), (833, 2000), (3000, 5000)])
@pytest.mark.parametrize("scale", [0.5, 1.0, 1.7])
def test_windows_cover_the_photo_and_share_enough(size, scale):
    height, width = size
    every = windows(width, height, scale)
    for length, edges in ((width, {(w.left, w.right) for w in every}), (height, {(w.top, w.bottom) for w in every})):
        order = sorted(edges)
        assert (order[0][0], order[-1][1]) == (0, pytest.approx(length))
        for (_, end), (start, _) in pairwise(order):
            assert (end - start) * scale >= SHARED - 1
    assert max(max(w.width, w.height) * scale for w in every) <= TILE + 1e-6


def test_every_cell_of_a_large_photo_is_found_once():
    pixels, truth = discs(1500, 2300, 250)
    assert len(windows(2300, 1500, 1.0)) > 4
    found = detect_in_tiles(pixels, 1.0, look)
    assert len(found.edges) == len(truth)
    order = np.lexsort(found.edges[:, :2].T)
    assert np.abs(found.edges[order] - truth[np.lexsort(truth[:, :2].T)]).max() < 2


def test_boxes_are_in_photo_pixels_at_any_scale():
    pixels, truth = discs(400, 500, 10)
    found = detect_in_tiles(pixels, 0.5, look)
    assert len(found.edges) == 10
    assert np.abs(np.sort(found.edges, 0) - np.sort(truth, 0)).max() < 4


def test_what_is_seen_is_filled_up_with_ground():
    pixels, _ = discs(100, 130, 1)
    picture = tile_pixels(pixels, Box(0, 0, 130, 100), 1.0)
    assert picture.shape == (128, 160, 3)
    assert all(side % COARSEST == 0 for side in picture.shape[:2])
    assert (picture[:, 130:] == 230).all()


def test_no_window_is_larger_than_the_bound():
    largest = []
    detect_in_tiles(np.full((2500, 3500, 3), 200, np.uint8), 1.0, lambda p: largest.append(p.size) or boxes())
    assert max(largest) <= 3 * (TILE + COARSEST) ** 2
    assert len(largest) > 10


@pytest.mark.parametrize("size", [0.4, 0.7, 1.0, 2.5])
def test_the_scale_is_that_at_which_red_cells_are_as_wide_as_in_training(size):
    """Red cells of 72 pixels times `size`; a network that sees only those of 35 to 140 pixels as it sees them."""
    from core.detection.scale import Glance

    wide = 72 * size
    corners = np.array([(x, y) for x in np.arange(5, 1900, wide + 9) for y in np.arange(5, 1300, wide + 9)])

    def glance(scale: float) -> Glance:
        seen_ones = corners if 35 < wide * scale < 140 else corners[:0]
        rows = np.concatenate([seen_ones, seen_ones + wide], axis=1)
        return Glance(scale, boxes(*rows.tolist()), False)

    scale, found = settle_scale(2000, 1400, 72.0, glance)
    assert scale == pytest.approx(min(2.0, 1 / size), rel=0.02)
    assert found is None


def test_a_photo_without_red_cells_is_looked_at_all_the_same():
    from core.detection.scale import Glance

    scale, found = settle_scale(640, 480, 72.0, lambda scale: Glance(scale, boxes(), True))
    assert scale > 0
    assert found is not None
