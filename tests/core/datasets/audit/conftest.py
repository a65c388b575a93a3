"""Data sets to plant faults into."""

from pathlib import Path

import pytest

from tests.core.datasets.audit.planting import Plant, plant_drawings


@pytest.fixture
def drawn(tmp_path: Path) -> Plant:
    """112 drawings of eight classes in PBC's layout."""
    return plant_drawings(tmp_path / "pbc", 14)
