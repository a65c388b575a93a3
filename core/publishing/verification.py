"""Whether checkpoints are whole: their files fit their cards, and load."""

from collections.abc import Callable, Mapping

from core.checkpoints import Checkpoint, Task, check_hash, checkpoint_folders, open_checkpoint
from core.detection.loading import check_detector
from core.errors import CheckpointError
from core.evaluation.results.embeddings import check_map
from core.explain.prototypes import check_prototypes
from core.morphology.head import check_head
from core.ood.loading import load_ood_score
from core.synthetic.generator.loading import open_generator


def verify(checkpoint: Checkpoint) -> list[str]:
    """What is wrong with a checkpoint, a sentence each; empty where its files fit its card and load."""
    problems = []
    for check in _checks(checkpoint):
        try:
            check()
        except CheckpointError as error:
            problems.append(str(error))
    return problems


Check = Callable[[], object]
"""Raises a CheckpointError where something is wrong."""


def _checks(checkpoint: Checkpoint) -> list[Check]:
    """What has to go through; an ensemble's members are checked on their own."""
    if checkpoint.ensemble is not None:
        return [lambda: _check_members(checkpoint), checkpoint.fingerprints, lambda: _check_table(checkpoint)]
    of_task = _OF_TASK.get(checkpoint.card.task, lambda checkpoint: [])
    return [
        lambda: check_hash(checkpoint.weights, checkpoint.card.sha256),
        checkpoint.history,
        *of_task(checkpoint),
    ]


def _of_classifier(checkpoint: Checkpoint) -> list[Check]:
    folder, sha256 = checkpoint.folder, checkpoint.card.sha256
    return [
        checkpoint.model,
        lambda: load_ood_score(checkpoint),
        checkpoint.fingerprints,
        lambda: _check_table(checkpoint),
        lambda: check_map(folder, sha256),
        lambda: check_head(checkpoint),
        lambda: check_prototypes(folder, sha256),
    ]


def _of_detector(checkpoint: Checkpoint) -> list[Check]:
    return [lambda: check_detector(checkpoint)]


def _of_generator(checkpoint: Checkpoint) -> list[Check]:
    generator = open_generator(checkpoint.folder)
    return [generator.generator, generator.copies, generator.copy_features]


_OF_TASK: Mapping[Task, Callable[[Checkpoint], list[Check]]] = {
    "classify": _of_classifier,
    "detect": _of_detector,
    "generate": _of_generator,
}


def _check_members(checkpoint: Checkpoint) -> None:
    ensemble = checkpoint.ensemble
    if ensemble is None or ensemble.sha256 != checkpoint.card.sha256:
        raise CheckpointError(f"The list of members of {checkpoint.name} is not the one that its card describes.")
    for member, _ in checkpoint.members:
        if member.space != checkpoint.space:
            raise CheckpointError(f"The member {member.name} of {checkpoint.name} tells other classes apart.")


def verify_all() -> dict[str, list[str]]:
    """Every checkpoint's folder, of whatever task, and what is wrong with it."""
    problems = {}
    for folder in checkpoint_folders():
        try:
            problems[folder.name] = verify(open_checkpoint(folder))
        except CheckpointError as error:
            problems[folder.name] = [str(error)]
    return problems


def _check_table(checkpoint: Checkpoint) -> None:
    if checkpoint.predictions().classes != checkpoint.space.keys:
        raise CheckpointError(f"The predictions of {checkpoint.name} are of other classes than its card names.")
