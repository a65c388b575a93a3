"""What becomes of uploads: batches, tables, and the sentences about a reading."""

import io
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.read import card, results, tables
from app.shared import uploads, words
from app.shared.reading import morphology
from core.detection.notes import implausible_whites
from core.imaging.colours import ColourFinding
from core.imaging.decoding import Photo
from core.imaging.fields import Detection, Field, single
from core.imaging.loading import Unreadable
from core.imaging.windows import Box, square
from core.imaging.wording import COLOURS, CUT, IMPLAUSIBLE, NOTES
from core.inference.photos import FoundCell, ReadField
from core.inference.reader import Reading
from core.labels import PBC8, Probabilities
from core.morphology.immaturity import MAY_BE_BLAST

UPLOAD = uploads.Upload("u", "u.zip", b"")


def reading(verdict: str = "answer", first: float = 0.9) -> Reading:
    rest = (1 - first - 0.05) / 7
    probabilities = dict.fromkeys(PBC8.keys, rest) | {"neutrophil": first, "ig": rest + 0.05}
    row = Probabilities(PBC8, np.array(list(probabilities.values())))
    box = Box(0, 0, 200, 200)
    return Reading("a.png", 1, box, "as trained", row, 0.5, verdict, "linear", "ab" * 32)  # type: ignore[arg-type]


def item(number: int, **changes) -> uploads.Item:
    return uploads.Item("u", number, f"{number}.png", **changes)


def found(pixels: list[int]) -> list:
    return [(UPLOAD, n, Photo(f"{n}", np.zeros((side, side, 3), np.uint8))) for n, side in enumerate(pixels)]


def test_batches_are_bounded_by_number_and_by_pixels(monkeypatch):
    assert [len(batch) for batch in uploads.batches(found([8] * 40))] == [16, 16, 8]
    monkeypatch.setattr("core.imaging.loading.PIXELS_AT_ONCE", 130)
    assert [len(batch) for batch in uploads.batches(found([8, 8, 8]))] == [2, 1]


def test_a_batch_keeps_its_order_around_files_that_are_no_photos():
    class Fake:
        def read(self, photos):
            alone = single("a.png", 8, 8)
            return [ReadField(alone, (FoundCell(1, alone.cells[0], reading()),)) for _ in photos]

    (first, _, third) = found([8, 8, 8])
    items = uploads.read_batch(Fake(), [first, (UPLOAD, 1, Unreadable("b.txt", "is a text file.")), third])
    assert [bool(one.reading) for one in items] == [True, False, True]
    assert items[1].reason == "b.txt is a text file."


def field_of(*sides: int) -> ReadField:
    """A field with a white cell of each side, all read."""
    cells = tuple(Detection(square(50 + 100 * n, 50, side), "white", 0.9) for n, side in enumerate(sides))
    read = [FoundCell(n, cell, replace(reading(), cell=n)) for n, cell in enumerate(cells, 1)]
    return ReadField(Field("field.png", 300, 100, cells), tuple(read))


def test_a_field_is_an_item_of_its_foremost_cell_and_one_without_a_cell_says_so():
    class Fake:
        def read(self, photos):
            return [field_of(30, 60, 40), ReadField(Field("1", 300, 100), ())]

    of_field, empty = uploads.read_batch(Fake(), found([8, 8]))
    assert (of_field.cell, of_field.id, of_field.photo_id) == (2, "u-0-2", "u-0")
    assert (empty.reading, empty.reason) == (None, "1: No cell was found in it.")


def test_csv_holds_every_cell_of_a_field():
    field = field_of(30, 60, 40)
    table = pd.read_csv(io.StringIO(tables.csv([item(0, reading=field.foremost, found=field)], PBC8)))
    assert list(table["cell"]) == [1, 2, 3]
    assert set(table["file"]) == {"0.png"}


def test_csv_says_what_sets_a_cell_of_a_field_apart():
    field = field_of(30, 60)
    first, second = field.cells
    noted = replace(field, cells=(replace(first, detection=replace(first.detection, cut=True)), second))
    noted = replace(noted, field=replace(noted.field, cells=tuple(cell.detection for cell in noted.cells)))
    table = pd.read_csv(io.StringIO(tables.csv([item(0, reading=noted.foremost, found=noted)], PBC8)))
    assert [CUT in str(remarks) for remarks in table["remarks"]] == [True, False]


