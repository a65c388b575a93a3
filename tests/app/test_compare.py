"""The parts of the page Compare, as Streamlit runs it."""

import io

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.shared import load, scoping, words
from app.shared.figures.models import AT_MOST
from core.checkpoints import find_checkpoint
from core.evaluation.comparison import mcnemar
from core.evaluation.results.predictions import PREFIX, Predictions
from core.evaluation.scope import Scope
from core.labels import PBC8, WBC5
from tests.app.conftest import predictions, publish_ensemble, publish_tiny
from tests.app.test_pages import MAIN, PATIENCE, opened, turned, words_on

TEST = Scope("pbc", "test")


def run(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception
    assert not app.error
    return app


def at(**choices: str) -> AppTest:
    """The page at an address that makes these choices."""
    app = AppTest.from_file(MAIN, default_timeout=PATIENCE)
    app.query_params.update(choices)
    run(app)
    app.switch_page("compare/page.py")
    return run(app)


def rewrite(folder, change) -> None:
    """Another table of predictions in a checkpoint's folder."""
    file = folder / "predictions.parquet"
    Predictions(change(Predictions.read(file).table.copy())).write(file)


def with_elsewhere(table: pd.DataFrame) -> pd.DataFrame:
    """The table with the test cells once more as those of another source of two labs."""
    more = table[table["split"] == "test"].assign(source="elsewhere")
    more["lab"] = np.where(np.arange(len(more)) % 4 == 0, "north", "south")
    return pd.concat([table, more], ignore_index=True)


# --- which cells


def test_no_choice_is_offered_where_there_is_none(tiny_checkpoints, no_photos):
    app = opened("compare")
    assert {"source", "lab"}.isdisjoint({box.key for box in app.selectbox})
    assert app.segmented_control(key="cells").value == "test"


def test_source_and_lab_are_offered_and_models_without_them_named(tiny_copy, no_photos):
    rewrite(tiny_copy / "linear", with_elsewhere)
    app = opened("compare")
    assert "160 test cells" in words_on(app)
    app.selectbox(key="source").set_value("elsewhere")
    run(app)
    assert "160 test cells" in words_on(app)
    assert "Left out, having no predictions for these cells: **simple\\_cnn**" in words_on(app)
    assert list(app.dataframe[0].value["Model"]) == ["linear"]
    assert "Trained on other data: linear." in words_on(app)
    app.selectbox(key="lab").set_value("north")
    run(app)
    assert "40 test cells" in words_on(app)


def test_the_address_chooses_and_nonsense_in_it_does_no_harm(tiny_copy, no_photos):
    rewrite(tiny_copy / "linear", with_elsewhere)
    app = at(source="elsewhere", lab="south", models="linear")
    assert "120 test cells" in words_on(app)
    app = at(source="nowhere", cells="train", models="nobody", threshold="-3", prevalence="900", **{"class": "dragon"})
    assert "160 test cells" in words_on(app)


def test_more_than_six_models_are_refused_in_words(tiny_copy, no_photos):
    for number in range(5):
        publish_tiny(tiny_copy / f"tiny{number}", "linear", right=0.7)
    app = opened("compare")
    names = list(app.dataframe[0].value["Model"])
    assert len(names) == 7
    turned(app, "pairs").pills(key="models").set_value(names)
    run(app)
    (warning,) = app.warning
    assert "At most 6 models" in warning.value
    assert "Remove one to make room" in warning.value
    assert set(app.selectbox(key="first").options) < set(names)
    assert len(app.selectbox(key="first").options) == AT_MOST


def test_no_table_that_can_be_read(tiny_copy, no_photos):
    for name in ("linear", "simple_cnn"):
        (tiny_copy / name / "predictions.parquet").write_bytes(b"torn")
    assert "nothing to compare" in words_on(opened("compare"))


def test_a_table_is_read_once(tiny_copy, no_photos, monkeypatch):
    read = []
    real = Predictions.read.__func__
    monkeypatch.setattr(
        Predictions, "read", classmethod(lambda cls, path: read.append(path.parent.name) or real(cls, path))
    )
    run(opened("compare"))
    assert sorted(read) == ["linear", "simple_cnn"]


def test_what_is_remembered_of_a_table_goes_when_the_table_changes(tiny_copy, no_photos):
    before = load.tested(find_checkpoint("linear"), TEST).report.accuracy.value
    predictions(0.95).write(tiny_copy / "linear" / "predictions.parquet")
    after = load.tested(find_checkpoint("linear"), TEST).report.accuracy.value
    assert after > before + 0.2
    assert load.predictions(find_checkpoint("linear"), TEST) is load.predictions(find_checkpoint("linear"), TEST)


# --- models brought together


def five_classes(folder) -> None:
    """Makes a checkpoint one of five classes."""
    from core.publishing.drafting import write_card

    card = find_checkpoint(folder.name).card
    section = card.classifier.model_copy(update={"label_space": "wbc5"})
    write_card(folder, card.model_copy(update={"classifier": section}))
    others = [PREFIX + key for key in PBC8.keys if key not in WBC5.keys]

    def change(table: pd.DataFrame) -> pd.DataFrame:
        table = table[table["label"].isin(WBC5.keys)].drop(columns=others)
        columns = [PREFIX + key for key in WBC5.keys]
        table[columns] = table[columns].div(table[columns].sum(axis=1), axis=0)
        return table

    rewrite(folder, change)


def test_models_of_other_classes_are_mapped_and_the_page_says_so(tiny_copy, no_photos):
    five_classes(tiny_copy / "linear")
    shown = scoping.together([find_checkpoint("simple_cnn"), find_checkpoint("linear")], TEST)
    assert shown.space == WBC5
    assert [note.split(",")[0] for note in shown.notes] == ["These models have different lists of classes"]
    assert shown.n == len(load.predictions(find_checkpoint("linear"), TEST))
    app = opened("compare")
    assert "fewer classes are easier" in words_on(app)
    assert "compared on 5" in words_on(turned(app, "thresholds"))
    assert set(app.selectbox(key="class").options) == set(WBC5.names)


def test_only_shared_cells_are_compared_and_the_page_says_so(tiny_copy, no_photos):
    rewrite(tiny_copy / "linear", lambda table: table[table["key"] != "100.png"])
    app = opened("compare", "agreement")
    assert "Only the 159 cells" in words_on(app)
    assert "Not all of these models were tested on the same cells" in words_on(app)


def test_three_models_of_which_no_cell_is_shared(tiny_copy, no_photos):
    publish_tiny(tiny_copy / "third", "linear", right=0.8)
    rewrite(tiny_copy / "linear", lambda table: table.iloc[:140])
    rewrite(tiny_copy / "third", lambda table: table.iloc[140:])
    shown = scoping.together([find_checkpoint(name) for name in ("simple_cnn", "linear", "third")], TEST)
    assert shown.names == ["simple_cnn", "linear"]
    assert "**third** is left out. These models have no cell in common" in shown.notes[0]


def test_a_model_of_other_labels_is_left_out(tiny_copy, no_photos):
    rewrite(tiny_copy / "linear", lambda table: table.assign(label="platelet"))
    shown = scoping.together([find_checkpoint("simple_cnn"), find_checkpoint("linear")], TEST)
    assert shown.names == ["simple_cnn"]
    assert "**linear** is left out" in shown.notes[0]
    assert "their data differ" in shown.notes[0]


# --- two models


def test_the_pair_is_told_in_a_sentence_and_in_figures(tiny_checkpoints, no_photos):
    app = opened("compare", "pairs")
    first, second = (load.predictions(find_checkpoint(name), TEST) for name in ("simple_cnn", "linear"))
    only = int(((first.predicted == first.labels) & (second.predicted != second.labels)).sum())
    other = int(((second.predicted == second.labels) & (first.predicted != first.labels)).sum())
    assert mcnemar(only, other) < 0.001
    wanted = (
        f"On these 160 cells **simple\\_cnn** is right on {only} that **linear** misses and wrong on {other} that "
        "**linear** gets: the difference is unlikely to be chance (p\u00a0<\u00a0.001); it lies in "
    )
    assert wanted in words_on(app)
    (table,) = [frame.value for frame in app.dataframe if "p, corrected" in frame.value]
    assert table["Class"].tolist() == ["all", *PBC8.names]
    assert table["Only simple_cnn"].iloc[0] == only == table["Only simple_cnn"].iloc[1:].sum()


def test_a_model_against_itself_and_one_model_alone(tiny_checkpoints, no_photos):
    app = opened("compare", "pairs")
    app.selectbox(key="second").set_value("simple_cnn")
    run(app)
    assert "does not differ from itself" in words_on(app)
    app.pills(key="models").set_value(["linear"])
    run(app)
    assert "Choose at least two models above to compare them cell by cell" in words_on(app)


def test_models_that_answer_alike(tiny_copy, no_photos):
    publish_ensemble(tiny_copy / "together", [tiny_copy / "linear", tiny_copy / "simple_cnn"])
    app = opened("compare", "pairs")
    app.pills(key="models").set_value(["together", "simple_cnn"])
    run(app)
    assert "give the same answers" in words_on(app)


# --- agreement


def test_cells_on_which_all_are_wrong_alike_are_listed(tiny_checkpoints, no_photos):
    app = opened("compare", "agreement")
    tables = {name: load.predictions(find_checkpoint(name), TEST) for name in ("simple_cnn", "linear")}
    one, other = tables.values()
    alike = (one.predicted == other.predicted) & (one.predicted != one.labels)
    assert f"On {alike.sum()} cells they all agree and are wrong" in words_on(app)
    app.selectbox(key="agree").set_value("all wrong, and alike")
    run(app)
    (listed,) = [frame.value for frame in app.dataframe if "linear says" in frame.value]
    assert set(listed["File"]) == set(one.table["key"][alike])
    app.selectbox(key="agree").set_value("only one wrong")
    run(app)
    assert "no cell of this kind among 2 models" in words_on(app)


# --- one class, any threshold


@pytest.mark.parametrize("name", ["Basophil", "Platelet"])
def test_curves_of_the_class_in_the_address(name, tiny_checkpoints, no_photos):
    app = at(part="thresholds", **{"class": name})
    assert app.selectbox(key="class").value == name
    (table,) = [frame.value for frame in app.dataframe if "Area under ROC" in frame.value]
    told = load.predictions(find_checkpoint("linear"), TEST)
    key = PBC8.keys[PBC8.names.index(name)]
    assert table["Cells of the class"].tolist() == [int((told.table["label"] == key).sum())] * 2
    expected = load.class_curve(told, key).auc
    row = table.set_index("Model").loc["linear"]
    assert row["Area under ROC"] == words.rate(expected)
    assert row["Remark"].startswith("soft")


def test_a_class_without_cells_has_no_curve(tiny_copy, no_photos):
    for name in ("linear", "simple_cnn"):
        rewrite(tiny_copy / name, lambda table: table[table["label"] != "ig"])
    app = opened("compare", "thresholds")
    assert "there is no immature granulocyte, so there is no curve" in words_on(app)
    assert "These cells cannot show whether" in words_on(app)


def test_the_threshold_changes_what_is_found(tiny_checkpoints, no_photos):
    app = opened("compare", "thresholds")
    app.selectbox(key="class").set_value("Basophil")
    app.selectbox(key="model").set_value("linear")
    app.number_input(key="prevalence").set_value(10.0)
    run(app)
    told = load.predictions(find_checkpoint("linear"), TEST)
    found = int(((told.labels == 0) & (told.predicted == 0)).sum())
    (table,) = [frame.value for frame in app.dataframe if "Meaning" in frame.value]
    assert table["Cells"].iloc[0] == f"{found} of {(told.labels == 0).sum()}"
    assert "Of 1,000 cells of which 100 are basophils, **linear** calls" in words_on(app)
    app.select_slider(key="threshold").set_value(95)
    run(app)
    assert "It calls none of these cells so." in words_on(app)
    app.select_slider(key="threshold").set_value(1)
    run(app)
    (table,) = [frame.value for frame in app.dataframe if "Meaning" in frame.value]
    assert table["Cells"].iloc[0].startswith(f"{(told.labels == 0).sum()} of")


def test_the_threshold_and_the_share_come_from_the_address(tiny_checkpoints, no_photos):
    app = at(part="thresholds", threshold="99.5", prevalence="0.5", model="linear")
    # Once more: AppTest, unlike a browser, comes here from Read, whose box of the same key answers for the first run.
    run(app)
    assert app.select_slider(key="threshold").value == 99.5
    assert "Of 1,000 cells of which 5 are immature granulocytes, **linear** calls" in words_on(app)


# --- figures of each class


def test_areas_stand_beside_the_rates_with_soft_marks(tiny_checkpoints, no_photos):
    app = opened("compare", "classes")
    (table,) = [frame.value for frame in app.dataframe if "Sensitivity" in frame.value and "Class" in frame.value]
    assert {"AUC", "Cells"} <= set(table.columns)
    assert table.set_index("Class").loc["Platelet", "Remark"].str.startswith("soft").all()
    assert "Hollow marks rest on fewer than 30 cells" in words_on(app)
    assert "interval, Wilson's;" in words_on(app)
    app.segmented_control(key="measure").set_value("AUC")
    run(app)
    assert "interval, by bootstrap;" in words_on(app)


def test_photos_of_several_images_are_told_of(tiny_copy, no_photos):
    for name in ("linear", "simple_cnn"):
        rewrite(tiny_copy / name, lambda table: table.assign(group=[f"photo {n // 4}" for n in range(len(table))]))
    app = opened("compare", "classes")
    assert "Several of these images share a photo" in words_on(app)
    assert "paired bootstrap by photo" in words_on(turned(app, "pairs"))


def test_the_csv_of_the_classes_has_the_areas(tiny_checkpoints):
    from app.shared.figures import comparison

    tested = {
        "linear": load.in_depth(find_checkpoint("linear"), load.predictions(find_checkpoint("linear"), TEST), TEST)
    }
    table = pd.read_csv(io.StringIO(comparison.per_class_csv(tested)))
    assert (table["auc_low"] <= table["auc"]).all()
    assert (table["auc"] <= table["auc_high"]).all()
