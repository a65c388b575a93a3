"""What a checkpoint's network sees in each image: the features that enter its last layer."""

import hashlib

import numpy as np
import torch

from core.checkpoints import Checkpoint
from core.datasets.audit.survey import Survey
from core.imaging.windows import cut
from core.models.features import head_features
from core.models.normalization import scaled
from core.progress import Progress, silent
from core.settings import cache_folder
from core.storage import write_array

BATCH = 64


def of_checkpoint(checkpoint: Checkpoint, survey: Survey, progress: Progress = silent) -> np.ndarray:
    """(N, D) float32, zeros for images that could not be opened; kept in the cache folder for the same images.

    Cells are framed as the source knows them. Of an ensemble it is the member with the most votes.
    """
    path = cache_folder() / "features" / f"{_identity(checkpoint, survey)[:32]}.npy"
    if path.is_file():
        cached: np.ndarray = np.load(path)
        progress(len(cached), len(cached))
        return cached
    features = _features(checkpoint.lead, survey, progress)
    write_array(path, features)
    return features


def _identity(checkpoint: Checkpoint, survey: Survey) -> str:
    total = hashlib.sha256(checkpoint.lead.card.sha256.encode())
    for row in survey.table[["key", "content", "picture"]].itertuples(index=False):
        total.update(f"{row.key} {row.content} {row.picture}\n".encode())
    return total.hexdigest()


def _features(checkpoint: Checkpoint, survey: Survey, progress: Progress) -> np.ndarray:
    model, preparation = checkpoint.model(), checkpoint.preprocessing
    keys, opened = survey.table["key"].astype(str).tolist(), np.flatnonzero(survey.opened)
    features: np.ndarray | None = None
    with torch.inference_mode(), head_features(model, checkpoint.spec) as forward:
        for first in range(0, len(opened), BATCH):
            part = opened[first : first + BATCH]
            crops = np.stack([_crop(survey, keys[number], preparation.size) for number in part])
            pixels = torch.from_numpy(crops).permute(0, 3, 1, 2)
            inner = forward(scaled(pixels, preparation.mean, preparation.std))[0].numpy()
            if features is None:
                features = np.zeros((len(keys), inner.shape[1]), np.float32)
            features[part] = inner
            progress(int(min(first + BATCH, len(opened))), len(opened))
    return np.zeros((len(keys), 1), np.float32) if features is None else features


def _crop(survey: Survey, key: str, size: int) -> np.ndarray:
    pixels = survey.source.load(key)
    return cut(pixels, survey.source.frame(key, pixels.shape[1], pixels.shape[0]), size)
