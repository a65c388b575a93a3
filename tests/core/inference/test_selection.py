"""Which checkpoint reads where nobody names one."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.checkpoints import Ensemble, Member, list_checkpoints
from core.errors import CheckpointError
from core.inference.selection import best_first, champion, choose, widest


def test_the_best_on_validation_comes_first_and_the_unreadable_last(own_copy):
    root = own_copy.folder.parent
    worse = root / "a_worse"
    shutil.copytree(own_copy.folder, worse)
    card = json.loads((worse / "card.json").read_text())
    (worse / "card.json").write_text(json.dumps(card | {"name": "a_worse"}))
    table = pd.read_parquet(worse / "predictions.parquet")
    columns = [column for column in table.columns if column.startswith("p_")]
    table[columns] = np.roll(np.eye(len(columns)), 1, axis=0)[[columns.index(f"p_{label}") for label in table["label"]]]
    table.to_parquet(worse / "predictions.parquet")
    assert [checkpoint.name for checkpoint in best_first(list_checkpoints())] == ["tiny", "a_worse"]
    assert choose().name == "tiny"
    ensemble = Ensemble(members=(Member(name="tiny", sha256=own_copy.card.sha256, votes=1),))
    section = own_copy.classifier.model_copy(update={"ensemble": ensemble})
    pair = replace(own_copy, card=own_copy.card.model_copy(update={"classifier": section}))
    assert champion([pair, own_copy]) is own_copy
    assert champion([pair]) is pair
    both = own_copy.card.trained, own_copy.card.trained
    wide = replace(own_copy, card=own_copy.card.model_copy(update={"trained_also": both}))
    assert widest([pair, own_copy, wide]) is wide
    assert widest([pair, own_copy]) is own_copy
    (own_copy.folder / "predictions.parquet").unlink()
    assert [checkpoint.name for checkpoint in best_first(list_checkpoints())] == ["a_worse", "tiny"]


def test_a_name_is_that_checkpoint_and_without_any_it_is_said_how_to_make_one(own_copy, tmp_path, monkeypatch):
    assert choose("tiny").name == choose().name == "tiny"
    monkeypatch.setenv("SMEARLENS_CHECKPOINTS", str(tmp_path / "empty"))
    with pytest.raises(CheckpointError, match="no checkpoints"):
        choose()
