"""From photos of a smear to a count and a report, through the reader and the commands, with a tiny model."""

import csv
import io
import json
import zipfile

import numpy as np
import pytest
from pypdf import PdfReader

from core.__main__ import main
from core.cli.options import UNREAD
from core.detection.detector import SingleCellDetector
from core.differential.counts import differential
from core.differential.platelets import estimate
from core.differential.smear import Addition, CorrectionError, Corrections
from core.differential.wording import photo_remarks
from core.imaging.decoding import Photo
from core.imaging.fields import Detection, DetectorIdentity, Field, reading_window
from core.imaging.loading import iter_photos
from core.imaging.quality import OutOfRange, SmallCell
from core.imaging.windows import Box
from core.inference.reader import Reader
from core.inference.smear import SmearReader, common_remarks, confusion_of, count_smear, smear_of, with_corrections
from core.labels import NO_CELL
from core.reports.corrections import bind, read_corrections
from core.reports.tables import as_csv
from core.synthetic.drawings import CELL_CLASSES, RED_CELL, drawn_cell, drawn_field, png
from tests.core.calling import call

SEEDS = (1, 2)
SIZE = (240, 320)


class Truth:
    """Finds what was drawn, in the photos that are known; nothing in others."""

    identity = DetectorIdentity("classical")

    def __init__(self):
        self.drawings = {seed: drawn_field(seed, SIZE, 3) for seed in SEEDS}

    def find(self, photo):
        height, width = photo.pixels.shape[:2]
        known = [one for one in self.drawings.values() if np.array_equal(one.pixels, photo.pixels)]
        cells = [_found(cell) for one in known for cell in one.cells]
        return Field(photo.name, width, height, tuple(cells), 0.6, False, self.identity)


def _found(cell):
    kind = {RED_CELL: "red", "platelet": "platelet"}.get(cell.label, "white")
    box = cell.box
    return Detection(box, kind, 0.9, box.left <= 0 or box.top <= 0 or box.right >= SIZE[1] or box.bottom >= SIZE[0])


@pytest.fixture
def reader(tiny):
    return Reader(tiny)


@pytest.fixture
def folder(tmp_path):
    """A cell of each class, one of them twice, and what cannot be read."""
    root = tmp_path / "photos"
    root.mkdir()
    for kind in CELL_CLASSES:
        (root / f"{kind}.png").write_bytes(png(drawn_cell(kind, 1)))
    (root / "again.png").write_bytes(png(drawn_cell("basophil", 1)))
    (root / "torn.jpg").write_bytes(b"\xff\xd8\xff\xe0 torn")
    (root / "letter.txt").write_text("Dear colleague")
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("deep.png", png(drawn_cell("monocyte", 5)))
    with zipfile.ZipFile(root / "nested.zip", "w") as archive:
        archive.writestr("inner.zip", inner.getvalue())
    return root


def test_every_white_cell_of_a_field_is_read_and_the_rest_is_counted(reader):
    truth = Truth()
    photos = [Photo(f"{seed}.png", drawing.pixels) for seed, drawing in truth.drawings.items()]
    done = []
    smear = count_smear(photos, reader, truth, progress=done.append)
    white = [cell for cell in smear.cells if cell.detection.kind == "white"]
    assert len(white) == 6
    assert all(cell.probabilities and cell.crop is not None for cell in white)
    assert all(cell.probabilities is None for cell in smear.cells if cell.detection.kind != "white")
    assert [photo.number for photo in smear.photos] == [1, 2]
    assert smear.photos[0].preview.shape == (*SIZE, 3)
    assert sum(photo.field.count("red") for photo in smear.photos) > 20
    assert smear.confusion.n > 0
    assert smear.models[-1].sha256 == reader.checkpoint.card.sha256
    assert done == [2]
    doubtful = [cell for cell in smear.cells if cell.doubtful]
    assert all(cell.overlay is not None for cell in doubtful)


def test_a_cell_of_a_field_is_read_as_the_reader_reads_its_window(reader):
    truth = Truth()
    photo = Photo("1.png", truth.drawings[1].pixels)
    smear = count_smear([photo], reader, truth, pictures=False)
    cell = next(cell for cell in smear.cells if cell.detection.kind == "white")
    (again,) = reader.read([photo], [cell.window])
    assert again.probabilities.values == pytest.approx(cell.probabilities.values, abs=1e-6)
    assert cell.crop is None


