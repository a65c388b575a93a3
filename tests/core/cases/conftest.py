"""Stores of cases on both databases, each against the real server, and a counted smear to put into them."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from core.cases.predictions import predictions_of
from core.cases.reviewing import Review
from core.cases.store import CaseStore, open_store
from core.differential.smear import Smear
from core.experiments.throwaway_postgresql import Server
from core.imaging.decoding import Photo
from core.imaging.fingerprint import fingerprint
from tests.core.differential.drawn import drawn_smear


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """On which database a test runs; a module may have one of its own."""
    return str(request.param)


@pytest.fixture(scope="session")
def made_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of an empty store: copied sooner than made."""
    folder = tmp_path_factory.mktemp("made")
    open_store(folder).database.close()
    return folder / "cases.sqlite"


@pytest.fixture(scope="session")
def made_url(server: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a store in PostgreSQL that tests share, each of which finds it empty."""
    open_store(tmp_path_factory.mktemp("made"), server.url).database.close()
    return server.url


@pytest.fixture
def address(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str | None:
    """Where the store is opened: None is the database that is built in."""
    if kind == "sqlite":
        (tmp_path / "cases").mkdir()
        shutil.copy(request.getfixturevalue("made_file"), tmp_path / "cases")
        return None
    url = str(request.getfixturevalue("made_url"))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("TRUNCATE cases CASCADE")
    return url


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
