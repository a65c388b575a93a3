"""Train the localizer and publish it as a checkpoint."""

import time
from collections.abc import Callable
from pathlib import Path

from core.checkpoints import Checkpoint, Description, open_checkpoint
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
from core.publishing.drafting import INTENDED_USE, published, trained_on
from core.settings import data_subfolder
from core.storage import write_csv
from core.training.state import EpochProgress

STAGE = 1000
"""Progress is counted in thousandths of each of the three stages."""

LIMITS = (
    "Learned from one laboratory's pictures of one cell in or near the middle. Of a field of many cells it "
    "finds one at best, and where less than two fifths of the trained window is seen it can only guess."
)


def train_and_publish_localizer(
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
    description = Description(
        task="find",
        title="Finds the cell and the window to read",
        architecture="finder",
        trained=trained_on(source),
        recipe={"epochs": recipe.epochs, "seed": recipe.seed, "views": len(train.targets)},
        began_from="random weights",
        training={"seconds": round(seconds + float(summary["seconds"])), "hardware": summary["hardware"]},
        intended_use=INTENDED_USE,
        limits=LIMITS,
    )
    with published(target, description) as draft:
        draft.write_weights(trainer.best())
        write_csv(draft.folder / "history.csv", trainer.history()[["epoch", *ERROR_COLUMNS]])
    return open_checkpoint(target)
