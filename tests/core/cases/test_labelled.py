"""Cells that a person named become pictures in class folders, which our own source reads."""

import pandas as pd
import pytest

from core.cases.labelled import TABLE, write_labelled
from core.datasets import open_source
from core.datasets.registry import load_file
from core.errors import CaseError
from core.imaging.fields import Detection, reading_window
from core.imaging.windows import Box, cut, held


@pytest.fixture
def kind():
    """What is written is the same whatever database it comes from."""
    return "sqlite"


def test_named_cells_are_a_source_of_ours(store, case, review, photos, tmp_path):
    first, second, third, fourth, *_ = [cell.place for cell in review.state.wanted]
    review.add_class("blast 2/3")
    review.name([first], "blast 2/3")
    review.name([second], "monocyte")
    review.confirm([third])
    review.leave_out([fourth])
    review.add(first.photo, Box(0, 0, 40, 40), "basophil")
    confirmed = review.state.at(third).label
    written = write_labelled(store, case, tmp_path / "cells")
    assert sum(written.cells.values()) == 4
    assert {"blast 2/3", "monocyte", "basophil", confirmed} == set(written.cells)
    source = open_source("folder", tmp_path / "cells")
    assert len(source.index) == 4
    assert {"blast 2 3", "monocyte"} <= {label.replace("_", " ") for label in source.index["label"]}
    table = pd.read_csv(tmp_path / "cells" / TABLE).set_index("label")
    row = table.loc["monocyte"]
    assert tuple(row[["left", "top", "right", "bottom"]]) == second.box.as_tuple()
    height, width = photos[0].pixels.shape[:2]
    field = store.predictions(case)[0].field
    window = held(reading_window(Detection(second.box, "white", 1.0), field), width, height)
    picture = load_file(tmp_path / "cells", row["file"])
    assert (picture == cut(photos[0].pixels, window, round(window.width))).all()


def test_nothing_is_written_over_and_nothing_of_nothing(store, case, review, tmp_path):
    with pytest.raises(CaseError, match="No cell of this case"):
        write_labelled(store, case, tmp_path / "cells")
    review.confirm([cell.place for cell in review.state.wanted])
    (tmp_path / "cells").mkdir()
    with pytest.raises(CaseError, match="there already"):
        write_labelled(store, case, tmp_path / "cells")
    store.photos.remove([store.photos_of(case)[0].fingerprint])
    written = write_labelled(store, case, tmp_path / "fewer")
    assert len(written.missing) == 1
    assert 0 < sum(written.cells.values()) < len(review.state.wanted)
