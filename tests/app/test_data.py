"""The page on data sets, without photographs and with a small data set of drawings in PBC's layout."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from PIL import Image

from app.data import augmentation, averages, cell_map, class_charts, cleaning, colours
from app.data.parts import PARTS
from app.shared.words import SPACE
from core.datasets import open_source
from core.datasets.sources.pbc import CLASSES
from core.datasets.statistics import CHANNELS, class_appearances
from core.evaluation.results.embeddings import FeatureMap
from core.labels import PBC8
from core.synthetic.drawings import drawn_cell
from core.training.augment import POLICIES
from core.training.recipe import load_recipe, recipe_names
from tests.app.test_pages import opened, words_on

SPLITS = ("train", "train", "train", "val", "test")


@pytest.fixture
def photographs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Five drawings of each class, laid out as PBC's photographs; two kinds of neutrophil among them."""
    root = tmp_path / "sets" / "pbc"
    rows = []
    for kind in CLASSES:
        (root / kind).mkdir(parents=True)
        for place, split in enumerate(SPLITS):
            prefix = ("SNE" if place % 2 else "BNE") if kind == "neutrophil" else kind.upper()
            file = f"{kind}/{prefix}_{place}.png"
            Image.fromarray(drawn_cell(kind, place, 200)).save(root / file)
            rows.append((file, kind, prefix, split, 200, 200, 0, 0))
    names = ["file", "class", "subtype", "split", "source_width", "source_height", "crop_x", "crop_y"]
    pd.DataFrame(rows, columns=names).to_csv(root / "labels.csv", index=False)
    monkeypatch.setenv("SMEARLENS_DATA", str(root.parent))
    st.cache_data.clear()
    st.cache_resource.clear()
    return root


def keep_map(folder: Path, sha256: str) -> None:
    """A made-up map of the tiny checkpoints' test cells, whose keys are 90.png to 249.png."""
    places = np.random.default_rng(0).normal(size=(160, 4)).astype(np.float16)
    table = pd.DataFrame(places, columns=["umap_x", "umap_y", "pca_x", "pca_y"])
    table = table.assign(key=[f"{number}.png" for number in range(90, 250)], split="test")
    FeatureMap(table, "pbc", sha256, (0.4, 0.2)).write(folder)


@pytest.fixture
def mapped(tiny_copy: Path) -> Path:
    from core.checkpoints import open_checkpoint

    keep_map(tiny_copy / "simple_cnn", open_checkpoint(tiny_copy / "simple_cnn").card.sha256)
    return tiny_copy


def look_at(part: str):
    app = opened("data")
    app.segmented_control(key="part").set_value(part).run()
    assert not app.exception
    assert not app.error
    return app


def test_counts_come_from_a_models_table_where_the_photographs_are_not_here(tiny_checkpoints, no_photos):
    app = opened("data")
    assert app.selectbox(key="source").value == "pbc"
    text = words_on(app)
    assert "250 cells of PBC" in text
    assert "known here by name" in text
    assert "the photographs are" in text
    table = app.dataframe[0].value
    assert table["All"].sum() == 250
    assert set(table.columns) == {"Laboratory", "Class", "Validation", "Test", "All"}


@pytest.mark.parametrize("part", PARTS)
def test_every_part_works_without_photographs(part, tiny_checkpoints, no_photos):
    app = look_at(part)
    assert "not on this computer" in words_on(app)


@pytest.mark.parametrize("part", PARTS)
def test_every_part_works_without_photographs_and_models(part, no_checkpoints, no_photos):
    assert words_on(look_at(part))


@pytest.mark.parametrize("part", PARTS)
def test_every_part_works_with_photographs(part, tiny_checkpoints, photographs):
    app = look_at(part)
    text = words_on(app)
    assert "holds 40 cells of 8 classes" in text
    assert "24 training cells" in text or "1 training cells" in text


def test_finer_kinds_are_counted(tiny_checkpoints, photographs):
    app = opened("data")
    finer = app.dataframe[1].value
    assert finer.set_index("Subtype")["All"].to_dict() == {"Band neutrophil": 3, "Segmented neutrophil": 2}
    assert app.dataframe[0].value[["Training", "Validation", "Test"]].sum().to_list() == [24, 8, 8]


def test_every_source_can_be_chosen(tiny_checkpoints, no_photos):
    app = opened("data")
    for name in app.selectbox(key="source").options:
        app.selectbox(key="source").set_value(name).run()
        assert not app.exception
        assert not app.error


def test_the_montage_shows_the_class_and_split_and_forgets_a_page_that_is_not_there(tiny_checkpoints, photographs):
    app = look_at("photographs")
    assert "1 to 3 of 3 cells, basophil, training split" in words_on(app)
    app.selectbox(key="class").set_value("Monocyte").run()
    app.segmented_control(key="split").set_value("test").run()
    assert not app.error
    assert "1 to 1 of 1 cell, monocyte, test split" in words_on(app)


def test_a_page_of_a_long_class_does_not_break_a_short_one(tiny_checkpoints, photographs, monkeypatch):
    monkeypatch.setattr("app.data.photographs.PAGE", 1)
    app = look_at("photographs")
    assert "1 to 1 of 3" in words_on(app)
    app.session_state["page"] = 3
    app.run()
    assert "3 to 3 of 3" in words_on(app)
    app.segmented_control(key="split").set_value("test").run()
    assert not app.exception
    assert not app.error
    assert "1 to 1 of 1" in words_on(app)


