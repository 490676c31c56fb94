"""Releases and their catalogue."""
