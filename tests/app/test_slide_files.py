"""Slides are laid out once: on the screen, in PPTX and in PDF the same text stands in the same place, whole."""

import io
from itertools import pairwise

import numpy as np
import pandas as pd
import pptx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from app.present import layout, pdf_file, pptx_file, print_charts, screen, typesetting
from app.present.content import FOOTER, CellPicture, CellPictures, Deck, Headline, Points, Slide, SlideTable, WholePhoto
from app.present.layout import BOTTOM, EDGE, HIGH, TOP, WIDE, LaidOut, PictureBlock, TableBlock, TextBlock, lay_out
from app.shared import charts, plots
from core.evaluation.intervals import Interval
from core.imaging.decoding import open_photo
from core.labels import PBC8
from core.synthetic.examples import MARK

CELL = np.zeros((40, 40, 3), np.uint8)
TABLE = pd.DataFrame(
    {"Class": ["Immature granulocyte", "Neutrophil"], "Share": ["97\u00a0% (95 to 98)", "98\u00a0% (96 to 99)"]}
)
CHART = plots.Intervals(
    "Share", ("Neutrophil (3)",), (plots.Series("one", charts.style(0), (Interval(0.5, 0.4, 0.6),), (False,)),), False
)
COUNTS = np.eye(8, dtype=int) * 90 + 1
DECK = Deck(
    "Which one?",
    (
        Slide("The first is the best.", "On 90 cells.", Points(("Look twice.", "Then look again.")), notes="Slowly."),
        Slide("Classes differ.", body=SlideTable(TABLE), caption="In brackets: intervals."),
        Slide("A half is found.", body=(Headline("50\u00a0%", "of the cells are found"), Headline("2", "are not"))),
        Slide("Half of them.", body=CHART),
        Slide("Most are right.", body=plots.Matrices(("one",), (COUNTS,), PBC8, "A matrix.")),
        Slide("Lime is evidence.", body=CellPictures((CellPicture(CELL, CELL, ("Neutrophil",), "A cell"),) * 4, MARK)),
        Slide("A field.", body=WholePhoto(np.zeros((30, 50, 3), np.uint8), "A field")),
    ),
)


@pytest.fixture(scope="module")
def pages() -> list[LaidOut]:
    return lay_out(DECK)


@pytest.fixture(scope="module")
def slides(pages) -> "pptx.presentation.Presentation":
    return pptx.Presentation(io.BytesIO(pptx_file.pptx(DECK.title, pages)))


@pytest.fixture(scope="module")
def sheets(pages) -> PdfReader:
    return PdfReader(io.BytesIO(pdf_file.pdf(DECK.title, pages)))


def plain(text: str) -> str:
    """Without the line ends and spaces that a page's layout puts in."""
    return "".join(text.split())


def texts(page: LaidOut) -> list[str]:
    return [
        text
        for block in page.blocks
        if not isinstance(block, PictureBlock)
        for text in (block.paragraphs if isinstance(block, TextBlock) else [t for row in block.rows for t in row])
    ]


def test_the_pptx_stands_where_the_layout_says(pages, slides):
    assert slides.core_properties.title == DECK.title
    assert len(slides.slides) == len(pages)
    for slide, page in zip(slides.slides, pages, strict=True):
        assert slide.shapes.title.text == page.title
        shapes = sorted(slide.shapes, key=lambda shape: shape.shape_id)
        places = {(round(s.left / 12700), round(s.top / 12700), round(s.width / 12700)) for s in shapes}
        areas = {(round(b.area.left), round(b.area.top), round(b.area.width)) for b in page.blocks}
        assert places == areas
        pictures = [shape._element.nvPicPr.cNvPr.get("descr") for shape in shapes if shape.shape_type == 13]
        assert pictures == [block.alt for block in page.blocks if isinstance(block, PictureBlock)]
        assert any(shape.has_text_frame and FOOTER.rstrip(".") in shape.text_frame.text for shape in shapes)
        assert slide.has_notes_slide == bool(page.notes)


def test_the_pptx_holds_every_text_and_the_notes(pages, slides):
    for slide, page in zip(slides.slides, pages, strict=True):
        written = [p.text for s in slide.shapes if s.has_text_frame for p in s.text_frame.paragraphs]
        written += [c.text for s in slide.shapes if s.has_table for row in s.table.rows for c in row.cells]
        assert sorted(written) == sorted(texts(page))
        if page.notes:
            assert slide.notes_slide.notes_text_frame.text == page.notes


def test_the_pdf_holds_every_text_and_its_fonts(pages, sheets):
    assert sheets.metadata.title == DECK.title
    assert len(sheets.pages) == len(pages)
    for sheet, page in zip(sheets.pages, pages, strict=True):
        text = plain(sheet.extract_text())
        assert sheet.mediabox.width > sheet.mediabox.height
        assert all(plain(one) in text for one in texts(page))
        assert len(sheet.images) == len({b.png for b in page.blocks if isinstance(b, PictureBlock)})
    fonts = [font.get_object() for sheet in sheets.pages for font in sheet["/Resources"]["/Font"].values()]
    assert all("DejaVuSans" in font["/BaseFont"] and "/FontFile2" in font["/FontDescriptor"] for font in fonts)


