"""The rows of the table of operations, one module per chapter of the standard; each fills it when imported."""

from lakmus.query.engines.reference.chapters import (
    boundaries,
    collections,
    fhir,
    logic,
    math,
    sql_on_fhir,
    strings,
    utility,
)

WHOLE = (boundaries, collections, fhir, logic, math, sql_on_fhir, strings, utility)
