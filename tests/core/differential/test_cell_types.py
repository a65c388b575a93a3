"""Sets of types: those that ship, those of a person's own, what is refused, and what a set comes back as."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.differential.cell_types import (
    SHORTCUTS,
    TypesError,
    as_toml,
    parse_types,
    read_types,
    set_of,
    shipped_sets,
    usual_types,
)
from core.labels import PBC8

OWN = b"""
title = "Ours"
[[types]]
name = "Blast"
shortcut = "B"
[[types]]
name = "Neutrophils"
shortcut = "1"
[[types]]
name = "Band neutrophil"
shortcut = "2"
[[types]]
name = "Hairy cell"
parent = "LY"
[[types]]
name = "Smudge cell"
among = "apart"
colour = "#123456"
"""


def test_what_a_file_says_of_its_types_and_what_follows_from_their_names():
    own = parse_types(OWN, "ours.toml")
    blast, neutrophil, band, hairy, smudge = own.types
    assert [one.shortcut for one in own.types] == ["b", "1", "2", "3", "4"]  # those without one have the next free
    assert (blast.key, blast.parent, blast.finer, blast.cell.abbreviation) == ("blast", "", False, "BL")
    assert neutrophil.cell is PBC8["neutrophil"]
    assert not neutrophil.finer
    assert (band.parent, band.stage, band.lineage) == ("neutrophil", "immature", "myeloid")
    assert (hairy.parent, hairy.finer, hairy.cell.abbreviation) == ("lymphocyte", True, "HC")
    assert (smudge.among, smudge.cell.colour) == ("apart", "#123456")
    assert own.specimen == "blood"


@pytest.mark.parametrize("name", shipped_sets())
def test_a_set_that_ships_has_keys_that_streamlit_and_the_page_leave_free_and_comes_back_from_its_file(name):
    types = shipped_sets()[name]
    shortcuts = [one.shortcut for one in types.types]
    assert len(set(shortcuts)) == len(shortcuts)
    assert set(shortcuts) <= set(SHORTCUTS)
    assert not set("0cdnpr") & set(SHORTCUTS)
    assert parse_types(as_toml(types).encode(), name) == types
    assert read_types(name) == types
    abbreviations = {one.cell.abbreviation for one in types} | {one.abbreviation for one in PBC8.classes}
    assert len(abbreviations) == len({one.key for one in types} | set(PBC8.keys))
    assert all(re.fullmatch("#[0-9A-Fa-f]{6}", one.cell.colour) for one in types)


def test_the_usual_set_is_of_the_models_classes_and_one_is_of_marrow():
    assert [one.key for one in usual_types().types] == list(PBC8.keys)
    assert [one.parent for one in usual_types().types] == list(PBC8.keys)
    assert [each.name for each in shipped_sets().values() if each.specimen == "marrow"] == ["marrow"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("title = ", "cannot be read as TOML"),
        ('title = "x"', "“types” cannot be used"),
        ('title = "x"\ntypes = []', "it has 0 types"),
        ('title = "x"\n[[types]]\nname = "A"\nsize = 3', "“types 1 size” cannot be used"),
        ('title = "x"\n[[types]]\nname = "Blast"\nshortcut = "c"', "the key c of Blast cannot be used"),
        ('title = "x"\n[[types]]\nname = "Blast"\nshortcut = "Ctrl+B"', "cannot be used"),
        ('title = "x"\n[[types]]\nname = "Blast"\nshortcut = "?"', "cannot be used"),
        (
            'title = "x"\n[[types]]\nname = "A1"\nshortcut = "a"\n[[types]]\nname = "B1"\nshortcut = "A"',
            "two of its types have the key A",
        ),
        ('title = "x"\n[[types]]\nname = "Blast"\n[[types]]\nname = "BLAST"', "is taken"),
        (
            'title = "x"\n[[types]]\nname = "Neutrophil"\n[[types]]\nname = "NE"',
            "two of its types are called Neutrophil",
        ),
        ('title = "x"\n[[types]]\nname = "Blast"\nabbreviation = "NE"', "“NE” of Blast is taken"),
        ('title = "x"\n[[types]]\nname = "No cell"', "is taken"),
        ('title = "x"\n[[types]]\nname = "=1+1"', "begins with a letter or a digit"),
        ('title = "x"\n[[types]]\nname = ""', "begins with a letter or a digit"),
        (f'title = "x"\n[[types]]\nname = "{"a" * 41}"', "has more than 40 letters"),
        ('title = "x"\n[[types]]\nname = "Blast"\nparent = "dragon"', "the parent dragon of Blast is none of"),
        ('title = "x"\n[[types]]\nname = "Band"\nparent = "NE"\namong = "apart"', "counts where these do"),
        ('title = "x"\n[[types]]\nname = "Blast"\ncolour = "red"', "the colour red of Blast is none"),
    ],
)
def test_what_is_no_set_is_refused_by_the_name_of_its_file_in_one_sentence(text, why):
    with pytest.raises(TypesError) as error:
        parse_types(text.encode(), "ours.toml")
    assert str(error.value).startswith("ours.toml is no set of types: ")
    assert why in str(error.value)
    assert str(error.value).endswith(".")


def test_a_set_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(TypesError, match="no set of types called dragons, and no such file; there are blood, "):
        read_types("dragons")


def test_types_of_other_sets_are_kept_behind_those_of_the_set():
    own, usual = parse_types(OWN, "ours.toml"), usual_types()
    both = usual.with_others([*own.types, *usual.types])
    assert both.types == usual.types
    assert [one.key for one in both.others] == ["blast", "band neutrophil", "hairy cell", "smudge cell"]
    assert both.get("blast") is own.types[0]
    assert both.get("dragon") is None


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(st.text(max_size=12), st.sampled_from(["", "neutrophil", "platelet"]), st.text(max_size=1)),
        min_size=1,
        max_size=6,
    )
)
def test_whatever_a_person_types_is_a_set_that_comes_back_or_one_sentence(rows):
    entries = [{"name": name, "parent": parent, "shortcut": key} for name, parent, key in rows]
    refused = ""
    try:
        own = set_of({"title": "Own", "types": entries}, "own")
    except TypesError as error:
        refused = str(error)
    if refused:
        assert refused.startswith("own is no set of types: ")
    else:
        assert parse_types(as_toml(own).encode(), "own") == own
        assert len({one.shortcut for one in own.types}) == len(own.types)
