"""The chapters that fill the table of compilers when they are imported."""

from lakmus.query.engines.duckdb import (
    collections,
    conversion,
    iteration,
    literals,
    logic,
    math,
    navigation,
    strings,
    types,
    utility,
)

WHOLE = (collections, conversion, iteration, literals, logic, math, navigation, strings, types, utility)
