"""The gallery of single cells, with and without their photographs."""

import io
from urllib.parse import parse_qs

import numpy as np
import pytest
from PIL import Image

from app.shared import gallery, link
from core.checkpoints import find_checkpoint
from core.datasets import open_source
from core.evaluation.results.predictions import Predictions
from core.inference.reader import Reader
from core.labels import PBC8
from tests.app.test_pages import opened, words_on

MODELS = ("linear", "simple_cnn")


@pytest.fixture
def real_cells(tiny_copy, data_root):
    """The tiny checkpoints, their tables those of real PBC cells: every fortieth of the test split."""
    import streamlit as st

    st.cache_data.clear()
    st.cache_resource.clear()
    index = open_source("pbc", data_root / "pbc").index
    cells = index[index["split"] == "test"].iloc[::40]
    for number, name in enumerate(MODELS):
        rng = np.random.default_rng(number)
        p = rng.dirichlet(np.ones(8) / 2, len(cells)).astype(np.float32)
        Predictions.from_arrays(
            source="pbc",
            lab=list(cells["lab"]),
            split="test",
            keys=list(cells["key"]),
            labels=list(cells["label"]),
            classes=PBC8.keys,
            probabilities=p,
        ).write(tiny_copy / name / "predictions.parquet")
    return tiny_copy


def pictures(app) -> list[str]:
    return [image.proto.imgs[0].alt for image in app.get("image")]


def test_each_cell_has_its_photograph_and_maps_come_when_asked_for(real_cells):
    app = opened("errors")
    told = find_checkpoint("linear").predictions()
    alts = pictures(app)
    assert len(alts) == gallery.PAGE
    for alt in alts:
        key, text = alt.split(": ", 1)
        row = int(told.table.index[told.table["key"] == key][0])
        true, said = PBC8.names[told.labels[row]], PBC8.names[told.predicted[row]]
        assert text.startswith(f"{true.lower()}, called ")
        assert f"{said.lower()} by linear" in text
    assert "not on this computer" not in words_on(app)
    app.toggle(key="maps").set_value(True).run()
    assert not app.error
    alts = pictures(app)
    assert len(alts) == 3 * gallery.PAGE
    model = app.selectbox(key="model").value
    assert (
        sum("; lime: where the evidence for" in alt and alt.endswith(f"by {model}.") for alt in alts)
        == 2 * gallery.PAGE
    )


def test_compare_maps_every_chosen_model_once(real_cells):
    app = opened("compare", "mistakes")
    told = find_checkpoint("linear").predictions()
    true, said = (int(numbers[told.labels != told.predicted][0]) for numbers in (told.labels, told.predicted))
    app.selectbox(key="of").set_value("linear").run()
    app.selectbox(key="true").set_value(PBC8.names[true]).run()
    app.selectbox(key="said").set_value(PBC8.names[said]).run()
    app.toggle(key="maps").set_value(True).run()
    assert not app.error
    inside = min(int(((told.labels == true) & (told.predicted == said)).sum()), gallery.PAGE)
    maps = [alt for alt in pictures(app) if "; lime: " in alt]
    assert len(pictures(app)) == 3 * inside
    assert sorted({alt.rstrip(".").split()[-1] for alt in maps}) == sorted(MODELS)
    assert sum(f"for {PBC8.names[said].lower()} was found, by linear." in alt for alt in maps) == inside


@pytest.mark.parametrize("name", MODELS)
def test_a_map_is_a_picture_of_the_very_cell(real_cells, name):
    checkpoint = find_checkpoint(name)
    key = str(checkpoint.predictions().table["key"].iloc[0])
    data, _ = gallery._map("pbc", key, checkpoint.card.sha256, "monocyte", Reader(checkpoint))
    picture = Image.open(io.BytesIO(data))
    assert picture.size == (2 * gallery.PAIRED, 2 * gallery.PAIRED)
    from app.shared import photos

    plain = Image.open(io.BytesIO(photos.small("pbc", key, 2 * gallery.PAIRED)))
    # Lime is laid over it and takes no more than half: the blue of the photograph can only fall.
    apart = np.asarray(plain.convert("RGB"), int) - np.asarray(picture.convert("RGB"), int)
    assert apart[..., 2].mean() >= -1
    assert np.abs(apart).mean() < 80


def test_a_photograph_that_is_missing_is_named_so(real_cells):
    for name in MODELS:
        told = find_checkpoint(name).predictions().table.copy()
        told["key"] = ["basophil/NONE_1.jpg", *told["key"][1:]]
        Predictions(told).write(real_cells / name / "predictions.parquet")
    app = opened("errors")
    assert "missing from the folder" not in words_on(app)
    app.selectbox(key="true").set_value("Basophil").run()
    assert "NONE" in words_on(app)
    assert "missing from the folder" in words_on(app)


def test_without_photographs_the_list_is_whole_and_open(tiny_checkpoints, no_photos):
    app = opened("errors")
    app.selectbox(key="model").set_value("linear").run()
    assert pictures(app)
    assert words_on(app).count("a generated cell, none of those below") == len(pictures(app))
    assert "The photographs of PBC" in words_on(app)
    told = find_checkpoint("linear").predictions().select(split="test")
    wrong = int((told.labels != told.predicted).sum())
    (listed,) = [frame.value for frame in app.dataframe if "File" in frame.value]
    assert len(listed) == wrong
    (box,) = [one for one in app.expander if one.label.startswith("The list")]
    assert box.proto.expanded
    assert not [toggle for toggle in app.toggle if toggle.key == "maps"]


def test_pages_hold_so_many_and_another_list_begins_at_its_first(tiny_checkpoints, no_photos):
    app = opened("errors")
    app.selectbox(key="model").set_value("linear").run()
    (listed,) = [frame.value for frame in app.dataframe if "File" in frame.value]
    seen = []
    pages = -(-len(listed) // gallery.PAGE)
    for number in range(1, pages + 1):
        app.pagination(key="page").set_value(number).run()
        seen += files(app)
        assert f"{gallery.PAGE * (number - 1) + 1} to " in words_on(app)
    assert seen == list(listed["File"])
    app.selectbox(key="true").set_value(listed["True class"].iloc[0]).run()
    (fewer,) = [frame.value for frame in app.dataframe if "File" in frame.value]
    assert files(app) == list(fewer["File"])[: gallery.PAGE]


def files(app) -> list[str]:
    cards = [one.value.split("  \n") for one in app.markdown if "  \n" in one.value]
    return [name.replace("\\", "") for _, name in cards]


def test_an_address_holds_every_choice_encoded():
    choices = {"models": ["a", "b"], "true": ["Immature granulocyte"], "x": ["1&2=ä"]}
    address = link.joined("http://here:1/compare", choices)
    assert address == "http://here:1/compare?models=a&models=b&true=Immature+granulocyte&x=1%262%3D%C3%A4"
    assert link.joined("http://here:1/compare", {}) == "http://here:1/compare"
    assert parse_qs(address.split("?")[1]) == choices
