"""What goes wrong with a photo of a smear, in five severities: blur, noise, light, colour, compression, dirt.

Eleven are those of BloodMNIST-C with its parameters (Di Salvo, Doerrich & Ledig, "MedMNIST-C", arXiv:2406.17536;
its code is under the Apache License 2.0), written anew on Pillow, OpenCV and NumPy; blots have shapes of our own.
Three more are ours. BloodMNIST-C corrupts pictures in which MedMNIST's window has 224 pixels; here the photo is
corrupted as it is, before the cell is found, and lengths are brought to its scale (`unit`).
"""

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageEnhance

SEVERITIES = (1, 2, 3, 4, 5)

SIDE = 228
"""Pixels of the shorter side of PBC's crops (204) at the scale at which MedMNIST's window of 200 has 224."""

Pixels = npt.NDArray[np.uint8]
Apply = Callable[[Pixels, tuple[float, ...], np.random.Generator], Pixels]


@dataclass(frozen=True)
class Corruption:
    """One way in which a photo gets worse.

    steps: the parameters of `apply` for each severity. published: whether it is one of BloodMNIST-C's eleven.
    """

    name: str
    title: str
    says: str
    steps: tuple[tuple[float, ...], ...]
    apply: Apply
    published: bool = True


def unit(pixels: Pixels) -> float:
    """Pixels of this photo for one of BloodMNIST-C's. pixels: (H, W, 3)."""
    return min(pixels.shape[:2]) / SIDE


def corrupted(pixels: Pixels, name: str, severity: int, key: str, seed: int = 0) -> Pixels:
    """A photo (H, W, 3) uint8 made worse; the same for the same name, severity, key and seed.

    What is drawn by chance (an angle, places) does not depend on the severity, so that only the strength changes.
    ValueError where there is no such corruption or severity.
    """
    if name not in CORRUPTIONS or severity not in SEVERITIES:
        raise ValueError(f"there is no corruption {name} of severity {severity}")
    corruption = CORRUPTIONS[name]
    digest = hashlib.sha256(f"{seed} {name} {key}".encode()).digest()
    rng = np.random.default_rng(int.from_bytes(digest[:8], "big"))
    return corruption.apply(pixels, corruption.steps[severity - 1], rng)


def _rounded(values: npt.ArrayLike) -> Pixels:
    return np.rint(np.asarray(values, np.float64)).clip(0, 255).astype(np.uint8)


def pixelated(pixels: Pixels, step: tuple[float, ...], rng: np.random.Generator) -> Pixels:
    """Reduced to a share of its size, and enlarged again, both by averaging over boxes."""
    (share,) = step
    height, width = pixels.shape[:2]
    small = Image.fromarray(pixels).resize(
        (max(1, int(width * share)), max(1, int(height * share))), Image.Resampling.BOX
    )
    return np.asarray(small.resize((width, height), Image.Resampling.BOX))


def compressed(pixels: Pixels, step: tuple[float, ...], rng: np.random.Generator) -> Pixels:
    """Saved as JPEG of that quality and opened again."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=int(step[0]))
    return np.asarray(Image.open(buffer).convert("RGB"))


def disc(radius: float) -> npt.NDArray[np.float32]:
    """A disc whose rim is as smooth as pixels allow; adds up to 1."""
    reach = int(np.ceil(radius + 0.5))
    along = np.arange(-reach, reach + 1)
    from_middle = np.hypot(along[:, None], along[None])
    kernel = np.clip(radius + 0.5 - from_middle, 0, 1).astype(np.float32)
    return kernel / kernel.sum()


def defocused(pixels: Pixels, step: tuple[float, ...], rng: np.random.Generator) -> Pixels:
    """Every point spread over a disc, as by a lens out of focus. step: radius, and a Gaussian's sigma on its rim."""
    radius, sigma = step
    scale = unit(pixels)
    kernel = cv2.GaussianBlur(np.pad(disc(radius * scale), 1), (3, 3), sigma * scale)
    return np.asarray(cv2.filter2D(pixels, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REFLECT), np.uint8)


