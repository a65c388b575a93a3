"""Every page as Streamlit runs it, without a browser."""

import io
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.navigation import ENTRIES, entry_of
from app.shared import glossary, sections
from core.checkpoints import list_checkpoints
from core.errors import CheckpointError
from core.evaluation.results.speeds import write_speeds
from core.synthetic import examples
from core.synthetic.drawings import DRAWING_NOTE, drawn_cell, drawn_field, png
from tests.app.conftest import publish_ensemble, speed

MAIN = str(Path(__file__).parents[2] / "app" / "main.py")
PATIENCE = 300
"""Seconds: the first run loads torch, on a machine that may be busy."""


def opened(address: str, part: str = "") -> AppTest:
    """The app on one of its pages, on its first section or the one named; fails where a page showed an error."""
    app = AppTest.from_file(MAIN, default_timeout=PATIENCE)
    if part:
        app.query_params[sections.KEY] = part
    app.run()
    if address != ENTRIES[0].address:
        app.switch_page(f"{address}/page.py").run()
    assert not app.exception
    assert not app.error, [e.value for e in app.error]
    return app


def test_streamlit_finds_no_pages_of_its_own():
    """A folder called pages beside main.py would be opened page by page, without main.py."""
    assert not Path(MAIN).with_name("pages").exists()


def turned(app: AppTest, part: str) -> AppTest:
    """The same page on another of its sections."""
    app.segmented_control(key=sections.KEY).set_value(part).run()
    assert not app.exception
    assert not app.error, [e.value for e in app.error]
    return app


def words_on(app: AppTest) -> str:
    kinds = (app.title, app.header, app.subheader, app.markdown, app.info, app.warning, app.caption)
    return "\n".join(element.value for kind in kinds for element in kind)


def words_on_all_sections(app: AppTest) -> str:
    """What a page says with each of its sections open in turn."""
    said = words_on(app)
    for part in [one for control in app.segmented_control if control.key == sections.KEY for one in control.options]:
        said += words_on(turned(app, part))
    return said


def unexplained(address: str, text: str) -> set[str]:
    """Words of the glossary that a page uses and does not open in place. About shows them all."""
    used = {word.name for word in glossary.used_in(text)}
    return used - set(entry_of(address).terms) if address != "about" else set()


@pytest.mark.parametrize("address", [entry.address for entry in ENTRIES])
def test_every_page_is_a_page_without_any_model(address, no_checkpoints, no_photos):
    app = opened(address)
    assert app.title[0].value.endswith("?")
    assert "no trained model here" in words_on_all_sections(app)


@pytest.mark.parametrize("address", [entry.address for entry in ENTRIES])
def test_every_page_works_with_models_in_each_of_its_sections(address, tiny_checkpoints, no_photos):
    app = opened(address)
    assert app.title[0].value.endswith("?")
    text = words_on_all_sections(app)
    assert "simple" in text
    assert not unexplained(address, text)


def test_read_shows_an_example_at_once_and_says_what_it_is(tiny_checkpoints, no_photos):
    app = opened("read")
    assert examples.NOTE in [info.value for info in app.info]
    assert app.selectbox(key="model").value == "simple_cnn"
    assert len(app.header) == 1
    assert "Not for diagnosis" in words_on(app)
    drawing = next(title for title in app.selectbox(key="example").options if title.endswith("(drawing)"))
    app.selectbox(key="example").set_value(drawing).run()
    assert DRAWING_NOTE in [info.value for info in app.info]


def test_a_picture_that_says_of_itself_that_it_is_generated_is_told_so(tiny_checkpoints, no_photos):
    app = opened("read")
    path = examples.all_cells()[0].path
    app.file_uploader[0].set_value([("mine.webp", path.read_bytes(), "image/webp")]).run()
    assert not app.exception
    assert "mine.webp" in words_on(app)
    assert examples.NOTE in [info.value for info in app.info]


