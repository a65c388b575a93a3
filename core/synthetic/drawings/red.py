"""Red cells: soft discs that take light away, so that they darken where they overlap."""

import numpy as np

from core.synthetic.drawings.brush import Floats, Patch, ellipse, soft

RED_CELL = "red cell"
RED_RADIUS = 37.0
HAEMOGLOBIN = np.array([0.19, 0.34, 0.235], np.float32)  # optical density (natural logarithm) of a full red cell


def draw_red(canvas: Floats, patch: Patch, radius: float, rng: np.random.Generator) -> Floats:
    """Draw one red cell with its pale middle, in place; returns the depth within its outline, (h, w)."""
    creased = patch.warped(rng, radius, 1.8)
    stretch, turn = rng.uniform(0, 0.1), rng.uniform(0, np.pi)
    outline = ellipse(creased, 0, 0, radius * (1 + stretch), radius * (1 - stretch), turn)
    pallor_size = radius * rng.uniform(0.4, 0.6)
    pallor_x, pallor_y = rng.uniform(-0.08, 0.08, 2) * radius
    pallor = soft(ellipse(creased, pallor_x, pallor_y, pallor_size, pallor_size * 0.92, turn), patch.scale, 12.0)
    paleness = rng.uniform(0.55, 0.95) if rng.uniform() < 0.85 else 0.15
    rim = np.exp(-np.square((outline - 2.5) / 2.5))
    thickness = rng.uniform(0.8, 1.05) * (0.92 - 0.92 * np.float32(paleness) * pallor + 0.14 * rim)
    stain = soft(outline, patch.scale, 2.0) * thickness.astype(np.float32)
    canvas *= np.exp(-stain[..., None] * HAEMOGLOBIN)
    return outline
