"""The database of cases: SQLite, which is built in, or PostgreSQL. What goes wrong with either is one sentence."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import StaticPool

from core.cases.schema import CASES, FACTS, REVISION
from core.errors import DatabaseError

PATIENCE_S = 30
"""Seconds that a writer waits for another one, and for a server to answer."""

_ONE_AT_A_TIME = 7_163_702
"""Any number that PostgreSQL knows the lock of photos and migrations by."""

_UNTOUCHED = "What was saved before is kept."


class Database:
    """An open database of cases with the newest schema. Safe to use from several threads and processes.

    in_memory: nothing of it is written anywhere, and it is gone with the process.
    """

    def __init__(self, engine: Engine, *, in_memory: bool = False) -> None:
        self.in_memory = in_memory
        name = engine.url.database if engine.dialect.name == "sqlite" and not in_memory else None
        self._file = Path(name) if name else None
        self._inode = 0
        self._engine = engine
        self._writer = engine.execution_options(begin="BEGIN IMMEDIATE")
        # One connection serves every thread of a database in memory.
        self._alone: AbstractContextManager[Any] = threading.RLock() if in_memory else nullcontext()

    @property
    def dialect(self) -> str:
        """ "sqlite" or "postgresql"."""
        return self._engine.dialect.name

    @property
    def place(self) -> str:
        """Where it is, without a password."""
        return "memory" if self.in_memory else self._engine.url.render_as_string(hide_password=True)

    @contextmanager
    def reading(self, *, snapshot: bool = False) -> Iterator[Connection]:
        """A connection to read with. snapshot: all of it sees one state, whatever others write meanwhile.

        DatabaseError, in one sentence, for whatever the database cannot do in the block.
        """
        engine = self._engine
        if snapshot and self.dialect == "postgresql":
            engine = engine.execution_options(isolation_level="REPEATABLE READ")
        with self._alone, _in_words(), engine.connect() as connection:
            self._check_file()
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: at the end of the block all of it is saved, also if the machine stops; else nothing is."""
        with self._alone, _in_words(), self._writer.begin() as connection:
            yield connection
            self._check_file()

    def _check_file(self) -> None:
        """SQLite goes on writing to a file that was taken away, and nobody would ever see it again."""
        if self._file is None:
            return
        try:
            inode = self._file.stat().st_ino
        except OSError:
            inode = 0
        self._inode = self._inode or inode
        if inode != self._inode:
            raise DatabaseError(
                f"{self._file.name} was taken away or replaced; put it back, or start Smearlens anew. {_UNTOUCHED}"
            )

    def hold_photos(self, connection: Connection) -> None:
        """Until the transaction ends no other one adds or removes photos. SQLite has one writer anyway."""
        if self.dialect == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})

    def fact(self, name: str) -> str:
        """What is known of the database itself; see schema.FACTS."""
        with self.reading() as connection:
            return str(connection.execute(select(FACTS.c.value).where(FACTS.c.name == name)).scalar_one())

    def forget(self) -> None:
        """Let nothing stay of what was deleted: SQLite's log would hold it for a while."""
        if self.dialect == "sqlite" and not self.in_memory:
            with _in_words(), self._engine.connect().execution_options(begin="SELECT 1") as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        self._engine.dispose()


def open_file(path: Path) -> Database:
    """The database in a file, made where there is none. DatabaseError in one sentence."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseError(f"The folder {path.parent} for cases cannot be made ({error.strerror}).") from error
    database = _ready(Database(_sqlite(URL.create("sqlite", database=str(path)))))
    with database.reading() as connection:
        found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    if found != "ok":  # SQLite itself reads the missing end of a file as zeros
        database.close()
        raise DatabaseError(
            "The database of cases is damaged, or only a part of it is there; restore it from a backup."
        )
    return database


def open_in_memory() -> Database:
    """A database that is gone with the process."""
    engine = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False, "isolation_level": None}
    )
    event.listen(engine, "connect", _prepare_sqlite)
    return _ready(Database(_with_own_transactions(engine), in_memory=True))


def open_url(address: str) -> Database:
    """The database at a URL, of PostgreSQL or of an SQLite file. DatabaseError in one sentence."""
    try:
        url = make_url(address.replace("postgres://", "postgresql://", 1))
    except ArgumentError as error:
        raise DatabaseError("SMEARLENS_DATABASE_URL is not the address of a database: write postgresql://…") from error
    kind = url.get_backend_name()
    if kind == "sqlite" and url.database:
        return open_file(Path(url.database).expanduser())
    if kind != "postgresql":
        raise DatabaseError(f"Cases are kept in SQLite or PostgreSQL, not in {kind}.")
    try:
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            connect_args={"connect_timeout": PATIENCE_S},
        )
    except (ImportError, NoSuchModuleError) as error:
        raise DatabaseError("PostgreSQL needs the package psycopg: pip install 'psycopg[binary]'.") from error
    return _ready(Database(engine))


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": PATIENCE_S, "isolation_level": None})
    event.listen(engine, "connect", _prepare_sqlite)
    return _with_own_transactions(engine)


def _prepare_sqlite(connection, record) -> None:  # type: ignore[no-untyped-def]  # as SQLAlchemy calls it
    """Readers do not wait for a writer, and what is saved is on the disk before anybody is told so."""
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _with_own_transactions(engine: Engine) -> Engine:
    """Python's sqlite3 would begin a transaction late, and none at all before a table is made."""

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))

    return engine


