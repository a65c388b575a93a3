"""Classes: names, colours and how label spaces map."""

from itertools import product

import numpy as np
import pytest

from core.labels import LABEL_SPACES, PBC8, PBC_FINE, PBC_SUBTYPES, WBC5, Probabilities, label_space, mapping


@pytest.mark.parametrize("space", LABEL_SPACES.values(), ids=lambda space: space.name)
def test_classes_of_a_space_can_be_told_apart(space):
    for field in ("key", "name", "abbreviation", "colour"):
        values = [getattr(cell, field) for cell in space.classes]
        if not (space is PBC_FINE and field == "colour"):  # band neutrophil keeps the neutrophil's colour
            assert len(set(values)) == len(values), field
    assert all(cell.definition.endswith(".") and cell.source for cell in space.classes)


def test_the_order_is_that_of_bloodmnist():
    from medmnist import INFO

    published = [name.split("(")[0] for name in INFO["bloodmnist"]["label"].values()]
    assert [name.split()[0][:6] for name in published] == [{"ig": "immature"}.get(key, key)[:6] for key in PBC8.keys]


def test_a_class_has_one_colour_in_every_space():
    by_key = {}
    for space in LABEL_SPACES.values():
        for cell in space.classes:
            assert by_key.setdefault(cell.key, cell.colour) == cell.colour


@pytest.mark.parametrize(("one", "other"), product(LABEL_SPACES.values(), repeat=2))
def test_a_mapping_covers_every_class_and_leads_into_the_other_space(one, other):
    found = mapping(one, other)
    assert set(found) == set(one.keys)
    assert all(value is None or value in other.keys for value in found.values())


def test_finer_names_map_to_their_class():
    assert mapping(PBC_FINE, PBC8)["metamyelocyte"] == "ig"
    assert mapping(PBC_FINE, WBC5)["band neutrophil"] == "neutrophil"
    assert mapping(PBC8, WBC5)["platelet"] is None
    assert set(PBC_SUBTYPES.values()) <= set(PBC_FINE.keys)


def test_unknown_names_are_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="basophil"):
        PBC8.index("dragon")
    with pytest.raises(ValueError, match="pbc8"):
        label_space("dragons")


def test_probabilities_are_by_class_and_in_order():
    values = np.array([0.1, 0.3, 0.0, 0.3, 0.1, 0.1, 0.05, 0.05])
    cell = Probabilities(PBC8, values)
    assert (cell.label, cell.confidence, cell["ig"]) == ("eosinophil", 0.3, 0.3)
    assert [key for key, _ in cell.ranked()[:4]] == ["eosinophil", "ig", "basophil", "lymphocyte"]
    assert list(cell.as_dict().items()) == list(zip(PBC8.keys, values.tolist(), strict=True))
    assert cell == Probabilities(PBC8, values.copy())
    assert cell != Probabilities(PBC8, values[::-1].copy())
