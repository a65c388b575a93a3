"""What a network predicts for pictures, and the record of a run that is not published as a checkpoint."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd
import torch
from torch import nn

from core.datasets import Source, cached_pixels
from core.evaluation.results.predictions import Predictions
from core.evaluation.results.records import Record, RunFacts, save_record
from core.models.normalization import scaled
from core.models.pretrained import Start
from core.models.symmetries import mean_logits
from core.training.data import Images, TrainingData, images_of
from core.training.provenance import versions
from core.training.recipe import Recipe

BATCH = 128


class FinishedRun(Protocol):
    """A finished run: of a whole classifier, or of new layers on a frozen network."""

    recipe: Recipe
    data: TrainingData
    start: Start

    def best(self) -> nn.Module: ...

    def history(self) -> pd.DataFrame: ...

    def summary(self) -> dict[str, float | int | str]: ...


def probabilities(
    net: nn.Module, images: Images, mean: tuple[float, ...], std: tuple[float, ...], symmetries: int = 1
) -> np.ndarray:
    """(N, K) float64 softmax of a network's logits for pictures, not calibrated, in float32 arithmetic."""
    batches = []
    net.eval()
    with torch.inference_mode():
        for first in range(0, len(images), BATCH):
            pixels, _ = images.batch(np.arange(first, min(first + BATCH, len(images))))
            batches.append(mean_logits(net, scaled(pixels, mean, std), symmetries).double().softmax(1).numpy())
    return np.concatenate(batches)


def record(
    trainer: FinishedRun,
    source: Source,
    parts: Mapping[str, tuple[pd.DataFrame, Images]],
    *,
    experiment: str,
    name: str,
    title: str,
    note: str,
    split_note: str = "",
    predictions: Mapping[str, np.ndarray] | None = None,
    counts: Mapping[str, int] | None = None,
    root: Path | None = None,
) -> Record:
    """Keep a finished run: the predictions of its best epoch for the pictures of each split in `parts`.

    parts: split -> (the rows of the source's index, the pictures in the same order). Rows with a column
    `photo`, or else a group, are kept with it, so that figures can be given by photo. predictions: split ->
    (N, K) probabilities, where they were worked out in another way. counts: whatever else was counted.
    """
    net, start = trainer.best(), trainer.start
    probabilities_of = predictions or {
        split: probabilities(net, images, start.mean, start.std, trainer.recipe.symmetries)
        for split, (_, images) in parts.items()
    }
    rows = pd.concat([rows_of.assign(split=split) for split, (rows_of, _) in parts.items()], ignore_index=True)
    groups = list(rows["photo"] if "photo" in rows else rows["group"])
    table = Predictions.from_arrays(
        source=source.spec.name,
        lab=list(rows["lab"]),
        split=list(rows["split"]),
        keys=list(rows["key"]),
        labels=list(rows["label"]),
        classes=trainer.data.space.keys,
        probabilities=np.concatenate([probabilities_of[split] for split in parts]),
        groups=groups if all(groups) else None,
    )
    facts = RunFacts(
        experiment=experiment,
        name=name,
        title=title,
        note=note,
        architecture=trainer.recipe.architecture,
        input_size=trainer.recipe.input_size,
        parameters=sum(parameter.numel() for parameter in net.parameters()),
        recipe=trainer.recipe.model_dump(mode="json"),
        began_from=trainer.start.description,
        source=source.spec.name,
        split_note=split_note or source.split_note,
        counts={"train": len(trainer.data.train), **{split: len(images) for split, (_, images) in parts.items()}}
        | dict(counts or {}),
        training=trainer.summary(),
        versions=versions(),
    )
    return save_record(facts, table, trainer.history(), root)


def record_seed(trainer: FinishedRun, source: Source, experiment: str, title: str, note: str) -> Record:
    """Keep a finished run under its recipe and seed: its predictions for the source's validation and test images."""
    recipe = trainer.recipe
    pixels = cached_pixels(source, recipe.input_size)
    parts = {
        split: (source.index[source.index["split"] == split], images_of(source, pixels, split))
        for split in ("val", "test")
    }
    name = f"{recipe.name}-seed-{recipe.seed}"
    return record(trainer, source, parts, experiment=experiment, name=name, title=title, note=note)
