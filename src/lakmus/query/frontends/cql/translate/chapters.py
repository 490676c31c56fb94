"""Every chapter puts its forms into the table of translations when it is imported."""

from lakmus.query.frontends.cql.translate import (
    functions,
    literals,
    methods,
    names,
    operators,
    queries,
    retrieves,
    timing,
    types,
)

WHOLE = (functions, literals, methods, names, operators, queries, retrieves, timing, types)
