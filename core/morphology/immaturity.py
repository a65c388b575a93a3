"""Whether a cell may be immature or a blast, which no class here is, so that a person has to look.

Blasts have much nucleus for their cytoplasm and loose chromatin (Palmer et al., International Journal of Laboratory
Hematology 37, 2015). Of WBCAtt's five kinds of mature cells hardly any has both: a lymphocyte's chromatin is dense, and
a monocyte's nucleus leaves room for cytoplasm.
"""

import json
from collections import Counter

import numpy as np

from core.evaluation.probabilities import Floats
from core.evaluation.uncertainty import Verdict
from core.labels import LOOKALIKES
from core.morphology.attributes import column
from core.settings import records_folder
from core.wording import count_of

IMMATURE = 0.25
"""Of the probability that much nucleus and loose chromatin go together, taken as independent: from here on both are
more likely than not. Chosen on lymphocytes and monocytes, of which few reach it."""

LOOKS_IMMATURE = (
    "Much nucleus for its cytoplasm and loose chromatin: it may be an immature cell or a blast, which no class of this "
    "model is. A person must look."
)
MAY_BE_BLAST = "It may be a blast or another immature cell, which no class of this model is. A person must look."
RECORD = "measured/blasts.json"
"""Where the records say of how many blasts, and of how many mature cells, a model's warning was given."""


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


def worth(sha256: str) -> str:
    """Of what the warning was given when it was measured with these weights, in a sentence; "" where it was not."""
    try:
        rows = json.loads((records_folder() / RECORD).read_text("utf-8"))["rows"]
        own = [row for row in rows if row["sha256"] == sha256]
        n, warned = Counter[str](), Counter[str]()
        for row in own:
            n[row["cells"]] += int(row["n"])
            warned[row["cells"]] += int(row["warned"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    if not (n["blast"] and n["mature"]):
        return ""
    return (
        f"When it was measured, {warned['blast']:,} of {count_of(n['blast'], 'blast')} were marked so, and "
        f"{warned['mature']:,} of {count_of(n['mature'], 'mature cell')}."
    )


def _probability(probabilities: Floats, key: str, value: str) -> float:
    return float(np.asarray(probabilities)[column(key, value)])
