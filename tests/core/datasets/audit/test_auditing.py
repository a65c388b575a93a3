"""The whole audit: files, sizes, subpopulations, shortcuts, and what is printed and kept."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from typer.testing import CliRunner

from core.__main__ import app
from core.datasets import find_source, open_source
from core.datasets.audit import files
from core.datasets.audit.auditing import TOTAL, audit, scenes_of
from core.datasets.audit.facts import jpeg_quality
from core.datasets.audit.shortcuts import check
from core.datasets.audit.subpopulations import subpopulations
from core.datasets.audit.summary import read_summary, summarize
from core.datasets.audit.survey import survey_images
from core.errors import SourceError
from core.synthetic.drawings import drawn_cell
from tests.core.datasets.audit.planting import Plant

KEYS = {
    "duplicates",
    "conflicts",
    "leaks",
    "groups",
    "subpopulations",
    "suspect_labels",
    "files",
    "balance",
    "shortcuts",
}


def plant_files(root: Path, rows: list[dict[str, str]]) -> dict[str, str]:
    """Files that are not what they claim; what is wrong with each."""
    text, wrong, short, blank, gone = (row["file"] for row in rows[:5])
    (root / text).write_text("no image\n")
    Image.open(root / wrong).save(root / "as.png")
    shutil.move(root / "as.png", root / wrong)
    (root / short).write_bytes((root / short).read_bytes()[:2000])
    Image.new("RGB", (200, 200), "white").save(root / blank)
    (root / gone).unlink()
    (root / "monocyte" / "notes.jpg").write_text("not in the table")
    (root / "monocyte" / "more.jpg").write_bytes((root / rows[6]["file"]).read_bytes())
    told = {text: "cannot be read", wrong: "wrong suffix", short: "cannot be read", blank: "blank", gone: "missing"}
    return told | dict.fromkeys(("monocyte/notes.jpg", "monocyte/more.jpg"), "not in the table")


def test_files_that_are_not_what_they_claim(drawn: Plant) -> None:
    planted = plant_files(drawn.root, drawn.rows)
    survey = survey_images(open_source("pbc", drawn.root))
    found = files.wrong_files(survey)
    assert {row["file"]: row["problem"] for row in found} == planted
    assert all(row["detail"].endswith(".") for row in found)
    assert (~survey.opened).sum() == 3


def test_a_jpeg_without_its_end_is_named(drawn: Plant) -> None:
    file = drawn.root / drawn.rows[0]["file"]
    file.write_bytes(file.read_bytes()[:-2])
    (row,) = files.wrong_files(survey_images(open_source("pbc", drawn.root)))
    assert row["file"] == drawn.rows[0]["file"]
    assert row["problem"] in ("cut short", "cannot be read")


def test_odd_sizes_and_balance(drawn: Plant) -> None:
    drawn.add(drawn.rows[3], drawn.image(drawn.rows[3]).resize((90, 120)))
    drawn.write()
    table = survey_images(open_source("pbc", drawn.root)).table
    (odd,) = files.odd_sizes(table)
    assert (odd["width"], odd["height"], odd["images"]) == (90, 120, 1)
    assert files.balance(table)["ratio"] == pytest.approx(15 / 14, abs=0.01)


@pytest.mark.parametrize("quality", [20, 50, 75, 90, 100])
def test_the_quality_of_a_jpeg(quality: int, tmp_path: Path) -> None:
    Image.fromarray(drawn_cell("monocyte", 1, 64)).save(tmp_path / "a.jpg", quality=quality)
    assert jpeg_quality((tmp_path / "a.jpg").read_bytes()) == pytest.approx(quality, abs=1)
    assert np.isnan(jpeg_quality(b"text"))


def test_a_planted_subpopulation_is_named(drawn: Plant) -> None:
    """Twelve of the monocytes were saved otherwise, come from a larger original, and have a bluish ground."""
    monocytes = [row for row in drawn.rows if row["class"] == "monocyte"][:12]
    for row in monocytes:
        blue = np.clip(np.asarray(drawn.image(row)).astype(int) + np.array([-30, 0, 30]), 0, 255).astype(np.uint8)
        Image.fromarray(blue).save(drawn.root / row["file"], quality=60)
        row["source_width"] = 366
    drawn.write()
    found = subpopulations(survey_images(open_source("pbc", drawn.root)).table)
    wanted = {row["file"] for row in monocytes}
    exact = [row for row in found if set(row["files"]) == wanted]
    assert exact
    assert exact[0]["classes"] == {"monocyte": 12}
    assert exact[0]["apart"] > 0.8
    traits = {trait["trait"]: trait for trait in exact[0]["traits"]}
    assert {"JPEG quality", "source size"} <= set(traits)


def test_no_subpopulation_among_alike(drawn: Plant) -> None:
    for row in drawn.rows:
        Image.fromarray(drawn_cell("monocyte", drawn.rows.index(row), 200)).save(drawn.root / row["file"], quality=92)
    assert subpopulations(survey_images(open_source("pbc", drawn.root)).table) == []


def test_a_shortcut_is_found_where_there_is_one_and_only_there() -> None:
    rng = np.random.default_rng(0)
    labels, scenes = np.arange(300) % 3, np.arange(300)
    noise = rng.normal(size=(300, 2))
    telling = check("a", "a", np.column_stack([labels + rng.normal(0, 0.2, 300), noise]), labels, scenes)
    nothing = check("b", "b", noise, labels, scenes)
    assert telling.beyond
    assert telling.balanced_accuracy > 0.9
    assert not nothing.beyond
    assert nothing.low < nothing.chance < nothing.high


def test_scenes_join_what_was_found_and_what_the_table_says(drawn: Plant) -> None:
    drawn.add(drawn.rows[0], drawn.image(drawn.rows[0]))
    drawn.write()
    survey = survey_images(open_source("pbc", drawn.root))
    survey.table.loc[[0, 5], "group"] = "photo 1"
    from core.datasets.audit.duplicates import find_matches

    scenes = scenes_of(survey, find_matches(survey))
    assert scenes[0] == scenes[5] == scenes[len(scenes) - 1]
    assert len(set(scenes)) == len(scenes) - 2


def test_the_command_on_a_folder_of_ones_own(drawn: Plant) -> None:
    (drawn.root / "labels.csv").unlink()
    copy = drawn.root / "basophil" / "again.png"
    drawn.image(drawn.rows[0]).transpose(Image.Transpose.ROTATE_90).save(copy)
    command = ["data", "audit", "folder", "--root", str(drawn.root), "--model", "none"]
    result = CliRunner().invoke(app, [*command, "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert set(found) >= KEYS
    ((first, second, distance),) = found["duplicates"]
    assert {first, second} == {drawn.rows[0]["file"], "basophil/again.png"}
    assert distance == 0
    assert found["groups"] == [sorted([first, second])]
    assert found["suspect_labels"] == []
    told = CliRunner().invoke(app, command)
    assert told.exit_code == 0, told.output
    assert "basophil/again.png" in told.stdout
    kept = CliRunner().invoke(app, [*command, "--keep"])
    assert kept.exit_code == 1
    assert isinstance(kept.exception, SourceError)


def test_features_doubt_labels_and_progress_ends(drawn: Plant) -> None:
    wrong = drawn.rows[20]
    names = sorted({row["class"] for row in drawn.rows})
    right = np.array([names.index(row["class"]) for row in drawn.rows])
    wrong["class"] = names[(right[20] + 1) % len(names)]
    drawn.write()
    ticks: list[tuple[int, int]] = []
    source = open_source("pbc", drawn.root)

    def features(survey, progress):
        return 3 * np.eye(len(names))[right] + np.random.default_rng(0).normal(0, 0.2, (len(right), len(names)))

    found = audit(source, features, "hands", lambda *tick: ticks.append(tick)).to_dict()
    assert found["suspect_labels"][0]["file"] == wrong["file"]
    assert found["suspect_labels"][0]["label"] == wrong["class"]
    assert found["doubted_by"] == "hands"
    assert ticks[-1] == (TOTAL, TOTAL)
    assert [done for done, _ in ticks] == sorted(done for done, _ in ticks)


def test_what_is_kept_is_short_and_is_read_again(drawn: Plant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.datasets.audit.summary import write_summary

    monkeypatch.setenv("SMEARLENS_CHECKPOINTS", str(tmp_path / "kept"))
    assert read_summary("pbc") is None
    found = audit(open_source("pbc", drawn.root)).to_dict()
    found["suspect_labels"] = [{"file": str(n)} for n in range(2000)]
    path = write_summary(summarize(found, "2026-11-25", "a command"))
    again = read_summary("pbc")
    assert again is not None
    assert again["numbers"]["suspect_labels"] == 2000
    assert len(again["suspect_labels"]) == 500
    assert str(drawn.root) not in path.read_text()
    path.write_text("{}")
    with pytest.raises(SourceError, match="another version"):
        read_summary("pbc")


def test_the_real_set_holds_copies_and_a_conflict(data_root: Path) -> None:
    """Seen in PBC: one photograph under two labels, one cell twice under two cameras, overlapping crops."""
    from core.datasets.audit.duplicates import find_matches
    from core.datasets.audit.leaks import conflicts
    from core.datasets.registry import Source

    source = find_source("pbc")
    names = ["EO_225902", "BNE_191112", "IG_236829", "BNE_669262", "EO_217076", "EO_548865", "MO_144254", "MO_914340"]
    table = source.index[source.index["key"].str.contains("|".join(names))]
    some = pd.concat([table, source.index.head(60)]).reset_index(drop=True)
    part = Source(source.spec, source.root)
    part.__dict__["index"] = some
    survey = survey_images(part)
    found = find_matches(survey)
    pairs = {frozenset(Path(survey.table["key"][n]).stem for n in (m.a, m.b)) for m in found}
    assert {frozenset(names[place : place + 2]) for place in (0, 2, 4, 6)} <= pairs
    assert {frozenset(row["labels"]) for row in conflicts(found, survey)} == {
        frozenset({"eosinophil", "neutrophil"}),
        frozenset({"ig", "neutrophil"}),
    }
