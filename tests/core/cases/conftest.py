"""Stores of cases on both databases, each against the real server, and a counted smear to put into them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.cases.predictions import predictions_of
from core.cases.reviewing import Review
from core.cases.store import CaseStore, open_store
from core.differential.smear import Smear
from core.imaging.decoding import Photo
from core.imaging.fingerprint import fingerprint
from tests.core.differential.drawn import drawn_smear


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest) -> str | None:
    """Where a store is opened: None is the database that is built in."""
    return None if request.param == "sqlite" else request.getfixturevalue("empty_url")


@pytest.fixture
def store(address: str | None, tmp_path: Path) -> Iterator[CaseStore]:
    opened = open_store(tmp_path / "cases", address)
    yield opened
    opened.database.close()


@pytest.fixture(scope="session")
def photos() -> list[Photo]:
    """Two drawn fields; their names are a patient's."""
    return [Photo(photo.name, photo.preview, micrometres_per_pixel=0.1) for photo in drawn_smear().photos]


@pytest.fixture(scope="session")
def smear(photos: list[Photo]) -> Smear:
    """Both fields as they were counted."""
    drawn = drawn_smear()
    keys = [fingerprint(photo) for photo in photos]
    return replace(
        drawn, photos=tuple(replace(one, fingerprint=key) for one, key in zip(drawn.photos, keys, strict=True))
    )


@pytest.fixture
def case(store: CaseStore, photos: list[Photo], smear: Smear) -> str:
    """A case with both photos and what the model said of them."""
    made = store.create("Two fields", "from the Friday course")
    for photo in photos:
        store.add_photo(made.id, photo)
    store.keep(made.id, predictions_of(smear))
    return made.id


@pytest.fixture
def review(store: CaseStore, case: str) -> Review:
    return reader(store, case, "Ada")


def reader(store: CaseStore, case: str, who: str, seat: int = 1) -> Review:
    """Somebody who sits down at a case."""
    return Review(store.journal, case, store.predictions(case), store.open(case).settings, who=who, seat=seat)
