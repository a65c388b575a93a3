"""Alembic's way in: the migrations run on the connection that core.cases.database hands over."""

from alembic import context

from core.cases.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    # All of it or nothing, also in SQLite, whose definitions of tables can be taken back.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
