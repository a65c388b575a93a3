"""The page on the five studies, with records of every run and with none."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.shared.figures import studies
from app.studies import study_charts, study_tables
from core.experiments.studies import STUDIES
from core.experiments.studies.results import results
from tests.app.test_pages import MAIN, PATIENCE, opened, turned, words_on
from tests.core.experiments.studies.synthetic import save_all


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("checkpoints")
    save_all(root / "records", lambda run, split: 0.8 if split == "val" else 0.6)
    return root


@pytest.fixture
def recorded(folder, monkeypatch) -> Path:
    monkeypatch.setenv("SMEARLENS_CHECKPOINTS", str(folder))
    return folder


def shown(letter: str) -> AppTest:
    app = opened("studies")
    app.segmented_control(key="study").set_value(letter).run()
    assert not app.exception
    assert not app.error
    return app


@pytest.mark.parametrize("letter", STUDIES)
def test_every_study_has_its_card(letter, recorded, no_photos):
    app = shown(letter)
    study = STUDIES[letter]
    assert app.header[0].value == study.question
    text = words_on(app)
    for finding in study.findings:
        assert finding.question in text
    text += words_on(turned(app, "the study"))
    assert study.limits in text
    assert all(line in text for line in study.unclear)
    assert "study's runs is recorded" not in text


@pytest.mark.parametrize("letter", STUDIES)
def test_every_study_works_without_records(letter, no_checkpoints, no_photos):
    app = shown(letter)
    assert f"python -m core study {letter}" in words_on(app)


def test_photos_are_counted_first_and_images_on_request(recorded, no_photos):
    app = shown("E")
    assert "Share of the test photos" in words_on(app)
    app.segmented_control(key="count").set_value("images").run()
    assert not app.exception
    assert "Share of the test images" in words_on(app)
    turned(app, "training").selectbox(key="curve").set_value("tuned-photo").run()
    assert not app.exception


def test_a_damaged_record_is_a_sentence(folder, tmp_path, monkeypatch, no_photos):
    import shutil

    shutil.copytree(folder, tmp_path / "copy")
    (tmp_path / "copy/records/study-d/vgg16/run.json").write_text("{")
    monkeypatch.setenv("SMEARLENS_CHECKPOINTS", str(tmp_path / "copy"))
    app = AppTest.from_file(MAIN, default_timeout=PATIENCE).run()
    app.switch_page("studies/page.py").run()
    app.segmented_control(key="study").set_value("D").run()
    assert not app.exception
    assert "vgg16 is damaged" in app.error[0].value


@pytest.mark.parametrize("study", [pytest.param(study, id=letter) for letter, study in STUDIES.items()])
def test_tables_and_dots_hold_every_run(study, recorded):
    found = results(study.experiment.name)
    table = study_tables.published(study, found)
    assert len(table) == sum(len(row.figures) for row in study.published)
    assert "not run here" not in table.to_csv()
    assert set(study_tables.runs(found)["Run"]) == {run.name for run in study.runs}
    rows = study_charts.rows(study, found, by_photo=True)
    assert sum(row.published is not None for row in rows) == len(study.published)
    assert len(study_charts.dots(rows).data[0].x) == len(rows)
    assert study_tables.runs_csv(found).startswith("run,split")


def test_counts_before_and_after_cleaning_are_shown(recorded):
    table = studies.cleaning_table(results("study-c"))
    assert table.to_dict("records") == [{"Class": "Neutrophil", "Labelled": 9, "Kept": 8, "Trained on": 7}]
