"""The OOD score of a checkpoint fitted anew, without touching its weights."""

from collections.abc import Sequence

import numpy as np
from safetensors.numpy import load_file as load_arrays
from safetensors.numpy import save_file as save_arrays

from core.checkpoints import Card, Checkpoint, open_checkpoint, sha256_of
from core.datasets import Source
from core.datasets.registry import refuse_measure_only
from core.errors import CheckpointError
from core.evaluation.results.predictions import Predictions
from core.inference.reader import Reader
from core.inference.sources import drawn_cells, framed_crops
from core.ood.scores import PREFIX, OodScore
from core.ood.training_features import batches, image_count, training_features
from core.progress import Progress
from core.publishing.recalibration import replace_card, replace_table
from core.storage import replacing

MOST = 4_000
"""So many training cells suffice for an OOD score."""


def refit_ood_score(
    checkpoint: Checkpoint,
    sources: Sequence[Source],
    progress: Progress,
    others: Sequence[Source] = (),
    *,
    most: int = MOST,
) -> Card:
    """Fit the OOD score of a published network anew from its sources' training cells, and rewrite what hangs on it.

    sources: those that it learned from; others: those that its table has predictions for as well. most: training cells
    at most. statistics.safetensors gets the new score beside whatever else it holds, the card its sha256, and the table
    of predictions the new distances. Nothing is written before all is worked out. CheckpointError where
    a source is not the one that the checkpoint learned from, SourceError where one may only be measured on.
    """
    refuse_measure_only(source.spec.name for source in sources)
    for source in sources:
        if source.split_hash() not in checkpoint.card.split_hashes:
            raise CheckpointError(f"{checkpoint.name} did not learn from {source.spec.title} as it is here.")
    reader = Reader(checkpoint)
    table = checkpoint.predictions()
    train = drawn_cells(sources, "train", most)
    assessed = [(source, key) for source in (*sources, *others) for key in _keys(table, source) if key in source]
    total, done = image_count(len(train)) + len(assessed), 0

    def extract(crops: list[np.ndarray]) -> np.ndarray:
        nonlocal done
        features, _ = reader.lead.features_and_logits(crops)
        done += len(crops)
        progress(done, total)
        return features

    crops = framed_crops(reader, [(source, key) for source, key, _ in train])
    fitted_on = training_features(extract, crops, len(train), checkpoint.card.augmentation)
    features = np.concatenate([extract(batch) for batch in batches(framed_crops(reader, assessed))])
    places = {(source.spec.name, key): row for row, (source, key) in enumerate(assessed)}
    rows = np.array([places.get(pair, -1) for pair in zip(table.table["source"], table.table["key"], strict=True)])
    own = table.table["source"].isin([source.spec.name for source in sources])
    val = (own & (table.table["split"] == "val")).to_numpy() & (rows >= 0)
    score = OodScore.fit(fitted_on.features, fitted_on.all_outliers(), features[rows[val]], reader.feature_count)
    distances = np.where(rows >= 0, score.distance(features)[rows], np.nan).astype(np.float32)
    return _replaced(checkpoint, score, Predictions(table.table.assign(distance=distances)))


def _replaced(checkpoint: Checkpoint, score: OodScore, predictions: Predictions) -> Card:
    """Write statistics, card and table over the present ones; the new card."""
    path = checkpoint.folder / "statistics.safetensors"
    others = {name: values for name, values in load_arrays(path).items() if not name.startswith(PREFIX)}
    with replacing(path) as draft:
        save_arrays(others | score.tensors(), draft)
    # Read once more: somebody else may have changed the card meanwhile.
    card = open_checkpoint(checkpoint.folder).card.model_copy(update={"statistics_sha256": sha256_of(path)})
    replace_card(checkpoint.folder, card)
    replace_table(checkpoint.folder, predictions)
    return card


def _keys(table: Predictions, source: Source) -> list[str]:
    """The keys of the table's rows that are of a source."""
    return [str(key) for key in table.table["key"][table.table["source"] == source.spec.name]]
