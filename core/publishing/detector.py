"""From a finished run of the detector to a checkpoint: detections and working points beside its weights."""

from collections.abc import Sequence
from pathlib import Path

from core.checkpoints import Checkpoint, Description, DetectorSection, Preprocessing, Trained, open_checkpoint
from core.datasets import Source
from core.datasets.boxes import FIELD_SOURCES, MarkedField
from core.detection.assessment import assessed
from core.detection.classical import CLASSICAL, ClassicalDetector
from core.detection.crops import cell_sources, most_learned
from core.detection.decoding import LOWEST
from core.detection.loading import field_detector
from core.detection.recipe import DetectorRecipe
from core.detection.training import BACKBONE, DetectorTrainer, data_key
from core.evaluation.detection_report import working_points
from core.imaging.fields import KINDS
from core.imaging.windows import WINDOW
from core.progress import Progress
from core.publishing.drafting import INTENDED_USE, published
from core.storage import write_csv

TITLE = "Finds the cells of a field"
LIMITS = (
    "Learned from fields of four laboratories and from single cells of one more, at high magnification, where a red "
    "cell is 30 pixels wide or more. White cells that burst, clumps of platelets and parasites were not among what it "
    "learned to tell apart."
)


def publish_detector(
    run: DetectorTrainer, fields: Sequence[MarkedField], target: Path, progress: Progress
) -> Checkpoint:
    """Write the checkpoint of a finished run to the folder `target`, replacing what was there.

    fields: those of validation and test, in which the fp16 weights and the classical way detect cells; working points
    are chosen on validation.
    """
    with published(target, _description(run, fields)) as draft:
        draft.write_weights(run.best())
        write_csv(draft.folder / "history.csv", run.history())
        held_out = [field for field in fields if field.split != "train"]
        detections = assessed(field_detector(draft.checkpoint), held_out, lambda done, total: progress(done, 2 * total))
        detections.write(draft.folder)
        classical = assessed(ClassicalDetector(None), held_out, lambda done, total: progress(total + done, 2 * total))
        classical.write(draft.folder / CLASSICAL)
        points = working_points(detections.select(split="val"))
        thresholds: dict[str, float] = {kind: round(score, 4) for kind, score in points.items()}
        draft.complete(draft.checkpoint.detector.model_copy(update={"thresholds": thresholds}))
    return open_checkpoint(target)


def _description(run: DetectorTrainer, fields: Sequence[MarkedField]) -> Description:
    recipe, start = run.recipe, run.start
    first, *others = (_trained(source, fields) for source in recipe.sources)
    cells = (_trained_on_cells(source, recipe) for source in cell_sources(recipe))
    return Description(
        task="detect",
        title=TITLE,
        architecture=f"{BACKBONE} (three stages), centres and edges",
        trained=first,
        trained_also=(*others, *cells),
        recipe=recipe.model_dump(mode="json"),
        began_from=start.description,
        training=run.summary(),
        intended_use=INTENDED_USE,
        limits=LIMITS,
        detector=DetectorSection(
            preprocessing=Preprocessing(window=WINDOW, size=recipe.width, mean=start.mean, std=start.std),
            thresholds=dict.fromkeys(KINDS, LOWEST),
            diameter=recipe.diameter,
        ),
    )


def _trained(source: str, fields: Sequence[MarkedField]) -> Trained:
    of_source = [field for field in fields if field.source == source]
    counts = {split: sum(field.split == split for field in of_source) for split in ("test", "train", "val")}
    return Trained(
        source=source,
        split_hash=data_key(of_source),
        counts=counts,
        licence=FIELD_SOURCES[source].licence,
        citation=FIELD_SOURCES[source].citation,
    )


def _trained_on_cells(source: Source, recipe: DetectorRecipe) -> Trained:
    """Photos of single cells, of training images alone."""
    return Trained(
        source=source.spec.name,
        split_hash=source.split_hash(),
        counts={"train": most_learned(recipe, source)},
        licence=source.spec.licence,
        citation=source.spec.citation,
    )
