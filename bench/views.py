"""Observations a second that a blood-pressure view gives over an encrypted lake, beside peers and hand-written SQL.

100,000 patients with 12 Observations, 4 Conditions and 8 Encounters each (`QUICK=1`: 20,000), written through the lake's
ordinary writer. Fails when the view is not 50 times as fast as the fastest peer, or takes more than 3 times as long as SQL
written by hand for the same files. Peers run in environments of their own, over a smaller sample. The last line is one
JSON object.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from lakmus.fhir import records
from lakmus.lake import STAGED, TOKENS, Chunk, IdentifiedLake, Progress, Staged
from lakmus.query.engines.duckdb import run

QUICK = os.environ.get("QUICK") == "1"
PATIENTS = 20_000 if QUICK else 100_000
SAMPLE = 500 if QUICK else 2_000  # patients the peers are given
CHUNK = 5_000 if QUICK else 10_000  # patients in a bucket
REQUIRED, WITHIN = 50.0, 3.0
PEERS = {"pysof": "run_pysof.py", "fhir4ds-v2": "run_fhir4ds.py"}
HERE = Path(__file__).parent
LOINC = "http://loinc.org"

# -- what is written: JSON texts made by DuckDB, `p` the patient's number, `n` the record's among that patient's

SUBJECT = """"subject":{"reference":"Patient/p' || p || '"}"""
TEXTS = {
    "Patient": (
        1,
        (
            """'{"id":"p' || p || '","active":true,"name":[{"use":"official","family":"F' || p % 997 || '","given":["A' || p % 89 || """
            """'","B"]}],"gender":"' || ['female','male'][p % 2 + 1] || '","birthDate":"' || 1930 + p % 90 || '-0' || p % 9 + 1 || """
            """'-15","address":[{"city":"C' || p % 211 || '","postalCode":"' || 100000 + p % 899 || '"}]}'"""
        ),
    ),
    "Condition": (
        4,
        """'{"id":"c' || p || '-' || n || '","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/"""
        """condition-clinical","code":"active"}]},"code":{"coding":[{"system":"http://snomed.info/sct","code":"' || """
        """10000000 + (p * 7 + n) % 500 || '","display":"D"}]},"onsetDateTime":"' || 2000 + (p + n) % 24 || '-04-05","""
        + SUBJECT
        + "}'",
    ),
    "Encounter": (
        8,
        """'{"id":"e' || p || '-' || n || '","status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/"""
        """v3-ActCode","code":"AMB"},"period":{"start":"' || 2000 + (p + n) % 24 || '-04-05T10:00:00Z"},"""
        + SUBJECT
        + "}'",
    ),
    "Observation": (
        12,
        """'{"id":"o' || p || '-' || n || '","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"' || """
        """CASE WHEN n % 3 = 0 THEN '85354-9' ELSE '8867-4' END || '"}]},"effectiveDateTime":"' || 2000 + (p + n) % 24 || """
        """'-04-05T10:0' || n % 6 || ':00Z",' || CASE WHEN n % 3 = 0 THEN '"component":[{"code":{"coding":[{"system":"http:"""
        """//loinc.org","code":"8480-6"}]},"valueQuantity":{"value":' || 100 + (p + n) % 80 || ',"unit":"mmHg","system":"""
        """"http://unitsofmeasure.org","code":"mm[Hg]"}},{"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"""
        """"valueQuantity":{"value":' || 60 + (p + n) % 40 || ',"unit":"mmHg","system":"http://unitsofmeasure.org","code":"""
        """"mm[Hg]"}}],' ELSE '"valueQuantity":{"value":' || 55 + (p + n) % 50 || ',"unit":"/min","system":"""
        """"http://unitsofmeasure.org","code":"/min"},' END || '""" + SUBJECT + "}'",
    ),
}

# -- what is asked


def _columns(**paths: str) -> dict[str, Any]:
    return {"column": [{"name": name, "path": path} for name, path in paths.items()]}


def _component(name: str, code: str) -> dict[str, Any]:
    chosen = f"component.where(code.coding.exists(system = '{LOINC}' and code = '{code}')).first()"
    return {"forEach": chosen, **_columns(**{name: "value.ofType(Quantity).value"})}


