"""Every environment variable that Smearlens reads, and the folders that they move.

Read when asked for, so that a variable that changes while we run (a test's, a notebook's) counts at once. No .env
files are read.
"""

from pathlib import Path

import platformdirs
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The variables by their names; an empty one counts as not set."""

    model_config = SettingsConfigDict(case_sensitive=True, env_ignore_empty=True, extra="ignore")

    data: Path | None = Field(default=None, validation_alias="SMEARLENS_DATA")
    cache: Path | None = Field(default=None, validation_alias="SMEARLENS_CACHE")
    checkpoints: Path | None = Field(default=None, validation_alias="SMEARLENS_CHECKPOINTS")
    cases: Path | None = Field(default=None, validation_alias="SMEARLENS_CASES")
    database_url: str | None = Field(default=None, validation_alias="SMEARLENS_DATABASE_URL", repr=False)
    """Of the database of cases; it may hold a password."""

    world_size: int = Field(default=1, validation_alias="WORLD_SIZE")
    """Processes that torchrun started; 1 without it."""

    local_rank: int = Field(default=0, validation_alias="LOCAL_RANK")
    """This process among those of its machine, as torchrun numbers them: the number of its device."""


def data_folder() -> Path | None:
    """The folder of data sets: SMEARLENS_DATA, None where it is not set."""
    folder = Settings().data
    return folder.expanduser() if folder else None


def data_subfolder(name: str) -> Path | None:
    """A folder in the folder of data sets, None where there is none."""
    base = data_folder()
    return base / name if base and (base / name).is_dir() else None


def cache_folder() -> Path:
    """Where decoded images and answers to examples are kept: SMEARLENS_CACHE, else the user's cache folder."""
    folder = Settings().cache
    return folder.expanduser() if folder else Path(platformdirs.user_cache_dir("smearlens"))


def checkpoints_folder() -> Path:
    """Where our checkpoints are: SMEARLENS_CHECKPOINTS, or the folder that came with Smearlens."""
    return Settings().checkpoints or Path(__file__).resolve().parents[1] / "checkpoints"


def records_folder() -> Path:
    """Where the records of runs are whose weights are not shipped (core.evaluation.results.records)."""
    return checkpoints_folder() / "records"


def cases_folder() -> Path:
    """Where cases are kept, their photos and the database that is built in: SMEARLENS_CASES, else the user's folder."""
    folder = Settings().cases
    return folder.expanduser() if folder else Path(platformdirs.user_data_dir("smearlens")) / "cases"


def database_url() -> str | None:
    """Of the database of cases: SMEARLENS_DATABASE_URL, None where the one that is built in is used."""
    return Settings().database_url