def test_the_same_photos_have_the_same_identifier_whatever_their_names_and_order(reader):
    photos = [Photo(f"{kind}.png", drawn_cell(kind, 1)) for kind in CELL_CLASSES[:3]]
    renamed = [Photo("x", photo.pixels) for photo in reversed(photos)]
    first, second, other = (count_smear(some, reader, SingleCellDetector()) for some in (photos, renamed, photos[:2]))
    assert first.identifier == second.identifier != other.identifier
    assert first.identifier.startswith("SL-")


def test_a_photo_that_is_there_twice_counts_once(reader):
    cell = drawn_cell("monocyte", 3)
    smear = count_smear([Photo("a.png", cell), Photo("b.png", cell)], reader, SingleCellDetector())
    assert len(smear.cells) == 1
    (left,) = smear.not_read
    assert left.twice
    assert "b.png shows the same picture as photo 1" in left.reason


def test_what_cannot_be_read_leaves_the_rest_untouched(reader, folder):
    blank = Photo("blank.png", np.full((64, 64, 3), 240, np.uint8))
    smear = count_smear([*iter_photos([str(folder)]), blank], reader, Truth())
    assert len(smear.photos) == len(CELL_CLASSES) + 1
    assert len(smear.not_read) == 4
    for lost in smear.not_read:
        assert lost.name in lost.reason
        assert lost.reason.endswith(".")
    assert "No cell was found in it." in photo_remarks(smear.photos[-1])


def test_looked_at_one_by_one_it_is_the_same_smear(reader):
    truth = Truth()
    photos = [Photo(f"{seed}.png", drawing.pixels) for seed, drawing in truth.drawings.items()]
    photos.append(Photo("again.png", photos[0].pixels))
    smear_reader = SmearReader(reader, truth)
    seen = [one for photo in photos for one in smear_reader.read([photo])]
    together = count_smear(photos, reader, truth)
    apart = smear_of(seen, reader, truth)
    assert apart.identifier == together.identifier
    assert [cell.name for cell in apart.cells] == [cell.name for cell in together.cells]
    for one, other in zip(apart.cells, together.cells, strict=True):
        assert (one.probabilities is None) == (other.probabilities is None)
        if one.probabilities is not None:
            assert one.probabilities.values == pytest.approx(other.probabilities.values, abs=1e-6)
    assert [lost.name for lost in apart.not_read] == ["again.png"]


def test_remarks_of_half_of_the_cells_are_made_once_whatever_their_figures():
    dark, darker = (OutOfRange("light", above=False, share=share) for share in (0.991, 0.998))
    bright, small = OutOfRange("light", above=True, share=0.99), SmallCell(40, 224)
    cells = [(dark, small), (darker, small), (bright,), ()]
    assert common_remarks(cells) == (dark, small)
    assert common_remarks([*cells, ()]) == ()
    assert common_remarks([]) == ()


def test_a_detector_that_is_not_at_hand_any_more_is_said_by_its_name(tiny):
    gone = DetectorIdentity("network", "gone", "ab" * 32)
    truth = Truth()
    truth.identity = gone
    facts = smear_of([], Reader(tiny), truth).models[0]
    assert (facts.name, facts.title, facts.sha256) == ("no model", "gone abababab", "")


@pytest.fixture
def field(reader):
    """A drawn field, its smear, and a white cell that the detector is made to miss."""
    truth = Truth()
    photo = Photo("1.png", truth.drawings[1].pixels)
    whole = truth.find(photo)
    missed = next(cell for cell in whole if cell.kind == "white" and not cell.cut)

    class Blind:
        identity = truth.identity

        def find(self, photo):
            return Field(photo.name, whole.width, whole.height, tuple(c for c in whole if c is not missed), whole.scale)

    smear_reader = SmearReader(reader, Blind())
    return photo, smear_of(smear_reader.read([photo]), reader, Blind()), missed, smear_reader, truth


