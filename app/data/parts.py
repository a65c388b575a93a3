"""What can be looked at in a data set, one thing at a time, since each has to be worked out."""

from collections.abc import Callable

from app.data import audit, augmentation, averages, cell_map, cleaning, colours, counts, photographs
from app.data.dataset import ChosenDataset

PARTS: dict[str, Callable[[ChosenDataset], None]] = {
    "counts": counts.show,
    "photographs": photographs.show,
    "average": averages.show,
    "colours": colours.show,
    "augmentation": augmentation.show,
    "cleaning": cleaning.show,
    "map": cell_map.show,
    "audit": audit.show,
}
