"""The commands as a person or a program calls them: output, errors and exit status."""

import csv
import io
import json
import subprocess
import sys
import zipfile

import pytest
from PIL import Image

from core.__main__ import app, main
from core.cli.options import STOPPED, UNREAD
from core.datasets import SOURCES
from core.differential.smear import WHITE
from core.errors import SmearlensError
from core.evaluation.results.speeds import read_speeds
from core.experiments.benchmarks import BENCHMARKS
from core.imaging.fields import Detection, DetectorIdentity, Field
from core.imaging.windows import Box
from core.models.registry import ARCHITECTURES
from core.synthetic.drawings import RED_CELL, drawn_cell, drawn_field, png
from tests.core.calling import call


@pytest.fixture
def cell(tmp_path):
    path = tmp_path / "cell.png"
    path.write_bytes(png(drawn_cell("monocyte", 3)))
    return path


def test_models(tiny):
    (row,) = json.loads(call("models", "--json"))
    assert {"name", "architecture", "input_size", "parameters", "bytes", "sha256", "source"} <= set(row)
    assert row["architecture"] in ARCHITECTURES
    assert row["multiply_adds"] == 3 * row["input_size"] ** 2 * 8
    assert "tiny" in call("models")


def test_evaluate_from_the_table_and_afresh(tiny, drawn_folder):
    (told,) = json.loads(call("evaluate", "--source", "folder", "--json"))
    assert told["n"] == tiny.card.trained.counts["test"]
    assert {"value", "low", "high"} == set(told["accuracy"])
    assert {"precision", "recall", "specificity", "f1"} <= set(told["macro"])
    assert len(told["per_class"]) == 8
    (fresh,) = json.loads(
        call("evaluate", "tiny", "--source", "folder", "--fresh", "--root", str(drawn_folder), "--json")
    )
    assert fresh["accuracy"] == told["accuracy"]
    assert "tiny" in call("evaluate", "--source", "folder")


def test_predict_gives_an_object_a_cell_and_one_for_what_cannot_be_read(tiny, cell, tmp_path):
    (tmp_path / "torn.jpg").write_bytes(b"\xff\xd8\xff\xe0 torn")
    with zipfile.ZipFile(tmp_path / "more.zip", "w") as archive:
        archive.writestr("inside.png", cell.read_bytes())
    lines = call("predict", str(tmp_path), "--json", status=UNREAD).splitlines()
    rows = {row["file"].rsplit("/", 1)[-1]: row for row in map(json.loads, lines)}
    assert set(rows) == {"cell.png", "torn.jpg", "inside.png"}
    assert "torn.jpg" in rows["torn.jpg"]["error"]
    good = rows["cell.png"]
    assert {"file", "cell", "box", "class", "probabilities", "verdict", "checkpoint", "sha256"} <= set(good)
    assert good["class"] == max(good["probabilities"], key=good["probabilities"].get)
    assert rows["inside.png"]["probabilities"] == pytest.approx(good["probabilities"])


def test_predict_in_words(tiny, cell):
    assert "cell.png" in call("predict", str(cell))


class WhiteCells:
    """Finds the white cells of one drawn field."""

    identity = DetectorIdentity("classical")
    drawing = drawn_field(3, (240, 320), 3)

    def find(self, photo, progress=None):
        white = [cell for cell in self.drawing.cells if cell.label not in (RED_CELL, "platelet")]
        found = tuple(Detection(cell.box, "white", 0.9) for cell in white)
        return Field(photo.name, 320, 240, found, detector=self.identity)


