"""The reader: from photos to readings. Page, command, batch and evaluation all go through it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import overload

import numpy as np
import torch
from torch import Tensor

from core.checkpoints import Checkpoint
from core.detection.loading import load_localizer
from core.detection.localizer import FramedBy, Framing, Localizer
from core.evaluation.conformal import sets_of
from core.evaluation.uncertainty import Verdict, verdict
from core.explain.attribution import SaliencyMap, explain
from core.explain.keeping import arrays_of, map_from
from core.imaging.decoding import Photo
from core.imaging.quality import PhotoQuality, judge_quality, ranges_of_sources
from core.imaging.windows import Box, cut, held
from core.labels import Probabilities
from core.models.answers import Answer, AnswerStore, answers_of, key_of
from core.models.features import head_width, stage_features, stage_names
from core.models.normalization import scaled
from core.models.symmetries import positions
from core.ood.loading import load_ood_score
from core.ood.scores import OodScore

BATCH = 64


@dataclass(frozen=True)
class Reading:
    """What one checkpoint says of one cell.

    probabilities: calibrated. distance: from the training
    cells; above 1 the picture is unlike anything the model was trained on. box: what was read, in photo pixels.
    sets: by method and level in percent ("99"), classes that cannot be left out (core.evaluation.conformal).
    quality: how sharp, lit and coloured the picture is beside the training cells; None where that was not measured.
    """

    photo: str
    cell: int
    box: Box
    framed: FramedBy
    probabilities: Probabilities
    distance: float
    verdict: Verdict
    checkpoint: str
    sha256: str
    quality: PhotoQuality | None = None
    sets: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Key of the likeliest class, whatever the verdict."""
        return self.probabilities.label

    @property
    def confidence(self) -> float:
        return self.probabilities.confidence


@dataclass(frozen=True, eq=False)
class Readings(Sequence[Reading]):
    """What one checkpoint says of N cells, one reading each.

    probabilities: (N, K) float64 in the order of the checkpoint's label space. distances: (N,).
    """

    probabilities: np.ndarray
    distances: np.ndarray
    readings: tuple[Reading, ...]

    def __len__(self) -> int:
        return len(self.readings)

    @overload
    def __getitem__(self, place: int) -> Reading: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Reading]: ...
    def __getitem__(self, place: int | slice) -> Reading | Sequence[Reading]:
        return self.readings[place]


@dataclass(frozen=True)
class Explanation:
    """Where a model looked for one class: a map over the crop that it read. crop: (S, S, 3) uint8."""

    crop: np.ndarray
    map: SaliencyMap
    target: str


