"""The map of a checkpoint: its features of the test cells, reduced to two dimensions."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA

from core.checkpoints import Checkpoint
from core.datasets import Source
from core.errors import SourceError
from core.evaluation.results.embeddings import FeatureMap
from core.imaging.decoding import Photo
from core.inference.reader import Reader
from core.progress import Progress, silent

BATCH = 64
DIMENSIONS = 50
"""To which a PCA brings the features before UMAP looks for neighbours among them."""

NEIGHBOURS, CLOSEST = 15, 0.1
SEED = 0


def make_map(checkpoint: Checkpoint, source: Source, progress: Progress = silent) -> FeatureMap:
    """The map of a checkpoint's test cells, or, of an ensemble, of its lead member's.

    The features are what enters the last layer, of cells framed as the reader frames any photo. One map is the first
    two components of a PCA; the other is UMAP (McInnes, Healy, Melville, "UMAP: Uniform Manifold Approximation and
    Projection for Dimension Reduction", 2018, arXiv:1802.03426), with 15 neighbours and a least distance of 0.1, on
    the first 50 components. The seed is fixed, so that the map is the same again on the same machine.
    SourceError where a cell of the table of predictions is not in the source.
    """
    lead = checkpoint.lead
    tested = lead.predictions().select(source=lead.card.trained.source, split="test").table
    keys = [str(key) for key in tested["key"]]
    missing = [key for key in keys if key not in source]
    if missing:
        raise SourceError(f"{source.spec.title} in {source.root} lacks {missing[0]}, which {lead.name} was tested on.")
    features = _features(Reader(lead), source, keys, progress)
    reduction = PCA(min(DIMENSIONS, *features.shape), random_state=SEED).fit(features)
    reduced = reduction.transform(features)
    coordinates = {"umap": _umap(reduced), "pca": reduced[:, :2]}
    table = pd.DataFrame({"key": keys, "split": "test"})
    for name, points in coordinates.items():
        table[[f"{name}_x", f"{name}_y"]] = _standardised(points)
    first, second = (float(share) for share in reduction.explained_variance_ratio_[:2])
    return FeatureMap(table, lead.card.trained.source, lead.card.sha256, (first, second))


def _features(reader: Reader, source: Source, keys: Sequence[str], progress: Progress) -> np.ndarray:
    """(N, F) float32 of the reader's lead network."""
    features = []
    for first in range(0, len(keys), BATCH):
        photos = [Photo(key, source.load(key)) for key in keys[first : first + BATCH]]
        features.append(reader.features(photos, [framing.box for framing in reader.frame(photos)]))
        progress(min(first + BATCH, len(keys)), len(keys))
    return np.concatenate(features)


def _umap(reduced: np.ndarray) -> np.ndarray:
    """(N, D) -> (N, 2) by UMAP."""
    from umap import UMAP  # here, for it takes seconds to load

    # One thread, which the fixed seed asks for.
    reduction = UMAP(
        n_neighbors=min(NEIGHBOURS, len(reduced) - 1), min_dist=CLOSEST, random_state=SEED, n_jobs=1, low_memory=True
    )
    return np.asarray(reduction.fit_transform(reduced))


def _standardised(points: np.ndarray) -> np.ndarray:
    """(N, 2) float16: centred, in units of the standard deviation along the wider axis."""
    centred = points - points.mean(axis=0)
    return (centred / max(float(centred.std(axis=0).max()), 1e-12)).astype(np.float16)