def streak(length: float, sigma: float, angle: float) -> npt.NDArray[np.float32]:
    """A line from the middle outwards, fading as a Gaussian; angle in radians; adds up to 1."""
    reach = int(np.ceil(length)) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    for far in np.arange(0.0, length + 1e-9, 0.25):
        x, y = reach + far * np.cos(angle), reach + far * np.sin(angle)
        left, top = int(np.floor(x)), int(np.floor(y))
        weight = np.exp(-(far**2) / (2 * sigma**2))
        for column, along in ((left, 1 - (x - left)), (left + 1, x - left)):
            for row, upright in ((top, 1 - (y - top)), (top + 1, y - top)):
                if along * upright > 0:
                    kernel[row, column] += weight * along * upright
    return kernel / kernel.sum()


def moved(pixels: Pixels, step: tuple[float, ...], rng: np.random.Generator) -> Pixels:
    """Smeared along a line, as by a stage that moved. step: radius and sigma as ImageMagick has them."""
    radius, sigma = step
    scale = unit(pixels)
    kernel = streak(2 * radius * scale, sigma * scale, np.deg2rad(rng.uniform(-45, 45)))
    return np.asarray(cv2.filter2D(pixels, -1, kernel, borderType=cv2.BORDER_REFLECT), np.uint8)


def lit(pixels: Pixels, step: tuple[float, ...], rng: np.random.Generator) -> Pixels:
    """Every level times a factor."""
    return np.asarray(ImageEnhance.Brightness(Image.fromarray(pixels)).enhance(step[0]))


def contrasted(pixels: Pixels, step: tuple[float, ...], rng: np.random.Generator) -> Pixels:
    """Every level's distance from the photo's mean grey times a factor."""
    return np.asarray(ImageEnhance.Contrast(Image.fromarray(pixels)).enhance(step[0]))


def saturated(pixels: Pixels, step: tuple[float, ...], rng: np.random.Generator) -> Pixels:
    """Something added to the saturation (HSV, from 0 to 1)."""
    colours = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2HSV)
    colours[..., 1] = np.clip(colours[..., 1] + step[0], 0, 1)
    return _rounded(255 * np.asarray(cv2.cvtColor(colours, cv2.COLOR_HSV2RGB)))


def blotted(pixels: Pixels, step: tuple[float, ...], rng: np.random.Generator) -> Pixels:
    """Deposits of stain: dark blots with ragged rims. step: how many at most, and their mean radius."""
    most, radius = step
    height, width = pixels.shape[:2]
    scale = unit(pixels)
    cover = np.zeros((height, width), np.float32)
    for _ in range(int(np.ceil(rng.random() * most))):
        turns = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        waves = sum(rng.normal(0, 0.3 / n) * np.cos(n * turns + rng.uniform(0, 2 * np.pi)) for n in range(1, 6))
        far = radius * scale * np.clip(1 + waves, 0.3, 1.8)
        x, y = rng.uniform(0.08, 0.92) * width, rng.uniform(0.08, 0.92) * height
        rim = np.stack([x + far * np.cos(turns), y + far * np.sin(turns)], axis=1)
        cv2.fillPoly(cover, [np.rint(rim).astype(np.int32)], 1.0)
    cover = np.asarray(cv2.GaussianBlur(cover, (0, 0), 1.2 * scale))
    return _rounded(pixels * (1 - 0.92 * cover[..., None]))


def bubbled(pixels: Pixels, step: tuple[float, ...], rng: np.random.Generator) -> Pixels:
    """Pale bubbles with brighter rims. step: largest radius, and how many at most."""
    largest, most = step
    height, width = pixels.shape[:2]
    scale = unit(pixels)
    cover = np.zeros((height, width), np.float32)
    for _ in range(round(7 + rng.random() * (most - 7))):
        radius = scale * (3 + rng.random() * (largest - 3))
        middle = (
            round(rng.uniform(radius, width - radius)),
            round(rng.uniform(radius, height - radius)),
        )
        cv2.circle(cover, middle, round(radius + 2 * scale), 130 / 255, -1)
        cv2.circle(cover, middle, round(radius), 100 / 255, -1)
    return _rounded(pixels * (1 - cover[..., None]) + 255 * cover[..., None])


