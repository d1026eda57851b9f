"""Run by Alembic: migrates over the connection that `kpitaps.store.migrate` has opened."""

from __future__ import annotations

from alembic import context

from kpitaps.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
