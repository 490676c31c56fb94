"""pysof (Helios, Rust) over NDJSON: prints the seconds one view takes. Run in an environment of its own."""

import json
import sys
import tempfile
import time
from pathlib import Path

import pysof

view = {"resourceType": "ViewDefinition", **json.loads(Path(sys.argv[1]).read_text())}
records = sys.argv[2]
with tempfile.TemporaryDirectory() as folder:
    begin = time.perf_counter()
    pysof.process_ndjson_to_file(view, records, f"{folder}/out.ndjson", "ndjson")
    seconds = time.perf_counter() - begin
    rows = len(Path(folder, "out.ndjson").read_text().splitlines())
print(json.dumps({"seconds": seconds, "rows": rows}))
