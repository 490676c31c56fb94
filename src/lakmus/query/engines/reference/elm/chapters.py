"""Every chapter puts its rows into the table when it is imported."""

from lakmus.query.engines.reference.elm import (
    aggregate,
    arithmetic,
    clinical,
    comparison,
    conversion,
    durations,
    expand,
    fhir_values,
    interval,
    interval_sets,
    interval_timing,
    lists,
    logical,
    messages,
    moment_rows,
    nullological,
    number_functions,
    strings,
)

WHOLE = (
    aggregate, arithmetic, clinical, comparison, conversion, durations, expand, fhir_values, interval, interval_sets,
    interval_timing, lists, logical, messages, moment_rows, nullological, number_functions, strings,
)  # fmt: skip
