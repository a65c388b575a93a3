"""Reports of a drawn smear: read back as text, as data and as FHIR, and without a patient in them."""

import csv
import io
import json
import re
import zipfile
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fhir.resources.R4B.bundle import Bundle
from PIL import Image
from pypdf import PdfReader

from core.differential import wording
from core.differential.cell_types import read_types
from core.differential.counts import differential
from core.differential.smear import NotApplied
from core.reports import blocks
from core.reports.composition import report
from core.reports.fhir import CODES, MYELOID_TO_ERYTHROID, NUCLEATED, PANEL, bundle
from core.reports.files import KINDS, PAPERS, ReportError, kind_of, write
from core.reports.html import as_html
from core.reports.tables import as_csv, as_dict
from tests.core.differential.drawn import almost_right, cells_of, drawn_smear, smear_of

A4_WIDTH, LETTER_WIDTH = 595, 612


@pytest.fixture(scope="module")
def smear():
    found = drawn_smear()
    changed = next(cell for cell in found.cells if cell.label == "neutrophil" or cell.label is not None)
    return found.with_corrections(
        {(changed.photo, changed.number): "monocyte" if changed.label != "monocyte" else "ig"}
    )


@pytest.fixture(scope="module")
def count(smear):
    return differential(smear)


@pytest.fixture(scope="module")
def folder(smear, count, tmp_path_factory):
    """The smear as every kind of report."""
    root = tmp_path_factory.mktemp("reports")
    for kind in KINDS:
        write(root / f"report{kind}", smear, count)
    return root


def text_of(path: Path) -> list[str]:
    return [page.extract_text() for page in PdfReader(path).pages]


@pytest.mark.parametrize(("paper", "width"), [("A4", A4_WIDTH), ("Letter", LETTER_WIDTH)])
def test_a_pdf_has_numbered_pages_with_the_identifier_and_what_it_is_for(smear, count, tmp_path, paper, width):
    path = write(tmp_path / "report.pdf", smear, count, paper=paper)
    read = PdfReader(path)
    pages = text_of(path)
    assert round(float(read.pages[0].mediabox.width)) == width
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in page
        assert smear.identifier in page
        assert wording.INTENDED_USE_SHORT in page
    assert read.metadata.title == f"Differential count {smear.identifier}"
    assert {entry.title for entry in read.outline} >= {"The count", "The photos", "Cells to look at again"}


def test_a_pdf_holds_its_fonts(folder):
    fonts = PdfReader(folder / "report.pdf").pages[0]["/Resources"]["/Font"]
    for font in fonts.values():
        assert "/FontFile2" in font.get_object()["/FontDescriptor"].get_object()


def test_pdf_and_html_say_the_same(folder, smear, count):
    flat = " ".join(" ".join(text_of(folder / "report.pdf")).split())
    page = (folder / "report.html").read_text()
    plain = " ".join(re.sub(r"<[^>]+>", " ", page).replace("&gt;", ">").replace("&lt;", "<").split())
    for said in ("Table 1.", "Figure 2.", "What a person changed", "less sharp", "ab" * 16, "CLSI H20-Ed3", "Rümke"):
        assert said in flat.replace("ab ab", "abab"), said
        assert said in plain, said
    for row in count.rows:
        assert wording.plural(smear.space, row.key) in flat
        assert wording.limits(row.share) in flat
        assert wording.limits(row.share) in plain


@pytest.mark.parametrize("kind", KINDS)
def test_no_report_names_a_file_unless_asked(folder, kind):
    path = folder / f"report{kind}"
    if kind.endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            said = " ".join(part for name in archive.namelist() for part in (name, archive.read(name).decode()))
    else:
        said = " ".join(text_of(path)) if kind == ".pdf" else path.read_text()
    assert "Anna" not in said


def test_a_correction_that_fits_nothing_is_named_in_every_report(smear, count, tmp_path):
    lost = NotApplied(7, "3.2", "dragon", "It is none of the classes.")
    more = replace(smear, not_applied=(lost,))
    assert "row 7 (cell 3.2: dragon) is not applied" in write(tmp_path / "r.html", more, count).read_text()
    made = as_dict(more, count)
    assert made["corrections_not_applied"] == [vars(lost)]
    assert any("not applied" in sentence and "row 7" in sentence for sentence in made["sentences"])


def test_names_of_files_are_there_when_asked(smear, count, tmp_path):
    said = " ".join(text_of(write(tmp_path / "report.pdf", smear, count, names=True)))
    assert "Anna Schmidt 1.png" in said
    assert "Anna Schmidt 2.png" in as_csv(smear, names=True)


def test_a_page_asks_nothing_of_a_network_and_runs_nothing(folder):
    page = (folder / "report.html").read_text()
    assert "default-src &#x27;none&#x27;" in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
    sources = re.findall(r'(?:src|href)="([^"]{0,22})', page)
    assert sources
    assert all(source.startswith("data:image/jpeg;base64") for source in sources)