VIEWS: dict[str, dict[str, Any]] = {
    "patient": {
        "resource": "Patient",
        "status": "active",
        "select": [
            _columns(id="getResourceKey()", gender="gender", birth_date="birthDate"),
            {
                "forEach": "name.where(use = 'official').first()",
                **_columns(family="family", given="given.join(' ')"),
            },
        ],
    },
    "condition": {
        "resource": "Condition",
        "status": "active",
        "select": [
            _columns(
                id="getResourceKey()",
                patient="subject.getReferenceKey(Patient)",
                onset="onset.ofType(dateTime)",
            ),
            {"forEach": "code.coding", **_columns(system="system", code="code", display="display")},
        ],
    },
    "blood pressure": {
        "resource": "Observation",
        "status": "active",
        "select": [
            _columns(
                id="getResourceKey()",
                patient="subject.getReferenceKey(Patient)",
                at="effective.ofType(dateTime)",
            ),
            _component("systolic", "8480-6"),
            _component("diastolic", "8462-4"),
        ],
        "where": [{"path": f"code.coding.exists(system = '{LOINC}' and code = '85354-9')"}],
    },
}
_CHOSEN = "list_filter(component, lambda c: len(list_filter(c.code.coding, lambda d: d.system = '{1}' AND d.code = '{0}')) > 0)[1]"
BY_HAND = f"""SELECT lk_site || '/Observation/' || id AS id,
    lk_site || '/' || nullif(regexp_extract(subject.reference, '(?:^|/)(Patient/[A-Za-z0-9.-]+)$', 1), '') AS patient,
    "effectiveDateTime" AS at, ({_CHOSEN.format("8480-6", LOINC)})."valueQuantity".value AS systolic,
    ({_CHOSEN.format("8462-4", LOINC)})."valueQuantity".value AS diastolic
FROM lake."Observation" WHERE lk_bucket = ?
    AND len(list_filter(code.coding, lambda d: d.system = '{LOINC}' AND d.code = '85354-9')) > 0"""


def numbered(kind: str, first: int, last: int) -> str:
    each, text = TEXTS[kind]
    return f"SELECT {text} AS record, p, n FROM range({first}, {last}) a(p), range({each}) b(n)"


def staged(connection: duckdb.DuckDBPyConnection, kind: str, first: int, last: int) -> Staged:
    """Records of one type for some patients, as intake would hand them to the lake."""
    rows = connection.sql(
        f"""SELECT record, json_extract_string(record, '$.id') AS id, hash(record)::HUGEINT - 9223372036854775808 AS key,
        md5(record) AS digest, 'p' || p AS patient, NULL AS version, NULL AS updated, NULL AS rewritten,
        'made.ndjson' AS file, row_number() OVER () AS line, row_number() OVER () AS "order" FROM ({numbered(kind, first, last)})"""
    ).to_arrow_table()
    texts = [rows["record"][n].as_py() for n in range(min(12, rows.num_rows))]
    shapes = [records.shape(kind, records.loads(text)) for text in texts]
    shape = shapes[0]
    for other in shapes[1:]:
        shape = shape.merged(other)
    return Staged(shape, rows.cast(STAGED))


def fill(lake: IdentifiedLake) -> None:
    connection = duckdb.connect()
    empty = Chunk(
        batch="made",
        site="north",
        received=datetime(2026, 1, 1, tzinfo=UTC),
        validator="none",
        progress=(Progress("made.ndjson", 1, 1, True),),
        tokens=TOKENS.empty_table(),
    )
    for first in range(0, PATIENTS, CHUNK):
        last = min(first + CHUNK, PATIENTS)
        parts = {kind: staged(connection, kind, first, last) for kind in TEXTS}
        lake.commit(replace(empty, batch=f"made{first}", staged=parts))
    connection.close()


def timed(work: Callable[[], int]) -> tuple[float, int]:
    """The best of three runs, in seconds, and the rows."""
    found = []
    for _ in range(3):
        begin = time.perf_counter()
        rows = work()
        found.append(time.perf_counter() - begin)
    return min(found), rows