def test_every_choice_on_the_card_can_be_made(tiny_checkpoints, no_photos):
    app = opened("read")
    app.slider(key="opacity").set_value(80).run()
    app.selectbox(key="looked-for").set_value("Monocyte").run()
    app.toggle(key="pixels").set_value(True).run()
    app.selectbox(key="model").set_value("linear").run()
    assert not app.exception
    assert not app.error, [e.value for e in app.error]
    assert "where the evidence for monocyte was found, by Input gradient" in words_on(app)


def test_the_framing_can_be_corrected_and_taken_back(tiny_checkpoints, no_photos):
    app = opened("read")
    (side,) = [slider for slider in app.slider if str(slider.key).startswith("side-")]
    side.set_value(90).run()
    assert "set by hand" in words_on(app)
    (back,) = [button for button in app.button if button.label.startswith("Back to")]
    back.click().run()
    assert "set by hand" not in words_on(app)
    assert not app.exception


def cell(kind: str, seed: int = 1) -> bytes:
    return png(drawn_cell(kind, seed))


def test_a_bad_file_does_not_stop_the_good_one(tiny_checkpoints, no_photos):
    app = opened("read")
    files = [("good.png", cell("eosinophil"), "image/png"), ("bad.jpg", b"hello, I am text", "image/jpeg")]
    app.file_uploader[0].set_value(files).run()
    assert not app.exception
    assert not app.error, [e.value for e in app.error]
    text = words_on(app)
    assert "1 cell read" in text
    assert "1 file could not be read" in text
    assert "bad.jpg is a text file" in app.table[0].value["Why"].iloc[0]
    assert DRAWING_NOTE in text


def test_a_field_is_said_to_be_one_and_leads_to_the_count(tiny_checkpoints, no_photos):
    app = opened("read")
    field = png(drawn_field(4, (600, 800), 6).pixels)
    app.file_uploader[0].set_value([("field.png", field, "image/png")]).run()
    assert not app.exception
    (said,) = [info.value for info in app.info if "field of many cells" in info.value]
    assert "white cell" in said
    assert [link.label for link in app.get("page_link")] == ["Count the cells of such photos"]
    cells = app.selectbox(key=next(box.key for box in app.selectbox if box.label == "White cell to read"))
    assert len(cells.options) >= 2
    other = next(place for place, option in enumerate(cells.options) if not option.startswith(f"{cells.value}:"))
    before = [slider.value for slider in app.slider if str(slider.key).startswith(("x-", "y-"))]
    cells.select_index(other).run()
    assert not app.exception
    assert [slider.value for slider in app.slider if str(slider.key).startswith(("x-", "y-"))] != before
    app.file_uploader[0].set_value([("cell.png", cell("basophil"), "image/png")]).run()
    assert not [info for info in app.info if "field of many cells" in info.value]
    assert not app.get("page_link")


def test_a_field_without_a_white_cell_is_said_to_be_one(tiny_checkpoints, no_photos):
    app = opened("read")
    app.file_uploader[0].set_value([("red.png", png(drawn_field(5, (480, 640), 0).pixels), "image/png")]).run()
    assert not app.exception
    assert "red.png: No white cell was found in it." in app.table[0].value["Why"].iloc[0]


def test_a_zip_is_read_file_by_file(tiny_checkpoints, no_photos):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for number, kind in enumerate(("neutrophil", "monocyte", "platelet")):
            file.writestr(f"{number}.png", cell(kind))
    app = opened("read")
    app.file_uploader[0].set_value([("three.zip", archive.getvalue(), "application/zip")]).run()
    assert not app.exception
    assert list(app.dataframe[0].value["File"]) == [f"three.zip/{number}.png" for number in range(3)]
    assert "3 cells read" in words_on(app)


def test_what_was_read_is_not_read_again(tiny_checkpoints, no_photos, monkeypatch):
    from core.inference.reader import Reader

    calls = []
    real = Reader.read
    monkeypatch.setattr(Reader, "read", lambda self, *given: calls.append(1) or real(self, *given))
    app = opened("read")
    app.file_uploader[0].set_value([("good.png", cell("eosinophil"), "image/png")]).run()
    before = len(calls)
    app.slider(key="opacity").set_value(10).run()
    assert len(calls) == before


