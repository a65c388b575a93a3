"""Train the localizer and publish it as a checkpoint."""

import time
from collections.abc import Callable
from pathlib import Path

from core.checkpoints import Card, Checkpoint, open_checkpoint, sha256_of
from core.datasets import find_source
from core.detection.localizer_training import (
    ERROR_COLUMNS,
    LocalizerRecipe,
    LocalizerTrainer,
    make_views,
    wide_scenes,
)
from core.errors import SourceError
from core.progress import Progress
from core.publishing.classifier import INTENDED_USE, save_weights, trained_on, write_card
from core.publishing.drafting import drafted
from core.settings import data_subfolder
from core.training.provenance import versions
from core.training.state import EpochProgress

STAGE = 1000
"""Progress is counted in thousandths of each of the three stages."""

LIMITS = (
    "Learned from one laboratory's pictures of one cell in or near the middle. Of a field of many cells it "
    "finds one at best, and where less than two fifths of the trained window is seen it can only guess."
)


def train_and_publish(
    target: Path,
    folder: Path,
    progress: Progress,
    *,
    begun: Callable[[LocalizerTrainer], object] = lambda trainer: None,
) -> Checkpoint | None:
    """A run in `folder`, new or going on, published in `target`; None where it was stopped. Needs PBC, and TXL-PBC for
    PBC's full-size originals, in SMEARLENS_DATA; minutes on two cores.

    begun: gets the run before it starts, so that it can be stopped.
    """
    source = find_source("pbc")
    wide = data_subfolder("txl-pbc")
    if wide is None or not (wide / "sources.csv").is_file():
        raise SourceError("The finder learns from TXL-PBC too, which is not in the folder SMEARLENS_DATA.")
    begin = time.perf_counter()

    def stage(number: int) -> Progress:
        return lambda done, total: progress(number * STAGE + done * STAGE // total, 3 * STAGE)

    def report(training: EpochProgress) -> None:
        stage(2)((training.epoch - 1) * training.steps + training.step, training.epochs * training.steps)

    recipe = LocalizerRecipe()
    train = make_views(source, wide_scenes(wide, source, "train"), "train", recipe.seed, stage(0))
    val = make_views(source, wide_scenes(wide, source, "val"), "val", recipe.seed + 1, stage(1))
    seconds = time.perf_counter() - begin
    trainer = LocalizerTrainer(recipe, train, val, folder, report)
    begun(trainer)
    if not trainer.train():
        return None
    summary = trainer.summary()
    with drafted(target) as draft:
        parameters = save_weights(trainer.best(), draft)
        trainer.history()[["epoch", *ERROR_COLUMNS]].to_csv(draft / "history.csv", index=False)
        card = Card(
            task="find",
            name=target.name,
            title="Finds the cell and the window to read",
            architecture="finder",
            label_space=None,
            preprocessing=None,
            trained=trained_on(source),
            recipe={"epochs": recipe.epochs, "seed": recipe.seed, "views": len(train.targets)},
            began_from="random weights",
            calibration=None,
            answering=None,
            training={"seconds": round(seconds + float(summary["seconds"])), "hardware": summary["hardware"]},
            versions=versions(),
            parameters=parameters,
            intended_use=INTENDED_USE,
            limits=LIMITS,
            sha256=sha256_of(draft / "weights.safetensors"),
            statistics_sha256=None,
        )
        write_card(draft, card)
    return open_checkpoint(target)