def test_the_part_and_the_class_are_taken_from_the_address(tiny_checkpoints, photographs):
    from streamlit.testing.v1 import AppTest

    from tests.app.test_pages import MAIN, PATIENCE

    app = AppTest.from_file(MAIN, default_timeout=PATIENCE).run()
    app.query_params["part"] = "colours"
    app.query_params["channel"] = "hue"
    app.query_params["source"] = "nobody"
    app.switch_page("data/page.py").run()
    assert not app.error
    assert app.segmented_control(key="part").value == "colours"
    assert "The median hue is lowest for" in words_on(app)
    assert app.selectbox(key="source").value == "pbc"


def test_an_unmade_map_is_said_with_its_command(tiny_checkpoints, no_photos):
    assert "python -m core map simple_cnn" in words_on(look_at("map"))


def test_a_map_shows_the_cell_that_is_chosen(mapped, no_photos):
    app = look_at("map")
    assert app.selectbox(key="model").value == "simple_cnn"
    assert "nearest neighbours" in words_on(app)
    app.selectbox(key="cell").set_value("100.png").run()
    assert not app.exception
    assert "It was: " in words_on(app)
    app.segmented_control(key="map").set_value("PCA").run()
    assert f"40{SPACE}% and 20{SPACE}% of the variance" in words_on(app)


def test_a_map_of_other_weights_is_refused_in_words(mapped, no_photos):
    keep_map(mapped / "simple_cnn", "0" * 64)
    text = words_on(look_at("map"))
    assert "of other weights" in text
    assert "python -m core map simple_cnn" in text


def test_a_selected_point_becomes_the_cell(mapped, no_photos, monkeypatch):
    from types import SimpleNamespace

    points = SimpleNamespace(selection=SimpleNamespace(points=[{"customdata": ["7.png", "called: x"]}]))
    state = {"points": points}
    monkeypatch.setattr(cell_map.st, "session_state", state)
    cell_map._selected()
    assert state["cell"] == "7.png"
    points.selection.points = []
    cell_map._selected()
    assert state["cell"] == "7.png"


def test_the_words_on_a_map_name_the_classes_that_meet():
    """Basophils and eosinophils on one spot, monocytes far away."""
    rng = np.random.default_rng(0)
    labels = ["basophil"] * 15 + ["eosinophil"] * 30 + ["monocyte"] * 15
    places = rng.normal(0, 0.1, (60, 2)) + np.where(np.array(labels) == "monocyte", 50, 0)[:, None]
    cells = pd.DataFrame(places, columns=["x", "y"]).assign(label=labels)
    told = cell_map.in_words(cells, PBC8)
    assert "for basophil, which lies most often beside eosinophil" in told
    table = cell_map.neighbourhood(cells, PBC8).set_index("Class")
    assert table.loc["Monocyte", "MO"] == 10
    assert table["Cells"].to_dict() == {"Basophil": 15, "Eosinophil": 30, "Monocyte": 15}


def test_every_policy_is_explained():
    assert set(augmentation.WHAT_IT_DOES) == set(POLICIES)
    assert {load_recipe(name).augment for name in recipe_names()} <= set(augmentation.WHAT_IT_DOES)


def test_every_way_of_balancing_is_explained():
    ways = load_recipe("linear").__class__.model_fields["balance"].annotation.__args__
    assert set(cleaning.BALANCES) == set(ways)


def test_the_ways_in_which_a_studys_images_were_chosen_are_counted():
    from dataclasses import replace

    from core.evaluation.results.records import records

    runs = [record.facts for record in records("study-c")]
    lines = cleaning.chosen_ways(replace(_chosen(), runs={"C": runs}), "C")
    assert sum(int(line.split()[0]) for line in lines) == len(runs)
    assert len(set(lines)) == len(lines)
    assert any("564 training, 44 validation and 33 test images" in line for line in lines)


def test_every_channel_has_a_title():
    assert set(colours.TITLES) == set(CHANNELS)


@pytest.mark.parametrize("policy", POLICIES)
def test_views_are_those_of_the_seed_and_leave_the_generator_alone(policy):
    import torch

    recipe = load_recipe("linear", augment=policy)
    pixels = drawn_cell("monocyte", 1, 28)
    before = torch.get_rng_state()
    one, again, other = (augmentation.views(recipe, pixels, seed) for seed in (3, 3, 4))
    assert torch.equal(before, torch.get_rng_state())
    assert len(one) == augmentation.VIEWS
    assert all(np.array_equal(a, b) for a, b in zip(one, again, strict=True))
    assert all(view.shape == pixels.shape and view.dtype == np.uint8 for view in one)
    changed = [not np.array_equal(a, b) for a, b in zip(one, other, strict=True)]
    assert any(changed) == (policy != "none")


def test_the_chart_of_colours_adds_up_to_all_pixels(photographs):
    found = class_appearances(open_source("pbc", photographs), size=32)
    for channel in CHANNELS:
        for trace in class_charts.colours(found, channel, "", PBC8).data:
            assert sum(trace.y) == pytest.approx(1)
    table = colours.table(found, CHANNELS, _chosen())
    assert len(table) == len(CHANNELS) * len(CLASSES)
    assert (table["Lower quartile"] <= table["Upper quartile"]).all()


def test_the_averages_are_figures_too(photographs):
    table = averages.table(class_appearances(open_source("pbc", photographs), size=32), _chosen())
    assert list(table["Looked at"]) == [3] * 8
    platelet = table.set_index("Class").loc["Platelet"]
    basophil = table.set_index("Class").loc["Basophil"]
    assert basophil["Mean, middle"] < basophil["Mean, edge"]
    assert basophil["Mean, middle"] < platelet["Mean, middle"]


def _chosen():
    from app.data.dataset import CELL_COLUMNS, ChosenDataset

    return ChosenDataset("pbc", None, [], {}, pd.DataFrame(columns=CELL_COLUMNS), "")
