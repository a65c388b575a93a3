"""Choose prototypes: the training cells that stand for their class in the features of a checkpoint."""

import numpy as np

from core.checkpoints import Checkpoint
from core.datasets import Source
from core.datasets.statistics import stable_shuffle
from core.errors import CheckpointError
from core.explain.prototypes import Prototypes, medoids, unit
from core.inference.features import features_of
from core.inference.reader import Reader
from core.labels import subtype_of
from core.progress import Progress, silent

EACH = 6
"""Prototypes of each subtype where the source's files name one, else of each class."""

CANDIDATES = 200
"""Training cells of each subtype among which they are chosen."""


def choose_prototypes(
    checkpoint: Checkpoint, source: Source, candidates: int = CANDIDATES, progress: Progress = silent
) -> Prototypes:
    """Of the network that explains, from a fixed sample of its training cells.

    CheckpointError where the source is not split as it was when the network learned.
    """
    lead = checkpoint.lead
    if lead.card.trained.split_hash != source.split_hash():
        raise CheckpointError(f"{lead.name} learned from another split of {source.spec.title}.")
    table = source.index[source.index["split"] == "train"]
    by_subtype: dict[tuple[str, str], list[str]] = {}
    for key, label in zip(table["key"].astype(str), table["label"].astype(str), strict=True):
        by_subtype.setdefault((label, subtype_of(key)), []).append(key)
    chosen = {pair: stable_shuffle(keys)[:candidates] for pair, keys in sorted(by_subtype.items())}
    keys = [key for members in chosen.values() for key in members]
    reader = Reader(lead)
    all_features = unit(features_of(reader, source, keys, progress)[:, -reader.feature_count :])
    rows: list[tuple[str, str, str, int]] = []
    features, first = [], 0
    for (label, subtype), members in chosen.items():
        own = all_features[first : first + len(members)]
        first += len(members)
        for place, count in zip(*medoids(own, EACH), strict=True):
            rows.append((members[place], label, subtype, count))
            features.append(own[place])
    return Prototypes(tuple(rows), np.stack(features).astype(np.float16), source.spec.name, lead.card.sha256)
