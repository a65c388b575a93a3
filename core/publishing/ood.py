"""The gate of a checkpoint: fitted when it is published, and fitted anew without touching its weights."""

from collections.abc import Sequence

import numpy as np
from safetensors.numpy import load_file as load_arrays
from safetensors.numpy import save_file as save_arrays

from core.checkpoints import Card, Checkpoint, open_checkpoint, sha256_of
from core.datasets import Source
from core.errors import CheckpointError
from core.evaluation.results.predictions import Predictions
from core.inference.reader import Reader
from core.inference.sources import drawn_cells, framed_crops
from core.ood.scores import Gate
from core.ood.training_features import batches, pictures_of, seen_in_training
from core.progress import Progress
from core.publishing.recalibration import replace_card, replace_table

MOST = 4_000
"""So many training cells suffice for a gate that is fitted anew."""


def refit_gate(
    checkpoint: Checkpoint,
    sources: Sequence[Source],
    progress: Progress,
    others: Sequence[Source] = (),
    most: int = MOST,
) -> Card:
    """Fit the gate of a published network anew from its sources' training cells, and rewrite what hangs on it.

    sources: those that it learned from; others: those that its table has answers for as well. statistics.safetensors
    gets the new gate beside whatever else it holds, the card its sha256, and the table of predictions the new
    distances. Nothing is written before all is worked out. CheckpointError where a source is not the one that the
    checkpoint learned from.
    """
    for source in sources:
        if source.split_hash() not in checkpoint.card.split_hashes:
            raise CheckpointError(f"{checkpoint.name} did not learn from {source.spec.title} as it is here.")
    reader = Reader(checkpoint)
    table = checkpoint.predictions()
    train = drawn_cells(sources, "train", most)
    held = [(source, key) for source in (*sources, *others) for key in _keys(table, source) if key in source]
    total, done = pictures_of(len(train)) + len(held), 0

    def see(crops: list[np.ndarray]) -> np.ndarray:
        nonlocal done
        found, _ = reader.lead.see(crops)
        done += len(crops)
        progress(done, total)
        return found

    crops = framed_crops(reader, [(source, key) for source, key, _ in train])
    known = seen_in_training(see, crops, len(train), checkpoint.card.augmentation)
    seen = np.concatenate([see(part) for part in batches(framed_crops(reader, held))])
    places = {(source.spec.name, key): row for row, (source, key) in enumerate(held)}
    rows = np.array([places.get(pair, -1) for pair in zip(table.table["source"], table.table["key"], strict=True)])
    own = table.table["source"].isin([source.spec.name for source in sources])
    val = (own & (table.table["split"] == "val")).to_numpy() & (rows >= 0)
    gate = Gate.fit(known.seen, known.all_decoys(), seen[rows[val]], reader.feature_count)
    far = np.where(rows >= 0, gate.distance(seen)[rows], np.nan).astype(np.float32)
    return _written(checkpoint, gate, Predictions(table.table.assign(distance=far)))


def _written(checkpoint: Checkpoint, gate: Gate, told: Predictions) -> Card:
    path = checkpoint.folder / "statistics.safetensors"
    kept = {name: values for name, values in load_arrays(path).items() if not name.startswith("gate.")}
    draft = checkpoint.folder / ".statistics.part"
    save_arrays(kept | gate.tensors(), draft)
    draft.chmod(0o644)
    # Read once more: somebody else may have changed the card meanwhile.
    card = open_checkpoint(checkpoint.folder).card.model_copy(update={"statistics_sha256": sha256_of(draft)})
    draft.replace(path)
    replace_card(checkpoint.folder, card)
    replace_table(checkpoint.folder, told)
    return card


def _keys(table: Predictions, source: Source) -> list[str]:
    """The keys of the table's rows that are of a source."""
    return [str(key) for key in table.table["key"][table.table["source"] == source.spec.name]]
