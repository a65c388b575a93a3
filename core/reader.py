"""The reader: from photos to readings. Page, command, batch and evaluation all go through it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.checkpoints import Checkpoint, load_finder
from core.evaluation.doubt import Verdict, verdict
from core.evaluation.metrics import tempered
from core.explain.cam import CamMap, explain
from core.finder import Finder, Framing, How
from core.framing import Box, cut
from core.images import Photo
from core.models.registry import features
from core.models.scaling import scaled
from core.models.symmetry import positions

BATCH = 64


@dataclass(frozen=True)
class Reading:
    """What one checkpoint says of one cell.

    probabilities: calibrated, by class key, in the order of the label space. distance: from the training
    cells; above 1 the picture is unlike anything the model was trained on. box: what was read, in photo pixels.
    """

    photo: str
    cell: int
    box: Box
    framed: How
    probabilities: dict[str, float]
    distance: float
    verdict: Verdict
    checkpoint: str
    sha256: str

    @property
    def label(self) -> str:
        """Key of the likeliest class, whatever the verdict."""
        return max(self.probabilities, key=lambda key: self.probabilities[key])

    @property
    def confidence(self) -> float:
        return self.probabilities[self.label]


@dataclass(frozen=True)
class Explanation:
    """Where a model looked for one class: a map over the crop that it read. crop: (S, S, 3) uint8."""

    crop: np.ndarray
    map: CamMap
    target: str


class _Network:
    """One loaded network of a reader: from the pictures that it wants to probabilities and distances."""

    def __init__(self, checkpoint: Checkpoint, votes: int) -> None:
        self.checkpoint, self.votes = checkpoint, votes
        self.model = checkpoint.model()
        self.gate = checkpoint.gate()
        self.preprocessing = checkpoint.preprocessing
        calibration = checkpoint.card.calibration
        self.temperature = calibration.temperature if calibration else 1.0

    def tensor(self, crops: Sequence[np.ndarray]) -> Tensor:
        """Crops (S, S, 3) uint8 -> (N, 3, S, S) float32 as the network was trained on."""
        pixels = torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2)
        return scaled(pixels, self.preprocessing.mean, self.preprocessing.std)

    def judge(self, crops: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Calibrated probabilities (N, K) float64 and distances (N,); the distance is of the upright picture."""
        upright, *others = positions(self.tensor(crops), self.preprocessing.symmetries)
        with torch.inference_mode(), features(self.model, self.checkpoint.spec) as forward:
            inner, logits = forward(upright)
            logits = torch.stack([logits, *(forward(seen)[1] for seen in others)]).mean(0)
        return (logits.double() / self.temperature).softmax(1).numpy(), self.gate.distance(inner.numpy())


class Reader:
    """A loaded checkpoint, or the members of an ensemble, behind the finder. Safe to use from several threads."""

    def __init__(self, checkpoint: Checkpoint, finder: Finder | None = None) -> None:
        self.checkpoint = checkpoint
        self.finder = finder or load_finder()
        self.networks = [_Network(member, votes) for member, votes in checkpoint.members]
        self.lead = self.networks[0]

    def frame(self, photos: Sequence[Photo], boxes: Sequence[Box | None] | None = None) -> list[Framing]:
        """The window of each photo that is read: the given box where there is one, else as the finder says."""
        given = list(boxes) if boxes is not None else [None] * len(photos)
        open_ones = [photo.pixels for photo, box in zip(photos, given, strict=True) if box is None]
        found = iter(self.finder.frame(open_ones))
        return [Framing(box, "given") if box is not None else next(found) for box in given]

    def crop(self, photo: Photo, box: Box) -> np.ndarray:
        """What the model (of an ensemble, the one that explains) sees of a photo, (S, S, 3) uint8."""
        return cut(photo.pixels, box, self.lead.preprocessing.size)

    def read(self, photos: Sequence[Photo], boxes: Sequence[Box | None] | None = None) -> list[Reading]:
        """One reading a photo, in order; each photo is taken to show one cell."""
        framings = self.frame(photos, boxes)
        readings: list[Reading] = []
        for first in range(0, len(photos), BATCH):
            part = slice(first, first + BATCH)
            readings += self._read(photos[part], framings[part])
        return readings

    def _read(self, photos: Sequence[Photo], framings: Sequence[Framing]) -> list[Reading]:
        probabilities, distances = self.judge(photos, [framing.box for framing in framings])
        keys = self.checkpoint.space.keys
        return [
            Reading(
                photo=photo.name,
                cell=1,
                box=framing.box,
                framed=framing.how,
                probabilities=dict(zip(keys, row.tolist(), strict=True)),
                distance=float(distance),
                verdict=self._verdict(float(row.max()), float(distance)),
                checkpoint=self.checkpoint.name,
                sha256=self.checkpoint.card.sha256,
            )
            for photo, framing, row, distance in zip(photos, framings, probabilities, distances, strict=True)
        ]

    def judge(self, photos: Sequence[Photo], boxes: Sequence[Box]) -> tuple[np.ndarray, np.ndarray]:
        """Calibrated probabilities (N, K) float64 and distances (N,) of the windows `boxes` of the photos."""
        crops = {
            size: [cut(photo.pixels, box, size) for photo, box in zip(photos, boxes, strict=True)]
            for size in {network.preprocessing.size for network in self.networks}
        }
        answers = [network.judge(crops[network.preprocessing.size]) for network in self.networks]
        ensemble = self.checkpoint.card.ensemble
        if ensemble is None:
            return answers[0]
        votes = [network.votes for network in self.networks]
        probabilities = np.average([answer[0] for answer in answers], axis=0, weights=votes)
        distances = np.average([answer[1] for answer in answers], axis=0, weights=votes) / ensemble.unit
        calibration = self.checkpoint.card.calibration
        return tempered(probabilities, calibration.temperature if calibration else 1.0), distances

    def _verdict(self, confidence: float, distance: float) -> Verdict:
        answering = self.checkpoint.card.answering
        return verdict(confidence, distance, answering.probability if answering else None)

    def explain(self, photo: Photo, box: Box, method: str, target: str) -> Explanation:
        """Where the model looked for the class `target` within the box; see core.explain for the methods.

        Of an ensemble it is the first member, which has the most votes.
        """
        crop = self.crop(photo, box)
        number = self.checkpoint.space.index(target)
        lead = self.lead
        (found,) = explain(lead.model, lead.checkpoint.spec, lead.tensor([crop]), [number], method)
        return Explanation(crop, found, target)
