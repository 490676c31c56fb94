"""Lakmus: open health data, care held against guidelines, and guidelines held against the facts."""

__version__ = "0.1.0"
