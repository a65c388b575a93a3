"""A generator's checkpoint: explains itself, is verified, and does not stand among those that read cells."""

import json

import pytest
from safetensors.numpy import load_file

from core.checkpoints import all_checkpoints, list_checkpoints, open_checkpoint
from core.errors import CheckpointError
from core.publishing.verification import verify, verify_all
from core.synthetic.generator.loading import find_generator
from core.synthetic.generator.training import HISTORY_COLUMNS


def test_it_is_verified_and_does_not_read_cells(generator):
    assert verify_all() == {"finder": [], "generator": [], "tiny": []}
    assert [one.name for one in list_checkpoints()] == ["tiny"]
    assert "generator" in [one.name for one in all_checkpoints()]
    assert find_generator().card == generator.card


def test_the_card_says_what_it_is(generator):
    card = generator.card
    assert card.task == "generate"
    assert card.trained.counts["train"] == sum(condition.count for condition in generator.conditions)
    assert card.trained.licence
    assert "not in place of photographs" in card.intended_use.replace("\n", " ") or "photographs" in card.intended_use
    assert tuple(generator.history().columns) == HISTORY_COLUMNS
    assert list(generator.history()["stage"]) == ["autoencoder"] * 2 + ["flow"] * 2


def test_no_training_picture_is_in_the_checkpoint(generator):
    arrays = load_file(generator.folder / "statistics.safetensors")
    train = generator.card.trained.counts["train"]
    numbers_a_cell = sum(array[0].size for array in arrays.values() if array.ndim == 2 and len(array) == train)
    assert 0 < numbers_a_cell <= 64  # far fewer than the 8 x 8 pixels of the smallest thumbnail in colour


@pytest.mark.parametrize("file", ["weights.safetensors", "statistics.safetensors", "history.csv"])
def test_damage_is_found(own_generator, file):
    (own_generator.folder / file).write_bytes(b"")
    assert verify(own_generator)


def test_another_network_of_features_is_found(own_generator):
    path = own_generator.folder / "card.json"
    card = json.loads(path.read_text())
    card["training"]["features_sha256"] = "0" * 64
    path.write_text(json.dumps(card))
    changed = open_checkpoint(own_generator.folder)
    assert "publish generator anew" in " ".join(verify(changed))


def test_a_card_without_kinds_is_found(own_generator):
    path = own_generator.folder / "card.json"
    card = json.loads(path.read_text())
    del card["recipe"]["kinds"]
    path.write_text(json.dumps(card))
    assert "names no kinds" in " ".join(verify(open_checkpoint(own_generator.folder)))


def test_a_reader_of_cells_is_no_generator(generator):
    with pytest.raises(CheckpointError, match="does not generate"):
        find_generator("tiny")
