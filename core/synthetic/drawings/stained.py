"""How each class of cell looks after May-Grünwald-Giemsa staining, as data, and the hand that draws it.

Sizes and colours follow photographs of normal blood at 0.1 µm a pixel; shapes follow the textbook description
of each kind, a little cleaner than nature so that a kind is known at a glance.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from core.synthetic.drawings.brush import (
    Colour,
    Floats,
    Patch,
    bridge,
    dots,
    ellipse,
    joined,
    mix,
    noise,
    paint,
    soft,
)

Nucleus: TypeAlias = Callable[[Patch, np.random.Generator, float], Floats]


@dataclass(frozen=True)
class Granules:
    """Dots in the cytoplasm: their colours lie between two; share: how much of the cell they would cover."""

    colours: tuple[Colour, Colour]
    radius: float
    share: float
    over_nucleus: float = 0.0
    opacity: tuple[float, float] = (0.6, 1.0)


@dataclass(frozen=True)
class Appearance:
    """One class of cell. Lengths in units of 0.1 µm; two colours are the ends between which it varies."""

    radius: tuple[float, float]
    cytoplasm: tuple[Colour, Colour]
    rim: Colour
    nucleus: Nucleus
    chromatin: tuple[Colour, Colour]
    chromatin_grain: float
    chromatin_light: float
    granules: tuple[Granules, ...] = ()
    unevenness: float = 1.8
    nucleus_unevenness: float = 1.6
    stretch: float = 0.08
    fringe: float = 0.0
    vacuoles: tuple[int, int] = (0, 0)


def segmented(patch: Patch, rng: np.random.Generator, radius: float) -> Floats:
    """Three to five lobes on a bent line, joined by thin strands."""
    count = int(rng.choice([3, 4, 5], p=[0.4, 0.4, 0.2]))
    size = radius * {3: 0.32, 4: 0.285, 5: 0.25}[count]
    step = {3: 1.5, 4: 1.25, 5: 1.02}[count]
    ring = radius * 0.47
    angles = rng.uniform(0, 2 * np.pi) + step * np.arange(count) + rng.uniform(-0.12, 0.12, count)
    rings = ring * rng.uniform(0.82, 1.12, count)
    places = [(float(r * np.cos(t)), float(r * np.sin(t))) for r, t in zip(rings, angles, strict=True)]
    depth = np.full_like(patch.x, -1e3)
    for (x, y), angle in zip(places, angles, strict=True):
        a, b = size * rng.uniform(1.0, 1.2), size * rng.uniform(0.78, 0.92)
        lobe = ellipse(patch, x, y, a, b, float(angle) + np.pi / 2 + rng.uniform(-0.5, 0.5))
        depth = np.maximum(depth, lobe)
    for start, end in pairwise(places):
        depth = joined(depth, bridge(patch, start, end, radius * 0.035), 3.0)
    return depth


def bilobed(patch: Patch, rng: np.random.Generator, radius: float) -> Floats:
    """Two plump lobes like spectacles, joined by one strand."""
    turn, apart = rng.uniform(0, 2 * np.pi), rng.uniform(0.95, 1.25)
    places: list[tuple[float, float]] = []
    depth = np.full_like(patch.x, -1e3)
    for side in (-1, 1):
        angle = turn + side * apart
        x, y = radius * 0.5 * float(np.cos(angle)), radius * 0.5 * float(np.sin(angle))
        places.append((x, y))
        a, b = radius * rng.uniform(0.41, 0.46), radius * rng.uniform(0.33, 0.37)
        depth = np.maximum(depth, ellipse(patch, x, y, a, b, angle + np.pi / 2 + rng.uniform(-0.3, 0.3)))
    return joined(depth, bridge(patch, places[0], places[1], radius * 0.05), 4.0)


def kidney(patch: Patch, rng: np.random.Generator, radius: float) -> Floats:
    """A thick bean, bent around a bay."""
    turn, reach = rng.uniform(0, 2 * np.pi), rng.uniform(1.1, 1.45)
    thick, ring = radius * rng.uniform(0.35, 0.39), radius * 0.4
    shift_x, shift_y = -radius * 0.16 * np.cos(turn), -radius * 0.16 * np.sin(turn)
    depth = np.full_like(patch.x, -1e3)
    for angle in np.linspace(-reach, reach, 7):
        x = shift_x + ring * float(np.cos(turn + angle))
        y = shift_y + ring * float(np.sin(turn + angle))
        size = thick * (0.92 + 0.14 * abs(angle) / reach)
        depth = np.maximum(depth, ellipse(patch, x, y, size, size))
    return depth


def round_nucleus(share: float, off_centre: float) -> Nucleus:
    """A maker of one round nucleus: share of the cell's radius, and how far off the middle it lies."""

    def draw(patch: Patch, rng: np.random.Generator, radius: float) -> Floats:
        angle, off = rng.uniform(0, 2 * np.pi), radius * off_centre * rng.uniform(0.6, 1.0)
        a, b = radius * share * rng.uniform(0.98, 1.05), radius * share * rng.uniform(0.92, 1.0)
        return ellipse(patch, off * float(np.cos(angle)), off * float(np.sin(angle)), a, b, angle + 1.0)

    return draw