def test_predict_reads_every_white_cell_of_a_field_as_count_does(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr("core.detection.loading.load_detector", lambda **_: WhiteCells())
    path = tmp_path / "field.png"
    path.write_bytes(png(WhiteCells.drawing.pixels))
    rows = [json.loads(line) for line in call("predict", str(path), "--json").splitlines()]
    counted = json.loads(call("count", str(path), "--json"))
    white = {cell["cell"]: cell for cell in counted["cells"] if cell.get("probabilities")}
    assert len(rows) == len(white) == 3
    assert all(row["field"] for row in rows)
    assert sum(row["foremost"] for row in rows) == 1
    for row in rows:
        cell = white[row["cell"]]
        assert row["probabilities"] == pytest.approx(cell["probabilities"], abs=1e-5)
        assert [row[key] for key in ("class", "verdict", "cut", "note")] == [
            cell[key] for key in ("class", "verdict", "cut", "note")
        ]
    assert f"cell {rows[0]['cell']}: " in call("predict", str(path))
    (alone,) = call("predict", str(path), "--single", "--json").splitlines()
    assert not json.loads(alone)["field"]


class RedCells:
    """Finds three red cells and nothing else, of that many pixels."""

    identity = DetectorIdentity("classical")
    side = 30

    def find(self, photo, progress=None):
        boxes = [Box(left, 50, left + self.side, 50 + self.side) for left in (20, 100, 180)]
        found = tuple(Detection(box, "red", 0.9) for box in boxes)
        return Field(photo.name, 320, 240, found, detector=self.identity)


class SmallRedCells(RedCells):
    side = 14


@pytest.mark.parametrize(
    ("detector", "remark"),
    [
        (RedCells, "No white cell was found in it."),
        (
            SmallRedCells,
            "The magnification is too low to tell white cells: red cells are 14 pixels wide, 20 are needed.",
        ),
    ],
)
def test_predict_and_explain_say_why_no_white_cell_of_a_field_is_read(tiny, tmp_path, monkeypatch, detector, remark):
    monkeypatch.setattr("core.detection.loading.load_detector", lambda **_: detector())
    path = tmp_path / "field.png"
    path.write_bytes(png(WhiteCells.drawing.pixels))
    (row,) = [json.loads(line) for line in call("predict", str(path), "--json").splitlines()]
    assert row["remark"] == remark
    assert remark in call("predict", str(path))
    with pytest.raises(SmearlensError) as error:
        app(["explain", str(path), "-o", str(tmp_path / "x.png")], standalone_mode=False)
    assert str(error.value) == f"{path}: {remark}"


def test_explain_writes_a_picture(tiny, cell, tmp_path):
    out = tmp_path / "why.png"
    assert "input-gradient for monocyte" in call("explain", str(cell), "-o", str(out), "--target", "monocyte")
    picture = Image.open(io.BytesIO(out.read_bytes()))
    assert picture.width == 2 * picture.height


def test_verify(tiny):
    assert all(row["problems"] == [] for row in json.loads(call("verify", "--json")))


def test_verify_fails_loudly(own_copy):
    (own_copy.folder / "predictions.parquet").write_bytes(b"nothing")
    assert "predictions" in call("verify", status=1)


def test_data(tmp_path, drawn_folder):
    assert {row["name"] for row in json.loads(call("data", "list", "--json"))} == set(SOURCES)
    facts = json.loads(call("data", "info", "folder", "--root", str(drawn_folder), "--json"))
    assert sum(facts["counts"]["basophil"].values()) == 15
    assert "Data in Brief" in call("data", "info", "pbc")


def test_train_stops_resumes_and_publishes(own_copy, drawn_folder, tmp_path, monkeypatch):
    arguments = (
        "train",
        "linear",
        "--root",
        str(drawn_folder),
        "--out",
        str(tmp_path / "run"),
        "--set",
        "epochs=2",
    )
    arguments += ("--set", "batch_size=16", "--set", "source=folder")
    with monkeypatch.context() as patch:
        patch.setattr("core.cli.training.stop_on_signal", lambda stop: stop())
        call(*arguments, status=STOPPED)
    call(*arguments, "--publish", "second")
    assert [row["name"] for row in json.loads(call("models", "--json"))] == ["second", "tiny"]


def test_bench(tiny):
    rows = json.loads(call("bench", "speed", "--json"))
    assert rows[0]["checkpoint"] == "tiny"
    assert read_speeds() == {}


def test_bench_keeps_what_it_measured(own_copy):
    (row,) = json.loads(call("bench", "speed", "--keep", "--json"))
    (kept,) = read_speeds().values()
    assert (kept.name, kept.sha256) == ("tiny", own_copy.card.sha256)
    assert kept.batch_ms_a_cell == row["batch_ms_a_cell"]
    assert kept.hardware


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["predict", "x.png", "--model", "nobody"], "nobody"),
        (["train", "alchemy"], "alchemy"),
        (["data", "get", "atlantis"], "atlantis"),
        (["bench", "patience"], "patience"),
        (["bench", "framing", "--keep"], "Only speed"),
    ],
)
def test_a_refusal_is_one_sentence_and_status_1(tiny, monkeypatch, capsys, arguments, named):
    monkeypatch.setattr("sys.argv", ["core", *arguments])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 1
    said = capsys.readouterr().err.strip()
    assert named in said
    assert "Traceback" not in said


