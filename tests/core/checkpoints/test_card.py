"""Cards: those of old are read, new ones survive a round trip, and one of another form is refused."""

import json

import pytest
from pydantic import ValidationError

from core.checkpoints import Card, ClassifierSection, Ensemble, Member, open_checkpoint
from core.checkpoints.listing import checkpoint_folders
from core.errors import CheckpointError

SHIPPED = list(checkpoint_folders())
PLACES = {
    "label_space": "label_space",
    "preprocessing": "preprocessing",
    "calibration": "calibration",
    "answering": "abstain",
    "sets": "prediction_sets",
    "ensemble": "ensemble",
}
"""Where entries of version 1 are in a section."""


def flat(card: Card) -> dict:
    """A card as version 1 had it, every section's entries side by side."""
    entries = json.loads(card.model_dump_json())
    sections = {name: entries.pop(name, {}) for name in ("classifier", "detector", "generator")}
    section = next((values for values in sections.values() if values), {})
    detecting = {name: section[name] for name in ("thresholds", "diameter") if name in section}
    empty = dict.fromkeys([*PLACES, "detecting"])
    side_by_side = {old: section[new] for old, new in PLACES.items() if new in section}
    return entries | empty | side_by_side | {"detecting": detecting or None, "schema_version": 1}


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_shipped_cards_are_read_with_every_entry_in_its_section(folder):
    entries = json.loads((folder / "card.json").read_text())
    card = open_checkpoint(folder).card
    again = json.loads(Card.model_validate(flat(card) if entries["schema_version"] == 1 else entries).model_dump_json())
    assert again == json.loads(card.model_dump_json())
    section = card.classifier or card.detector or card.generator
    if entries["schema_version"] > 1:
        return
    for old, new in PLACES.items():
        value = json.loads(section.model_dump_json(include={new})).get(new) if section else None
        before = entries.get(old)
        if isinstance(before, dict):
            # What a card of old does not name has its default.
            value = {name: value[name] for name in before}
        assert value == before
    for name, value in (entries.get("detecting") or {}).items():
        assert getattr(card.detector, name) == value
    common = set(entries) - {*PLACES, "detecting", "schema_version"}
    written = json.loads(card.model_dump_json())
    assert {name: written[name] for name in common} == {name: entries[name] for name in common}


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_what_is_written_is_read_again(folder):
    card = open_checkpoint(folder).card
    written = card.model_dump_json()
    assert Card.model_validate_json(written) == card
    section = {"classify": ["classifier"], "detect": ["detector"], "generate": ["generator"], "find": []}[card.task]
    names = list(json.loads(written))
    assert names[:3] == ["schema_version", "task", "name"]
    assert [name for name in names if name in ("classifier", "detector", "generator")] == section


@pytest.mark.parametrize("change", [{"detecting": {"diameter": 1.0}}, {"task": ["classify"]}, {"task": "find"}])
def test_a_flat_card_with_entries_of_another_task_is_refused(tiny, change):
    assert Card.model_validate(flat(tiny.card)) == tiny.card
    with pytest.raises(ValidationError):
        Card.model_validate(flat(tiny.card) | change)


def test_a_classifier_is_a_network_or_an_ensemble(tiny):
    with pytest.raises(ValidationError, match="preprocessing or members"):
        ClassifierSection(label_space="pbc8")
    ensemble = Ensemble(members=(Member(name="tiny", sha256=tiny.card.sha256, votes=1),))
    assert ClassifierSection(label_space="pbc8", ensemble=ensemble).preprocessing is None


@pytest.mark.parametrize("change", [{"schema_version": 3}, {"sha256": None}, {"surprise": 1}])
def test_a_card_of_another_form_is_refused(own_copy, change):
    card = json.loads((own_copy.folder / "card.json").read_text())
    (own_copy.folder / "card.json").write_text(json.dumps(card | change))
    with pytest.raises(CheckpointError, match="damaged or of another version"):
        open_checkpoint(own_copy.folder)


def test_a_card_survives_a_round_trip(tiny):
    assert Card.model_validate_json(tiny.card.model_dump_json()) == tiny.card
