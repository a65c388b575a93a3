"""Which of WBCAtt's values the definitions of the classes name, so that no words of a cell contradict its definition.

WBCAtt calls the cytoplasm of every neutrophil and eosinophil light blue and clear, by the ground between its granules;
haematologists call it pale pink, or by its granules. Such values tell classes apart and are not told.
"""

from collections.abc import Mapping, Sequence

NAMED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "basophil": {"cytoplasm_colour": (), "cytoplasm_texture": ()},
    "eosinophil": {"cytoplasm_colour": (), "cytoplasm_texture": ()},
    "lymphocyte": {"cytoplasm_colour": ("blue",), "cytoplasm_texture": ("clear",)},
    "monocyte": {"cytoplasm_colour": ("blue",), "cytoplasm_texture": ()},
    "neutrophil": {"cytoplasm_colour": (), "cytoplasm_texture": ()},
}
"""By class, of the attributes that its definition (core.labels) speaks of in other words than WBCAtt, the values that
both name."""


def agrees(label: str, attribute: str, values: Sequence[str]) -> bool:
    """Whether these values of an attribute may be told of a class: where its definition says otherwise, not."""
    named = NAMED.get(label, {}).get(attribute)
    return named is None or set(values) <= set(named)
