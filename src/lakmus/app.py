"""Composition root: read settings once, build the parts, join them."""
