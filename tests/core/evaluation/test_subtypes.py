"""Finer kinds within classes: read from file names, counted against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import recall_score

from core.evaluation.intervals import wilson
from core.evaluation.report import SOFT_BELOW
from core.evaluation.results.predictions import Predictions
from core.evaluation.subtypes import subtypes
from core.labels import PBC8, PBC_FINE, PBC_SUBTYPES, mapping, subtype_of


def table(keys, labels, said, source="pbc", classes=PBC8.keys) -> Predictions:
    p = np.full((len(keys), len(classes)), 0.01)
    p[np.arange(len(keys)), [classes.index(key) for key in said]] = 1 - 0.01 * (len(classes) - 1)
    return Predictions.from_arrays(
        source=source, lab="somewhere", split="test", keys=keys, labels=labels, classes=classes, probabilities=p
    )


@pytest.mark.parametrize("prefix", PBC_SUBTYPES)
def test_a_file_name_tells_its_subtype_with_or_without_a_folder(prefix):
    assert subtype_of(f"neutrophil/{prefix}_123.jpg") == subtype_of(f"{prefix}_123.jpg") == PBC_SUBTYPES[prefix]


@pytest.mark.parametrize("key", ["neutrophil/NEUTROPHIL_1.jpg", "ig/IG_1.jpg", "basophil/BA_1.jpg", "12.png", ""])
def test_other_names_tell_none(key):
    assert subtype_of(key) == ""


def test_counts_by_hand():
    keys = ["neutrophil/SNE_1.jpg", "neutrophil/SNE_2.jpg", "neutrophil/BNE_3.jpg", "neutrophil/NEUTROPHIL_4.jpg"]
    keys += ["basophil/BA_5.jpg"]
    found = subtypes(
        table(keys, ["neutrophil"] * 4 + ["basophil"], ["neutrophil", "ig", "neutrophil", "monocyte", "ig"])
    )
    assert [(one.key, one.parent, one.n) for one in found] == [
        ("segmented neutrophil", "neutrophil", 2),
        ("band neutrophil", "neutrophil", 1),
        ("", "neutrophil", 1),
    ]
    assert found[0].right == wilson(1, 2)
    assert [one.called for one in found] == [(("ig", 1),), (), (("monocyte", 1),)]
    assert [one.name for one in found] == ["Segmented neutrophil", "Band neutrophil", "not specified"]


def test_figures_are_those_of_scikit_learn_and_add_up_to_the_class():
    rng = np.random.default_rng(3)
    prefixes = rng.choice([*PBC_SUBTYPES, "IG", "EO"], 400)
    parents = {prefix: mapping(PBC_FINE, PBC8)[name] for prefix, name in PBC_SUBTYPES.items()} | {
        "IG": "ig",
        "EO": "eosinophil",
    }
    labels = [parents[prefix] for prefix in prefixes]
    said = [label if rng.random() < 0.8 else str(rng.choice(PBC8.keys)) for label in labels]
    found = subtypes(table([f"x/{prefix}_{n}.jpg" for n, prefix in enumerate(prefixes)], labels, said))
    for one in found:
        named = next((prefix for prefix, name in PBC_SUBTYPES.items() if name == one.key), "IG")
        rows = prefixes == named
        expected = recall_score(np.array(labels)[rows], np.array(said)[rows], labels=[one.parent], average="macro")
        assert one.right.value == pytest.approx(expected)
        assert one.n == rows.sum()
        assert one.n - round(one.right.value * one.n) == sum(count for _, count in one.called)
        assert one.soft == (one.n < SOFT_BELOW)
    assert sum(one.n for one in found if one.parent == "ig") == labels.count("ig")
    assert {one.parent for one in found} == {"ig", "neutrophil"}


def test_only_names_of_pbc_are_believed():
    assert subtypes(table(["SNE_1.jpg"], ["neutrophil"], ["neutrophil"], source="kaggle")) == ()


def test_a_model_of_the_subtypes_has_none_below_them():
    label = "segmented neutrophil"
    assert subtypes(table(["SNE_1.jpg"], [label], [label], classes=PBC_FINE.keys)) == ()