# --- The schema ----------------------------------------------------------------------------------


def _ready(database: Database) -> Database:
    """The database with the newest schema; closed again where it cannot have it."""
    try:
        with database.reading() as connection:
            found = _revision(connection)
        if found != REVISION:
            with database.writing() as connection:
                database.hold_photos(connection)
                upgrade(connection)
    except DatabaseError:
        database.close()
        raise
    return database


def _revision(connection: Connection) -> str | None:
    """Of the schema that is there, None in an empty database; DatabaseError where it is none of cases."""
    tables = inspect(connection).get_table_names()
    if "alembic_version" not in tables:
        if tables:
            raise DatabaseError("The database holds other things than cases; name one that is empty.")
        return None
    versions = [str(row[0]) for row in connection.execute(text("SELECT version_num FROM alembic_version"))]
    if len(versions) != 1 or CASES.name not in tables:
        raise DatabaseError("The database of cases is incomplete; restore it from a backup.")
    return versions[0]


def upgrade(connection: Connection, revision: str = REVISION) -> None:
    """Bring the schema forwards, in the transaction at hand. DatabaseError where it is newer than known here."""
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    found = _revision(connection)
    if found is not None and found not in known:
        raise DatabaseError(
            "The cases were saved by a newer version of Smearlens; open them with that one: nothing is changed here."
        )
    command.upgrade(config, revision)
    if found is None:
        connection.execute(FACTS.insert().values(name="photos", value=f"photos-{secrets.token_hex(4)}"))


# --- Errors --------------------------------------------------------------------------------------

_SENTENCES = (
    ("disk is full", "The disk is full, so that this could not be saved; make room and do it again."),
    ("No space left", "The disk is full, so that this could not be saved; make room and do it again."),
    ("malformed", "The database of cases is damaged; restore it from a backup."),
    ("not a database", "The file of cases is no database, or only a part of one; restore it from a backup."),
    ("disk I/O error", "The disk of the database of cases does not answer as it should; look at the disk first."),
    ("readonly", "The database of cases may not be written to; see who owns its file and folder."),
    (
        "unable to open",
        "The database of cases cannot be opened; see whether its folder is there and yours.",
    ),
    ("locked", "The database of cases is busy with something else; do it again in a moment."),
    ("password", "The database of cases refuses the name or password of SMEARLENS_DATABASE_URL."),
    ("never changed", "An event of a case is never changed; it can be undone by another one."),
    ("does not exist", "The database of cases that SMEARLENS_DATABASE_URL names does not exist, or is incomplete."),
    ("no such table", "The database of cases is incomplete; restore it from a backup."),
)
"""What a message of the database holds, and what it means to a person."""


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise DatabaseError(f"{_sentence(error)} {_UNTOUCHED}") from error
    except PoolTimeoutError as error:
        raise DatabaseError(f"Too many people are at the cases at once; try again in a moment. {_UNTOUCHED}") from error


def _sentence(error: DBAPIError) -> str:
    message = str(error.orig)
    for part, sentence in _SENTENCES:
        if part in message:
            return sentence
    if error.connection_invalidated or type(error.orig).__name__ in ("OperationalError", "InterfaceError"):
        return "The database of cases cannot be reached; try again when it is back."
    return f"The database of cases refuses this ({type(error.orig).__name__})."
