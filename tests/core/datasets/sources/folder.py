"""Class folders of one's own."""

from pathlib import Path

from tests.core.datasets.blobs import save


def build(root: Path) -> None:
    for seed, (name, place) in enumerate((n, p) for n in ("Neutrophils", "Blast", "LY") for p in range(5)):
        save(root / name / f"{place}.png", seed, 50, 60)
