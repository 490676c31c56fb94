"""The set-based engine: trees become SQL over the lake's typed tables."""

from lakmus.query.engines.duckdb.capabilities import DUCKDB, Capabilities
from lakmus.query.engines.duckdb.run import run, statement, told
from lakmus.query.engines.duckdb.writing import write

__all__ = ["DUCKDB", "Capabilities", "run", "statement", "told", "write"]
