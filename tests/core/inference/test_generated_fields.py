"""The fields that come along, counted by the shipped detector and the model that Count begins with."""

import pytest

from core.checkpoints import list_checkpoints
from core.detection.loading import load_detector
from core.differential.smear import WHITE
from core.imaging.loading import unpack
from core.inference.reader import Reader
from core.inference.selection import best_first, widest
from core.inference.smear import count_smear
from core.synthetic.examples import all_fields


def test_every_generated_white_cell_is_found_and_called_by_its_name():
    models = best_first(list_checkpoints())
    if not models:
        pytest.skip("no checkpoints here")
    fields = all_fields()
    items = (item for field in fields for item in unpack(f"{field.name}.webp", field.data()))
    smear = count_smear(items, Reader(widest(models)), load_detector(), pictures=False)
    for number, field in enumerate(fields, start=1):
        for made in (cell for cell in field.generated if cell.label in WHITE):
            (x, y), reach = made.box.centre, made.box.width / 4
            there = [
                cell.label
                for cell in smear.of(number)
                if abs(cell.detection.box.centre[0] - x) < reach
                and abs(cell.detection.box.centre[1] - y) < reach
                and cell.label is not None
            ]
            assert there == [made.label], f"field {field.name}, {made.label}"
