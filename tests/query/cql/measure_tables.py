"""The records of measure cases as tables in the lake's shape, each case one person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import duckdb
import pyarrow as pa

from lakmus.fhir import records
from lakmus.fhir.shapes import Shape
from lakmus.lake import schema
from lakmus.query.engines.duckdb.elm.macros import install
from lakmus.query.engines.duckdb.elm.plan import Plan
from lakmus.query.ir.elm.values import DateTime

NONE = "(SELECT NULL::BIGINT AS lk_person, NULL::BIGINT AS lk_key, NULL::VARCHAR AS lk_site, NULL::VARCHAR AS id WHERE false)"


class MeasureTables:
    """A database with a table for each resource type; the number of a case is its person."""

    def __init__(self, cases: Iterable[Mapping[str, Any]], now: DateTime) -> None:
        self.connection = duckdb.connect(config={"threads": 2})
        self.shapes: dict[str, Shape] = {}
        self.rows: dict[str, list[tuple[int, str]]] = {}
        for person, case in enumerate(cases):
            for resource in case["resources"]:
                if resource["resourceType"] != "Bundle":  # how the case was sent, no record of the person
                    self._add(person, resource)
        for kind in self.rows:
            self._create(kind)
        install(self.connection, now)

    def _add(self, person: int, resource: Mapping[str, Any]) -> None:
        kind, stored = resource["resourceType"], records.to_lake(resource)
        shape = records.shape(kind, stored)
        self.shapes[kind] = self.shapes[kind].merged(shape) if kind in self.shapes else shape
        self.rows.setdefault(kind, []).append((person, records.dumps(stored)))

    def _create(self, kind: str) -> None:
        structure = schema.literal(schema.json_structure(self.shapes[kind]))
        people, texts = zip(*self.rows[kind], strict=True)
        raw = pa.table({"p": pa.array(people, pa.int64()), "k": range(len(texts)), "j": texts})
        self.connection.register("raw", raw)
        self.connection.execute(
            f"CREATE TABLE {schema.quoted(kind)} AS SELECT p AS lk_person, k AS lk_key, '' AS lk_site, x.* "
            f"FROM (SELECT p, k, from_json(j, {structure}) AS x FROM raw)"
        )

    def relation(self, resource: str) -> str:
        return schema.quoted(resource) if resource in self.shapes else NONE

    def shape(self, resource: str) -> Shape:
        return self.shapes.get(resource, Shape())

    def persons(self) -> str:
        return f"SELECT DISTINCT lk_person AS p FROM {self.relation('Patient')}"

    def codes(self, plan: Plan, value_sets: Mapping[str, Iterable[tuple[str, str]]]) -> None:
        """The table of codes that the script looks into."""
        found = [
            (f"v{n}", f"{s}|{c}")
            for url, n in plan.retrieves.value_sets.items()
            for s, c in value_sets.get(url, ())
        ]
        found += [(f"c{n}", code) for codes, n in plan.retrieves.codes.items() for code in codes]
        self.connection.register(
            "found", pa.table({"set": [s for s, _ in found], "code": [c for _, c in found]})
        )
        self.connection.execute("CREATE OR REPLACE TABLE lakmus_codes AS SELECT * FROM found")

    def run(self, script: list[str], names: list[str]) -> dict[int, dict[str, Any]]:
        """By person, the value of each definition; `errors` names those that have none."""
        for statement in script[:-1]:
            self.connection.execute(statement)
        rows = self.connection.execute(script[-1]).fetchall()
        return {row[0]: dict(zip(("errors", *names), row[1:], strict=True)) for row in rows}
