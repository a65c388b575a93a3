"""Decks: they say what the tables of predictions say, on the page and in the files."""

import io
from pathlib import Path

import numpy as np
import pptx
import pytest
from pypdf import PdfReader

from app.present import deck, pdf_file, pptx_file, print_charts
from app.present.deck import FOOTER, Shown
from app.shared import plots
from app.shared.figures.models import styles_of
from app.shared.scoping import together
from core.checkpoints import Checkpoint, list_checkpoints
from core.evaluation.comparison import mcnemar
from core.evaluation.scope import Scope
from core.inference.selection import best_first
from tests.app.conftest import predictions
from tests.app.test_pages import opened, words_on

TINY = [["simple_cnn", "linear"], ["linear"]]


def shown(*names: str, split: str = "test") -> Shown:
    found = best_first(list_checkpoints())
    made = together([model for model in found if model.name in names], Scope("pbc", split))
    assert made is not None
    return Shown(made, styles_of(found))


def built(*names: str, split: str = "test") -> deck.Deck:
    return deck.build(shown(*names, split=split))


def text_of(told: deck.Deck) -> str:
    parts = []
    for slide in told.slides:
        parts += [slide.title, slide.message, *slide.points]
        if slide.table is not None:
            parts += [*map(str, slide.table.columns), *map(str, slide.table.to_numpy().ravel())]
    return "\n".join(parts)


def on_slides(data: bytes) -> str:
    """All text of a PPTX, without the notes."""
    parts = []
    for slide in pptx.Presentation(io.BytesIO(data)).slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                parts.append(shape.text_frame.text)
            if shape.has_table:
                parts += [cell.text for row in shape.table.rows for cell in row.cells]
    return "\n".join(parts)


def plain(text: str) -> str:
    """Without the line ends and spaces that a page's layout puts in."""
    return "".join(text.split())


@pytest.fixture
def models(tiny_checkpoints) -> dict[str, Checkpoint]:
    return {model.name: model for model in list_checkpoints()}


@pytest.mark.parametrize("split", ["test", "val"])
def test_the_figures_are_those_of_the_tables(models, split):
    told = built("linear", "simple_cnn", split=split)
    tables = {name: model.predictions().select(split=split) for name, model in models.items()}
    slide = next(one for one in told.slides if isinstance(one.chart, plots.Intervals))
    for series in slide.chart.series:
        (figure,) = [one for one in series.figures if not np.isnan(one.value)]
        assert figure.value == np.mean(tables[series.name].labels == tables[series.name].predicted)
    (matrices,) = [one.chart for one in told.slides if isinstance(one.chart, plots.Matrices)]
    for name, counts in zip(matrices.names, matrices.counts, strict=True):
        table = tables[name]
        for true, said in np.ndindex(counts.shape):
            assert counts[true, said] == ((table.labels == true) & (table.predicted == said)).sum()
    cells = next(one.table for one in told.slides if one.title == "Which cells were they?")
    assert list(cells["Cells"])[-1] == f"{len(tables['linear']):,}"
    assert [int(n) for n in cells["Cells"][:-1]] == [int((tables["linear"].labels == k).sum()) for k in range(8)]


def test_the_slide_on_chance_is_mcnemars(models):
    told = built("linear", "simple_cnn")
    (slide,) = [one for one in told.slides if one.title == "Is the difference more than chance?"]
    a, b = (models[name].predictions().select(split="test") for name in ("simple_cnn", "linear"))
    right_a, right_b = a.labels == a.predicted, b.labels == b.predicted
    only_a, only_b = int((right_a & ~right_b).sum()), int((~right_a & right_b).sum())
    assert f"right on {only_a:,} that linear misses and wrong on {only_b:,}" in slide.message
    assert mcnemar(only_a, only_b) < 0.001
    assert "unlikely to be chance" in slide.message
    assert slide.table.iloc[0].tolist()[:3] == ["simple_cnn with linear", f"{only_a:,}", f"{only_b:,}"]
    assert "Corrected" not in slide.notes


@pytest.mark.parametrize("names", TINY)
def test_every_deck_says_what_it_is_not_for_and_whose_files_they_are(models, names):
    told = built(*names)
    text = text_of(told)
    assert FOOTER in text
    assert "It learned nothing." in text
    for name in names:
        assert models[name].card.sha256 in text
    assert models["linear"].card.trained.split_hash in told.slides[-1].notes
    assert all(slide.title.endswith("?") and slide.message for slide in told.slides)
    assert "**" not in text


def test_one_model_is_not_compared_with_itself(models):
    assert "chance?" not in " ".join(slide.title for slide in built("linear").slides)


def test_validation_cells_are_called_so(models):
    text = text_of(built("linear", split="val"))
    assert "90 validation cells" in text
    assert "flatter the models" in text


