"""The out-of-distribution threshold of a published checkpoint."""

from core.checkpoints import Checkpoint
from core.errors import CheckpointError
from core.ood.scores import Gate


def load_gate(checkpoint: Checkpoint) -> Gate:
    """What tells cells unlike those that a checkpoint learned from; CheckpointError where it has none of this kind."""
    try:
        return Gate.from_tensors(checkpoint.statistics())
    except KeyError:
        raise CheckpointError(
            f"{checkpoint.name} has no gate of the present kind; make it with `python -m core gate {checkpoint.name}`."
        ) from None
