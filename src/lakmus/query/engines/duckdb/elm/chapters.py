"""Every chapter puts its handlers into the tables when it is imported."""

from lakmus.query.engines.duckdb.elm import (
    coding,
    data,
    durations,
    intervals,
    lists,
    logic,
    names,
    queries,
    selectors,
)

WHOLE = (coding, data, durations, intervals, lists, logic, names, queries, selectors)
