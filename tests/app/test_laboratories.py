"""Other laboratories on the pages Compare and Read."""

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.compare import laboratories
from app.read import resemblance
from app.shared import words
from core.checkpoints import find_checkpoint, list_checkpoints
from core.datasets import source_spec
from core.datasets.laboratories import LABORATORIES
from core.evaluation.domain_shift import by_lab
from core.evaluation.results.predictions import Predictions, stacked
from core.imaging.resemblance import TRAITS, LaboratoryTraits, Resemblance, write_laboratories
from core.labels import PBC8, WBC5
from tests.app.test_compare import at, run
from tests.app.test_pages import opened, turned, words_on

RIGHT = {"jtsc": 0.9, "chula": 0.3}
"""How often models are right on the cells of a laboratory."""


def elsewhere(right: dict[str, float] = RIGHT) -> list[pd.DataFrame]:
    tables = []
    for source, share in right.items():
        truth = np.arange(100) % len(WBC5)
        said = np.where(np.arange(100) // 5 < 20 * share, truth, (truth + 1) % len(WBC5))
        p = np.full((100, len(PBC8)), 0.01)
        p[np.arange(100), [PBC8.index(WBC5.keys[number]) for number in said]] = 0.93
        told = Predictions.from_arrays(
            source=source,
            lab=source_spec(source).labs[0],
            split=["more", "test"] * 50,
            keys=[str(number) for number in range(100)],
            labels=[WBC5.keys[number] for number in truth],
            classes=PBC8.keys,
            probabilities=p,
            groups=[str(number // 5) for number in range(100)],
        )
        tables.append(told.table)
    return tables


@pytest.fixture
def asked(tiny_copy):
    """The tiny models, asked about two other laboratories."""
    for model in list_checkpoints():
        stacked([model.predictions().table, *elsewhere()]).write(model.folder / "predictions.parquet")
    return tiny_copy


def test_compare_shows_every_model_on_every_laboratory(asked, no_photos):
    app = at(part="laboratories")
    said = words_on(app)
    assert "How well do they read other laboratories?" in said
    assert "Chulalongkorn University" in said
    assert app.segmented_control(key="lab-images").value == laboratories.TEST
    app.segmented_control(key="lab-images").set_value(laboratories.EVERY).run()
    app.segmented_control(key="lab-answers").set_value(laboratories.AS_THEY_ARE).run()
    assert not app.exception
    assert "labs run all" in words_on(turned(app, "attempts"))


def test_where_nobody_was_asked_the_command_is_named(tiny_checkpoints, no_photos):
    assert "labs evaluate" in words_on(opened("compare", "laboratories"))


def test_source_can_be_chosen_and_cells_to_learn_from_are_not_offered(asked, no_photos):
    app = at()
    app.selectbox(key="source").set_value("chula")
    run(app)
    assert "50 test cells" in words_on(app)
    assert "cells" not in {one.key for one in app.segmented_control}  # test alone


def test_words_table_and_chart_say_the_same(asked):
    (first, second) = list_checkpoints()
    found = {model.name: by_lab(model.predictions(), model.space, LABORATORIES) for model in (first, second)}
    learned = {first.name: ("pbc",), second.name: ("pbc", "jtsc")}
    away = {name: {lab: one for lab, one in each.items() if lab != "pbc"} for name, each in found.items()}
    assert words.plain("Chulalongkorn University (Chula WBC)") in laboratories.in_words(away)
    assert "30" in laboratories.in_words(away)
    shown = laboratories.table(found, LABORATORIES, learned)
    assert len(shown) == 6
    assert set(shown.loc[shown["Learned from it"] == "yes", "Laboratory"]) == {
        words.laboratory("pbc", "somewhere"),
        words.laboratory("jtsc", "Jiangxi Tecom"),
    }
    squares = np.array(laboratories.heat(found, ["pbc", "jtsc", "chula"], learned).data[0].text)
    assert squares[0, 2] == "30"
    assert squares[1, 1] == "90*"
    assert "balanced_accuracy_low" in laboratories.csv(found, LABORATORIES, learned)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Resemblance("pbc", "Hospital Clínic Barcelona", 0.7), "whose cells this model learned from"),
        (Resemblance("chula", "Chulalongkorn University", 0.7), "did not learn"),
        (Resemblance("chula", "Chulalongkorn University", 1.4), "none of the 4"),
    ],
)
def test_what_a_resemblance_means(found, said):
    assert said in resemblance.sentence(found, ("pbc",), None, 4)


def test_a_figure_of_the_model_on_that_laboratory_is_given(asked):
    scores = by_lab(find_checkpoint("linear").predictions(), PBC8, LABORATORIES)
    found = Resemblance("chula", "Chulalongkorn University", 0.7)
    assert "30" in resemblance.sentence(found, ("pbc",), scores["chula"], 4)


def page() -> None:
    import numpy as np

    from app.read import resemblance
    from core.checkpoints import find_checkpoint
    from core.imaging.decoding import Photo
    from core.imaging.windows import whole

    resemblance.show(Photo("a.png", np.full((40, 40, 3), 200, np.uint8)), whole(40, 40), find_checkpoint("linear"))


def test_read_says_which_laboratory_a_picture_resembles(asked):
    wide = LaboratoryTraits(
        "chula", "Chulalongkorn University", np.zeros(len(TRAITS)), np.eye(len(TRAITS)) * 1e-3, 1.0, 9
    )
    write_laboratories({"chula": wide}, asked / "laboratories.json")
    (said,) = AppTest.from_function(page).run().markdown
    assert "The stain and scale resemble those of Chulalongkorn University" in said.value
    assert "balanced accuracy" in said.value


def test_read_says_nothing_where_no_laboratory_is_known_and_a_damaged_file_is_named(tiny_copy):
    assert not AppTest.from_function(page).run().markdown
    (tiny_copy / "laboratories.json").write_text("torn")
    app = AppTest.from_function(page).run()
    assert not app.exception
    assert "damaged" in app.caption[0].value
