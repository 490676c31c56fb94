"""Web pages and HTTP APIs, one folder per audience."""
