"""Checkpoints: whole ones load, damaged ones are refused in a sentence, the shipped ones keep their promises."""

import json

import pytest

from core.checkpoints import all_checkpoints, find_checkpoint, list_checkpoints, open_checkpoint
from core.errors import CheckpointError
from core.publishing.verification import verify
from core.settings import checkpoints_folder

SHIPPED = all_checkpoints()
READERS = list_checkpoints()
MB = 1_000_000


@pytest.mark.parametrize("checkpoint", SHIPPED, ids=lambda checkpoint: checkpoint.name)
def test_shipped_files_fit_their_card(checkpoint):
    assert verify(checkpoint) == []
    assert checkpoint.folder.name == checkpoint.name
    assert all(file.stat().st_size < 95 * MB for file in checkpoint.folder.iterdir())


@pytest.mark.parametrize("checkpoint", READERS, ids=lambda checkpoint: checkpoint.name)
def test_shipped_cards_say_what_a_user_must_know(checkpoint):
    card = checkpoint.card
    assert "Not for diagnosis" in card.intended_use
    assert card.trained.citation
    assert card.trained.licence
    networks = [member for member, _ in checkpoint.members]
    for network in networks:
        assert network.card.recipe["seed"] is not None
        training = network.card.training
        assert training["best_epoch"] <= training["epochs"] == len(network.history())
    assert sum(p.numel() for network in networks for p in network.model().parameters()) == card.parameters


@pytest.mark.parametrize("checkpoint", READERS, ids=lambda checkpoint: checkpoint.name)
def test_shipped_predictions_cover_validation_and_test(checkpoint):
    table, learned = checkpoint.predictions().table, checkpoint.card.learned_from
    for source in learned:
        counts, trained = table.loc[table["source"] == source, "split"].value_counts(), checkpoint.card.learned(source)
        assert counts.to_dict() == {split: trained.counts[split] for split in ("test", "val")}
    trained_on = sum(checkpoint.card.learned(source).counts["train"] for source in learned)
    assert len(checkpoint.fingerprints()) == trained_on * len(checkpoint.members)


@pytest.mark.parametrize("checkpoint", READERS, ids=lambda checkpoint: checkpoint.name)
def test_the_ood_score_lets_its_own_cells_pass(checkpoint):
    """Its unit is set so that one validation cell in a hundred lies beyond 1."""
    table = checkpoint.predictions().table
    table = table[table["source"].isin(checkpoint.card.learned_from)]
    for split in ("val", "test"):
        assert (table.loc[table["split"] == split, "distance"] > 1).mean() < 0.03


@pytest.mark.parametrize(("name", "least"), [("linear", 0.781), ("simple_cnn", 0.914), ("resnet18", 0.987)])
def test_the_accuracy_that_the_documents_promise(name, least):
    predictions = find_checkpoint(name).predictions().select(source="pbc", split="test")
    assert (predictions.labels == predictions.predicted).mean() >= least


def test_all_shipped_checkpoints_together_are_small():
    assert sum(file.stat().st_size for file in checkpoints_folder().rglob("*") if file.is_file()) < 230 * MB


def test_a_published_checkpoint_is_whole(tiny):
    assert verify(tiny) == []
    assert tiny.space.name == "pbc8"
    assert tiny.classifier.calibration.temperature > 0


def test_changed_weights_are_refused(own_copy):
    data = bytearray(own_copy.weights.read_bytes())
    data[-1] ^= 1
    own_copy.weights.write_bytes(data)
    with pytest.raises(CheckpointError, match="sha256"):
        own_copy.model()
    assert any("sha256" in problem for problem in verify(own_copy))


def test_weights_of_another_network_are_refused_whatever_the_hash(own_copy):
    card = json.loads((own_copy.folder / "card.json").read_text())
    card["architecture"] = "simple_cnn"
    (own_copy.folder / "card.json").write_text(json.dumps(card))
    with pytest.raises(CheckpointError, match="do not fit"):
        open_checkpoint(own_copy.folder).model()


@pytest.mark.parametrize(
    "name", ["weights.safetensors", "statistics.safetensors", "predictions.parquet", "history.csv"]
)
def test_a_missing_file_is_told(own_copy, name):
    (own_copy.folder / name).unlink()
    problems = verify(own_copy)
    assert problems
    assert all(problem.endswith(".") for problem in problems)


def test_multiply_adds_are_those_of_the_network_times_its_symmetries(own_copy):
    size = own_copy.preprocessing.size
    assert own_copy.multiply_adds == 3 * size * size * 8
    card = json.loads((own_copy.folder / "card.json").read_text())
    card["classifier"]["preprocessing"]["symmetries"] = 8
    (own_copy.folder / "card.json").write_text(json.dumps(card))
    assert open_checkpoint(own_copy.folder).multiply_adds == 8 * own_copy.multiply_adds
