"""The overlay: exact where it must be, readable where it can be, and put into words."""

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from core.explain.attribution import SaliencyMap
from core.explain.overlay import HUE, describe, legend, overlay, ramp

# Rough sRGB colours of a May-Grünwald-Giemsa smear.
STAINS = {
    "background": (238, 222, 212),
    "red cell": (225, 180, 175),
    "nucleus": (90, 50, 130),
    "dark nucleus": (60, 30, 100),
    "blue cytoplasm": (165, 155, 205),
    "eosinophil granules": (205, 110, 95),
    "platelet": (185, 140, 180),
}
# Machado et al. 2009, full severity, on linear RGB.
EYES = {
    "normal": np.eye(3),
    "protanope": [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]],
    "deuteranope": [[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]],
    "tritanope": [[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]],
}


def photograph(size: int = 40) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (size, size, 3), np.uint8)


def as_seen(colours: np.ndarray, eyes: str) -> np.ndarray:
    """CIELAB of uint8 sRGB colours (..., 3) as these eyes see them."""
    srgb = colours / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear @ np.array(EYES[eyes]).T, 0, 1)
    return rgb2lab(np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055))


@pytest.mark.parametrize("values", [np.ones((4, 4)), np.random.default_rng(1).random((7, 5))])
def test_opacity_zero_returns_the_crop(values: np.ndarray) -> None:
    crop = photograph()
    drawn = overlay(crop, values, 0)
    np.testing.assert_array_equal(drawn, crop)
    assert drawn is not crop


def test_flat_map_leaves_the_crop() -> None:
    crop = photograph()
    np.testing.assert_array_equal(overlay(crop, np.zeros((4, 4), np.float32), 1), crop)


def test_photograph_stays_visible_in_proportion() -> None:
    crop = photograph()
    drawn = overlay(crop, np.full((3, 3), 0.5), 0.8)
    np.testing.assert_allclose(drawn, 0.6 * crop + 0.4 * np.array(HUE), atol=0.51)
    assert (overlay(crop, np.ones((3, 3)), 1) == HUE).all()


def test_grid_is_brought_up_bilinearly_and_centred() -> None:
    black = np.zeros((8, 8, 3), np.uint8)
    drawn = overlay(black, np.array([[0, 1], [0, 1]], np.float32), 1)[..., 1] / 255
    # Centres of the two columns lie at 1.5 and 5.5; between them a straight line, beyond them no change.
    np.testing.assert_allclose(drawn[0], [0, 0, 0.125, 0.375, 0.625, 0.875, 1, 1], atol=0.003)
    assert (drawn == drawn[0]).all()


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("stain", STAINS)
def test_evidence_is_seen_on_every_stain_by_all_eyes(stain: str, eyes: str) -> None:
    ground = np.full((1, 1, 3), STAINS[stain], np.uint8)
    difference = deltaE_ciede2000(as_seen(ground, eyes), as_seen(overlay(ground, np.ones((1, 1)), 0.6), eyes))
    assert difference.item() >= 17


@pytest.mark.parametrize("opacity", [0.4, 0.7, 1.0])
def test_ramp_is_even_in_lightness(opacity: float) -> None:
    """CIELAB L* by equal steps, as in the usual even colour maps, so it can be read in grey too."""
    steps = np.diff(rgb2lab(legend(opacity, width=9, height=1)[0] / 255)[:, 0])
    assert steps.min() > 0
    assert steps.max() / steps.min() < 1.35


def test_legend_begins_with_the_ground_and_ends_with_the_overlay() -> None:
    drawn = legend(0.6, width=64, height=8)
    assert drawn.shape == (8, 64, 3)
    assert len(np.unique(drawn[:, 0])) == 1  # grey
    np.testing.assert_array_equal(drawn[0, -1], overlay(drawn[:1, :1], np.ones((1, 1)), 0.6)[0, 0])


def test_ramp_stops() -> None:
    stops = ramp(0.6, stops=3)
    assert [stop.value for stop in stops] == [0, 0.5, 1]
    assert [stop.colour for stop in stops] == [f"rgba(170, 255, 0, {alpha})" for alpha in ("0", "0.3", "0.6")]


@pytest.mark.parametrize(
    ("grid", "flat", "width", "sentence"),
    [
        ((4, 4), False, 200, "The map has 4 × 4 squares; a square is 50 pixels of the photo wide."),
        ((4, 4), False, None, "The map has 4 × 4 squares."),
        ((28, 28), False, 28.4, "The map has 28 × 28 squares; a square is 1 pixel of the photo wide."),
        ((96, 96), False, 9, "The map has 96 × 96 squares; a square is less than 1 pixel of the photo wide."),
        ((1, 1), True, None, "The map has 1 square. Flat: no part of the picture stood out."),
    ],
)
def test_sentence(grid: tuple[int, int], flat: bool, width: float | None, sentence: str) -> None:
    values = np.zeros(grid, np.float32)
    assert describe(SaliencyMap(values, 0.0, flat, "grad-cam", 0), width) == sentence


@pytest.mark.parametrize(
    ("crop", "values", "opacity", "complaint"),
    [
        (np.zeros((4, 4, 3)), np.zeros((2, 2)), 0.5, "uint8"),
        (np.zeros((4, 4), np.uint8), np.zeros((2, 2)), 0.5, "crop"),
        (np.zeros((4, 4, 3), np.uint8), np.full((2, 2), 1.2), 0.5, "values"),
        (np.zeros((4, 4, 3), np.uint8), np.full((2, 2), np.nan), 0.5, "values"),
        (np.zeros((4, 4, 3), np.uint8), np.zeros((2, 2)), 1.5, "opacity"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(
    crop: np.ndarray, values: np.ndarray, opacity: float, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        overlay(crop, values, opacity)
