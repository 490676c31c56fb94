"""Query time over a lake filled by many small batches, compacted, beside one filled by a single batch of the same records.

10,000 batches of ten Observations (`QUICK=1`: 200), each committed as intake would, with the compaction and expiry that an
installation runs from time to time; the peer is the same records in one batch. Fails when the median query takes more than 1.5 times
as long. The last line is one JSON object; `value` and `peer_value` are milliseconds.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from lakmus.fhir import records
from lakmus.lake import STAGED, TOKENS, Chunk, IdentifiedLake, Progress, Staged
from lakmus.lake.maintenance import compact, expire, files

QUICK = os.environ.get("QUICK") == "1"
BATCHES = 200 if QUICK else 10_000
EACH = 10  # records of a batch
BETWEEN = 50 if QUICK else 1_000  # batches from one compaction to the next
REQUIRED = 1.5
RUNS = 15
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)

TEXT = """'{"id":"o' || i || '","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"'
    || CASE WHEN i % 3 = 0 THEN '85354-9' ELSE '8867-4' END || '"}]},"subject":{"reference":"Patient/p' || i % 997 || '"},'
    || '"effectiveDateTime":"' || 2000 + i % 24 || '-04-05T10:00:00Z","valueQuantity":{"value":' || 55 + i % 50
    || ',"unit":"/min","system":"http://unitsofmeasure.org","code":"/min"}}'"""
QUERIES = (
    'SELECT count(*), avg("valueQuantity".value) FROM lake."Observation" WHERE code.coding[1].code = \'85354-9\'',
    'SELECT lk_person, max("effectiveDateTime") FROM lake."Observation" GROUP BY lk_person',
)


def made(first: int, last: int) -> Staged:
    """Observations numbered `first` to `last`, as intake hands them over."""
    rows = duckdb.sql(
        f"""SELECT record, json_extract_string(record, '$.id') AS id, hash(record)::HUGEINT - 9223372036854775808 AS key,
        md5(record) AS digest, 'p' || i % 997 AS patient, NULL AS version, NULL AS updated, NULL AS rewritten,
        'made.ndjson' AS file, i AS line, i AS "order" FROM (SELECT {TEXT} AS record, i FROM range({first}, {last}) t(i))"""
    ).to_arrow_table()
    shape = records.shape("Observation", records.loads(rows["record"][0].as_py()))
    return Staged(shape, rows.cast(STAGED))


def commit(lake: IdentifiedLake, name: str, staged: Staged) -> None:
    lake.commit(
        Chunk(
            batch=name,
            site="north",
            received=NOON,
            validator="none",
            progress=(Progress("made.ndjson", 1, 1, True),),
            staged={"Observation": staged},
            tokens=pa.Table.from_pylist([], schema=TOKENS),
        )
    )


def fill_in_small_batches(lake: IdentifiedLake) -> None:
    for number in range(BATCHES):
        commit(lake, f"b{number}", made(number * EACH, (number + 1) * EACH))
        if (number + 1) % BETWEEN == 0:
            compact(lake)
            expire(lake, datetime.now(UTC))
            print(f"{number + 1} batches, {files(lake).files} files", flush=True)


def milliseconds(lake: IdentifiedLake) -> float:
    """The median of all queries together; the first run warms up."""
    found = []
    with lake.cursor() as cursor:
        for _ in range(RUNS + 1):
            begin = time.perf_counter()
            for query in QUERIES:
                cursor.execute(query).fetchall()
            found.append((time.perf_counter() - begin) * 1000)
    return statistics.median(found[1:])


def main() -> int:
    with (
        tempfile.TemporaryDirectory(prefix="lakmus-compaction-") as scratch,
        IdentifiedLake.create(Path(scratch) / "small", threads=2) as small,
        IdentifiedLake.create(Path(scratch) / "big", threads=2) as big,
    ):
        begin = time.perf_counter()
        fill_in_small_batches(small)
        each = (time.perf_counter() - begin) / BATCHES
        commit(big, "all", made(0, BATCHES * EACH))
        value, peer = milliseconds(small), milliseconds(big)
    print(f"a batch takes {each * 1000:.0f} ms, compaction included")
    result = {
        "name": "compaction",
        "value": round(value, 2),
        "unit": "ms",
        "peer": "one batch",
        "peer_value": round(peer, 2),
        "ratio": round(value / peer, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
    }
    print(json.dumps(result))
    return int(value / peer > REQUIRED)


if __name__ == "__main__":
    sys.exit(main())