def test_what_stands_in_a_page_is_text_and_no_markup(smear, count, tmp_path):
    evil = replace(smear, by="<script>alert(1)</script>", identifier="<b>x</b>")
    page = write(tmp_path / "r.html", evil, count).read_text()
    assert "<script" not in page
    assert "<b>x" not in page
    assert write(tmp_path / "r.pdf", evil, count).stat().st_size > 10_000


def test_a_pdf_shows_photos_with_boxes_cells_and_where_the_model_looked(folder, smear):
    pictures = [image for page in PdfReader(folder / "report.pdf").pages for image in page.images]
    sizes = [Image.open(io.BytesIO(image.data)).size for image in pictures]
    cells = [cell for cell in smear.cells if cell.crop is not None]
    assert (320, 240) in sizes
    # Equal pictures are stored once: a cell in doubt is on its sheet and looked at closely.
    assert sizes.count((48, 48)) >= len(cells)


def test_json_tells_all_that_was_counted(folder, smear, count):
    told = json.loads((folder / "report.json").read_text())
    assert told["identifier"] == smear.identifier
    assert told["intended_use"] == wording.INTENDED_USE
    assert [row["class"] for row in told["differential"]["classes"]] == [row.key for row in count.rows]
    assert sum(row["cells"] for row in told["differential"]["classes"]) == count.white
    assert len(told["cells"]) == len(smear.cells)
    assert told["models"][0]["sha256"] == "ab" * 32
    assert [cell["corrected"] for cell in told["cells"] if "corrected" in cell]
    assert as_dict(smear, count, names=True)["not_read"][0]["file"] == "Anna Schmidt.jpg"


def test_no_name_becomes_a_formula(smear):
    photos = tuple(replace(photo, name="=HYPERLINK(1)") for photo in smear.photos)
    rows = list(csv.DictReader(io.StringIO(as_csv(replace(smear, photos=photos), names=True))))
    assert {row["file"] for row in rows} == {"'=HYPERLINK(1)"}


def test_fhir_is_a_valid_bundle_of_the_named_codes(folder, count):
    told = json.loads((folder / "report.fhir.json").read_text())
    checked = Bundle.model_validate(told)
    assert checked.type == "collection"
    resources = [entry["resource"] for entry in told["entry"]]
    (report,) = [one for one in resources if one["resourceType"] == "DiagnosticReport"]
    found = {one["code"]["coding"][0]["code"]: one for one in resources if one["resourceType"] == "Observation"}
    assert report["code"]["coding"][0]["code"] == PANEL[0]
    assert set(found) == {code for code, _ in CODES.values()} | {NUCLEATED[0]}
    assert {code for code, _ in CODES.values()} == {"26511-6", "26478-8", "26485-3", "26450-7", "30180-4", "38518-7"}
    urls = {entry["fullUrl"] for entry in told["entry"]}
    assert {result["reference"] for result in report["result"]} <= urls
    assert all(one["device"]["reference"] in urls for one in found.values())
    assert not any("subject" in one for one in resources)
    assert report["status"] == "preliminary"


def test_a_pdf_without_a_differential_begins_with_why(tmp_path) -> None:
    bare = smear_of(cells_of({"neutrophil": 96}))
    said = " ".join(" ".join(text_of(write(tmp_path / "r.pdf", bare, differential(bare)))).split())
    assert said.index("No red cell was found beside 96") < said.index("Identifier")
    for words in ("Table 1. White cells", "Differential count, in percent", "than usual", "reference interval"):
        assert words not in said


def test_fhir_gives_percentages_of_a_differential() -> None:
    many = smear_of(cells_of({"neutrophil": 65, "lymphocyte": 35}), 1_500, confusion=almost_right())
    resources = [entry["resource"] for entry in bundle(many, differential(many))["entry"]]
    found = {one["code"]["coding"][0]["code"]: one for one in resources if one["resourceType"] == "Observation"}
    total = sum(found[code]["valueQuantity"]["value"] for code, _ in CODES.values())
    assert total == pytest.approx(100, abs=0.1)
    assert found[CODES["neutrophil"][0]]["interpretation"][0]["coding"][0]["code"] == "N"


def test_fhir_of_the_same_count_is_the_same(smear, count):
    assert bundle(smear, count) == bundle(smear, count)


def test_fhir_of_no_white_cells_has_no_observations(smear):
    empty = replace(smear, cells=())
    told = bundle(empty, differential(empty))
    Bundle.model_validate(told)
    assert [entry["resource"]["resourceType"] for entry in told["entry"]] == ["DiagnosticReport", "Device"]


@pytest.mark.parametrize("kind", [".pdf", ".html"])
def test_a_report_without_any_cell_is_written_too(smear, tmp_path, kind):
    empty = replace(smear, cells=(), models=(), confusion=None)
    assert write(tmp_path / f"r{kind}", empty, differential(empty)).stat().st_size > 1_000


