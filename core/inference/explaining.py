"""Which methods explain a checkpoint, the best first, and what was measured of them. An ensemble's are its lead's."""

from core.checkpoints import Checkpoint
from core.evaluation.results.faithfulness import Faithfulness
from core.explain.ranking import measured_methods, quick_method, ranked_methods
from core.explain.registry import AttributionMethod


def methods_of(checkpoint: Checkpoint) -> tuple[AttributionMethod, ...]:
    """Every method that can explain it, in the order of `core.explain.ranking.ranked_methods`."""
    lead = checkpoint.lead
    return ranked_methods(lead.spec, lead.name, lead.card.sha256, lead.preprocessing.symmetries)


def quick_method_of(checkpoint: Checkpoint) -> AttributionMethod:
    """The first of those that need one pass, for many maps at once."""
    return quick_method(methods_of(checkpoint))


def measured_of(checkpoint: Checkpoint) -> Faithfulness | None:
    """What was measured with these weights and the methods as they are; CheckpointError where that is damaged."""
    lead = checkpoint.lead
    return measured_methods(lead.spec, lead.name, lead.card.sha256, lead.preprocessing.symmetries)