def test_an_added_cell_is_read_as_if_it_had_been_found(reader, field):
    photo, smear, missed, smear_reader, truth = field
    said = Corrections(added=(Addition(1, missed.box, "monocyte"), Addition(1, missed.box)))
    more = with_corrections(smear, said, smear_reader, lambda number: photo)
    called, left = more.cells[-2:]
    assert [called.number, left.number] == [len(smear.cells) + 1, len(smear.cells) + 2]
    assert called.counted_as == "monocyte"
    assert called in more.changed
    assert left.corrected is None
    (reading,) = reader.read([photo], [reading_window(missed, truth.find(photo))])
    assert called.probabilities.values == pytest.approx(reading.probabilities.values, abs=1e-6)
    assert differential(more)["monocyte"].cells == differential(smear)["monocyte"].cells + 1 + (
        left.counted_as == "monocyte"
    )


def test_an_added_cell_is_read_once_whatever_else_is_said(field):
    photo, smear, missed, smear_reader, _ = field
    asked: list[int] = []

    def photo_of(number):
        asked.append(number)
        return photo

    for called in (None, "monocyte", "basophil"):
        more = with_corrections(smear, Corrections(added=(Addition(1, missed.box, called),)), smear_reader, photo_of)
        assert more.cells[-1].corrected == called
    assert asked == [1]


def test_an_added_platelet_is_not_read_but_counted(field):
    photo, smear, _, smear_reader, _ = field
    more = with_corrections(
        smear, Corrections(added=(Addition(1, Box(5, 5, 20, 20), "platelet"),)), smear_reader, lambda number: photo
    )
    assert more.cells[-1].probabilities is None
    assert len(more.counted("platelet")) == len(smear.counted("platelet")) + 1
    fields = [[one.corrected_field(photo) for photo in one.photos] for one in (smear, more)]
    before, after = map(estimate, fields)
    assert after.platelets == before.platelets + 1


@pytest.mark.parametrize("place", [(2, (5, 5, 20, 20)), (1, (900, 5, 920, 20))])
def test_an_added_cell_lies_in_a_photo(field, place):
    photo, smear, _, smear_reader, _ = field
    said = Corrections(added=(Addition(place[0], Box(*place[1])),))
    with pytest.raises(CorrectionError, match="does not lie in photo"):
        with_corrections(smear, said, smear_reader, lambda number: photo)


def test_what_a_person_said_comes_back_from_a_saved_table(field, tmp_path):
    photo, smear, missed, smear_reader, _ = field
    first = next(cell for cell in smear.cells if cell.detection.kind == "white")
    said = Corrections({(1, first.number): NO_CELL}, (Addition(1, missed.box, "basophil"),))
    table = tmp_path / "cells.csv"
    table.write_text(as_csv(with_corrections(smear, said, smear_reader, lambda number: photo)))
    again = bind(smear, read_corrections(table)).corrections
    assert again.called == said.called
    assert again.added[0].called == "basophil"
    assert again.added[0].box.as_tuple() == pytest.approx(missed.box.as_tuple(), abs=0.06)


def test_no_confusion_without_predictions(own_copy):
    assert confusion_of(own_copy) is not None
    (own_copy.folder / "predictions.parquet").unlink()
    assert confusion_of(own_copy) is None


def test_count_for_programs_and_for_people(tiny, folder):
    told = json.loads(call("count", str(folder), "--single", "--json", status=UNREAD))
    assert len(told["cells"]) == len(CELL_CLASSES)
    assert {row["class"] for row in told["differential"]["classes"]} >= {"neutrophil", "ig"}
    assert len(told["not_read"]) == 4
    assert told["photos"][0]["file"].endswith(".png")
    said = call("count", str(folder), "--single", status=UNREAD)
    assert "Neutrophils" in said
    assert "Not for diagnosis" in said