def test_compare_follows_its_controls(tiny_checkpoints, no_photos):
    app = opened("compare", "mistakes")
    assert "160 test cells" in words_on(app)
    app.segmented_control(key="cells").set_value("validation").run()
    app.segmented_control(key="squares").set_value("count").run()
    app.pills(key="models").set_value(["linear"]).run()
    assert not app.exception
    assert not app.error, [e.value for e in app.error]
    assert "**linear**, 6" in words_on(app)
    assert "**simple_cnn**, 9" not in words_on(app)
    turned(app, "classes").segmented_control(key="measure").set_value("F1").run()
    turned(app, "cost").segmented_control(key="cost").set_value("multiply-adds").run()
    assert not app.exception
    assert not app.error, [e.value for e in app.error]
    assert "90 validation cells" in words_on(app)


def test_compare_lists_all_models_and_what_they_cost(tiny_checkpoints, no_photos):
    app = opened("compare")
    assert set(app.dataframe[0].value["Model"]) == {"linear", "simple_cnn"}
    assert "No model here is both cheaper and more accurate than **linear** or **simple_cnn**" in words_on(
        turned(app, "cost")
    )
    assert "Learning rate" in words_on(turned(app, "training"))


def test_compare_shows_a_time_only_where_it_was_measured_with_these_weights(tiny_copy, no_photos):
    shas = {checkpoint.name: checkpoint.card.sha256 for checkpoint in list_checkpoints()}
    old = speed("linear", "0" * 64)
    write_speeds([speed("simple_cnn", shas["simple_cnn"]), old], shas)
    app = opened("compare")
    times = app.dataframe[0].value.set_index("Model")["Time a cell"]
    assert times["simple_cnn"] == 2.5
    assert pd.isna(times["linear"])
    turned(app, "cost").segmented_control(key="cost").set_value("milliseconds").run()
    assert "Times were measured on A processor, of some kind" in words_on(app)
    assert "Not measured: linear." in words_on(app)
    assert "Only **simple_cnn**" in words_on(app)


def test_compare_says_where_nothing_was_timed_or_the_times_are_damaged(tiny_copy, no_photos):
    app = opened("compare", "cost")
    app.segmented_control(key="cost").set_value("milliseconds").run()
    assert "bench speed --keep" in words_on(app)
    (tiny_copy / "speed.csv").write_text("nothing")
    app.run()
    assert not app.error, [e.value for e in app.error]
    assert "damaged; measure again" in words_on(app)


def test_a_damaged_table_hides_only_its_own_model(tiny_copy, no_photos):
    (tiny_copy / "linear" / "predictions.parquet").write_bytes(b"torn")
    app = opened("compare")
    assert list(app.dataframe[0].value["Model"]) == ["simple_cnn"]
    assert "linear is left out" in words_on(app)


def test_compare_shows_an_ensemble_beside_its_members(tiny_copy, no_photos):
    publish_ensemble(tiny_copy / "together", [tiny_copy / "linear", tiny_copy / "simple_cnn"])
    app = opened("compare")
    table = app.dataframe[0].value.set_index("Model")
    assert table["Multiply-adds"]["together"] == table["Multiply-adds"].drop("together").sum()
    turned(app, "training").pills(key="models").set_value(["together"]).run()
    assert not app.error, [e.value for e in app.error]
    assert "together was not trained itself" in words_on(app)


def test_an_expected_error_is_one_sentence(no_checkpoints, monkeypatch):
    import core.checkpoints

    def fail():
        raise CheckpointError("The card of x is damaged.")

    monkeypatch.setattr(core.checkpoints, "list_checkpoints", fail)
    app = AppTest.from_file(MAIN, default_timeout=PATIENCE).run()
    assert not app.exception
    assert app.error[0].value == "The card of x is damaged."


def test_an_unforeseen_error_shows_no_traceback(no_checkpoints, monkeypatch):
    import core.checkpoints

    monkeypatch.setattr(core.checkpoints, "list_checkpoints", lambda: 1 / 0)
    app = AppTest.from_file(MAIN, default_timeout=PATIENCE).run()
    assert not app.exception
    assert "ZeroDivisionError" not in app.error[0].value
    assert "did not foresee" in app.error[0].value
