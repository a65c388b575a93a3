"""What the pages say of maps, of cells that look alike, and of attributes."""

import numpy as np
import pandas as pd
import pytest

from app.model import attributes
from app.shared.reading import explanations, morphology, prototypes
from core.checkpoints import find_checkpoint
from core.evaluation.results.faithfulness import COLUMNS, Faithfulness, path_of
from core.explain.identity import identities
from core.explain.prototypes import Prototype, Prototypes
from core.labels import PBC8
from core.morphology.attributes import ATTRIBUTES, OUTPUTS
from core.morphology.description import from_probabilities
from core.morphology.head import PREDICTIONS, AttributeCard, HeadCard, write_head
from core.morphology.predictions import AttributePredictions
from core.morphology.results import AttributeRunFacts, write_run
from core.morphology.wbcatt import CLASSES, value_counts
from tests.app.test_gallery import pictures
from tests.app.test_pages import opened, words_on
from tests.core.morphology.conftest import random_answers


def measured(sha256: str) -> Faithfulness:
    """Occlusion is the best, and Eigen-CAM the same whatever was learned."""
    scores = {"grad-cam": 0.5, "occlusion": 0.8, "eigen-cam": 0.9, "middle-spot": 0.4, "chance": 0.2}
    rows = [
        (split, f"{cell}.png", "monocyte", name, 0.1, score + cell / 100, 0.9 if name == "eigen-cam" else 0.1, 0.6, 0.3)
        for split in ("val", "test")
        for cell in range(8)
        for name, score in scores.items()
    ]
    valid = identities(find_checkpoint("simple_cnn").spec, 1)
    return Faithfulness(pd.DataFrame(rows, columns=list(COLUMNS)), sha256, valid)


@pytest.fixture
def with_faithfulness(tiny_copy, no_photos):
    one = find_checkpoint("simple_cnn")
    measured(one.card.sha256).write(path_of(one.name))
    return one


@pytest.fixture
def with_head(tiny_copy, no_photos):
    """simple_cnn with a head of random weights, and a table of made-up answers to its own test cells."""
    one = find_checkpoint("simple_cnn")
    rng = np.random.default_rng(0)
    width = described_width(one)
    cells = one.predictions().table
    cells = cells[(cells["split"] == "test") & cells["label"].isin(CLASSES)].reset_index(drop=True)
    values = np.stack([rng.integers(0, len(a.values), len(cells)) for a in ATTRIBUTES], axis=1).astype(np.int8)
    card = HeadCard(
        weights_sha256=one.card.sha256,
        sha256="",
        features=width,
        attributes=tuple(
            AttributeCard(key=a.key, values=a.values, temperature=1, sure_from=0.6, aim=0.95, penalty=1)
            for a in ATTRIBUTES
        ),
        expected=value_counts(list(cells["label"]), values),
        source="pbc",
        split_hash="",
        counts={"train": 10, "val": 2, "test": len(cells)},
        citation="Nobody, 2026.",
        licence="MIT",
        versions={},
    )
    write_head(one.folder, rng.normal(size=(width, OUTPUTS)), np.zeros(OUTPUTS), card)
    told = AttributePredictions(
        cells[["key", "label", "split"]], values, values, random_answers(len(cells)), one.card.sha256
    )
    told.write(one.folder / PREDICTIONS)
    write_run(told, AttributeRunFacts.of_head(one.name, one.card.sha256, {"test": len(cells)}))
    return one


def described_width(checkpoint) -> int:
    from core.inference.reader import Reader

    side = checkpoint.preprocessing.size
    return Reader(checkpoint).lead.features_and_logits([np.zeros((side, side, 3), np.uint8)])[0].shape[1]


def test_grad_cam_comes_first_and_the_best_other_method_beside_it_with_their_figures(with_faithfulness):
    app = opened("read")
    assert app.selectbox(key="method").value == "Grad-CAM"
    assert "by Grad-CAM; the stronger" in words_on(app).replace("**", "")
    assert "To compare: Occlusion." in words_on(app)
    assert any(alt.endswith("by Occlusion.") for alt in pictures(app))
    first = explanations.how_faithful(with_faithfulness, "grad-cam")
    assert "Occlusion, the best of the other methods, is more faithful by 0.30" in first
    assert first in words_on(app)
    assert "0.20" not in explanations.how_faithful(with_faithfulness, "integrated-gradients")
    said = explanations.how_faithful(with_faithfulness, "occlusion")
    assert "does carry the answer" in said
    assert "spot in the middle" in said
    assert "comes first" not in said
    assert said in words_on(app)
    assert "learned nothing" in explanations.how_faithful(with_faithfulness, "eigen-cam")
    assert explanations.quickest(with_faithfulness).name == "grad-cam"
    app.selectbox(key="method").set_value("Occlusion").run()
    assert "To compare" not in words_on(app)