class _Network:
    """One loaded network of a reader: from the pictures that it wants to probabilities and distances."""

    def __init__(self, checkpoint: Checkpoint, votes: int, answers: AnswerStore | None) -> None:
        self.checkpoint, self.votes = checkpoint, votes
        self._answers, self._digest = answers, checkpoint.card.digest
        self.model = checkpoint.model()
        self.preprocessing = checkpoint.preprocessing
        self.calibration = checkpoint.classifier.calibration

    @cached_property
    def ood_score(self) -> OodScore:
        return load_ood_score(self.checkpoint)

    def tensor(self, crops: Sequence[np.ndarray]) -> Tensor:
        """Crops (S, S, 3) uint8 -> (N, 3, S, S) float32 as the network was trained on."""
        pixels = torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2)
        return scaled(pixels, self.preprocessing.mean, self.preprocessing.std)

    def remembered(
        self,
        question: str,
        crops: Sequence[np.ndarray],
        lasting: Sequence[bool],
        ask: Callable[[Sequence[np.ndarray]], Sequence[Answer]],
    ) -> list[Answer]:
        """The answer for each crop, asked only for those that were not asked before. lasting: see AnswerStore."""
        keys = [key_of(f"{question} {self._digest}", crop) for crop in crops] if self._answers else [""] * len(crops)
        return answers_of(self._answers, keys, lasting, lambda places: ask([crops[place] for place in places]))

    def predict(self, crops: Sequence[np.ndarray], lasting: Sequence[bool]) -> tuple[np.ndarray, np.ndarray]:
        """Calibrated probabilities (N, K) float64 and distances (N,); the distance is of the upright picture."""
        answers = self.remembered("probabilities", crops, lasting, self._predict)
        return np.stack([answer["probabilities"] for answer in answers]), np.stack([a["distance"] for a in answers])

    def _predict(self, crops: Sequence[np.ndarray]) -> list[Answer]:
        upright, *others = positions(self.tensor(crops), self.preprocessing.symmetries)
        with torch.inference_mode():
            features, logits = self._forward(upright)
            logits = torch.stack([logits, *(self.model(turned) for turned in others)]).mean(0)
        probabilities = self.calibration.apply(logits.double().softmax(1).numpy())
        distances = np.asarray(self.ood_score.distance(features.numpy()))
        return [
            {"probabilities": row, "distance": distance} for row, distance in zip(probabilities, distances, strict=True)
        ]

    def features(self, crops: Sequence[np.ndarray], lasting: Sequence[bool]) -> np.ndarray:
        """Features of all stages (N, F) float32 of the upright pictures."""

        def ask(crops: Sequence[np.ndarray]) -> list[Answer]:
            return [{"features": row} for row in self.features_and_logits(crops)[0]]

        return np.stack([answer["features"] for answer in self.remembered("features", crops, lasting, ask)])

    def features_and_logits(self, crops: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Features of all stages (N, F) float32, and logits (N, K) of the upright pictures, not calibrated."""
        with torch.inference_mode():
            features, logits = self._forward(self.tensor(crops))
        return features.numpy(), logits.numpy()

    def _forward(self, batch: Tensor) -> tuple[Tensor, Tensor]:
        spec = self.checkpoint.spec
        names = stage_names(spec.name, len(self.checkpoint.space), self.preprocessing.size)
        with stage_features(self.model, spec, names) as forward:
            return forward(batch)


class Reader:
    """A loaded checkpoint, or the members of an ensemble, behind the localizer. Safe to use from several threads.

    answers: where what the networks answered is remembered, None for nowhere.
    """

    def __init__(
        self, checkpoint: Checkpoint, localizer: Localizer | None = None, answers: AnswerStore | None = None
    ) -> None:
        self.checkpoint = checkpoint
        self.localizer = localizer or load_localizer(answers)
        self.networks = [_Network(member, votes, answers) for member, votes in checkpoint.members]
        self.lead = self.networks[0]
        self.quality_ranges = ranges_of_sources(checkpoint.card.learned_from, self.lead.preprocessing.size)

    def frame(self, photos: Sequence[Photo], boxes: Sequence[Box | None] | None = None) -> list[Framing]:
        """The window of each photo that is read: the given box where there is one, else as the localizer says.

        None leaves its photo by more than `held` lets it.
        """
        given = list(boxes) if boxes is not None else [None] * len(photos)
        unframed = [photo.pixels for photo, box in zip(photos, given, strict=True) if box is None]
        framings = iter(self.localizer.frame(unframed))
        proposed = [Framing(box, "given") if box is not None else next(framings) for box in given]
        return [
            replace(framing, box=held(framing.box, *photo.pixels.shape[1::-1]))
            for photo, framing in zip(photos, proposed, strict=True)
        ]

    def crop(self, photo: Photo, box: Box) -> np.ndarray:
        """What the model (of an ensemble, the one that explains) sees of a photo, (S, S, 3) uint8."""
        return cut(photo.pixels, box, self.lead.preprocessing.size)

    def read(self, photos: Sequence[Photo], boxes: Sequence[Box | None] | None = None) -> Readings:
        """One reading a photo, in order; each photo is taken to show one cell."""
        framings = self.frame(photos, boxes)
        parts = [slice(first, first + BATCH) for first in range(0, len(photos), BATCH)]
        batches = [self._read(photos[part], framings[part]) for part in parts]
        return Readings(
            np.concatenate([np.zeros((0, len(self.checkpoint.space))), *(batch.probabilities for batch in batches)]),
            np.concatenate([np.zeros(0), *(batch.distances for batch in batches)]),
            tuple(reading for batch in batches for reading in batch),
        )

    def _read(self, photos: Sequence[Photo], framings: Sequence[Framing]) -> Readings:
        boxes = [framing.box for framing in framings]
        crops = self._crops(photos, boxes)
        probabilities, distances = self._predict(crops, [photo.generated for photo in photos])
        space, fitted = self.checkpoint.space, self.checkpoint.classifier.prediction_sets
        prediction_sets = sets_of(probabilities, fitted.thresholds if fitted else {}, space.keys)
        readings = (
            Reading(
                photo=photo.name,
                cell=1,
                box=framing.box,
                framed=framing.how,
                probabilities=Probabilities(space, row),
                distance=float(distance),
                verdict=self._verdict(float(row.max()), float(distance)),
                checkpoint=self.checkpoint.name,
                sha256=self.checkpoint.card.sha256,
                quality=judge_quality(self.quality_ranges, crop, framing.box.width),
                sets=sets,
            )
            for photo, framing, crop, row, distance, sets in zip(
                photos,
                framings,
                crops[self.lead.preprocessing.size],
                probabilities,
                distances,
                prediction_sets,
                strict=True,
            )
        )
        return Readings(probabilities, distances, tuple(readings))

    def _crops(self, photos: Sequence[Photo], boxes: Sequence[Box]) -> dict[int, list[np.ndarray]]:
        """By size in pixels, the windows of the photos as the networks of that size get them."""
        return {
            size: [cut(photo.pixels, box, size) for photo, box in zip(photos, boxes, strict=True)]
            for size in {network.preprocessing.size for network in self.networks}
        }

    def _predict(self, crops: dict[int, list[np.ndarray]], lasting: Sequence[bool]) -> tuple[np.ndarray, np.ndarray]:
        predictions = [network.predict(crops[network.preprocessing.size], lasting) for network in self.networks]
        ensemble = self.checkpoint.ensemble
        if ensemble is None:
            return predictions[0]
        votes = [network.votes for network in self.networks]
        probabilities = np.average([probabilities for probabilities, _ in predictions], axis=0, weights=votes)
        distances = np.average([distances for _, distances in predictions], axis=0, weights=votes) / ensemble.unit
        calibration = self.checkpoint.classifier.calibration
        return calibration.apply(probabilities), distances

    @property
    def feature_count(self) -> int:
        """F of `features`."""
        return head_width(self.lead.model, self.lead.checkpoint.spec)

    def features(self, photos: Sequence[Photo], boxes: Sequence[Box]) -> np.ndarray:
        """(N, F) float32 of the windows `boxes`: what the network that explains knows of them before it answers."""
        return self.staged_features(photos, boxes)[:, -self.feature_count :]

    def staged_features(self, photos: Sequence[Photo], boxes: Sequence[Box]) -> np.ndarray:
        """(N, G + F) float32: what it sees of them at earlier stages (core.models.features), and then the features."""
        parts = [slice(first, first + BATCH) for first in range(0, len(photos), BATCH)]
        return np.concatenate(
            [
                self.lead.features(
                    [self.crop(*pair) for pair in zip(photos[part], boxes[part], strict=True)],
                    [photo.generated for photo in photos[part]],
                )
                for part in parts
            ]
        )

    def _verdict(self, confidence: float, distance: float) -> Verdict:
        answering = self.checkpoint.classifier.abstain
        return verdict(confidence, distance, answering.probability if answering else None)

    def explain(self, photo: Photo, box: Box, method: str, target: str) -> Explanation:
        """Where the model looked for the class `target` within the box; see core.explain for the methods.

        The map is of the answer as it is given, averaged over the symmetries that the card states. Of an ensemble it
        is of the first member, which has the most votes.
        """
        crop = self.crop(photo, box)
        number = self.checkpoint.space.index(target)
        lead = self.lead
        spec, symmetries = lead.checkpoint.spec, lead.preprocessing.symmetries

        def ask(crops: Sequence[np.ndarray]) -> list[Answer]:
            batch, numbers = lead.tensor(crops), [number] * len(crops)
            maps = explain(lead.model, spec, batch, numbers, method, symmetries=symmetries)
            return [arrays_of(each) for each in maps]

        (answer,) = lead.remembered(f"map {method} {number}", [crop], [photo.generated], ask)
        return Explanation(crop, map_from(answer), target)
