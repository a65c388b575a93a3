"""The second stage: the flow learns where in the latent space cells are."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from core.synthetic.generator.autoencoder import REDUCTION
from core.synthetic.generator.autoencoder_training import HISTORY_COLUMNS, WEIGHT_DECAY
from core.synthetic.generator.cells import SYMMETRIES, batches_an_epoch, epoch_rows
from core.synthetic.generator.flow import flow_loss, random_times
from core.synthetic.generator.latents import LatentData
from core.synthetic.generator.recipe import GeneratorRecipe
from core.synthetic.generator.velocity import Velocity
from core.training.engine import BatchResult, Trainer
from core.training.state import EpochReport

VALIDATION_CELLS = 512
"""Evaluated after each epoch."""


class FlowTrainer(Trainer[GeneratorRecipe, np.ndarray]):
    """Learns the flow of latents; of validation, only the upright ones are looked at."""

    name = "flow"
    what = "a generator"
    columns = HISTORY_COLUMNS
    digits = 6
    free_settings: ClassVar[dict[str, Any]] = {"features": True, "flow": {"steps", "guidance"}}

    def __init__(
        self, recipe: GeneratorRecipe, data: LatentData, folder: Path, report: EpochReport, device: torch.device
    ) -> None:
        self.data = data
        super().__init__(recipe, data.key, folder, report, device)

    def build(self) -> None:
        settings = self.recipe.flow
        torch.manual_seed(self.recipe.seed + 1)
        net = Velocity(self.recipe.coder.channels, settings.widths, self.data.condition_count)
        rate, ema_decay = settings.learning_rate, settings.ema_decay
        self.train_with_adamw(net, rate, weight_decay=WEIGHT_DECAY, ema_decay=ema_decay, betas=(0.9, 0.99))

    def best(self) -> Velocity:
        """The averaged network, in evaluation mode."""
        net = self.evaluated_net
        assert isinstance(net, Velocity)
        return net.eval()

    @property
    def epochs(self) -> int:
        return self.recipe.flow.epochs

    @property
    def steps(self) -> int:
        return batches_an_epoch(len(self.data.train), self.recipe.flow.batch_size)

    def batches(self, epoch: int, first: int) -> Iterator[np.ndarray]:
        settings, conditions = self.recipe.flow, self.data.train.conditions
        rows = epoch_rows(conditions, settings.batch_size, settings.evening, self.recipe.seed + 1, epoch)
        return islice(rows, first, None)

    def train_batch(self, batch: np.ndarray) -> BatchResult:
        places = torch.randint(SYMMETRIES, (len(batch),)).numpy()
        latents = self.data.train.batch(batch, places).to(self.device)
        conditions = torch.from_numpy(self.data.train.conditions[batch])
        withheld = torch.rand(len(conditions)) < self.recipe.flow.untold
        conditions = torch.where(withheld, self.data.condition_count, conditions).to(self.device)
        times, noise = random_times(len(batch)).to(self.device), torch.randn(latents.shape).to(latents)
        with self.autocast_precision():
            loss = flow_loss(lambda x, t: self.net(x, t, conditions), latents, noise, times)
        self.optimize(loss)
        return BatchResult({"loss": float(loss.detach())})

    @torch.inference_mode()
    def evaluate(self) -> dict[str, float]:
        """Loss of the averaged network, on the same noise and times after every epoch."""
        net, cells = self.best(), self.data.val
        rows = np.linspace(0, len(cells) - 1, min(VALIDATION_CELLS, len(cells))).astype(np.int64)
        generator = torch.Generator().manual_seed(self.recipe.seed)
        total = 0.0
        for part in np.array_split(rows, -(-len(rows) // 64)):
            latents = cells.batch(part, np.zeros(len(part), dtype=np.int64))
            noise = torch.randn(latents.shape, generator=generator)
            times = (torch.arange(len(part)) + 0.5) / len(part)
            conditions = torch.from_numpy(cells.conditions[part]).to(self.device)
            with self.autocast_precision():
                loss = flow_loss(
                    lambda x, t, conditions=conditions: net(x, t, conditions),  # type: ignore[misc]
                    latents.to(self.device),
                    noise.to(self.device),
                    times.to(self.device),
                )
            total += float(loss) * len(part)
        return {"val_loss": total / len(rows)}

    def trial_loss(self) -> Tensor:
        side = self.recipe.input_size // REDUCTION
        x = torch.zeros(16, self.recipe.coder.channels, side, side, device=self.device)
        conditions = torch.zeros(16, dtype=torch.int64, device=self.device)
        return self.net(x, torch.zeros(16, device=self.device), conditions).float().square().mean()
