"""White cells with made-up attributes: a table in WBCAtt's form over drawings, and a head trained on it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.checkpoints import Checkpoint
from core.datasets import Source, open_source
from core.morphology.attributes import ATTRIBUTES, KEYS
from core.morphology.wbcatt import CLASSES, PARTS, AnnotatedCells, read_annotated
from core.progress import silent


def usual(label: str, number: int) -> list[str]:
    """The values of one cell: those of its class, but for one cell in five of which one attribute is another's."""
    place = CLASSES.index(label)
    values = [one.values[place % len(one.values)] for one in ATTRIBUTES]
    if number % 5 == 0:
        other = ATTRIBUTES[number % len(ATTRIBUTES)]
        values[number % len(ATTRIBUTES)] = other.values[(place + 1) % len(other.values)]
    return values


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory, drawn_folder: Path) -> Path:
    """Attributes of the drawings of five classes in three files, some of them given a second time."""
    folder = tmp_path_factory.mktemp("wbcatt")
    rows = []
    for key in open_source("folder", drawn_folder).index["key"]:
        label = key.split("/")[0]
        if label in CLASSES:
            rows.append([key, label, *usual(label, len(rows))])
    table = pd.DataFrame(rows, columns=["file", "label", *KEYS])
    for number, part in enumerate(PARTS):
        table.iloc[number::3].to_csv(folder / f"{part}.csv", index=False)
    table.iloc[::2].assign(cell_size="big").to_csv(folder / "reannotations.csv", index=False)
    return folder


@pytest.fixture
def source(drawn_folder: Path) -> Source:
    return open_source("folder", drawn_folder)


@pytest.fixture
def cells(source: Source, tables: Path) -> AnnotatedCells:
    return read_annotated(source, tables)


@pytest.fixture
def with_head(own_copy: Checkpoint, source: Source, cells: AnnotatedCells) -> Checkpoint:
    """The tiny checkpoint with an attribute head beside it, made the real way."""
    from core.publishing.attributes import cell_features, publish_head

    publish_head(own_copy, source, cells, cell_features(own_copy, source, cells), silent)
    return own_copy


def random_answers(n: int, seed: int = 0) -> np.ndarray:
    """(n, 31) probabilities."""
    from core.morphology.head import softmaxes

    logits = np.random.default_rng(seed).normal(size=(n, sum(len(one.values) for one in ATTRIBUTES)))
    return softmaxes(logits, np.full(len(ATTRIBUTES), 0.5))