def indented(patch: Patch, rng: np.random.Generator, radius: float) -> Floats:
    """A large oval to one side, with a shallow bay towards the middle of the cell."""
    angle = rng.uniform(0, 2 * np.pi)
    cos, sin = float(np.cos(angle)), float(np.sin(angle))
    oval = ellipse(patch, radius * 0.24 * cos, radius * 0.24 * sin, radius * 0.66, radius * 0.55, angle + np.pi / 2)
    place = -radius * rng.uniform(0.52, 0.62)
    bay = ellipse(patch, place * cos, place * sin, radius * 0.4, radius * 0.36, angle)
    return -joined(-oval, bay, 8.0)


def smudge(patch: Patch, rng: np.random.Generator, radius: float) -> Floats:
    """A platelet's granule-rich middle, which stands where other cells have a nucleus."""
    return ellipse(patch, 0, 0, radius * 0.62, radius * 0.5, rng.uniform(0, np.pi))


VIOLET: tuple[Colour, Colour] = ((64, 25, 122), (136, 78, 146))

APPEARANCES: dict[str, Appearance] = {
    "basophil": Appearance(
        radius=(50, 57), cytoplasm=((190, 138, 178), (158, 100, 164)), rim=(120, 66, 148),
        nucleus=bilobed, chromatin=((104, 52, 142), (142, 88, 164)), chromatin_grain=7, chromatin_light=0.4,
        granules=(
            Granules(((84, 38, 138), (104, 48, 146)), 4.2, 0.7, 0.75, (0.6, 0.9)),
            Granules(((42, 14, 98), (66, 26, 122)), 3.6, 0.9, 0.85, (0.75, 1.0)),
        ),
    ),
    "eosinophil": Appearance(
        radius=(61, 68), cytoplasm=((226, 160, 146), (214, 138, 128)), rim=(206, 132, 128),
        nucleus=bilobed, chromatin=VIOLET, chromatin_grain=6, chromatin_light=0.4,
        granules=(
            Granules(((178, 74, 84), (190, 84, 76)), 3.0, 0.55, 0.0, (0.5, 0.9)),
            Granules(((228, 116, 82), (234, 130, 98)), 2.7, 0.65, 0.06, (0.7, 1.0)),
        ),
    ),
    "erythroblast": Appearance(
        radius=(40, 46), cytoplasm=((128, 120, 168), (176, 146, 172)), rim=(112, 98, 158),
        nucleus=round_nucleus(0.6, 0.2), chromatin=((46, 20, 96), (104, 52, 124)), chromatin_grain=9,
        chromatin_light=0.25, stretch=0.1, nucleus_unevenness=0.7,
    ),
    "ig": Appearance(
        radius=(68, 77), cytoplasm=((176, 160, 206), (206, 178, 204)), rim=(140, 118, 186),
        nucleus=indented, chromatin=((98, 50, 154), (146, 96, 180)), chromatin_grain=5, chromatin_light=0.5,
        granules=(
            Granules(((128, 44, 128), (152, 60, 140)), 1.7, 0.16, 0.3, (0.6, 1.0)),
            Granules(((196, 148, 186), (206, 160, 190)), 1.6, 0.2, 0.0, (0.3, 0.7)),
        ),
    ),
    "lymphocyte": Appearance(
        radius=(46, 52), cytoplasm=((124, 124, 190), (158, 152, 206)), rim=(104, 98, 176),
        nucleus=round_nucleus(0.83, 0.11), chromatin=((76, 30, 126), (122, 62, 138)), chromatin_grain=10,
        chromatin_light=0.4, nucleus_unevenness=1.1,
    ),
    "monocyte": Appearance(
        radius=(73, 82), cytoplasm=((168, 160, 194), (190, 178, 202)), rim=(142, 130, 176),
        nucleus=kidney, chromatin=((92, 42, 138), (150, 92, 164)), chromatin_grain=6, chromatin_light=0.55,
        granules=(Granules(((150, 110, 172), (160, 120, 178)), 1.2, 0.14, 0.0, (0.3, 0.7)),),
        unevenness=3.2, nucleus_unevenness=2.2, stretch=0.1, vacuoles=(1, 6),
    ),
    "neutrophil": Appearance(
        radius=(58, 65), cytoplasm=((236, 204, 194), (226, 190, 192)), rim=(206, 166, 178),
        nucleus=segmented, chromatin=VIOLET, chromatin_grain=6, chromatin_light=0.4,
        granules=(Granules(((196, 132, 168), (208, 146, 170)), 1.1, 0.22, 0.0, (0.4, 0.8)),),
    ),
    "platelet": Appearance(
        radius=(14, 18), cytoplasm=((172, 142, 196), (190, 162, 202)), rim=(152, 118, 184),
        nucleus=smudge, chromatin=((124, 68, 154), (150, 98, 174)), chromatin_grain=4, chromatin_light=0.5,
        granules=(Granules(((104, 46, 138), (128, 66, 152)), 1.5, 0.45, 1.0, (0.3, 0.8)),),
        unevenness=1.0, nucleus_unevenness=0.8, stretch=0.12, fringe=0.6,
    ),
}  # fmt: skip