def test_the_screen_is_given_the_same_text_and_places(pages):
    sent = screen.sent("one", pages)
    for slide, page in zip(sent["slides"], pages, strict=True):
        assert slide["notes"] == page.notes
        areas = [[b.area.left, b.area.top, b.area.width, b.area.height] for b in page.blocks]
        assert [block["area"] for block in slide["blocks"]] == areas
    assert screen.sent("one", pages[:-1])["stamp"] != sent["stamp"]


def test_pictures_of_generated_cells_say_so_in_their_files(pages):
    (cells,) = [page for page in pages if page.title == "Lime is evidence."]
    pictures = [block for block in cells.blocks if isinstance(block, PictureBlock)]
    assert len(pictures) == 8
    for block in pictures:
        assert Image.open(io.BytesIO(block.png)).text == {"Source": MARK}
        assert open_photo(block.png, "one.png").pixels.shape == CELL.shape


def test_charts_are_as_large_as_their_place_and_always_the_same():
    drawn = print_charts.png(CHART, 6, 3)
    assert drawn == print_charts.png(CHART, 6, 3)
    picture = Image.open(io.BytesIO(drawn))
    assert picture.size == (6 * print_charts.DPI, 3 * print_charts.DPI)
    assert picture.convert("RGB").getpixel((2, 2)) == (255, 255, 255)


def test_every_symbol_of_the_screen_has_one_on_paper():
    assert set(print_charts._MARKERS) == set(charts.SYMBOLS)


WORDS = st.lists(st.text("abcdefgh%(),.–é", min_size=1, max_size=14), min_size=1, max_size=40).map(" ".join)
LONG = st.text("abcdefgh", min_size=60, max_size=120)
SHORT = WORDS.map(lambda text: text[:60])


@given(st.lists(WORDS | LONG, min_size=1, max_size=12), WORDS, WORDS | st.just(""))
@settings(max_examples=30, deadline=None)
def test_points_are_all_there_and_within_the_slide(sentences, title, lead):
    pages = lay_out(Deck("Which?", (Slide(title, lead, Points(tuple(sentences))),)))
    points = [block for page in pages for block in page.blocks if block.role == "points"]
    assert [sentence for block in points for sentence in block.paragraphs] == sentences
    for page in pages:
        check_blocks(page)


@given(
    st.integers(1, 5).flatmap(
        lambda columns: st.lists(st.lists(SHORT, min_size=columns, max_size=columns), min_size=2, max_size=20)
    )
)
@settings(max_examples=30, deadline=None)
def test_tables_are_all_there_and_touch_nothing(rows):
    table = pd.DataFrame(rows[1:], columns=rows[0])
    pages = lay_out(Deck("Which?", (Slide("One table.", "A lead.", SlideTable(table), "A caption."),)))
    tables = [block for page in pages for block in page.blocks if isinstance(block, TableBlock)]
    assert [list(row) for block in tables for row in block.rows[1:]] == rows[1:]
    for page in pages:
        check_blocks(page)


def check_blocks(page: LaidOut) -> None:
    """Nothing lies over anything else or beyond the margins, and no line is longer than its place."""
    blocks = sorted(page.blocks, key=lambda block: block.area.top)
    assert blocks[0].area.top >= TOP - 0.01
    for upper, lower in pairwise(blocks):
        assert upper.area.top + upper.area.height <= lower.area.top + 0.01
    for block in blocks:
        assert block.area.left >= EDGE - 0.01
        assert block.area.left + block.area.width <= WIDE - EDGE + 0.01
        assert (
            block.area.top + block.area.height <= (HIGH if block.role == "foot" else BOTTOM) + 0.01
            if isinstance(block, TextBlock)
            else True
        )
        if isinstance(block, TextBlock):
            for lines in block.lines:
                for line in lines:
                    assert typesetting.width(line, block.size, bold=block.bold) <= block.area.width


def test_no_word_of_a_class_breaks_in_a_table_of_models():
    """As "correcte/d" once did."""
    table = pd.DataFrame([["mobilenet_v2", "1,024", "0", "+0.4 (−0.1 to +0.9)", ".147"]] * 5)
    table.columns = [
        "Compared with",
        "Only efficientnet_b0 is right",
        "Only the other is right",
        "Difference",
        "p, corrected",
    ]
    (page,) = lay_out(Deck("Which?", (Slide("One table.", body=SlideTable(table)),)))
    (block,) = [one for one in page.blocks if isinstance(one, TableBlock)]
    assert block.whole_words
    assert block.size >= 14


def test_lines_break_between_words_and_inside_one_only_where_it_is_too_long():
    assert typesetting.broken("one two three", 20, 100) == ["one two", "three"]
    assert "".join(typesetting.broken("a" * 50, 20, 100)) == "a" * 50
    assert max(typesetting.width(line, 20) for line in typesetting.broken("a" * 50, 20, 100)) <= 100
    assert layout.points_height(["one"], 20, 400) == 25
