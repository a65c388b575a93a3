"""The tables of the database of cases, alike in SQLite and PostgreSQL. Their history is in `migrations`."""

from sqlalchemy import Boolean, Column, Float, ForeignKey, ForeignKeyConstraint, Integer, MetaData, String, Table, Text

REVISION = "0002"
"""The newest revision in `migrations/versions`: the schema that this version reads and writes."""

METADATA = MetaData()

FACTS = Table(
    "facts",
    METADATA,
    Column("name", String(32), primary_key=True),
    Column("value", Text, nullable=False),
)
"""What is known of the database itself; `photos`: the folder of its photos, which no other database has."""

CASES = Table(
    "cases",
    METADATA,
    Column("id", String(16), primary_key=True),
    Column("name", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("created", String(32), nullable=False),
    Column("changed", String(32), nullable=False),
    Column("archived", Boolean, nullable=False),
    Column("settings", Text, nullable=False),
    Column("last_event", Integer, nullable=False),
    Column("head", String(64), nullable=False),
)
"""last_event, head: number and hash of the case's last event, so that events missing at the end are noticed."""

PHOTOS = Table(
    "photos",
    METADATA,
    Column("case_id", ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True),
    Column("fingerprint", String(64), primary_key=True, index=True),
    Column("place", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("micrometres_per_pixel", Float),
)
"""place: from 1, in the order in which they were added."""

PREDICTIONS = Table(
    "predictions",
    METADATA,
    Column("case_id", String(16), primary_key=True),
    Column("fingerprint", String(64), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("detector", String(64), primary_key=True),
    Column("checkpoint", Text, nullable=False),
    Column("content", Text, nullable=False),
    ForeignKeyConstraint(["case_id", "fingerprint"], ["photos.case_id", "photos.fingerprint"], ondelete="CASCADE"),
)
"""What the checkpoint of that hash read in a photo, of the cells that the detector found. content: JSON."""

EVENTS = Table(
    "events",
    METADATA,
    Column("case_id", ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", String(32), nullable=False),
    Column("who", Text, nullable=False),
    Column("seat", Integer, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("photo", String(64), nullable=False),
    Column("box", String(64), nullable=False),
    Column("what", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("checkpoint", String(64), nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
"""See core.cases.events.Event."""

IN_ORDER = (CASES, PHOTOS, PREDICTIONS, EVENTS)
"""The tables of what people keep, each after those that it refers to."""
