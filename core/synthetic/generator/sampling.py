"""The trained generator: from a condition and a seed to a picture."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from core.synthetic.generator.autoencoder import REDUCTION, Autoencoder
from core.synthetic.generator.cells import as_pixels
from core.synthetic.generator.flow import follow, guided
from core.synthetic.generator.recipe import GeneratorRecipe
from core.synthetic.generator.velocity import Velocity

BATCH = 16


class Generator(nn.Module):
    """The decoder, the flow's network, and the scale of the latents between them.

    condition_count: how many it was trained on.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, recipe: GeneratorRecipe, condition_count: int) -> None:
        super().__init__()
        self.recipe, self.condition_count = recipe, condition_count
        self.decoder = Autoencoder(recipe.coder.widths, recipe.coder.channels).decoder
        self.velocity = Velocity(recipe.coder.channels, recipe.flow.widths, condition_count)
        self.register_buffer("mean", torch.zeros(recipe.coder.channels))
        self.register_buffer("std", torch.ones(recipe.coder.channels))

    def noise(self, seed: int, number: int) -> Tensor:
        """(C, h, w): what cell `number` of a seed begins from, whatever was drawn before it."""
        drawn = np.random.default_rng([seed, number])
        side = self.recipe.input_size // REDUCTION
        return torch.from_numpy(drawn.standard_normal((self.recipe.coder.channels, side, side), np.float32))

    @torch.inference_mode()
    def draw(
        self,
        conditions: Sequence[int],
        seed: int,
        *,
        first: int = 0,
        guidance: float | None = None,
        steps: int | None = None,
    ) -> np.ndarray:
        """(N, S, S, 3) uint8: cells number `first`, `first` + 1, … of a seed, one of each condition listed.

        guidance, steps: other than the recipe's.
        """
        settings = self.recipe.flow
        strength = settings.guidance if guidance is None else guidance
        pictures = []
        for begin in range(0, len(conditions), BATCH):
            part = torch.tensor(list(conditions[begin : begin + BATCH]), dtype=torch.int64)
            noise = torch.stack([self.noise(seed, first + begin + row) for row in range(len(part))])
            field = guided(self.velocity, part, self.condition_count, strength)
            latents = follow(field, noise.contiguous(memory_format=torch.channels_last), steps or settings.steps)
            latents = latents * self.std.view(1, -1, 1, 1) + self.mean.view(1, -1, 1, 1)
            pictures.append(as_pixels(self.decoder(latents)))
        return np.concatenate(pictures) if pictures else np.zeros((0, *[self.recipe.input_size] * 2, 3), np.uint8)
