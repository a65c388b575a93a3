"""Flow matching: learn the way from noise to latents along straight lines, and follow it.

Lipman et al., "Flow Matching for Generative Modeling", ICLR 2023 (arXiv:2210.02747); Liu, Gong and Liu, "Flow
Straight and Fast: Learning to Generate and Transfer Data with Rectified Flow", ICLR 2023 (arXiv:2209.03003).
At time 0 there is noise, at time 1 a latent, and x(t) = (1 - t) noise + t latent.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

VelocityField = Callable[[Tensor, Tensor], Tensor]
"""Points (N, ...) and times (N,) to velocities (N, ...)."""


def flow_loss(field: VelocityField, latents: Tensor, noise: Tensor, times: Tensor) -> Tensor:
    """Mean squared error of the velocities that a field gives on the straight lines from noise to latents."""
    t = times.view(-1, *[1] * (latents.ndim - 1))
    return F.mse_loss(field((1 - t) * noise + t * latents, times).float(), latents - noise)


def random_times(count: int) -> Tensor:
    """Times in 0..1, the middle more often than the ends (Esser et al. 2024, arXiv:2403.03206)."""
    return torch.randn(count).sigmoid()


@torch.no_grad()
def follow(field: VelocityField, noise: Tensor, steps: int) -> Tensor:
    """From noise (N, ...) at time 0 to latents at time 1, in equal steps of Heun's method, the last one of Euler's."""
    x, size = noise, 1.0 / steps
    for step in range(steps):
        now = torch.full((len(x),), step * size, device=x.device)
        slope = field(x, now)
        ahead = x + size * slope
        if step < steps - 1:
            ahead = x + size * (slope + field(ahead, now + size)) / 2
        x = ahead
    return x


def guided(
    network: Callable[[Tensor, Tensor, Tensor], Tensor], conditions: Tensor, any_condition: int, guidance: float
) -> VelocityField:
    """The field for the conditions (N,), led away from the unconditional one where guidance is not 1.

    Ho and Salimans, "Classifier-Free Diffusion Guidance", 2022 (arXiv:2207.12598).
    """
    if guidance == 1:
        return lambda x, t: network(x, t, conditions).float()
    unconditioned = torch.full_like(conditions, any_condition)

    def field(x: Tensor, t: Tensor) -> Tensor:
        both = network(torch.cat([x, x]), torch.cat([t, t]), torch.cat([conditions, unconditioned])).float()
        conditional, unconditional = both.chunk(2)
        return unconditional + guidance * (conditional - unconditional)

    return field
