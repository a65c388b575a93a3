"""Audits of BCCD as the tests need them."""

from typing import Any

from core.datasets.audit.summary import LISTS, write_summary


def keep_audit(*doubted: str) -> None:
    """Keep an audit of BCCD among the records, wherever they are, that doubts the labels of these files alone."""
    summary: dict[str, Any] = {name: [] for name in (*LISTS, "shortcuts")}
    summary |= {"source": "bccd", "numbers": {}, "date": "2026-01-01", "agreement": 1.0, "kind_counts": {}}
    write_summary(summary | {"suspect_labels": [{"file": file} for file in doubted]})
