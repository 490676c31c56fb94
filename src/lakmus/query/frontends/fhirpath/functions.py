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
    "strings",
    "subsetting",
    "table",
    "utility",
]