@pytest.mark.parametrize("name", ["report.docx", "report", "report.pdf.txt"])
def test_another_ending_is_refused(name):
    with pytest.raises(ReportError, match=r"\.pdf"):
        kind_of(Path(name))


def test_what_cannot_be_written_is_said(smear, count, tmp_path):
    with pytest.raises(ReportError, match="could not be written"):
        write(tmp_path / "nowhere" / "r.csv", smear, count)
    with pytest.raises(ReportError, match=", ".join(PAPERS)):
        write(tmp_path / "r.pdf", smear, count, paper="A5")


class _Elements(HTMLParser):
    """Opens and closes every element of a page, and counts them."""

    WITHOUT_END = ("meta", "img")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.counts: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.counts[tag] += 1
        if tag not in self.WITHOUT_END:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.counts[tag] += 1

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_a_page_has_an_element_for_everything_in_the_report(folder, smear, count):
    made = report(smear, count)
    found = [block for section in made.sections for block in section.blocks]
    elements = _Elements()
    elements.feed((folder / "report.html").read_text())
    assert elements.open == []
    tables = [block for block in found if isinstance(block, blocks.Table)]
    assert elements.counts["table"] == len(tables)
    assert elements.counts["td"] == sum(len(row) for table in tables for row in table.rows)
    assert elements.counts["h2"] == sum(bool(section.title) for section in made.sections)
    assert elements.counts["li"] == sum(len(block.items) for block in found if isinstance(block, blocks.BulletList))
    figures = sum(len(block.figures) for block in found if isinstance(block, blocks.FigureGroup))
    assert elements.counts["image"] == figures
    tiles = sum(len(block.tiles) for block in found if isinstance(block, blocks.ContactSheet))
    assert elements.counts["figure"] == figures + tiles


def test_no_space_comes_between_elements(folder):
    page = (folder / "report.html").read_text()
    assert not re.search(r">\s+<", page.partition("</style>")[2].strip())


@pytest.mark.parametrize(
    ("text", "shown"),
    [("Rümke's table", "Rümke’s table"), ("<i>", "&lt;i&gt;"), ('"a" & b', "&#34;a&#34; &amp; b"), ("'a'", "&#39;a’")],
)
def test_texts_of_a_page_are_escaped_and_their_apostrophes_curved(text, shown):
    section = blocks.Section("", (blocks.Text(text),))
    assert f"<main><section><p>{shown}</p></section></main>" in as_html(blocks.Document("T", "S", "I", (section,)))


def typed_smear(types: str, counts: dict[str, int], **words: str):
    """White cells beside 400 red ones, all cells of a class named with one type: neutrophil="band neutrophil"."""
    found = replace(smear_of(cells_of(counts), 400), types=read_types(types))
    named = {(1, cell.number): words[str(cell.label)] for cell in found.cells if cell.label in words}
    return found.with_corrections(named)


STAGED = {"neutrophil": 80, "ig": 6, "lymphocyte": 20, "monocyte": 8, "eosinophil": 4}


@pytest.mark.parametrize("types", ["blood_stages", "marrow"])
def test_types_of_a_person_and_their_ratios_are_in_every_report(types):
    counts = STAGED | {"erythroblast": 200 if types == "marrow" else 0}
    found = typed_smear(types, counts, neutrophil="band neutrophil", ig="myelocyte", eosinophil="plasma cell")
    count = differential(found)
    (ratio,) = count.ratios
    shown = [block for section in report(found, count).sections for block in section.blocks]
    tables = [row for block in shown if isinstance(block, blocks.Table) for row in block.rows]
    assert ("Neutrophil", "Band neutrophil", "80", "58–77" if types == "blood_stages" else "20–31") in tables
    assert any(row[0] == "Plasma cells" for row in tables)
    assert blocks.BulletList((wording.ratio_sentence(ratio),)) in shown
    facts = as_dict(found, count)
    json.dumps(facts)
    assert facts["differential"]["ratios"][0]["kind"] == ratio.kind
    assert {"class": "neutrophil", "type": "band neutrophil"}.items() <= facts["differential"]["parts"][1].items()
    resources = [entry.resource for entry in Bundle.model_validate(bundle(found, count)).entry]
    observed = {each.code.text or each.code.coding[0].code: each for each in resources if hasattr(each, "component")}
    if types == "marrow":
        assert observed["Band neutrophil, share of nucleated cells"].code.coding is None
        assert float(observed[MYELOID_TO_ERYTHROID[0]].valueQuantity.value) == pytest.approx(86 / 200)
        assert not {code for code, _ in CODES.values()} & set(observed)  # these are of blood
    else:
        assert observed["Band neutrophil"].code.coding[0].code == "26508-2"
        assert float(observed["Band neutrophil"].valueQuantity.value) == pytest.approx(100 * 80 / 118, abs=0.01)
        assert observed["Plasma cell"].referenceRange is None
        assert float(observed["Immature to total neutrophils"].valueQuantity.value) == 1
