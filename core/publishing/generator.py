"""From a finished run of a generator to a checkpoint: rounded weights, what tells a copy, and the card."""

from pathlib import Path

from safetensors.numpy import save_file as save_arrays

from core.checkpoints import Card, Preprocessing, sha256_of
from core.datasets import Source
from core.imaging.windows import WINDOW
from core.models.registry import PLAIN
from core.progress import Progress
from core.publishing.classifier import save_weights, trained_on, write_card
from core.publishing.drafting import drafted
from core.synthetic.generator.copies import Copies, FeatureNet
from core.synthetic.generator.loading import GeneratorCheckpoint, open_generator
from core.synthetic.generator.training import GeneratorRun
from core.training.provenance import versions

TITLE = "Generates cells that are nobody's"
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

    Written beside and moved into place. CheckpointError where the checkpoint whose features tell a copy is missing.
    """
    recipe, data = run.recipe, run.data
    net = FeatureNet(recipe.features, data.classes)
    with drafted(target) as draft:
        parameters = save_weights(run.best(), draft)
        run.history().to_csv(draft / "history.csv", index=False)
        statistics = draft / "statistics.safetensors"
        save_arrays(Copies.fit(net, data.train, data.val, progress).tensors(), statistics)
        named = f"Compared pictures by {recipe.coder.perceptual}." if recipe.coder.perceptual else ""
        card = Card(
            task="generate",
            name=target.name,
            title=TITLE,
            architecture=ARCHITECTURE,
            label_space=source.label_space.name,
            preprocessing=Preprocessing(window=WINDOW, size=recipe.input_size, mean=PLAIN, std=PLAIN),
            trained=trained_on(source),
            recipe=recipe.model_dump(mode="json") | {"kinds": [kind.to_dict() for kind in data.kinds]},
            began_from=" ".join(["Random weights.", named]).strip(),
            calibration=None,
            answering=None,
            training=run.summary() | {"features_sha256": net.sha256},
            versions=versions(),
            parameters=parameters,
            intended_use=INTENDED_USE,
            limits=LIMITS,
            sha256=sha256_of(draft / "weights.safetensors"),
            statistics_sha256=sha256_of(statistics),
        )
        write_card(draft, card)
    return open_generator(target)
