"""The page Count: photos of a smear go in, a person checks, a count comes out."""

import io
import zipfile

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.parts import intake
from app.parts.counting import smear_example, smear_queue
from core.counting.smear import NO_CELL
from core.drawings import drawn_cell, drawn_field, png
from core.framing import Box
from tests.app.test_pages import MAIN, PATIENCE, words_on

pytestmark = pytest.mark.usefixtures("tiny_checkpoints", "no_photos")


EXAMPLE = smear_example.upload().name


def opened(part: str = "Count", **query: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=PATIENCE).run()
    app.switch_page("views/count.py")
    for name, value in ({"part": part} | query).items():
        app.query_params[name] = value
    app.run()
    return checked(app)


def checked(app: AppTest) -> AppTest:
    assert not app.exception
    assert not app.error
    return app


def said(app: AppTest) -> str:
    return words_on(app).replace("\\", "").replace("\u00a0", " ")


def cells(*kinds: str) -> list[tuple[str, bytes, str]]:
    """Files of drawn single cells."""
    return [(f"{kind}.png", png(drawn_cell(kind, 1)), "image/png") for kind in kinds]


def counting(files: list[tuple[str, bytes, str]], part: str = "Count", single: bool = True) -> AppTest:
    app = opened(part)
    if single:
        app.toggle(key="single").set_value(True)
    app.file_uploader[0].set_value(files).run()
    return checked(app)


def test_the_first_view_is_a_drawing_whose_truth_is_told():
    app = opened()
    assert "This is a drawing, no photograph" in said(app)
    truth = drawn_field(smear_example.SEED, smear_example.SIZE, smear_example.CELLS)
    reds = sum(cell.kind == "red cell" for cell in truth.cells)
    assert f"{reds:,} red cells" in said(app)
    assert [tab.label for tab in app.tabs] == ["Count", "Photos", "Cells", "Report"]
    assert "Not for diagnosis" in said(app)


def test_what_cannot_be_counted_is_said_and_the_rest_is_counted():
    files = [
        *cells("neutrophil", "monocyte"),
        ("again.png", png(drawn_cell("monocyte", 1)), "image/png"),
        ("torn.jpg", b"\xff\xd8\xff\xe0 torn", "image/jpeg"),
        ("letter.txt", b"Dear colleague", "text/plain"),
    ]
    app = counting(files)
    text = said(app)
    assert "3 files were left out" in str([expander.label for expander in app.expander])
    assert "again.png shows the same picture as photo 2" in text
    assert "torn.jpg" in text
    assert "letter.txt" in text
    smear = smear_of(app)
    assert [photo.name for photo in smear.photos] == ["neutrophil.png", "monocyte.png"]


def smear_of(app: AppTest):
    return app.session_state["smear_told"][1]


def shown_cell(app: AppTest) -> tuple[int, int]:
    """Photo and cell that are looked at."""
    return app.selectbox(key="photo-list").value, app.selectbox(key="cell-list").value


def test_a_field_without_cells_and_one_without_white_cells_are_told():
    blank = io.BytesIO()
    from PIL import Image

    Image.new("RGB", (320, 240), (240, 238, 236)).save(blank, "PNG")
    app = counting([("blank.png", blank.getvalue(), "image/png")], single=False)
    assert "No cell was found in these photos, so there is no differential." in said(app)
    reds = png(drawn_field(3, (240, 320), 0).pixels)
    app = counting([("reds.png", reds, "image/png")], single=False)
    assert "so there is no differential." in said(app)


def test_a_zip_keeps_its_order_and_two_files_of_one_name_are_told_apart():
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for number, kind in enumerate(("neutrophil", "monocyte", "platelet")):
            file.writestr(f"{number}.png", png(drawn_cell(kind, 2)))
    one, other = png(drawn_cell("basophil", 4)), png(drawn_cell("basophil", 5))
    files = [
        ("a.zip", archive.getvalue(), "application/zip"),
        ("x.png", one, "image/png"),
        ("x.png", other, "image/png"),
    ]
    names = [photo.name for photo in smear_of(counting(files)).photos]
    assert names == ["a.zip/0.png", "a.zip/1.png", "a.zip/2.png", "x.png", "x.png"]


def test_it_can_be_stopped_and_goes_on_where_it_was(monkeypatch):
    seen: list[str] = []
    look = smear_queue._see

    def stopped_after_one(batch, queue):
        look(batch, queue)
        seen.extend(photo.name for _, _, photo in batch if photo.name != EXAMPLE)
        if len(seen) == 1:  # as a click on Stop does
            st.session_state[smear_queue.HALTED] = True
            st.rerun()

    monkeypatch.setattr("app.parts.uploads.BATCH", 1)
    monkeypatch.setattr(smear_queue, "_see", stopped_after_one)
    app = counting(cells("neutrophil", "monocyte", "basophil"))
    assert "Stopped: 1 of 3 photos are counted" in said(app)
    assert len(smear_of(app).photos) == 1
    app.button(key="smear-go-on").click().run()
    checked(app)
    assert len(smear_of(app).photos) == 3
    assert seen == ["neutrophil.png", "monocyte.png", "basophil.png"]


