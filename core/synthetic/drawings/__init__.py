"""Drawn cells and fields with known truth, for where no photographs are at hand and for tests.

They are called drawings everywhere. No model was trained on them, and no figure about a model comes from
them.
"""

from core.synthetic.drawings.eyepiece import through_an_eyepiece
from core.synthetic.drawings.mark import DRAWING_NOTE, MARK, is_drawing, png
from core.synthetic.drawings.pictures import CELL_CLASSES, DrawnCell, DrawnField, drawn_cell, drawn_field
from core.synthetic.drawings.red import RED_CELL

__all__ = [
    "CELL_CLASSES",
    "DRAWING_NOTE",
    "MARK",
    "RED_CELL",
    "DrawnCell",
    "DrawnField",
    "drawn_cell",
    "drawn_field",
    "is_drawing",
    "png",
    "through_an_eyepiece",
]