def test_a_report_with_a_persons_corrections(tiny, folder, tmp_path):
    table, out = tmp_path / "cells.csv", tmp_path / "count.pdf"
    call("report", str(folder), "--single", "-o", str(table), status=UNREAD)
    lines = table.read_text("utf-8-sig").splitlines()
    columns = lines[0].split(",")
    row = lines[1].split(",")
    row[columns.index("corrected")] = "no cell"
    table.write_text("\n".join([lines[0], ",".join(row)]) + "\n")
    arguments = ("--single", "--corrections", str(table), "--id", "Class 7", "--by", "A. Student", "--paper", "Letter")
    call("report", str(folder), "-o", str(out), *arguments, status=UNREAD)
    text = " ".join(page.extract_text() for page in PdfReader(out).pages)
    for said in ("Class 7", "A. Student", "What a person changed", "no cell", tiny.card.sha256[:32], "File 1"):
        assert said in text
    assert "torn.jpg" not in text


def test_the_command_reads_a_cell_that_a_person_added(tiny, folder, tmp_path):
    table, out = tmp_path / "cells.csv", tmp_path / "count.json"
    call("report", str(folder), "--single", "-o", str(table), status=UNREAD)
    lines = table.read_text("utf-8-sig").splitlines()
    row = dict(zip(lines[0].split(","), lines[2].split(","), strict=True))
    row |= {"corrected": "eosinophil", "added": "yes", "left": "10", "top": "10"}
    table.write_text("\n".join([lines[0], ",".join(row.values())]) + "\n")
    call("report", str(folder), "--single", "--corrections", str(table), "-o", str(out), status=UNREAD)
    (cell,) = [cell for cell in json.loads(out.read_text())["cells"] if cell.get("added")]
    assert (cell["photo"], cell["cell"], cell["counted_as"]) == (2, 2, "eosinophil")
    assert cell["probabilities"]


def rewritten(table, delimiter, charset, **words):
    """The saved table as a spreadsheet saves it anew, with a person's word for the cell of each file."""
    rows = list(csv.DictReader(io.StringIO(table.read_text("utf-8-sig"))))
    file = io.StringIO()
    writer = csv.DictWriter(file, rows[0], delimiter=delimiter)
    writer.writeheader()
    for row in rows:
        writer.writerow(row | {"corrected": words.get(row["file"].rsplit("/", 1)[-1].removesuffix(".png"), "")})
    table.write_bytes(file.getvalue().encode(charset))


@pytest.mark.parametrize(("delimiter", "charset"), [(",", "utf_8"), (";", "cp1252"), ("\t", "utf_16")])
def test_corrections_stay_with_their_photo_when_another_comes_before(tiny, tmp_path, delimiter, charset):
    folder, table = tmp_path / "photos", tmp_path / "cells.csv"
    folder.mkdir()
    for name in ("b", "c", "d"):
        (folder / f"{name}.png").write_bytes(png(drawn_cell("neutrophil", ord(name))))
    call("report", str(folder), "--single", "--names", "-o", str(table))
    rewritten(table, delimiter, charset, b="Monocyte", c="No cell", d="dragon")
    (folder / "a_new.png").write_bytes(png(drawn_cell("eosinophil", 1)))
    (folder / "c.png").unlink()
    made = json.loads(call("count", str(folder), "--single", "--json", "--corrections", str(table), status=UNREAD))
    corrected = {made["photos"][cell["photo"] - 1]["file"][-5:]: cell.get("corrected") for cell in made["cells"]}
    assert corrected == {"w.png": None, "b.png": "monocyte", "d.png": None}
    assert [lost["row"] for lost in made["corrections_not_applied"]] == [3, 4]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["report", "x.png", "-o", "r.docx"], ".pdf"),
        (["report", "x.png", "-o", "nowhere/r.pdf"], "nowhere"),
        (["report", "x.png", "-o", "r.pdf", "--paper", "A5"], "Letter"),
        (["report", "x.png", "-o", "r.pdf", "--id", "x" * 50], "identifier"),
        (["report", "x.png", "--single", "-o", "r.pdf"], "x.png"),
        (["count", "x.png", "--corrections", "gone.csv"], "gone.csv"),
        (["count", "x.png", "--model", "nobody"], "nobody"),
    ],
)
def test_a_refusal_is_one_sentence_and_status_1(tiny, monkeypatch, capsys, tmp_path, arguments, named):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["core", *arguments])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 1
    said = capsys.readouterr().err.strip()
    assert named in said
    assert "Traceback" not in said
