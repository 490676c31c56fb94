"""Every chapter puts its handlers into the tables when it is imported."""

from lakmus.query.engines.duckdb.elm import coding, data, intervals, lists, logic, names, queries, selectors

WHOLE = (coding, data, intervals, lists, logic, names, queries, selectors)
