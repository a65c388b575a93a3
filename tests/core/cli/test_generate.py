"""The commands on generated cells, as a person or a program calls them."""

import io
import json

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file, save_file
from typer.testing import CliRunner

from core.__main__ import app, main
from core.checkpoints import sha256_of
from core.cli.options import STOPPED
from core.evaluation.results.records import records
from core.experiments.balancing import EXPERIMENT
from core.synthetic.examples import all_cells
from core.synthetic.generator.mark import facts_of
from tests.core.calling import call
from tests.core.synthetic.generator.conftest import TINY

FILLINGS = sorted(run.filling for run in EXPERIMENT.runs)


@pytest.fixture
def lenient(own_generator):
    """A generator that keeps every cell: two epochs teach too little for real limits."""
    path = own_generator.folder / "statistics.safetensors"
    arrays = load_file(path)
    arrays["copies.least_bits"] = np.array(0)
    arrays["copies.least_features"] = np.array(0.0)
    save_file(arrays, path)
    card = own_generator.folder / "card.json"
    told = json.loads(card.read_text()) | {"statistics_sha256": sha256_of(path)}
    card.write_text(json.dumps(told))
    return own_generator


@pytest.mark.parametrize("flags", [(), ("--webp",)])
def test_cells_are_written_and_marked(lenient, tmp_path, flags):
    arguments = ("generate", "--class", "basophil", "-n", "3", "--seed", "5", "--json", *flags)
    told = json.loads(call(*arguments, "--out", str(tmp_path / "a")))
    call(*arguments, "--out", str(tmp_path / "b"))
    assert len(told["files"]) == 3
    assert told["drawn"] >= 3
    for file in sorted((tmp_path / "a").iterdir()):
        data = file.read_bytes()
        assert data == (tmp_path / "b" / file.name).read_bytes()
        facts = facts_of(data)
        assert (facts["class"], facts["seed"], facts["generated_by"]) == ("basophil", 5, lenient.card.sha256)
        assert file.name.startswith("generated-basophil")
        with Image.open(io.BytesIO(data)) as picture:
            assert picture.size == (32, 32)


def test_examples(lenient, tmp_path):
    # The model reads whatever two epochs made as few classes, so that no example could be kept.
    result = CliRunner().invoke(app, ["generate", "--examples", "--out", str(tmp_path)])
    assert "could be kept" in str(result.exception)
    assert all_cells(tmp_path) == []


def test_evaluate(lenient, drawn_folder, tmp_path):
    # The tiny generator tells copies by the features of `tiny`; by those it may not be judged.
    arguments = ("generate", "--evaluate", "--root", str(drawn_folder), "--most", "6")
    result = CliRunner().invoke(app, [*arguments, "--features", "tiny"])
    assert "name another" in str(result.exception)
    other = lenient.folder.parent / "other"
    other.mkdir()
    for file in (lenient.folder.parent / "tiny").iterdir():
        (other / file.name).write_bytes(file.read_bytes().replace(b'"name": "tiny"', b'"name": "other"'))
    told = json.loads(call(*arguments, "--features", "other", "--json", "--out", str(tmp_path / "sheets")))
    assert (told["n"], told["features"]) == (6, "other")
    assert (tmp_path / "sheets" / "shuffled.png").is_file()
    table = call(*arguments, "--features", "other")
    for named in ("generated", "real", "kernel distance", "recall", "nearer to it than any real pair"):
        assert named in table


def test_train_stops_resumes_and_publishes(own_generator, drawn_folder, tmp_path, monkeypatch):
    arguments = ["train", "generator", "--root", str(drawn_folder), "--out", str(tmp_path / "run")]
    for name, value in TINY.items():
        arguments += ["--set", f"{name}={json.dumps(value) if isinstance(value, list) else value}"]
    with monkeypatch.context() as patch:
        patch.setattr("core.cli.training.stop_on_signal", lambda stop: stop())
        call(*arguments, status=STOPPED)
    call(*arguments, "--publish", "second")
    assert all(row["problems"] == [] for row in json.loads(call("verify", "--json")))
    assert [row["name"] for row in json.loads(call("models", "--json"))] == ["tiny"]


def test_balance_records_every_filling(lenient, drawn_folder, tmp_path):
    settings = ("--set", "epochs=1", "--set", "batch_size=16", "--set", "source=folder", "--per-class", "14")
    call("balance", "linear", *settings, "--root", str(drawn_folder), "--out", str(tmp_path), "--seed", "1")
    kept = records("generated-cells")
    assert [one.facts.name for one in kept] == [f"linear-{filling}-seed-1" for filling in FILLINGS]
    trained = {one.facts.name: one.facts.counts["train"] for one in kept}
    assert (
        trained["linear-generated-seed-1"] == trained["linear-repeated-seed-1"] > trained["linear-as-they-are-seed-1"]
    )
    told = json.loads(call("runs", "generated-cells", "--json"))
    assert len(told["recipes"]) == len(FILLINGS)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["generate", "--class", "unicorn"], "unicorn"),
        (["generate", "--class", "basophil", "--subtype", "PMY"], "PMY"),
        (["generate", "--class", "basophil", "--generator", "nobody"], "nobody"),
        (["generate", "--class", "basophil", "--generator", "tiny"], "does not generate"),
        (["train", "generator", "--set", "flow.steps=0"], "flow.steps"),
        (["balance", "linear", "--set", "balance=loss"], "balance"),
    ],
)
def test_a_refusal_is_one_sentence_and_status_1(generator, monkeypatch, capsys, tmp_path, arguments, named):
    monkeypatch.setattr("sys.argv", ["core", *arguments])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 1
    said = capsys.readouterr().err.strip()
    assert named in said
    assert "Traceback" not in said


@pytest.mark.parametrize("arguments", [(), ("--class", "basophil", "--evaluate"), ("--evaluate", "--split", "train")])
def test_wrong_usage_is_status_2(arguments):
    call("generate", *arguments, status=2)
