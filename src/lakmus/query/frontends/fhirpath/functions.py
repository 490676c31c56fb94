"""Imports every chapter once, so that the catalogue is whole."""

from lakmus.query.frontends.fhirpath.catalogue import CATALOGUE, Function, table
from lakmus.query.frontends.fhirpath.chapters import (
    combining,
    conversion,
    existence,
    fhir,
    filtering,
    math,
    navigation,
    sql_on_fhir,
    strings,
    subsetting,
    utility,
)

__all__ = [
    "CATALOGUE",
    "Function",
    "combining",
    "conversion",
    "existence",
    "fhir",
    "filtering",
    "math",
    "navigation",
    "sql_on_fhir",
    "strings",
    "subsetting",
    "table",
    "utility",
]