def by_hand(lake: IdentifiedLake) -> int:
    """The rows of the hand-written statement, handed over as Arrow batches as a view's are."""
    rows = 0
    for bucket in (-1, *lake.buckets()):
        with lake.cursor() as cursor:
            rows += sum(
                batch.num_rows for batch in cursor.execute(BY_HAND, [bucket]).to_arrow_reader(100_000)
            )
    return rows


def peer(name: str, view: dict[str, Any], sample: Path, folder: Path) -> float:
    """Observations a second of a peer, in an environment of its own."""
    home = HERE.parent / ".cache" / f"peer-{name.split('-')[0]}"
    python = home / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", name], check=True)
    if name == "pysof":
        use_system_libraries(python, home)
    definition = folder / "view.json"
    definition.write_text(json.dumps({"name": "bp", **view}))
    command = [str(python), str(HERE / "peers" / PEERS[name]), str(definition), str(sample)]
    told = json.loads(
        subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1]
    )
    assert told["rows"] == SAMPLE * 4, f"{name} gave {told['rows']} rows"
    return float(SAMPLE * TEXTS["Observation"][0] / told["seconds"])


def use_system_libraries(python: Path, home: Path) -> None:
    """pysof's wheels bring an OpenSSL that asks for a newer C library than Debian 12 has: the system's own will do."""
    if (
        subprocess.run(
            [str(python), "-c", "import pysof._pysof"], check=False, capture_output=True
        ).returncode
        == 0
    ):
        return
    for library in home.glob("lib/python*/site-packages/pysof.libs/lib*"):
        name = library.name.partition("-")[0] + ".so" + library.name.partition(".so")[2]
        library.unlink()
        library.symlink_to(Path("/usr/lib") / f"{platform.machine()}-linux-gnu" / name)


def write_sample(path: Path) -> None:
    with duckdb.connect() as connection, path.open("w") as file:
        for (text,) in connection.sql(
            f"SELECT record FROM ({numbered('Observation', 0, SAMPLE)})"
        ).fetchall():
            file.write('{"resourceType":"Observation",' + text[1:] + "\n")


def main() -> int:
    observations = PATIENTS * TEXTS["Observation"][0]
    with tempfile.TemporaryDirectory(prefix="lakmus-views-") as scratch:
        folder = Path(scratch)
        with IdentifiedLake.create(folder / "lake", buckets=max(1, PATIENTS // CHUNK)) as lake:
            begin = time.perf_counter()
            fill(lake)
            print(f"{PATIENTS} patients written in {time.perf_counter() - begin:.1f} s")
            speeds = {}
            for name, view in VIEWS.items():
                seconds, rows = timed(lambda view=view: sum(b.num_rows for b in run(lake, view)))  # type: ignore[misc]
                print(f"{name} view: {rows} rows in {seconds:.2f} s")
                speeds[name] = observations / seconds
            seconds, hand_rows = timed(lambda: by_hand(lake))
            assert hand_rows == rows, "both count the same"
            hand = observations / seconds
            print(f"hand-written SQL: {hand_rows} rows in {seconds:.2f} s")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        sample = folder / "sample.ndjson"
        write_sample(sample)
        peers = {name: peer(name, VIEWS["blood pressure"], sample, folder) for name in PEERS}
    value = speeds["blood pressure"]
    fastest = max(peers, key=lambda name: peers[name])
    print(
        f"Observations/s: {value:,.0f}; by hand {hand:,.0f}; "
        + "; ".join(f"{n} {s:,.0f}" for n, s in peers.items())
    )
    result = {
        "name": "views",
        "value": round(value),
        "unit": "Observations/s",
        "peer": fastest,
        "peer_value": round(peers[fastest]),
        "ratio": round(value / peers[fastest], 1),
        "peak_mb": round(peak),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
    }
    print(json.dumps(result))
    return int(value < REQUIRED * peers[fastest] or value * WITHIN < hand)


if __name__ == "__main__":
    sys.exit(main())
