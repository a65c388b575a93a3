"""From a finished run of a generator to a checkpoint: what tells copies of training cells beside its weights."""

from pathlib import Path

from core.checkpoints import Description, GeneratorSection, Preprocessing
from core.datasets import Source
from core.imaging.windows import WINDOW
from core.models.registry import PLAIN
from core.progress import Progress
from core.publishing.drafting import published, trained_on
from core.storage import write_csv
from core.synthetic.generator.copies import CopyDetector, FeatureNet
from core.synthetic.generator.loading import GeneratorCheckpoint, open_generator
from core.synthetic.generator.training import GeneratorRun

TITLE = "Generates cells"
ARCHITECTURE = "latent flow"

INTENDED_USE = (
    "Examples for teaching and for trying Smearlens out, marked as generated. Not for diagnosis, and not in place "
    "of photographs where a model is judged."
)
LIMITS = (
    "Learned from single cells of one laboratory, one stain and one instrument, and makes cells of that look alone. "
    "Fine detail is smoother than in photographs, and rare kinds are less varied than common ones."
)


def publish_generator(run: GeneratorRun, source: Source, target: Path, progress: Progress) -> GeneratorCheckpoint:
    """Write the checkpoint of a finished run to the folder `target`, replacing what was there.

    CheckpointError where the checkpoint whose features tell a copy is missing.
    """
    data = run.data
    net = FeatureNet(run.recipe.features, data.classes)
    with published(target, _description(run, source, net.sha256)) as draft:
        draft.write_weights(run.best())
        write_csv(draft.folder / "history.csv", run.history())
        draft.write_statistics(CopyDetector.fit(net, data.train, data.val, progress).tensors())
    return open_generator(target)


def _description(run: GeneratorRun, source: Source, features_sha256: str) -> Description:
    recipe = run.recipe
    perceptual = f" Compared pictures by {recipe.coder.perceptual}." if recipe.coder.perceptual else ""
    return Description(
        task="generate",
        title=TITLE,
        architecture=ARCHITECTURE,
        trained=trained_on(source),
        recipe=recipe.model_dump(mode="json") | {"kinds": [condition.to_dict() for condition in run.data.conditions]},
        began_from=f"Random weights.{perceptual}",
        training=run.summary() | {"features_sha256": features_sha256},
        intended_use=INTENDED_USE,
        limits=LIMITS,
        generator=GeneratorSection(
            label_space=source.label_space.name,
            preprocessing=Preprocessing(window=WINDOW, size=recipe.input_size, mean=PLAIN, std=PLAIN),
        ),
    )
