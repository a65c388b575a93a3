"""Whether a cell may be immature or a blast, which no class here is, so that a person has to look.

Blasts have much nucleus for their cytoplasm and loose chromatin (Palmer et al., International Journal of Laboratory
Hematology 37, 2015). Of WBCAtt's five kinds of mature cells hardly any has both: a lymphocyte's chromatin is dense, and
a monocyte's nucleus leaves room for cytoplasm.
"""

import numpy as np

from core.evaluation.probabilities import Floats
from core.evaluation.uncertainty import Verdict
from core.labels import LOOKALIKES
from core.morphology.attributes import column

IMMATURE = 0.25
"""Of the probability that much nucleus and loose chromatin go together, taken as independent: from here on both are
more likely than not. Chosen on lymphocytes and monocytes, of which few reach it."""

LOOKS_IMMATURE = (
    "Much nucleus for its cytoplasm and loose chromatin: it may be an immature cell or a blast, which no class of this "
    "model is. A person must look."
)
MAY_BE_BLAST = "It may be a blast or another immature cell, which no class of this model is. A person must look."


def immaturity(probabilities: Floats) -> float:
    """How likely both are, from the probabilities (31,) of an attribute head."""
    return _probability(probabilities, "nuclear_cytoplasmic_ratio", "high") * _probability(
        probabilities, "chromatin_density", "loosely"
    )


def blast_warning(verdict: Verdict, labels: tuple[str, ...], probabilities: Floats | None = None) -> str | None:
    """What a person must be told before anything else of the cell; None where blasts need not be thought of.

    labels: keys of the two likeliest classes, the likeliest first. probabilities: (31,) of an attribute head, where the
    model has one. A cell in doubt whose likeliest classes hold one that blasts are taken for is always shown.
    """
    if probabilities is not None and immaturity(probabilities) >= IMMATURE:
        return LOOKS_IMMATURE
    if verdict != "answer" and not set(LOOKALIKES).isdisjoint(labels):
        return MAY_BE_BLAST
    return None


def _probability(probabilities: Floats, key: str, value: str) -> float:
    return float(np.asarray(probabilities)[column(key, value)])
