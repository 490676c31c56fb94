"""What answers: `reference` (plain Python, one record, the oracle) and `duckdb` (set-based SQL, populations)."""
