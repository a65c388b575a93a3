"""How results lie on disk: Parquet with notes beside the columns, and one sentence where a file is damaged."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from core.errors import CheckpointError
from core.storage import replacing


@contextmanager
def damaged_as(sentence: str) -> Iterator[None]:
    """What goes wrong while a file is read in the block, as a CheckpointError with that sentence."""
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError) as error:  # pyarrow's and pydantic's own errors are among these
        raise CheckpointError(sentence) from error


def read_noted_parquet(path: Path) -> tuple[pd.DataFrame, dict[str, str]]:
    """A table and its notes. Errors as pyarrow has them: OSError or ValueError."""
    import pyarrow.parquet as pq

    stored = pq.read_table(path)
    return stored.to_pandas(), {key.decode(): note.decode() for key, note in (stored.schema.metadata or {}).items()}


def write_noted_parquet(
    path: Path, table: pd.DataFrame, notes: Mapping[str, str] | None, *, types: Mapping[str, str], **options: Any
) -> None:
    """The columns of a table, replaced if there, without pandas' own notes, so that its versions make no difference.

    types: "string", "halffloat" and so on, by column, where the column's own is not to be kept. options: as
    `pyarrow.parquet.write_table` has them. One version of pyarrow gives equal tables equal bytes.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = pa.Table.from_pandas(table, preserve_index=False)
    fields = [(column.name, types.get(column.name, column.type)) for column in columns.schema]
    stored = columns.cast(pa.schema(fields, metadata=notes))
    # Bytes of a rank beside each other, since signs and exponents repeat and digits do not: a third less.
    split = {column.name: "BYTE_STREAM_SPLIT" for column in stored.schema if pa.types.is_floating(column.type)}
    coded = [name for name in stored.column_names if name not in split]
    with replacing(path) as draft:
        pq.write_table(
            stored, draft, compression="zstd", use_dictionary=coded, column_encoding=split or None, **options
        )
