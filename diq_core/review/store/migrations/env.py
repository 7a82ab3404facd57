"""What Alembic runs: the steps, on the connection and in the transaction it is handed."""

from __future__ import annotations

from alembic import context

from diq_core.review.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
