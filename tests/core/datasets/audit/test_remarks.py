"""What a kept audit says of single images."""

from pathlib import Path

import pytest

from core.datasets.audit import remarks
from core.datasets.audit.remarks import AuditRemark, read_remarks
from core.datasets.audit.summary import LISTS, write_summary

SUMMARY = {
    "source": "pbc",
    "numbers": {},
    "date": "2026-11-25",
    "agreement": 0.95,
    "kind_counts": {},
    "shortcuts": [],
    **{name: [] for name in LISTS},
    "suspect_labels": [{"file": "a", "label": "monocyte", "likelier": "ig", "margin": 0.9, "split": "test"}],
    "conflicts": [{"files": ["a", "b"], "labels": ["monocyte", "neutrophil"], "distance": 0.0}],
    "duplicates": [["a", "b", 0.0], ["c", "d", 0.0], ["e", "f", 0.1]],
    "kinds": ["same file", "turned", remarks.SHIFTED],
    "leaks": [{"by": "image", "files": ["c", "d"], "splits": ["test", "train"], "distance": 0.0}],
}


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMEARLENS_CHECKPOINTS", str(tmp_path))
    assert read_remarks("pbc") == {}
    write_summary(SUMMARY)


def test_doubts_other_labels_and_copies_are_found_by_file(kept):
    assert read_remarks("pbc") == {
        "a": AuditRemark("ig", (("b", "neutrophil"),)),
        "b": AuditRemark("", (("a", "monocyte"),)),
        "c": AuditRemark(copies=(("d", "train"),)),
        "d": AuditRemark(copies=(("c", "test"),)),
    }


def test_doubts_that_mean_little_are_not_passed_on(kept):
    write_summary(SUMMARY | {"agreement": 0.5})
    assert read_remarks("pbc")["a"] == AuditRemark("", (("b", "neutrophil"),))
