"""Train the localizer and publish it as a checkpoint."""

import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import torch

from core.checkpoints import Card, Checkpoint, open_checkpoint, sha256_of
from core.datasets import find_source
from core.detection.localizer_training import make_views, train_localizer, wide_scenes
from core.errors import SourceError
from core.progress import Progress
from core.publishing.classifier import INTENDED_USE, save_weights, trained_on, write_card
from core.publishing.drafting import drafted
from core.settings import data_subfolder
from core.training.provenance import hardware, versions

EPOCHS = 8
SEED = 1
STAGE = 1000
"""Progress is counted in thousandths of each of the three stages."""

LIMITS = (
    "Learned from one laboratory's pictures of one cell in or near the middle. Of a field of many cells it "
    "finds one at best, and where less than two fifths of the trained window is seen it can only guess."
)


def train_and_publish(target: Path, progress: Progress) -> Checkpoint:
    """Needs PBC, and TXL-PBC for PBC's full-size originals, in SMEARLENS_DATA; minutes on two cores."""
    source = find_source("pbc")
    folder = data_subfolder("txl-pbc")
    if folder is None or not (folder / "sources.csv").is_file():
        raise SourceError("The finder learns from TXL-PBC too, which is not in the folder SMEARLENS_DATA.")
    begin = time.perf_counter()

    def stage(number: int) -> Callable[..., None]:
        return lambda done, total, *_: progress(number * STAGE + done * STAGE // total, 3 * STAGE)

    train = make_views(source, wide_scenes(folder, source, "train"), "train", SEED, stage(0))
    val = make_views(source, wide_scenes(folder, source, "val"), "val", SEED + 1, stage(1))
    net, history = train_localizer(train, val, EPOCHS, SEED, stage(2))
    with drafted(target) as draft:
        parameters = save_weights(net, draft)
        pd.DataFrame(history).to_csv(draft / "history.csv", index=False)
        card = Card(
            task="find",
            name=target.name,
            title="Finds the cell and the window to read",
            architecture="finder",
            label_space=None,
            preprocessing=None,
            trained=trained_on(source),
            recipe={"epochs": EPOCHS, "seed": SEED, "views": len(train.targets)},
            began_from="random weights",
            calibration=None,
            answering=None,
            training={"seconds": round(time.perf_counter() - begin), "hardware": hardware(torch.device("cpu"))},
            versions=versions(),
            parameters=parameters,
            intended_use=INTENDED_USE,
            limits=LIMITS,
            sha256=sha256_of(draft / "weights.safetensors"),
            statistics_sha256=None,
        )
        write_card(draft, card)
    return open_checkpoint(target)
