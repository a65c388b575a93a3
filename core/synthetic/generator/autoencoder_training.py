"""The first stage: the autoencoder learns to keep a picture in a small latent map."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.synthetic.generator.autoencoder import Autoencoder, Critic, divergence
from core.synthetic.generator.cells import GeneratorData, batches_an_epoch, epoch_rows, randomly_turned, signed
from core.synthetic.generator.perceptual import perceptual_of
from core.synthetic.generator.recipe import GeneratorRecipe
from core.training.engine import BatchResult, Stateful, Trainer
from core.training.state import EpochReport

VALIDATION_CELLS = 256
"""Evaluated after each epoch."""

HISTORY_COLUMNS = ("epoch", "lr", "train_loss", "val_loss", "seconds")
"""Of either part of a generator."""

WEIGHT_DECAY = 0.01

LARGEST_PULL = 100.0
"""Bound of the critic's weight where the other losses have nearly no gradient."""


class AutoencoderTrainer(Trainer[GeneratorRecipe, np.ndarray]):
    """Mean absolute error, a perceptual loss and a little divergence; at the end also a critic, on the decoder alone.

    The critic's pull is brought to that of the other losses at the last layer, as by Esser et al., "Taming
    Transformers for High-Resolution Image Synthesis", CVPR 2021 (arXiv:2012.09841).
    """

    name = "autoencoder"
    what = "a generator"
    columns = HISTORY_COLUMNS
    digits = 6
    net: Autoencoder
    free_settings: ClassVar[dict[str, Any]] = {"features": True, "flow": True}

    def __init__(
        self, recipe: GeneratorRecipe, data: GeneratorData, folder: Path, report: EpochReport, device: torch.device
    ) -> None:
        self.data = data
        super().__init__(recipe, data.key, folder, report, device)

    def build(self) -> None:
        settings = self.recipe.coder
        torch.manual_seed(self.recipe.seed)
        net = Autoencoder(settings.widths, settings.channels)
        rate, ema_decay = settings.learning_rate, settings.ema_decay
        self.train_with_adamw(net, rate, weight_decay=WEIGHT_DECAY, ema_decay=ema_decay, betas=(0.9, 0.95))
        self.critic = Critic(settings.critic_width).to(self.device).to(memory_format=torch.channels_last)
        self.critic_optimizer = torch.optim.AdamW(
            self.critic.parameters(), lr=settings.learning_rate / 2, betas=(0.5, 0.9)
        )
        named = settings.perceptual
        self.perceptual = perceptual_of(named, self.data.classes).to(self.device) if named else None

    def parts(self) -> dict[str, Stateful]:
        return super().parts() | {"critic": self.critic, "critic optimizer": self.critic_optimizer}

    def best(self) -> Autoencoder:
        """The averaged network, in evaluation mode."""
        net = self.evaluated_net
        assert isinstance(net, Autoencoder)
        return net.eval()

    @property
    def criticised(self) -> bool:
        return self.state.epoch > self.epochs - self.recipe.coder.critic_epochs

    def begin_epoch(self) -> None:
        super().begin_epoch()
        self.net.encoder.requires_grad_(not self.criticised)

    @property
    def epochs(self) -> int:
        return self.recipe.coder.epochs

    @property
    def steps(self) -> int:
        return batches_an_epoch(len(self.data.train), self.recipe.coder.batch_size)

    def batches(self, epoch: int, first: int) -> Iterator[np.ndarray]:
        settings = self.recipe.coder
        rows = epoch_rows(self.data.train.conditions, settings.batch_size, 0.0, self.recipe.seed, epoch)
        return islice(rows, first, None)

    def train_batch(self, batch: np.ndarray) -> BatchResult:
        real = randomly_turned(signed(self.data.train.pictures(batch))).to(self.device)
        with self.autocast_precision():
            made, mean, log_variance = self.net(real)
        made = made.float()
        likeness = self._likeness(made, real)
        loss = likeness + self.recipe.coder.divergence_weight * divergence(mean.float(), log_variance.float())
        if self.criticised:
            loss = loss + self._pull(made, likeness)
        self.optimize(loss)
        if self.criticised:
            self._teach_critic(real, made)
        return BatchResult({"loss": float(likeness.detach())})

    def _likeness(self, made: Tensor, real: Tensor) -> Tensor:
        loss = (made - real).abs().mean()
        if self.perceptual is None:
            return loss
        # In full precision: depthwise convolutions gain nothing from less.
        return loss + self.recipe.coder.perceptual_weight * self.perceptual(made, real)

    def _pull(self, made: Tensor, likeness: Tensor) -> Tensor:
        """What the decoder loses to the critic, as strong as the other losses times the recipe's weight."""
        self.critic.requires_grad_(requires_grad=False)
        with self.autocast_precision():
            lost = -self.critic(made).float().mean()
        last = next(self.net.decoder[-1].parameters())
        (of_likeness,) = torch.autograd.grad(likeness, last, retain_graph=True)
        (of_critic,) = torch.autograd.grad(lost, last, retain_graph=True)
        balance = (of_likeness.norm() / (of_critic.norm() + 1e-6)).clamp(0.0, LARGEST_PULL).detach()
        return self.recipe.coder.critic_weight * balance * lost

    def _teach_critic(self, real: Tensor, made: Tensor) -> None:
        self.critic.requires_grad_(requires_grad=True)
        with self.autocast_precision():
            loss = self.critic.loss(real, made)
        self.critic_optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.critic_optimizer.step()

    @torch.inference_mode()
    def evaluate(self) -> dict[str, float]:
        """Loss of the averaged network, without divergence and critic."""
        net = self.best()
        rows = np.linspace(0, len(self.data.val) - 1, min(VALIDATION_CELLS, len(self.data.val))).astype(np.int64)
        total = 0.0
        for part in np.array_split(rows, -(-len(rows) // 32)):
            real = signed(self.data.val.pictures(part)).to(self.device)
            with self.autocast_precision():
                made = net.decode(net.encode(real)[0])
            total += float(self._likeness(made.float(), real)) * len(part)
        return {"val_loss": total / len(rows)}

    def trial_loss(self) -> Tensor:
        size = self.recipe.input_size
        pictures = torch.zeros(4, 3, size, size, device=self.device).contiguous(memory_format=torch.channels_last)
        return F.l1_loss(self.net(pictures)[0].float(), pictures)
