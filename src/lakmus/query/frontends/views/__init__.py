"""SQL on FHIR v2: views as data."""

from lakmus.query.frontends.views.definition import ROW_INDEX, Column, Selection, View, parse

__all__ = ["ROW_INDEX", "Column", "Selection", "View", "parse"]
