"""The out-of-distribution score of a published checkpoint."""

from core.checkpoints import Checkpoint
from core.errors import CheckpointError
from core.ood.scores import OodScore


def load_ood_score(checkpoint: Checkpoint) -> OodScore:
    """The OOD score of a checkpoint that is one network; CheckpointError where it has none of this kind."""
    try:
        return OodScore.from_tensors(checkpoint.statistics())
    except KeyError:
        raise CheckpointError(
            f"{checkpoint.name} has no gate of the present kind; make it with `python -m core gate {checkpoint.name}`."
        ) from None
