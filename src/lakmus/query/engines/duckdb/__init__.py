"""The set-based engine: trees become SQL over the lake's typed tables."""

from lakmus.query.engines.duckdb.run import run, statement

__all__ = ["run", "statement"]
