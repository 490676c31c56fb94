"""Every chapter puts its handlers into the tables when it is imported."""

from lakmus.query.engines.duckdb.elm import data, lists, logic, names, queries, selectors

WHOLE = (data, lists, logic, names, queries, selectors)
