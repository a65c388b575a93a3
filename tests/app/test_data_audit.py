"""The audit on the page Data: kept figures without photographs, pairs side by side with them, else the command."""

from pathlib import Path

import pytest
import streamlit as st

from app.data.audit import VIEWS
from core.datasets import open_source
from core.datasets.audit.auditing import audit
from core.datasets.audit.summary import summarize, write_summary
from core.errors import SourceError
from core.settings import records_folder
from tests.app.test_data import look_at
from tests.app.test_pages import words_on
from tests.core.datasets.audit.planting import plant_drawings


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Drawings in PBC's layout with a copy under another label in another split; its audit is kept."""
    plant = plant_drawings(tmp_path / "sets" / "pbc", 6)
    row = plant.rows[1]
    plant.add(row, plant.image(row), label="monocyte", split="test")
    for other in plant.rows[8:16]:
        plant.add(other, plant.image(other).rotate(90))
    plant.write()
    (plant.root / "monocyte" / "strange.jpg").write_text("text")
    monkeypatch.setenv("SMEARLENS_DATA", str(plant.root.parent))
    st.cache_data.clear()
    st.cache_resource.clear()
    return plant.root


@pytest.fixture
def kept(tiny_copy: Path, root: Path) -> dict:
    found = audit(open_source("pbc", root)).to_dict()
    doubted = {"file": found["duplicates"][0][0], "label": "monocyte", "likelier": "ig", "margin": 0.9, "split": "val"}
    found |= {"suspect_labels": [doubted], "doubted_by": "simple_cnn", "noise": 0.01, "agreement": 0.8}
    short = summarize(found, "2026-11-25", "python -m core data audit pbc --keep")
    write_summary(short)
    return short


def view(name: str):
    app = look_at("audit")
    app.segmented_control(key="found").set_value(name).run()
    assert not app.exception
    assert not app.error
    return app


def test_without_an_audit_the_page_says_how_to_make_one(tiny_copy, no_photos):
    assert any("python -m core data audit pbc --keep" in code.value for code in look_at("audit").code)


def test_a_damaged_audit_is_said_in_words(tiny_copy, no_photos):
    (records_folder() / "audit").mkdir(parents=True, exist_ok=True)
    (records_folder() / "audit" / "pbc.json").write_text("{")
    app = look_at("audit")
    assert [warning for warning in app.warning if "damaged" in warning.value]


def test_the_findings_are_told(kept):
    text = words_on(look_at("audit"))
    assert f"{len(kept['duplicates'])} pairs" in text
    assert "1 pair has" in text
    assert "1 leak goes" in text
    assert "1 label" in text
    assert "1 file is" in text
    assert "these doubts mean little" in text


@pytest.mark.parametrize("name", [name for name in VIEWS if name not in ("subpopulations", "files")])
def test_every_finding_has_a_table_with_or_without_photographs(name, kept, monkeypatch):
    app = view(name)
    assert len(app.dataframe[0].value) >= 1
    monkeypatch.setenv("SMEARLENS_DATA", "")
    st.cache_resource.clear()
    assert len(view(name).dataframe[0].value) >= 1


def test_files_are_named(kept):
    assert view("files").dataframe[0].value["File"].to_list() == ["monocyte/strange.jpg"]


def test_nothing_that_is_kept_shows_an_image_or_a_place(kept, root):
    text = (records_folder() / "audit" / "pbc.json").read_text()
    assert str(root.parent) not in text
    assert len(text) < 200_000


def test_a_folder_is_not_kept():
    from core.cli.data import audit

    with pytest.raises(SourceError, match="known data set"):
        audit("folder", None, "none", keep=True)
