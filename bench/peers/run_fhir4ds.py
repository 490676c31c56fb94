"""fhir4ds-v2 (DuckDB with functions in C++) over a table of JSON: prints the seconds one view takes.

Run in an environment of its own: its licence is AGPL, and nothing of it is imported by Lakmus.
"""

import json
import sys
import time
from pathlib import Path

import fhir4ds

connection = fhir4ds.create_connection()
lines = Path(sys.argv[2]).read_text().splitlines()
connection.execute("CREATE TABLE resources (id VARCHAR, resourceType VARCHAR, resource JSON)")
for first in range(0, len(lines), 1000):
    rows = [
        (json.loads(line)["id"], json.loads(line)["resourceType"], line)
        for line in lines[first : first + 1000]
    ]
    connection.executemany("INSERT INTO resources VALUES (?, ?, ?)", rows)
sql = fhir4ds.generate_view_sql(Path(sys.argv[1]).read_text())
begin = time.perf_counter()
rows = connection.execute(sql).to_arrow_table().num_rows
print(json.dumps({"seconds": time.perf_counter() - begin, "rows": rows}))
