"""What a model read in a photo, kept so that a case opens without reading it again: a cache, no more."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from pydantic import Field as Bounded
from pydantic import ValidationError

from core.cases.events import CellPlace
from core.differential.smear import CountedCell, CountedPhoto, ModelFacts, Smear
from core.errors import CaseError
from core.evaluation.uncertainty import Verdict
from core.imaging.changes import Change, ChangeKind
from core.imaging.colours import ColourFinding
from core.imaging.field_colours import FieldLook
from core.imaging.fields import DetectorIdentity, Field
from core.imaging.quality import QualityRemark
from core.imaging.windows import Box
from core.labels import LABEL_SPACES, Probabilities
from core.storage import StoredModel

READS = "names cells"
"""The role of the model that named the cells, as a smear has it."""


class SavedCell(StoredModel):
    """What was read of the detection of that number. window: in photo pixels. distance: None where it is not known.

    repeats: an overlapping photo shows this cell too, and there it counts.
    """

    number: int = Bounded(ge=1)
    window: tuple[float, float, float, float] | None = None
    probabilities: tuple[float, ...] | None = None
    distance: float | None = None
    verdict: Verdict | None = None
    repeats: bool = False


class SavedChange(StoredModel):
    """What was done to a picture as it was opened; kind: the name of a ChangeKind."""

    kind: str
    number: int = 0
    of: int = 0


class PhotoPrediction(StoredModel):
    """All that a checkpoint and a detector said of one photo.

    fingerprint: of the photo. checkpoint, sha256: of the model that named the cells. space: its label space.
    """

    fingerprint: str
    checkpoint: str
    sha256: str
    space: str
    field: Field
    changes: tuple[SavedChange, ...] = ()
    quality: tuple[QualityRemark, ...] = ()
    colours: ColourFinding | None = None
    clumps: int = 0
    look: FieldLook | None = None
    cells: tuple[SavedCell, ...] = ()

    @property
    def detector(self) -> str:
        """What found the cells, on one short line: another one would number them otherwise."""
        return detector_key(self.field.detector)

    def photo(self, number: int, name: str = "") -> CountedPhoto:
        """The photo as it was counted, without pictures. CaseError where its changes are of another version."""
        try:
            changes = tuple(Change(ChangeKind[each.kind], each.number, each.of) for each in self.changes)
        except KeyError as error:
            raise CaseError("What was read in this photo is of another version; it is read again.") from error
        return CountedPhoto(
            number=number,
            name=name or self.field.name,
            field=self.field,
            fingerprint=self.fingerprint,
            changes=changes,
            quality=self.quality,
            missing=self.field.missing,
            colours=self.colours,
            clumps=self.clumps,
            look=self.look,
        )

    def counted(self, photo: int) -> Iterator[CountedCell]:
        """Its cells as they were counted in the photo of that number, without pictures and corrections."""
        for cell in self.cells:
            values = cell.probabilities
            yield CountedCell(
                photo=photo,
                number=cell.number,
                detection=self.field.cells[cell.number - 1],
                window=Box(*cell.window) if cell.window else None,
                probabilities=None if values is None else Probabilities(LABEL_SPACES[self.space], np.array(values)),
                distance=float("nan") if cell.distance is None else cell.distance,
                verdict=cell.verdict,
            )

    def places(self) -> Iterator[tuple[CellPlace, SavedCell, str | None]]:
        """Place of every cell, what was read of it, and the class key that the model holds likeliest."""
        keys = LABEL_SPACES[self.space].keys
        for cell in self.cells:
            place = CellPlace.of(self.fingerprint, self.field.cells[cell.number - 1].box)
            values = cell.probabilities
            yield place, cell, None if values is None else keys[int(np.argmax(values))]


def detector_key(identity: DetectorIdentity | None) -> str:
    """What finds cells, on one short line."""
    return f"{identity.method} {identity.sha256[:40]}".strip() if identity else "unknown"


def parse_prediction(text: str) -> PhotoPrediction | None:
    """What was kept; None where it is damaged or of another version, for it can be read again."""
    try:
        prediction = PhotoPrediction.model_validate_json(text)
    except ValidationError:
        return None
    sound = prediction.space in LABEL_SPACES and all(
        cell.number <= len(prediction.field)
        and (cell.probabilities is None or len(cell.probabilities) == len(LABEL_SPACES[prediction.space]))
        for cell in prediction.cells
    )
    return prediction if sound else None


def predictions_of(smear: Smear) -> list[PhotoPrediction]:
    """What the model said of every photo of a smear as it was counted: before any correction."""
    reads = _reading_model(smear)
    return [_prediction(smear, photo, reads) for photo in smear.photos]


def _reading_model(smear: Smear) -> ModelFacts:
    return next(model for model in smear.models if model.role == READS)


def _prediction(smear: Smear, photo: CountedPhoto, reads: ModelFacts) -> PhotoPrediction:
    return PhotoPrediction(
        fingerprint=photo.fingerprint,
        checkpoint=reads.name,
        sha256=reads.sha256,
        space=smear.space.name,
        # Its name may be a patient's.
        field=replace(photo.field, name=""),
        changes=tuple(SavedChange(kind=each.kind.name, number=each.number, of=each.of) for each in photo.changes),
        quality=photo.quality,
        colours=photo.colours,
        clumps=photo.clumps,
        look=photo.look,
        cells=tuple(_saved(cell) for cell in smear.of(photo.number) if not cell.added),
    )


def _saved(cell: CountedCell) -> SavedCell:
    return SavedCell(
        number=cell.number,
        window=cell.window.as_tuple() if cell.window else None,
        probabilities=tuple(cell.probabilities.values.tolist()) if cell.probabilities else None,
        distance=cell.distance if np.isfinite(cell.distance) else None,
        verdict=cell.verdict,
        repeats=cell.repeats is not None,
    )
