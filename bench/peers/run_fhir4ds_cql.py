"""fhir4ds-v2 (CQL as one SQL statement over JSON, with functions in C++): prints the seconds a measure takes, and its values.

Run in an environment of its own: its licence is AGPL, and nothing of it is imported by Lakmus. What is timed is the
statement it has compiled, tables and value sets being there, on two threads.
"""

import json
import logging
import sys
import time
from pathlib import Path
from typing import Any

import fhir4ds
import pyarrow as pa
from fhir4ds.cql import CQLToSQLTranslator, FHIRDataLoader, parse_cql

logging.disable(logging.WARNING)  # a value set without codes is as it was sent
folder = Path(sys.argv[1])
measure = json.loads((folder / "measure.json").read_text())
connection = fhir4ds.create_connection(threads=2)
# What its own runner of these cases sets: values of one are taken out of lists by scalar subqueries.
connection.execute("SET scalar_subquery_error_on_multiple_rows = false")


def load() -> None:
    loader = FHIRDataLoader(connection)
    rows = [
        (each["resource"]["id"], each["resource"]["resourceType"], json.dumps(each["resource"]), patient)
        for line in (folder / "patients.ndjson").open()
        for bundle in [json.loads(line)]
        for patient in [bundle["id"]]
        for each in bundle["entry"]
    ]
    connection.register("found", pa.table(dict(zip("itrp", map(list, zip(*rows, strict=True)), strict=True))))
    connection.execute("INSERT INTO resources SELECT * FROM found")
    sets = measure["value_sets"].items()
    loader.load_valuesets(
        [{"url": url, "codes": [{"system": s, "code": c} for s, c in codes]} for url, codes in sets]
    )


def translated() -> str:
    libraries: dict[str, Any] = {name: parse_cql(text) for name, text in measure["libraries"].items()}
    translator = CQLToSQLTranslator(connection=connection)
    translator.set_library_loader(lambda name, version=None: libraries.get(name))
    return str(
        translator.translate_library_to_population_sql(
            library=libraries[measure["library"]],
            output_columns={name: name for _, name, _ in measure["populations"]},
            parameters={"Measurement Period": tuple(measure["period"])},
        )
    )


load()
begin = time.perf_counter()
sql = translated()
compiled = time.perf_counter()
rows = connection.execute(sql).fetchall()
print(json.dumps({"compiling": compiled - begin, "seconds": time.perf_counter() - compiled, "rows": rows}))
