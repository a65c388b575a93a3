"""Which generated cells are typical of their class, so that what a newcomer sees first is what textbooks show.

A cell is the more typical, the surer the reader is of its class, the nearer it is to the cells that the reader learned
from, and the likelier what its definition says of it is to be seen, by the attribute head beside the reader.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from core.inference.cell_maker import MadeCell
from core.inference.reader import Reader
from core.morphology.attributes import column
from core.morphology.head import has_head, read_head

TYPICAL: Mapping[str, Mapping[str, str]] = {
    "basophil": {"granule_type": "coarse", "granule_colour": "purple"},
    "eosinophil": {"nucleus_shape": "segmented-bilobed", "granule_type": "round", "granule_colour": "red"},
    "lymphocyte": {
        "nucleus_shape": "unsegmented-round",
        "nuclear_cytoplasmic_ratio": "high",
        "chromatin_density": "densely",
        "cell_shape": "round",
    },
    "monocyte": {"nucleus_shape": "unsegmented-indented", "cell_size": "big", "nuclear_cytoplasmic_ratio": "low"},
    "segmented neutrophil": {"nucleus_shape": "segmented-multilobed", "granularity": "yes", "granule_colour": "pink"},
    "band neutrophil": {"nucleus_shape": "unsegmented-band", "granularity": "yes", "granule_colour": "pink"},
}
"""By class or finer type, the values of WBCAtt's attributes that its definition names or that go with it. The others
(erythroblasts, platelets, immature granulocytes) have none in that table."""


def most_typical(cells: Sequence[MadeCell], reader: Reader) -> list[MadeCell]:
    """The cells that the reader answers for, the most typical first; those in doubt last."""
    readings = reader.read([cell.photo for cell in cells])
    likely = np.ones(len(cells))
    if has_head(reader.checkpoint):
        features = reader.staged_features([cell.photo for cell in cells], [reading.box for reading in readings])
        attributes = read_head(reader.checkpoint).probabilities(features)
        for row, cell in enumerate(cells):
            wanted = TYPICAL.get(cell.subtype or cell.condition.cell, {})
            likely[row] = np.prod([attributes[row, column(key, value)] for key, value in wanted.items()])
    typicality = likely * readings.probabilities.max(axis=1) / np.maximum(readings.distances, 1e-6)
    in_doubt = np.array([reading.verdict != "answer" for reading in readings])
    return [cells[place] for place in np.lexsort((-typicality, in_doubt))]
