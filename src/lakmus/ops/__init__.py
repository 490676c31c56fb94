"""Operational state: database, people, sites, jobs."""