def test_what_must_be_known_first_is_given_in_the_order_of_the_gate(tmp_path):
    grey = Photo("grey.png", np.tile(np.linspace(60, 240, 400)[None, :, None], (100, 1, 3)).astype(np.uint8))
    without_head = SimpleNamespace(lead=SimpleNamespace(folder=tmp_path, card=SimpleNamespace(sha256="")))
    cell = card.Cell("a", grey, reading("unsure"), item=implausible_item())
    said = [sentence for sentence in card.to_know(cell, without_head) if sentence]
    assert said == [COLOURS[ColourFinding.NONE], IMPLAUSIBLE, MAY_BE_BLAST]


def test_a_field_with_implausibly_many_white_cells_is_set_apart_with_a_sentence(monkeypatch):
    monkeypatch.setattr("streamlit.page_link", lambda *_, **__: None)  # there is one page alone

    def page():
        from app.read import field_view
        from tests.app.test_readings import PBC8, Photo, implausible_item, np

        photo = Photo("field.png", np.zeros((100, 400, 3), np.uint8))
        field_view.show(implausible_item(), photo, PBC8)

    app = AppTest.from_function(page, default_timeout=60).run()
    assert [caption.value for caption in app.caption] == [f"Cell 2: {NOTES['implausible']}"]


def implausible_item() -> uploads.Item:
    """A field of three white cells and no red one, as the detector notes it."""
    field = field_of(30, 60, 40)
    noted = tuple(implausible_whites(field.field.cells))
    field = replace(field, field=replace(field.field, cells=noted))
    return item(0, reading=field.foremost, found=field)


def test_the_same_file_dropped_twice_is_read_once():
    class File(io.BytesIO):
        name = "a.png"

    assert len(uploads.uploads_of([File(b"x"), File(b"x"), File(b"y")])) == 2


def test_progress_says_how_long():
    assert uploads.progress_text(16, 116, 0.1) == "Read 16 of 116 photos, about 10 s left."
    assert uploads.progress_text(16, 1016, 0.6) == "Read 16 of 1,016 photos, about 10 min left."


def test_csv_holds_readings_and_failures():
    items = [item(0, reading=reading()), item(1, reason="1.png is empty.")]
    table = pd.read_csv(io.StringIO(tables.csv(items, PBC8)))
    assert list(table["file"]) == ["0.png", "1.png"]
    first = table.iloc[0]
    assert first["class"] == "neutrophil"
    assert first["verdict"] == "answer"
    assert first["checkpoint"] == "linear"
    assert first["sha256"] == "ab" * 32
    assert first["box_right"] == 200
    assert first[[f"p_{key}" for key in PBC8.keys]].sum() == pytest.approx(1, abs=1e-4)
    assert table.iloc[1]["error"] == "1.png is empty."
    assert pd.isna(table.iloc[1]["class"])


def test_the_summary_names_no_class_for_what_is_unlike():
    table = tables.summary([item(0, reading=reading()), item(1, reading=reading("unlike"))], PBC8)
    assert list(table["Likeliest"]) == ["Neutrophil", "none"]
    assert list(table["Probability"])[1] == ""


def test_headlines():
    assert words.headline(reading(), PBC8).replace("\u00a0", " ") == "Neutrophil, 90 %"
    assert words.headline(reading("unsure", 0.5), PBC8) == "Unsure: neutrophil or immature granulocyte"
    assert words.headline(reading("unlike"), PBC8) == words.UNLIKE
    assert words.in_list(reading(), PBC8) == words.headline(reading(), PBC8)
    assert words.in_list(reading("unlike"), PBC8) == words.VERDICTS["unlike"]


def test_in_short():
    items = [item(0, reading=reading()), item(1, reading=reading("unsure")), item(2, reason="no")]
    assert results.in_short(items) == (
        "2 cells read: 1 answered, 1 unsure and 0 unlike what the model was trained on. 1 file could not be read."
    )


@pytest.mark.parametrize(
    ("verdict", "warned"),
    [("unsure", True), ("unlike", True), ("answer", False)],
)
def test_a_cell_in_doubt_that_may_be_a_blast_is_for_a_person_to_look_at(tmp_path, verdict, warned):
    without_head = SimpleNamespace(lead=SimpleNamespace(folder=tmp_path, card=SimpleNamespace(sha256="")))
    # Its second likeliest class are immature granulocytes.
    photo = Photo("a.png", np.zeros((8, 8, 3), np.uint8))
    assert morphology.warning("a", photo, reading(verdict), without_head) == MAY_BE_BLAST * warned


def test_what_is_shown_as_unsure_is_doubted():
    assert not words.doubted(reading())
    assert words.doubted(reading("unsure"))
    assert words.doubted(replace(reading(), sets={"lac": {"99": ()}}))
