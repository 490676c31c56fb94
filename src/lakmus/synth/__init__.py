"""Synthetic regions with known truth."""
