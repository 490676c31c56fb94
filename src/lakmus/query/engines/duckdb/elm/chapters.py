"""Every chapter puts its handlers into the tables when it is imported."""

from lakmus.query.engines.duckdb.elm import (
    coding,
    data,
    durations,
    equality,
    interval_ends,
    interval_pieces,
    interval_relations,
    interval_sets,
    intervals,
    lists,
    logic,
    membership,
    moving,
    names,
    queries,
    selectors,
    uncertain,
)

WHOLE = (
    coding, data, durations, equality, interval_ends, interval_pieces, interval_relations, interval_sets, intervals, lists, logic,
    membership, moving, names, queries, selectors, uncertain,
)  # fmt: skip
