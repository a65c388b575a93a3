"""Which method comes first for a checkpoint: the one that was found most faithful on validation."""

from contextlib import suppress

from core.errors import CheckpointError
from core.evaluation.results.faithfulness import read_faithfulness
from core.explain.registry import AttributionMethod, methods_for
from core.models.registry import ArchitectureSpec


def ranked_methods(spec: ArchitectureSpec, name: str, sha256: str) -> tuple[AttributionMethod, ...]:
    """Every method for the architecture. name, sha256: of the checkpoint that explains.

    In the order of the registry where nothing was measured with these weights, or the table is damaged.
    """
    methods = methods_for(spec)
    with suppress(CheckpointError):
        measured = read_faithfulness(name, sha256)
        if measured is not None:
            order = {method: place for place, method in enumerate(measured.ranked())}
            return tuple(sorted(methods, key=lambda method: order.get(method.name, len(order))))
    return methods