def noisy(pixels: Pixels, step: tuple[float, ...], rng: np.random.Generator) -> Pixels:
    """Gaussian noise on every pixel and channel. step: its standard deviation as a share of white."""
    grain = rng.standard_normal(pixels.shape, dtype=np.float32)
    return _rounded(pixels + 255 * step[0] * grain)


def _colour_direction(rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """(3,) that adds up to 0 and whose largest part is 1 or -1: a change of colour, not of light."""
    drawn = rng.standard_normal(3)
    drawn -= drawn.mean()
    return np.asarray(drawn / np.abs(drawn).max())


def restained(pixels: Pixels, step: tuple[float, ...], rng: np.random.Generator) -> Pixels:
    """The light that the stain absorbs in each channel (its optical density) times a factor; glass stays as it is."""
    light = np.log((pixels.astype(np.float64) + 1) / 256)
    return _rounded(256 * np.exp(light * np.exp(step[0] * _colour_direction(rng))) - 1)


def cast(pixels: Pixels, step: tuple[float, ...], rng: np.random.Generator) -> Pixels:
    """Each channel times a factor, as by a wrong white balance; glass is tinted too."""
    return _rounded(pixels * np.exp(step[0] * _colour_direction(rng)))


def _each(*values: float) -> tuple[tuple[float, ...], ...]:
    return tuple((value,) for value in values)


_ALL = (
    Corruption("pixelate", "Pixelated", "as from few pixels", _each(0.6, 0.5, 0.4, 0.3, 0.25), pixelated),
    Corruption("jpeg", "Compressed", "as JPEG of low quality", _each(50, 30, 15, 10, 7), compressed),
    Corruption(
        "defocus", "Out of focus", "spread over a disc", ((2, 0.01), (3, 0.1), (4, 0.1), (5, 0.1), (6, 0.1)), defocused
    ),
    Corruption("motion", "Moved", "smeared along a line", ((3, 3), (5, 5), (10, 5), (10, 7), (10, 9)), moved),
    Corruption("brighter", "Too bright", "every level raised", _each(1.1, 1.2, 1.3, 1.35, 1.4), lit),
    Corruption("darker", "Too dark", "every level lowered", _each(0.9, 0.8, 0.7, 0.6, 0.5), lit),
    Corruption("contrast-up", "Too hard", "contrast raised", _each(1.1, 1.15, 1.2, 1.25, 1.3), contrasted),
    Corruption("contrast-down", "Too flat", "contrast lowered", _each(0.9, 0.8, 0.7, 0.6, 0.5), contrasted),
    Corruption("saturate", "Too colourful", "saturation raised", _each(0.05, 0.1, 0.15, 0.17, 0.2), saturated),
    Corruption("blots", "Stain deposit", "dark blots", ((1, 8), (2, 8), (3, 8), (3, 10), (3, 12)), blotted),
    Corruption("bubbles", "Bubbles", "pale bubbles", ((5, 10), (7, 10), (10, 10), (12, 12), (15, 12)), bubbled),
    Corruption("noise", "Noise", "Gaussian noise", _each(0.04, 0.08, 0.12, 0.16, 0.2), noisy, published=False),
    Corruption(
        "stain", "Another stain", "stain of another hue", _each(0.1, 0.2, 0.3, 0.4, 0.5), restained, published=False
    ),
    Corruption("cast", "Colour cast", "wrong white balance", _each(0.05, 0.1, 0.15, 0.2, 0.25), cast, published=False),
)

CORRUPTIONS = {corruption.name: corruption for corruption in _ALL}
"""By name, BloodMNIST-C's first. Noise has the parameters that MedMNIST-C uses for photographs of the retina."""
