"""One generator in one folder: the autoencoder, then the latents, then the flow."""

from pathlib import Path

import pandas as pd
import torch

from core.progress import Progress, silent
from core.synthetic.generator.autoencoder_training import HISTORY_COLUMNS as STAGE_COLUMNS
from core.synthetic.generator.autoencoder_training import AutoencoderTrainer
from core.synthetic.generator.cells import GeneratorData
from core.synthetic.generator.flow_training import FlowTrainer
from core.synthetic.generator.latents import LatentData, Latents, latents_of
from core.synthetic.generator.recipe import GeneratorRecipe
from core.synthetic.generator.sampling import Generator
from core.training.provenance import hardware
from core.training.state import EpochReport

HISTORY_COLUMNS = ("stage", *STAGE_COLUMNS)


class GeneratorRun:
    """`train()` starts or goes on, and returns whether both stages are finished; `stop()` ends it after the batch
    in hand, saved. RecipeError where the folder holds another generator.
    """

    def __init__(
        self,
        recipe: GeneratorRecipe,
        data: GeneratorData,
        folder: Path,
        report: EpochReport = lambda progress: None,
        encoding: Progress = silent,
        device: torch.device | None = None,
    ) -> None:
        self.recipe, self.data, self.folder, self.report, self.encoding = recipe, data, folder, report, encoding
        self.device = device or torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.autoencoder = AutoencoderTrainer(recipe, data, folder, report, self.device)
        self.flow: FlowTrainer | None = None
        self._stopping = False

    def stop(self) -> None:
        self._stopping = True
        for stage in self.stages:
            stage.stop()

    @property
    def stages(self) -> tuple[AutoencoderTrainer | FlowTrainer, ...]:
        """Those that have begun."""
        return (self.autoencoder,) if self.flow is None else (self.autoencoder, self.flow)

    def train(self) -> bool:
        if not self.autoencoder.state.finished:
            for earlier in self.folder.glob("latents-*.npy"):
                earlier.unlink()
        if not self.autoencoder.train() or self._stopping:
            return False
        self.flow = self.flow or self._begin_flow()
        return self.flow is not None and self.flow.train()

    def _begin_flow(self) -> FlowTrainer | None:
        """None where it was stopped while the cells were encoded."""
        autoencoder = self.autoencoder.best().cpu().float()
        size = self.recipe.input_size
        train = latents_of(autoencoder, self.data.train, self.folder / "latents-train.npy", size, self._going)
        val = latents_of(
            autoencoder, self.data.val, self.folder / "latents-val.npy", size, lambda *_: not self._stopping
        )
        if train is None or val is None:
            return None
        # Validation is scaled as training is.
        val = Latents(val.maps, train.mean, train.std, val.conditions)
        data = LatentData(train, val, len(self.data.conditions), self.data.key)
        return FlowTrainer(self.recipe, data, self.folder, self.report, self.device)

    def _going(self, done: int, total: int) -> bool:
        self.encoding(done, total)
        return not self._stopping

    def best(self) -> Generator:
        """The trained generator, on the CPU, in evaluation mode; only of a finished run."""
        assert self.flow is not None
        made = Generator(self.recipe, len(self.data.conditions))
        made.decoder.load_state_dict(self.autoencoder.best().cpu().decoder.state_dict())
        made.velocity.load_state_dict(self.flow.best().cpu().state_dict())
        made.mean.copy_(self.flow.data.train.mean)
        made.std.copy_(self.flow.data.train.std)
        return made.eval()

    def history(self) -> pd.DataFrame:
        """One row an epoch of each stage: HISTORY_COLUMNS."""
        rows = [{"stage": stage.name} | row for stage in self.stages for row in stage.state.history]
        return pd.DataFrame(rows, columns=list(HISTORY_COLUMNS))

    def summary(self) -> dict[str, float | int | str]:
        """What a card says of the run: epochs, seconds, precision, hardware."""
        states = [stage.state for stage in self.stages]
        return {
            "epochs": sum(len(state.history) for state in states),
            "seconds": round(sum(row["seconds"] for state in states for row in state.history)),
            "precision": " and ".join(dict.fromkeys(state.precision for state in states)),
            "hardware": hardware(self.device),
        }
