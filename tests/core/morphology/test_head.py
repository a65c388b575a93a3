"""A head beside a real, tiny checkpoint: learned, kept, read, refused when it does not fit."""

import json

import numpy as np
import pytest

from core.errors import CheckpointError
from core.inference.reader import Reader
from core.morphology.attributes import ATTRIBUTES, OUTPUTS, columns
from core.morphology.head import CARD, PREDICTIONS, WEIGHTS, check_head, has_head, read_head
from core.morphology.predictions import likeliest, read_predictions
from core.morphology.results import read_runs
from core.progress import silent
from core.publishing.attributes import AIM, NEVER, fit, sure_threshold
from core.publishing.verification import verify
from core.synthetic.drawings import CELL_CLASSES, drawn_cell, png
from tests.core.calling import call


def test_a_head_learns_what_can_be_learned():
    """Each attribute hangs on features of its own; the head finds them, and its probabilities are honest."""
    rng = np.random.default_rng(0)
    weight = rng.normal(size=(40, OUTPUTS))
    features = rng.normal(size=(3000, 40)).astype(np.float32) * 5 + 3
    noise = rng.gumbel(size=(3000, OUTPUTS))
    logits = 1.5 * ((features - 3) / 5 @ weight) / np.sqrt(40) * 3 + noise
    values = likeliest(logits)
    fitted = fit(features[:2000], values[:2000], features[2000:2500], values[2000:2500])
    p = fitted.probabilities(features[2500:])
    best = likeliest(logits[2500:] - noise[2500:])
    own, most = (likeliest(p) == values[2500:]).mean(), (best == values[2500:]).mean()
    assert own > most - 0.02
    stated = np.mean([p[:, part].max(axis=1).mean() for part in columns()])
    assert stated == pytest.approx(own, abs=0.02)


def test_what_is_sure_is_right_as_often_as_aimed_at():
    confidence = np.linspace(0.5, 1, 1000)
    correct = np.random.default_rng(1).random(1000) < confidence
    least = sure_threshold(confidence, correct)
    assert correct[confidence >= least].mean() >= AIM
    assert correct[confidence >= least - 0.05].mean() < AIM
    assert sure_threshold(confidence, np.zeros(1000, bool)) == NEVER


def test_it_is_kept_beside_the_weights_and_small(with_head, cells):
    head = read_head(with_head)
    assert head.card.counts["train"] == len(cells.where("split", "train"))
    assert sum((with_head.folder / name).stat().st_size for name in (CARD, WEIGHTS)) < 500_000
    assert verify(with_head) == []
    table = read_predictions(with_head.folder / PREDICTIONS)
    assert set(table.table["split"]) == {"val", "test"}
    assert not set(table.table["key"]) & {cells.keys[row] for row in cells.where("split", "train")}


def test_the_kept_table_is_what_the_reader_sees(with_head, source):
    from core.imaging.decoding import Photo

    table, head, reader = read_predictions(with_head.folder / PREDICTIONS), read_head(with_head), Reader(with_head)
    photos = [Photo(key, source.load(key)) for key in table.table["key"][:8]]
    features = reader.staged_features(photos, [framing.box for framing in reader.frame(photos)])
    assert head.probabilities(features) == pytest.approx(table.probabilities[:8], abs=2e-3)


def test_what_was_seen_is_not_looked_at_again(own_copy, source, cells, monkeypatch):
    from core.publishing.attributes import cell_features

    first = cell_features(own_copy, source, cells)
    monkeypatch.setattr(Reader, "staged_features", lambda *_: pytest.fail("looked again"))
    assert (cell_features(own_copy, source, cells) == first).all()


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda folder: (folder / WEIGHTS).write_bytes(b"torn"), "not the one"),
        (lambda folder: (folder / WEIGHTS).unlink(), "no attribute head"),
        (lambda folder: (folder / CARD).write_text("{}"), "damaged"),
        (lambda folder: _edit(folder, weights_sha256="0" * 64), "other weights"),
    ],
)
def test_one_that_does_not_fit_is_refused(with_head, damage, reason):
    damage(with_head.folder)
    assert has_head(with_head)
    with pytest.raises(CheckpointError, match=reason):
        check_head(with_head)
    assert any(reason in problem for problem in verify(with_head))


def _edit(folder, **changes):
    card = json.loads((folder / CARD).read_text())
    (folder / CARD).write_text(json.dumps(card | changes))


def test_cells_of_another_split_are_refused(own_copy, source, cells):
    from dataclasses import replace

    from core.publishing.attributes import publish_head

    trained = own_copy.card.trained.model_copy(update={"split_hash": "0" * 64})
    other = replace(own_copy, card=own_copy.card.model_copy(update={"trained": trained}))
    with pytest.raises(CheckpointError, match="another split"):
        publish_head(other, source, cells, np.zeros((len(cells), 3), np.float32), silent)


def test_predict_says_it_in_words(with_head, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for number, kind in enumerate(CELL_CLASSES):
        (folder / f"{kind}.png").write_bytes(png(drawn_cell(kind, number)))
    rows = [json.loads(line) for line in call("predict", str(folder), "--json").splitlines()]
    described = [row["verdict"] != "unlike" and row["class"] in read_head(with_head).card.expected for row in rows]
    assert any(described)
    for row, expected in zip(rows, described, strict=True):
        assert (row["morphology"] is not None) == expected
        if expected:
            assert set(row["morphology"]["attributes"]) == {one.key for one in ATTRIBUTES}
            assert row["morphology"]["sentence"].endswith(".")


def test_without_a_head_predict_says_nothing_of_it(tiny, tmp_path):
    (tmp_path / "cell.png").write_bytes(png(drawn_cell("eosinophil", 3)))
    assert "morphology" not in json.loads(call("predict", str(tmp_path / "cell.png"), "--json"))


def test_the_commands(own_copy, drawn_folder, tables, monkeypatch):
    monkeypatch.setattr("core.cli.morphology.SOURCE", "folder")
    where = ("--root", str(drawn_folder), "--tables", str(tables))
    assert "tiny tells eleven attributes" in call("morphology", "train", "--authors", *where)
    report = json.loads(call("morphology", "evaluate", "--json"))
    assert len(report["figures"]["attributes"]) == len(report["second_person"]) == 11
    assert report["warned"]["right"]["n"] + report["warned"]["wrong"]["n"] == report["figures"]["n"]
    (theirs,) = report["authors_split"]
    assert not theirs["facts"]["clean"]
    assert theirs["figures"]["n"] == 25
    assert "ResNet-50, as published" in call("morphology", "evaluate")


def test_a_network_is_fine_tuned_on_the_authors_train_part(own_copy, drawn_folder, tables, tmp_path, monkeypatch):
    monkeypatch.setattr("core.cli.morphology.SOURCE", "folder")
    small = ["input_size=32", "epochs=1", "begin_from=none", "sizes=[]", "batch_size=8"]
    where = ("--root", str(drawn_folder), "--tables", str(tables), "--out", str(tmp_path / "run"))
    settings = [word for change in small for word in ("--set", change)]
    with monkeypatch.context() as patch:
        patch.setattr("core.cli.morphology.stop_on_signal", lambda stop: stop())
        call("morphology", "fine-tune", *where, *settings, status=3)
    call("morphology", "fine-tune", *where, *settings)
    (run,) = read_runs()
    assert run.facts.clean
    assert run.facts.counts == {"train": 25, "val": 25, "test": 25}
    assert len(run.predictions) == 25
