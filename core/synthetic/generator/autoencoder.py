"""The autoencoder: pictures of cells to small latent maps and back.

After Rombach et al., "High-Resolution Image Synthesis with Latent Diffusion Models", CVPR 2022
(arXiv:2112.10752), much reduced. Pictures are float (N, 3, S, S) in -1..1, latents (N, C, S/8, S/8).
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

REDUCTION = 8
"""Pixels of a picture's side for each place of its latent map."""

LARGEST_LOG_VARIANCE = 4.0


def groups_of(channels: int) -> int:
    """Groups for a GroupNorm: eight, or fewer where the channels do not divide."""
    return next(count for count in (8, 4, 2, 1) if channels % count == 0)


class Residual(nn.Module):
    """Two convolutions on normed maps, added to what came in."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(*_normed(channels, channels), *_normed(channels, channels))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x)


def _normed(inner: int, outer: int, stride: int = 1) -> list[nn.Module]:
    norm = nn.GroupNorm(groups_of(inner), inner)
    return [norm, nn.SiLU(), nn.Conv2d(inner, outer, 3, stride=stride, padding=1)]


class Autoencoder(nn.Module):
    """widths: channels at half, a quarter and an eighth of the picture's side; channels: of the latent map."""

    def __init__(self, widths: Sequence[int], channels: int) -> None:
        super().__init__()
        half, quarter, eighth = widths
        self.channels = channels
        self.encoder = nn.Sequential(
            nn.PixelUnshuffle(2),
            nn.Conv2d(12, half, 3, padding=1),
            Residual(half),
            nn.Conv2d(half, quarter, 3, stride=2, padding=1),
            Residual(quarter),
            nn.Conv2d(quarter, eighth, 3, stride=2, padding=1),
            Residual(eighth),
            Residual(eighth),
            *_normed(eighth, 2 * channels),
        )
        self.decoder = nn.Sequential(
            nn.Conv2d(channels, eighth, 3, padding=1),
            Residual(eighth),
            Residual(eighth),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(eighth, quarter, 3, padding=1),
            Residual(quarter),
            Residual(quarter),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(quarter, half, 3, padding=1),
            Residual(half),
            Residual(half),
            *_normed(half, 64),
            nn.PixelShuffle(2),
            nn.SiLU(),
            nn.Conv2d(16, 3, 3, padding=1),
        )

    def encode(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of the latents, each (N, C, S/8, S/8)."""
        mean, log_variance = self.encoder(pictures).chunk(2, dim=1)
        return mean, log_variance.clamp(-20.0, LARGEST_LOG_VARIANCE)

    def decode(self, latents: Tensor) -> Tensor:
        """Pictures; values may reach a little beyond -1..1."""
        return self.decoder(latents)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Pictures through a latent drawn at random, and mean and log-variance of the latents."""
        mean, log_variance = self.encode(pictures)
        drawn = mean + torch.randn_like(mean) * (log_variance / 2).exp()
        return self.decode(drawn), mean, log_variance


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Kullback-Leibler divergence of the latents from a standard normal, a mean over their numbers."""
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean()


class Critic(nn.Module):
    """Tells patches of photographs from patches of reconstructions; one answer for every 8 x 8 pixels.

    After Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks", CVPR 2017
    (arXiv:1611.07004). Without norms, so that one picture does not change the answer to another.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, width, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, 2 * width, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(2 * width, 4 * width, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(4 * width, 1, 3, padding=1),
        )

    def forward(self, pictures: Tensor) -> Tensor:
        return self.body(pictures)

    def loss(self, real: Tensor, made: Tensor) -> Tensor:
        """The hinge loss, to be lowered by the critic."""
        return F.relu(1 - self(real)).mean() + F.relu(1 + self(made.detach())).mean()