def test_a_map_without_a_class_is_not_said_to_be_of_one():
    from core.explain.registry import ATTRIBUTION_METHODS

    for method in ATTRIBUTION_METHODS.values():
        of_class = explanations.meaning(method, "neutrophil").endswith("for neutrophil was found")
        assert of_class == (method.name != "eigen-cam")


def test_the_page_model_shows_every_method(with_faithfulness):
    app = opened("model", "maps")
    (table,) = [frame.value for frame in app.dataframe if "Faithfulness" in frame.value]
    assert list(table["Method"])[:3] == ["Occlusion", "Grad-CAM", "Eigen-CAM"]
    assert "Chance" in list(table["Method"])


def test_where_nothing_was_measured_the_command_is_named(tiny_checkpoints, no_photos):
    app = opened("model", "maps")
    assert any("bench explanations --model simple_cnn" in code.value for code in app.code)
    assert explanations.how_faithful(find_checkpoint("simple_cnn"), "grad-cam") == ""


def test_a_torn_measurement_is_said_in_words(with_faithfulness):
    path_of("simple_cnn").write_bytes(b"torn")
    app = opened("model", "maps")
    assert [warning for warning in app.warning if "damaged" in warning.value]


def test_cells_that_look_alike_are_shown_without_photographs(tiny_copy, no_photos):
    from core.inference.reader import Reader

    one = find_checkpoint("simple_cnn")
    width = Reader(one).feature_count
    features = np.abs(np.random.default_rng(0).normal(size=(16, width))).astype(np.float16)
    rows = tuple((f"{key}/{n}.jpg", key, "", 5) for key in PBC8.keys for n in range(2))
    Prototypes(rows, features, "pbc", one.card.sha256).write(one.folder)
    app = opened("read")
    app.toggle(key="alike").set_value(True).run()
    assert not app.exception
    assert not app.error
    text = words_on(app)
    assert "away, the nearest" in text
    assert "Not the nearest training cells" in text


def test_a_cell_nearer_to_the_second_choice_is_to_be_looked_at_twice():
    near, far = Prototype("a", "monocyte", "", 1, 0.1), Prototype("b", "ig", "", 1, 0.4)
    assert "look twice" in prototypes.in_short({"ig": [far], "monocyte": [near]}, PBC8)
    assert "look twice" not in prototypes.in_short({"monocyte": [near], "ig": [far]}, PBC8)
    assert "no training cells" in prototypes.in_short({"monocyte": []}, PBC8)


def test_the_page_model_shows_attributes_beside_a_second_person(with_head):
    app = opened("model", "attributes")
    (table,) = [frame.value for frame in app.dataframe if "Attribute" in frame.value]
    assert len(table) == 12
    assert table["Second person agrees"].iloc[0].startswith("100")
    text = words_on(app)
    assert "reads eleven attributes" in text
    (theirs,) = [frame.value for frame in app.dataframe if "Run" in frame.value]
    assert list(theirs["Run"])[-1].startswith("ResNet-50")
    assert "flatters" in theirs["Remark"].iloc[0]


def test_a_head_of_other_weights_is_said_in_words(with_head):
    told = with_head.folder / PREDICTIONS
    told.write_bytes(b"torn")
    app = opened("model", "attributes")
    assert not app.error
    assert [warning for warning in app.warning if "damaged" in warning.value]


def test_every_attribute_has_a_row(with_head):
    from core.morphology.head import read_head

    found = from_probabilities(read_head(with_head).card, random_answers(1)[0], "monocyte")
    table = morphology.table(found, PBC8)
    assert len(table) == 11
    assert set(table["So"]) <= {"fits", "against", "unsure", ""}
    unsure = table["So"] == "unsure"
    assert table.loc[unsure, "Seen"].str.startswith("perhaps").all()
    assert len(attributes.table(*_counted(with_head))) == 12


def _counted(checkpoint):
    from core.morphology.metrics import annotator_agreement, attribute_report
    from core.morphology.predictions import read_predictions

    told = read_predictions(checkpoint.folder / PREDICTIONS)
    return attribute_report(told), annotator_agreement(told)


def test_read_says_nothing_in_words_of_a_drawing(with_head):
    assert "In words." not in words_on(opened("read"))