def test_wrong_usage_is_status_2():
    call("evaluate", "--no-such-option", status=2)


def test_commands_start_without_what_is_heavy():
    code = "import sys, core.__main__; print([name for name in ('torch', 'pandas', 'sklearn') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_whole_names_are_printed():
    table = call("models").splitlines()
    assert {"efficientnet_b0", "efficientnet_b4"} <= {line.split()[1] for line in table if line}


def test_benchmarks_are_found_by_being_there():
    listed = call("bench", "--list")
    assert all(name in listed for name in BENCHMARKS)
    names = {
        "cases",
        "framing",
        "speed",
        "detector",
        "scale",
        "overlaps",
        "robustness",
        "quality",
        "unlike",
        "explanations",
        "blasts",
        "fields",
    }
    assert names == set(BENCHMARKS)


def test_cells_are_counted_with_types_of_ones_own_and_boxes_are_handed_out(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr("core.detection.loading.load_detector", lambda **_: WhiteCells())
    photo, types, table = tmp_path / "field.png", tmp_path / "ours.toml", tmp_path / "cells.csv"
    photo.write_bytes(png(WhiteCells.drawing.pixels))
    types.write_text('title = "Ours"\n[[types]]\nname = "Blast"\nshortcut = "b"\n[[types]]\nname = "Myelocyte"\n')
    call("report", str(photo), "-o", str(table))
    first, second, *rest = list(csv.DictReader(table.read_text("utf-8-sig").splitlines()))
    with table.open("w", newline="") as file:
        writer = csv.DictWriter(file, first)
        writer.writeheader()
        writer.writerows([first | {"corrected": "BLAST"}, second | {"corrected": "myelocyte"}, *rest])
    options = ("--types", str(types), "--corrections", str(table))
    counted = json.loads(call("count", str(photo), *options, "--json"))
    assert [(cell["type"], cell["counted_as"]) for cell in counted["cells"][:2]] == [
        ("blast", "blast"),
        ("myelocyte", "ig"),
    ]
    assert {row["class"] for row in counted["differential"]["classes"]} == {*WHITE, "blast"}
    assert counted["differential"]["types"]["title"] == "Ours"
    boxes = tmp_path / "cells.coco.json"
    call("report", str(photo), "-o", str(boxes), *options)
    written = json.loads(boxes.read_text())
    names = {each["id"]: each["name"] for each in written["categories"]}
    assert [names[one["category_id"]] for one in written["annotations"][:2]] == ["Blast", "Myelocyte"]
    # Without the types, what the table says is named, and nothing is counted by guess.
    without = json.loads(call("count", str(photo), "--corrections", str(table), "--json", status=UNREAD))
    assert [lost["called"] for lost in without["corrections_not_applied"]] == ["BLAST", "myelocyte"]
    assert all("corrected" not in cell for cell in without["cells"])


def test_sets_of_types_are_listed_with_their_keys(tmp_path):
    assert next(row["set"] for row in json.loads(call("types", "--json"))) == "blood"
    rows = json.loads(call("types", "marrow", "--json"))
    assert {"key": "9", "type": "Proerythroblast", "short": "PEB", "part of": "erythroblast", "counts": ""} in rows
    assert "Bone marrow" in call("types")
