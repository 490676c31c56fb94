"""The catalogue of releases: list, search, facets, pages, and what a server hands out."""

from lakmus.opendata.catalogue.model import FACETS, Catalogue, Change, Chart, Entry, Page, Results

__all__ = ["FACETS", "Catalogue", "Change", "Chart", "Entry", "Page", "Results"]
