"""Which checkpoints are there: damaged ones hide nothing else, and unknown names are answered."""

import shutil

import pytest

from core.checkpoints import find_checkpoint, list_checkpoints, open_checkpoint
from core.errors import CheckpointError
from core.publishing.verification import verify_all


def test_a_damaged_card_hides_only_its_own_checkpoint(own_copy):
    shutil.copytree(own_copy.folder, own_copy.folder.parent / "torn")
    (own_copy.folder.parent / "torn" / "card.json").write_text("{")
    assert [checkpoint.name for checkpoint in list_checkpoints()] == ["tiny"]
    problems = verify_all()
    assert problems["tiny"] == []
    assert "damaged" in problems["torn"][0]


def test_an_unknown_name_is_answered_with_the_known_ones(tiny):
    with pytest.raises(CheckpointError, match="tiny"):
        find_checkpoint("nobody")


def test_an_empty_folder_has_no_checkpoints(tmp_path, monkeypatch):
    monkeypatch.setenv("SMEARLENS_CHECKPOINTS", str(tmp_path))
    assert list_checkpoints() == []
    with pytest.raises(CheckpointError, match=r"card\.json"):
        open_checkpoint(tmp_path)
