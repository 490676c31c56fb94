"""Run by Alembic: migrates over the connection it is given, inside that connection's transaction."""

from alembic import context

from lakmus.ops.schema import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=metadata, transactional_ddl=True, render_as_batch=True
)
context.run_migrations()
