"""What attributes mean for an answer, in words."""

import re

import numpy as np
import pytest

from core.labels import PBC8
from core.morphology.attributes import ATTRIBUTES, KEYS, OUTPUTS, columns, combined_phrases, output_names
from core.morphology.definitions import agrees
from core.morphology.description import from_probabilities, sentence
from core.morphology.head import AttributeCard, HeadCard
from core.morphology.wbcatt import CLASSES

USUAL = {
    "cell_size": "big",
    "cell_shape": "round",
    "nucleus_shape": "segmented-bilobed",
    "nuclear_cytoplasmic_ratio": "low",
    "chromatin_density": "densely",
    "cytoplasm_vacuole": "no",
    "cytoplasm_texture": "clear",
    "cytoplasm_colour": "light blue",
    "granule_type": "round",
    "granule_colour": "red",
    "granularity": "yes",
}


def card() -> HeadCard:
    """100 cells a class: eosinophils have USUAL values but for three loose chromatins; others have the last value of
    each attribute, and of those that are not of granules half of them the usual one."""
    others = {one.key: {value: 100 * (value == one.values[-1]) for value in one.values} for one in ATTRIBUTES}
    for key in KEYS[:8]:
        others[key][USUAL[key]] += 100
    own = {one.key: {value: 100 * (value == USUAL[one.key]) for value in one.values} for one in ATTRIBUTES}
    own["chromatin_density"] = {"densely": 97, "loosely": 3}
    entries = [
        AttributeCard(key=one.key, values=one.values, temperature=1, sure_from=0.8, aim=0.95, penalty=1)
        for one in ATTRIBUTES
    ]
    return HeadCard(
        weights_sha256="",
        sha256="",
        features=1,
        attributes=tuple(entries),
        expected={label: own if label == "eosinophil" else others for label in CLASSES},
        source="pbc",
        split_hash="",
        counts={},
        citation="",
        licence="",
        versions={},
    )


def probabilities(sure: float = 0.9, **changes: str) -> np.ndarray:
    """(31,) probabilities of USUAL values but for changes."""
    p = np.zeros(OUTPUTS)
    for one, part in zip(ATTRIBUTES, columns(), strict=True):
        p[part] = (1 - sure) / (len(one.values) - 1)
        p[part.start + one.number((USUAL | changes)[one.key])] = sure
    return p


def sentence_for(p: np.ndarray, label: str = "eosinophil") -> str:
    morphology = from_probabilities(card(), p, label)
    assert morphology is not None
    return sentence(morphology)


def test_what_fits_is_named_and_nothing_else_where_all_fits():
    text = sentence_for(probabilities())
    assert text.startswith("Round red granules, ")
    assert text.endswith("fit eosinophil.")


def test_two_lobes_or_more_are_told_together_where_neither_is_sure_alone():
    p = probabilities()
    part = columns()[KEYS.index("nucleus_shape")]
    p[part] = 0.01, 0.60, 0.35, 0.02, 0.01, 0.01
    morphology = from_probabilities(card(), p, "eosinophil")
    (nucleus,) = [one for one in morphology.attributes if one.key == "nucleus_shape"]
    assert (nucleus.value, nucleus.sure, nucleus.share) == ("segmented", True, 1.0)
    assert nucleus.probability == pytest.approx(0.95)
    assert "lobed nucleus" in sentence(morphology)
    p[part] = 0.07, 0.55, 0.35, 0.01, 0.01, 0.01  # 90 % together, which is too little
    assert "nucleus" not in sentence(from_probabilities(card(), p, "eosinophil"))


@pytest.mark.parametrize("label", CLASSES)
@pytest.mark.parametrize("key", ["cytoplasm_colour", "cytoplasm_texture"])
def test_what_is_told_of_a_cytoplasm_stands_in_the_definition(label, key):
    """No "light blue cytoplasm: fits neutrophil" beneath "pale pink cytoplasm"."""
    (attribute,) = [one for one in ATTRIBUTES if one.key == key]
    for value in attribute.values:
        if agrees(label, key, (value,)):
            assert set(value.split()) <= set(re.findall(r"[a-z]+", PBC8[label].definition.lower()))


def test_what_a_definition_names_otherwise_tells_classes_apart_and_is_not_told():
    morphology = from_probabilities(card(), probabilities(), "eosinophil")
    (colour,) = [one for one in morphology.attributes if one.key == "cytoplasm_colour"]
    assert colour.sure
    assert not colour.fits
    assert "cytoplasm" not in sentence(morphology)


@pytest.mark.parametrize("changes", [{}, {"chromatin_density": "loosely"}])
def test_the_words_endorse_nothing_that_is_doubted(changes):
    morphology = from_probabilities(card(), probabilities(**changes), "eosinophil")
    text = sentence(morphology, doubted=True)
    assert "fit" not in text
    assert "Round red granules" in text
    assert ("speaks against it" in text) == bool(changes)


def test_what_speaks_against_the_class_is_named_with_how_seldom_it_is():
    morphology = from_probabilities(card(), probabilities(chromatin_density="loosely"), "eosinophil")
    assert [one.key for one in morphology.contradicting] == ["chromatin_density"]
    assert "Loose chromatin: speaks against it (seen in 3\u00a0% of eosinophils)." in sentence(morphology)


def test_several_that_speak_against_are_named_together():
    text = sentence_for(probabilities(chromatin_density="loosely", granule_colour="pink"))
    assert "speak against it (each seldom seen in eosinophils)" in text


def test_an_unsure_value_neither_fits_nor_speaks_against():
    p = probabilities(chromatin_density="loosely")
    part = columns()[KEYS.index("chromatin_density")]
    p[part] = 0.45, 0.55
    morphology = from_probabilities(card(), p, "eosinophil")
    assert not morphology.contradicting
    assert "chromatin_density" not in [one.key for one in morphology.fitting]
    assert "chromatin" not in sentence(morphology)


def test_where_nothing_is_sure_that_is_said():
    text = sentence_for(probabilities(sure=0.6))
    assert text == "Nothing that was told for sure is typical of eosinophil."


@pytest.mark.parametrize("label", ["platelet", "erythroblast", "ig"])
def test_nothing_is_said_of_a_class_without_known_attributes(label):
    assert from_probabilities(card(), probabilities(), label) is None


@pytest.mark.parametrize(
    ("values", "phrases"),
    [
        ([("granule_type", "round"), ("granule_colour", "red")], ["round red granules"]),
        ([("granule_colour", "nil"), ("granularity", "no")], ["no granules"]),
        ([("granularity", "yes"), ("nucleus_shape", "unsegmented-round")], ["granules", "round nucleus"]),
        ([("granule_colour", "pink")], ["pink granules"]),
        ([("cytoplasm_vacuole", "yes"), ("granule_type", "coarse")], ["vacuoles", "coarse granules"]),
    ],
)
def test_what_goes_together_is_said_together(values, phrases):
    assert combined_phrases(values) == phrases


def test_every_value_has_a_column_and_a_phrase_of_its_own():
    assert len(set(output_names())) == OUTPUTS == columns()[-1].stop
    for one in ATTRIBUTES:
        assert len({one.phrase(value) for value in one.values}) == len(one.values)
