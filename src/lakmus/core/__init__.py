"""Errors, clock, identifiers, partial dates, quantities, settings values: the standard library alone."""
