"""From a finished run to a checkpoint that reads cells: OOD score, calibration and predictions beside its weights."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from core.checkpoints import Checkpoint, ClassifierSection, Description, open_checkpoint
from core.datasets import Source
from core.datasets.fingerprints import fingerprints
from core.datasets.laboratories import learnable
from core.evaluation.results.predictions import stacked
from core.inference.reader import Reader
from core.inference.sources import assess
from core.models.features import compute_stage_features, head_width, stage_names
from core.ood.scores import OodScore
from core.ood.training_features import batches, training_features
from core.progress import Progress
from core.publishing.calibration import calibrated, strangers_of
from core.publishing.drafting import INTENDED_USE, published, trained_on
from core.training.classifier import ClassifierTrainer
from core.training.data import Images

LIMITS = (
    "Learned from single cells of one laboratory, one stain and one instrument; figures are for cells, not for "
    "patients, on whom they would be lower. Cells of other laboratories are read far worse."
)

LIMITS_OF_SEVERAL = (
    "Learned from single cells of a few laboratories, of which three gave some hundred cells each; figures are for "
    "cells, not for patients, on whom they would be lower. Laboratories that it did not learn from are read worse."
)

CHUNK = 512
"""Training images in memory at a time."""


def publish_classifier(
    trainer: ClassifierTrainer,
    source: Source,
    title: str,
    target: Path,
    progress: Progress,
    *,
    others: Sequence[Source] = (),
) -> Checkpoint:
    """Write the checkpoint of a finished run to the folder `target`, replacing what was there.

    source: the one whose classes it tells apart; others: those that it learned from beside it.
    """
    with published(target, _description(trainer, source, title, others)) as draft:
        draft.write_weights(trainer.best())
        shutil.copy(trainer.folder / "history.csv", draft.folder / "history.csv")
        draft.write_statistics(_statistics(draft.checkpoint, trainer))
        reader = Reader(draft.checkpoint)
        raw = stacked([assess(reader, assessed, progress=progress).table for assessed in (source, *others)])
        predictions, fitted = calibrated(raw, strangers_of(trainer.recipe.model_dump()))
        draft.write_predictions(predictions)
        draft.complete(fitted.on(draft.checkpoint.classifier))
    return open_checkpoint(target)


def _description(trainer: ClassifierTrainer, source: Source, title: str, others: Sequence[Source]) -> Description:
    recipe = trainer.recipe
    return Description(
        task="classify",
        title=title,
        architecture=recipe.architecture,
        trained=trained_on(source),
        trained_also=tuple(trained_on(other, left_out=_doubted(other)) for other in others),
        recipe=recipe.model_dump(mode="json"),
        began_from=trainer.start.description,
        training=trainer.summary(),
        intended_use=INTENDED_USE,
        limits=LIMITS_OF_SEVERAL if others else LIMITS,
        classifier=ClassifierSection(label_space=trainer.data.space.name, preprocessing=trainer.preprocessing),
    )


def _doubted(source: Source) -> int:
    """Training images that a network of several laboratories does not learn from, since their labels are doubted."""
    return len(source.keys("train")) - len(learnable(source).keys("train"))


def _statistics(checkpoint: Checkpoint, trainer: ClassifierTrainer) -> dict[str, np.ndarray]:
    """The OOD score, fitted, and the fingerprints of the training cells."""
    train, val = trainer.data.train, trainer.data.val
    net, preprocessing = checkpoint.model(), checkpoint.preprocessing
    names = stage_names(checkpoint.spec.name, len(checkpoint.space), preprocessing.size)

    def extract(crops: list[np.ndarray]) -> np.ndarray:
        mean, std = preprocessing.mean, preprocessing.std
        return compute_stage_features(net, checkpoint.spec, names, crops, mean, std)[0]

    fitted_on = training_features(extract, _each(train), len(train), trainer.recipe.augment)
    val_features = np.concatenate([extract(batch) for batch in batches(_each(val))])
    score = OodScore.fit(fitted_on.features, fitted_on.all_outliers(), val_features, head_width(net, checkpoint.spec))
    pixels = np.concatenate([_pixels(train, first) for first in range(0, len(train), CHUNK)])
    return score.tensors() | {"fingerprints": fingerprints(pixels)}


def _pixels(images: Images, first: int) -> np.ndarray:
    rows = np.arange(first, min(first + CHUNK, len(images)))
    pixels: np.ndarray = images.pixels[rows]
    return pixels


def _each(images: Images) -> Iterator[np.ndarray]:
    """The unaugmented crops one after another, (S, S, 3) uint8."""
    for first in range(0, len(images), CHUNK):
        yield from _pixels(images, first)
