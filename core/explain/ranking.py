"""Which method comes first for a checkpoint, from what was measured of each on validation."""

from contextlib import suppress
from functools import lru_cache

from core.errors import CheckpointError
from core.evaluation.results.faithfulness import Faithfulness, read_faithfulness
from core.explain.identity import identities
from core.explain.registry import AttributionMethod, methods_for
from core.models.registry import ArchitectureSpec


def measured_methods(spec: ArchitectureSpec, name: str, sha256: str, views: int) -> Faithfulness | None:
    """What was measured of the checkpoint with these weights and with the methods as they are; None where nothing was.

    views: over which its answer is averaged. CheckpointError where the table is damaged.
    """
    return read_faithfulness(name, sha256, identities(spec, views))


def ranked_methods(spec: ArchitectureSpec, name: str, sha256: str, views: int) -> tuple[AttributionMethod, ...]:
    """Every method for the architecture. name, sha256, views: of the checkpoint that explains.

    Grad-CAM comes first, in the form that was the best on validation, and beside it the best of the other methods; the
    rest follow by faithfulness. In the order of the registry where nothing was measured, or the table is damaged. A
    network without convolutions has no Grad-CAM: there the most faithful comes first.
    """
    measured = None
    with suppress(CheckpointError):
        measured = measured_methods(spec, name, sha256, views)
    return in_order(methods_for(spec), measured)


@lru_cache(maxsize=256)
def in_order(methods: tuple[AttributionMethod, ...], measured: Faithfulness | None) -> tuple[AttributionMethod, ...]:
    """As `ranked_methods` says. Remembered, since every card and map asks for it."""
    names = [method.name for method in methods]
    ranked = [name for name in measured.ranked() if name in names] if measured else []
    ranked += [name for name in names if name not in ranked]
    by_name = {method.name: method for method in methods}
    forms = [name for name in names if by_name[name].grad_cam]
    if forms:
        best = measured.foremost(forms) if measured else None
        others = [name for name in ranked if by_name[name].of_class and name not in forms]
        ranked = list(dict.fromkeys([best or forms[0], *others[:1], *ranked]))
    return tuple(by_name[name] for name in ranked)


def compared(methods: tuple[AttributionMethod, ...]) -> AttributionMethod | None:
    """Of methods in order, what stands beside Grad-CAM; None where no Grad-CAM comes first."""
    return methods[1] if len(methods) > 1 and methods[0].grad_cam and not methods[1].grad_cam else None


def quick_method(methods: tuple[AttributionMethod, ...]) -> AttributionMethod:
    """Of methods in order, the first of those that need one pass, for many maps at once."""
    return next((method for method in methods if method.quick), methods[0])
