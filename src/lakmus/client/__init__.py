"""The light Python client of a Lakmus server or release folder."""
