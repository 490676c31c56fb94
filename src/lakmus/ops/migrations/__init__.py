"""The history of the operations database, run by Alembic."""
