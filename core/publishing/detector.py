"""From a finished run of the detector to a checkpoint: rounded weights, working points, what it found, the card."""

from collections.abc import Sequence
from pathlib import Path

from core.checkpoints import Card, Checkpoint, DetectorSection, Preprocessing, Trained, open_checkpoint, sha256_of
from core.datasets.boxes import FIELD_SOURCES, MarkedField
from core.detection.assessment import assessed
from core.detection.classical import CLASSICAL, ClassicalDetector
from core.detection.decoding import LOWEST
from core.detection.loading import field_detector
from core.detection.training import EYES, DetectorTrainer, data_key
from core.evaluation.detection_report import working_points
from core.imaging.fields import KINDS
from core.imaging.windows import WINDOW
from core.progress import Progress
from core.publishing.classifier import INTENDED_USE, save_weights, write_card
from core.publishing.drafting import drafted
from core.training.provenance import versions

TITLE = "Finds the cells of a field"
LIMITS = (
    "Learned from fields of four laboratories at high magnification, where a red cell is 30 pixels wide or more. "
    "White cells that burst, clumps of platelets and parasites were not among what it learned to tell apart."
)


def publish_detector(
    run: DetectorTrainer, fields: Sequence[MarkedField], target: Path, progress: Progress
) -> Checkpoint:
    """Write the checkpoint of a finished run to the folder `target`, replacing what was there.

    fields: those of validation and test, which are looked at with the fp16 weights; working points are chosen
    on validation, and the classical way looks at the same photos. Written beside and moved into place.
    """
    with drafted(target) as draft:
        parameters = save_weights(run.best(), draft)
        run.history().to_csv(draft / "history.csv", index=False)
        card = _card(run, fields, target.name, parameters, sha256_of(draft / "weights.safetensors"))
        held_out = [field for field in fields if field.split != "train"]
        told = assessed(
            field_detector(Checkpoint(draft, card)), held_out, lambda done, total: progress(done, 2 * total)
        )
        told.write(draft)
        plain = assessed(ClassicalDetector(None), held_out, lambda done, total: progress(total + done, 2 * total))
        plain.write(draft / CLASSICAL)
        points: dict[str, float] = {
            kind: round(score, 4) for kind, score in working_points(told.select(split="val")).items()
        }
        detecting = DetectorSection(thresholds=points, diameter=run.recipe.diameter)
        write_card(draft, card.model_copy(update={"detecting": detecting}))
    return open_checkpoint(target)


def _card(run: DetectorTrainer, fields: Sequence[MarkedField], name: str, parameters: int, sha256: str) -> Card:
    recipe = run.recipe
    first, *others = (_trained(source, fields) for source in recipe.sources)
    return Card(
        task="detect",
        name=name,
        title=TITLE,
        architecture=f"{EYES} (three stages), centres and edges",
        label_space=None,
        preprocessing=Preprocessing(window=WINDOW, size=recipe.width, mean=run.start.mean, std=run.start.std),
        trained=first,
        trained_also=tuple(others),
        recipe=recipe.model_dump(mode="json"),
        began_from=run.start.description,
        calibration=None,
        answering=None,
        training=run.summary(),
        versions=versions(),
        parameters=parameters,
        intended_use=INTENDED_USE,
        limits=LIMITS,
        sha256=sha256,
        statistics_sha256=None,
        detecting=DetectorSection(thresholds=dict.fromkeys(KINDS, LOWEST), diameter=recipe.diameter),
    )


def _trained(source: str, fields: Sequence[MarkedField]) -> Trained:
    mine = [field for field in fields if field.source == source]
    counts = {split: sum(field.split == split for field in mine) for split in ("test", "train", "val")}
    return Trained(
        source=source,
        split_hash=data_key(mine),
        counts=counts,
        licence=FIELD_SOURCES[source].licence,
        citation=FIELD_SOURCES[source].citation,
    )
