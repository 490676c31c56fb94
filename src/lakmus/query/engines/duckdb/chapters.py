"""The chapters that fill the table of compilers when they are imported."""

from lakmus.query.engines.duckdb import (
    collections,
    conversion,
    logic,
    math,
    strings,
    structure,
    utility,
)

WHOLE = (collections, conversion, logic, math, strings, structure, utility)