def draw_stained(canvas: Floats, patch: Patch, label: str, radius: float, rng: np.random.Generator) -> Floats:
    """Draw one white cell, erythroblast or platelet in the middle of its patch.

    canvas: (h, w, 3) float32 in 0..255, changed in place. Returns the depth within the outline, (h, w).
    """
    appearance = APPEARANCES[label]
    outline = _outline(patch, appearance, radius, rng)
    body = soft(outline, patch.scale, 1.8)
    _draw_cytoplasm(canvas, patch, appearance, outline, body, rng)
    nucleus = appearance.nucleus(patch.warped(rng, max(radius * 0.35, 6), appearance.nucleus_unevenness), rng, radius)
    nucleus = np.minimum(nucleus, outline - radius * 0.03)
    inside = soft(nucleus, patch.scale, 1.4)
    _draw_vacuoles(canvas, patch, appearance, radius, body * (1 - inside), rng)
    clumps = noise(rng, patch, appearance.chromatin_grain) + 0.7 * noise(rng, patch, appearance.chromatin_grain / 2.2)
    light = (appearance.chromatin_light + 0.32 * clumps) * np.clip(nucleus / 5, 0.1, 1)
    paint(canvas, inside, mix(*appearance.chromatin, light))
    for granules in appearance.granules:
        room = soft(outline - granules.radius * 0.5, patch.scale, granules.radius)
        _draw_granules(canvas, patch, granules, radius, room * (1 - inside * (1 - granules.over_nucleus)), rng)
    return outline


def _outline(patch: Patch, appearance: Appearance, radius: float, rng: np.random.Generator) -> Floats:
    creased = patch.warped(rng, max(radius * 0.7, 8), appearance.unevenness)
    if appearance.fringe:
        creased = creased.warped(rng, 4, appearance.fringe)
    stretch = rng.uniform(0, appearance.stretch)
    return ellipse(creased, 0, 0, radius * (1 + stretch), radius * (1 - stretch), rng.uniform(0, np.pi))


def _draw_cytoplasm(
    canvas: Floats, patch: Patch, appearance: Appearance, outline: Floats, body: Floats, rng: np.random.Generator
) -> None:
    tint = rng.uniform(0.2, 0.8)
    mottle = tint + 0.25 * noise(rng, patch, 14) + 0.28 * noise(rng, patch, 3.5)
    paint(canvas, body, mix(*appearance.cytoplasm, mottle))
    paint(canvas, body * np.exp(-np.clip(outline, 0, None) / 2.5) * np.float32(0.75), appearance.rim)


def _draw_vacuoles(
    canvas: Floats, patch: Patch, appearance: Appearance, radius: float, room: Floats, rng: np.random.Generator
) -> None:
    for _ in range(rng.integers(appearance.vacuoles[0], appearance.vacuoles[1] + 1)):
        angle, out = rng.uniform(0, 2 * np.pi), radius * np.sqrt(rng.uniform(0.1, 0.75))
        size = rng.uniform(2.5, 5)
        hole = ellipse(patch, out * float(np.cos(angle)), out * float(np.sin(angle)), size, size)
        paint(canvas, soft(hole, patch.scale, 1.5) * room * np.float32(0.8), (240, 226, 222))


def _draw_granules(
    canvas: Floats, patch: Patch, granules: Granules, radius: float, room: Floats, rng: np.random.Generator
) -> None:
    count = round(granules.share * 1.3 * (radius / granules.radius) ** 2)
    points = rng.uniform(-radius * 1.15, radius * 1.15, (count, 2))
    mask = dots(patch, points, granules.radius, rng.uniform(*granules.opacity, count))
    shade = 0.5 + 0.5 * noise(rng, patch, granules.radius * 3)
    paint(canvas, mask * room, mix(*granules.colours, shade))