@pytest.mark.parametrize("names", TINY)
def test_the_pptx_holds_the_deck(models, names):
    told = built(*names)
    file = pptx.Presentation(io.BytesIO(pptx_file.pptx(told)))
    assert file.core_properties.title == told.title
    assert len(file.slides) == len(told.slides)
    for page, slide in zip(file.slides, told.slides, strict=True):
        assert page.shapes.title.text == slide.title
        texts = [shape.text_frame.text for shape in page.shapes if shape.has_text_frame]
        assert slide.message in texts
        assert any(text.startswith(FOOTER) for text in texts)
        pictures = [shape for shape in page.shapes if shape.shape_type == 13]
        assert len(pictures) == (slide.chart is not None)
        if slide.chart is not None:
            assert pictures[0]._element.nvPicPr.cNvPr.get("descr") == slide.chart.alt
        tables = [shape.table for shape in page.shapes if shape.has_table]
        if slide.table is not None:
            written = [[cell.text for cell in row.cells] for row in tables[0].rows]
            assert written == [list(slide.table.columns), *slide.table.astype(str).to_numpy().tolist()]
        if slide.notes:
            assert page.notes_slide.notes_text_frame.text == slide.notes
        assert all(
            shape.left >= 0
            and shape.top >= 0
            and shape.left + shape.width <= file.slide_width
            and shape.top + shape.height <= file.slide_height
            for shape in page.shapes
        )


@pytest.mark.parametrize("names", TINY)
def test_the_pdf_holds_the_deck_and_its_fonts(models, names):
    told = built(*names)
    file = PdfReader(io.BytesIO(pdf_file.pdf(told)))
    assert file.metadata.title == told.title
    assert len(file.pages) == len(told.slides)
    for page, slide in zip(file.pages, told.slides, strict=True):
        text = plain(page.extract_text())
        assert page.mediabox.width > page.mediabox.height
        assert plain(slide.title) in text
        assert plain(slide.message) in text
        assert plain(FOOTER) in text
        assert len(page.images) == (slide.chart is not None)
        if slide.table is not None:
            assert all(plain(str(value)) in text for value in slide.table.to_numpy().ravel())
    fonts = [font.get_object() for page in file.pages for font in page["/Resources"]["/Font"].values()]
    assert all("DejaVuSans" in font["/BaseFont"] and "/FontFile2" in font["/FontDescriptor"] for font in fonts)


def test_both_files_hold_the_hashes(models):
    told = built("linear", "simple_cnn")
    as_pdf = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf_file.pdf(told))).pages)
    for model in models.values():
        assert model.card.sha256 in on_slides(pptx_file.pptx(told))
        assert model.card.sha256 in plain(as_pdf)


def test_charts_on_paper_are_pictures_of_the_size_of_a_slide(models):
    from PIL import Image

    for slide in built("linear", "simple_cnn").slides:
        if slide.chart is not None:
            picture = Image.open(io.BytesIO(print_charts.png(slide.chart)))
            assert picture.size == (print_charts.WIDTH * print_charts.DPI, print_charts.HEIGHT * print_charts.DPI)
            assert picture.convert("RGB").getpixel((2, 2)) == (255, 255, 255)


def test_the_same_deck_makes_the_same_picture(models):
    chart = next(slide.chart for slide in built("linear").slides if slide.chart is not None)
    assert print_charts.png(chart) == print_charts.png(chart)


def test_every_symbol_of_the_screen_has_one_on_paper():
    from app.shared import charts

    assert set(print_charts._MARKERS) == set(charts.SYMBOLS)


def test_the_page_turns_its_slides(tiny_checkpoints, no_photos):
    app = opened("present")
    titles = [slide.title for slide in built("simple_cnn", "linear").slides]
    for number, title in enumerate(titles):
        assert app.title[0].value == title
        if number < len(titles) - 1:
            app.button(key="next").click().run()
    assert app.button(key="next").disabled
    app.button(key="previous").click().run()
    assert app.title[0].value == titles[-2]
    assert not app.exception
    assert not app.error


def test_another_choice_with_fewer_slides_stays_on_the_last(tiny_checkpoints, no_photos):
    app = opened("present")
    last = len(built("simple_cnn", "linear").slides)
    app.selectbox(key="slide").set_value(last).run()
    app.pills(key="models").set_value(["linear"]).run()
    assert not app.exception
    assert not app.error
    assert app.selectbox(key="slide").value == last - 1
    assert app.title[0].value == "Which files gave these figures?"


def test_the_page_shows_the_cells_that_are_chosen(tiny_checkpoints, no_photos):
    app = opened("present")
    app.segmented_control(key="cells").set_value("validation").run()
    assert "on 90 validation cells" in words_on(app)


def test_a_damaged_table_hides_only_its_own_model(tiny_copy, no_photos):
    (Path(tiny_copy) / "linear" / "predictions.parquet").write_bytes(b"torn")
    app = opened("present")
    assert app.title[0].value == "How far can I trust simple_cnn?"


def test_where_no_table_can_be_read_the_page_says_so(tiny_copy, no_photos):
    for name in ("linear", "simple_cnn"):
        (Path(tiny_copy) / name / "predictions.parquet").write_bytes(b"torn")
    app = opened("present")
    assert app.title[0].value == "What can be shown?"
    assert "nothing to show" in words_on(app)


def test_a_few_cells_are_marked_as_soft(models):
    told = predictions(0.6).select(split="test")
    few = (np.bincount(told.labels, minlength=8) < 30).any()
    assert few
    (slide,) = [one for one in built("linear").slides if one.title == "How well is each class found?"]
    assert "Hollow marks" in slide.message