def test_a_click_elsewhere_looks_at_nothing_again(monkeypatch):
    from core.smears import Looker

    looked = []
    look = Looker.look
    monkeypatch.setattr(Looker, "look", lambda self, group: looked.append(len(group)) or look(self, group))
    app = counting(cells("neutrophil", "monocyte"))
    assert looked.pop(0) == 1  # the drawn field of the first view
    assert looked == [2]
    app.text_input(key="smear-by").set_value("A. Student").run()
    assert looked == [2]
    app.file_uploader[0].set_value(cells("neutrophil", "monocyte", "basophil")).run()
    assert looked == [2, 1]
    app.file_uploader[0].set_value(cells("basophil")).run()
    assert looked == [2, 1]
    assert [photo.name for photo in smear_of(app).photos] == ["basophil.png"]


def test_a_cell_is_renamed_and_taken_back():
    app = counting(cells("neutrophil", "monocyte"), "Photos")
    app.button(key="call-basophil").click().run()
    assert smear_of(app).cells[0].corrected == "basophil"
    assert "You said: basophil" in said(app)
    app.button(key="call-none").click().run()
    assert smear_of(app).cells[0].corrected == NO_CELL
    app.button(key="smear-undo").click().run()
    assert smear_of(app).cells[0].corrected == "basophil"
    app.button(key="call-model").click().run()
    assert smear_of(app).cells[0].corrected is None
    app.button(key="smear-forget").click().run()
    checked(app)
    assert not app.session_state["smear_said"]


def test_what_a_person_said_stays_with_its_photo_when_others_come():
    app = counting(cells("monocyte"), "Photos")
    app.button(key="call-basophil").click().run()
    app.file_uploader[0].set_value(cells("neutrophil", "monocyte")).run()
    assert [cell.corrected for cell in smear_of(app).cells] == [None, "basophil"]
    app.file_uploader[0].set_value(cells("neutrophil")).run()
    assert [cell.corrected for cell in smear_of(app).cells] == [None]


def test_a_cell_is_added_by_its_edges_in_numbers():
    app = counting(cells("monocyte"), "Photos")
    app.toggle(key="adding").set_value(True).run()
    assert app.button(key="add-cell").disabled
    for edge, value in (("left", 20), ("top", 30), ("right", 120), ("bottom", 130)):
        app.number_input(key=f"add-{edge}-1").set_value(value)
    app.selectbox(key="add-called").set_value("Eosinophil").run()
    app.button(key="add-cell").click().run()
    checked(app)
    added = smear_of(app).cells[-1]
    assert added.added
    assert added.found.box == Box(20, 30, 120, 130)
    assert added.counted_as == "eosinophil"
    assert app.selectbox(key="cell-list").value == 2
    assert "Added by a person" in list(app.dataframe[0].value["Found as"])


def test_photos_are_turned_and_cells_are_filtered():
    app = counting(cells("neutrophil", "monocyte"), "Photos")
    app.button(key="photo-after").click().run()
    assert shown_cell(app) == (2, 1)
    assert app.button(key="photo-after").disabled
    app.button(key="photo-before").click().run()
    app.selectbox(key="photo-list").set_value(2).run()
    checked(app)
    assert shown_cell(app) == (2, 1)
    assert app.query_params["photo"] == "2"
    for name in app.pills(key="shown-cells").options:
        app.pills(key="shown-cells").set_value(name.rsplit(" (", 1)[0]).run()
        checked(app)
    app.toggle(key="other-cells").set_value(True).run()
    app.toggle(key="field-maps").set_value(True).run()
    app.slider(key="opacity").set_value(80).run()
    app.segmented_control(key="enlarge").set_value("4 ×").run()
    checked(app)


@pytest.mark.parametrize(("asked", "shown"), [("2", 2), ("9", 1), ("a", 1)])
def test_an_address_names_a_photo(asked, shown):
    app = counting(cells("neutrophil", "monocyte"), "Photos")
    app.query_params["photo"] = asked
    app.run()
    assert shown_cell(checked(app)) == (shown, 1)


def test_a_platelet_and_a_red_cell_are_taken_away_and_then_estimated_without():
    from core.counting.differential import differential

    field = png(drawn_field(5, (480, 640), 3).pixels)
    app = counting([("field.png", field, "image/png")], "Photos", single=False)
    before = differential(smear_of(app)).platelets
    for name in ("Platelet", "Red cells"):
        app.pills(key="shown-cells").set_value(name).run()
        app.button(key="call-none").click().run()
        checked(app)
    after = differential(smear_of(app)).platelets
    assert (after.platelets, after.red) == (before.platelets - 1, before.red - 1)


def test_a_stamp_opens_its_cell_in_the_photo():
    app = counting(cells("neutrophil", "monocyte"), "Cells")
    app.button(key="stamp-2.1").click().run()
    checked(app)
    assert app.selectbox(key="photo-list").value == 2
    assert shown_cell(app) == (2, 1)


def test_the_report_is_offered_in_every_kind():
    app = counting(cells("neutrophil", "monocyte"), "Report")
    assert len(app.get("download_button")) == 5


# --- Parts without a page ------------------------------------------------------------------------


class Named:
    def __init__(self, name: str) -> None:
        self.name = name


def test_files_of_a_folder_come_by_name_without_what_systems_leave():
    names = ["b/2.png", "b/.DS_Store", "a.png", "b/Thumbs.db", "b/10.png"]
    assert [file.name for file in intake.in_order(map(Named, names))] == ["a.png", "b/10.png", "b/2.png"]
