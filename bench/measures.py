"""The official measure cases, copied under fresh ids into tables of the lake's shape, and the counts that are expected."""

from __future__ import annotations

import gzip
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from lakmus.core.errors import NotFoundError
from lakmus.fhir import records
from lakmus.fhir.shapes import Shape
from lakmus.lake import schema
from lakmus.query.cql import known_models
from lakmus.query.engines.duckdb.elm.macros import install
from lakmus.query.engines.duckdb.elm.plan import Plan
from lakmus.query.frontends.cql.translate.program import compile
from lakmus.query.ir.elm.library import Program
from lakmus.query.ir.elm.values import DateTime

SHARED = Path(os.environ.get("LAKMUS_SHARED", Path(__file__).resolve().parents[2] / "shared"))
MODELS = SHARED / "conformance/modelinfo"
NOW = DateTime((2026, 1, 2, 3, 4, 5, 0), 0)
MARK = "\N{SECTION SIGN}"  # stands in ids where the number of the person comes; no case has it
NONE = "(SELECT NULL::BIGINT AS lk_person, NULL::BIGINT AS lk_key, NULL::VARCHAR AS lk_site, NULL::VARCHAR AS id WHERE false)"


@dataclass(frozen=True)
class Measure:
    """One measure's file. `libraries` are texts by name; `populations` code, expression and id; `cases` as the file has them."""

    name: str
    library: str
    libraries: Mapping[str, str]
    value_sets: Mapping[str, tuple[tuple[str, str], ...]]
    populations: tuple[tuple[str, str, str], ...]
    cases: tuple[Mapping[str, Any], ...]

    def text(self, name: str, _version: str | None = None) -> str:
        """Versions in the includes disagree with the files: the name decides."""
        if name not in self.libraries:
            raise NotFoundError(f"there is no library {name}")
        return self.libraries[name]

    def program(self) -> Program:
        models = known_models([MODELS / "qicore-modelinfo-6.0.0.xml"])
        return compile(self.text(self.library), models, self.text)

    @property
    def asked(self) -> list[str]:
        return [expression for _, expression, _ in self.populations]


def read(name: str) -> Measure:
    """The measure whose file's name begins so; its one group counts patients."""
    file = next((SHARED / "conformance/ecqm-2025-six").glob(f"{name}FHIR*.json.gz"), None)
    if file is None:
        sys.exit(
            f"no measures at {SHARED}; set LAKMUS_SHARED to the folder that holds conformance/ecqm-2025-six"
        )
    content = json.loads(gzip.decompress(file.read_bytes()), parse_float=Decimal)
    [group] = content["groups"]
    assert group["basis"] == "boolean", "members are patients"
    return Measure(
        name,
        content["library"],
        {name: each["cql"] for name, each in content["libraries"].items()},
        {each["url"]: tuple((s, c) for s, c in each["codes"]) for each in content["valuesets"]},
        tuple(tuple(each) for each in group["pops"]),
        tuple(content["cases"]),
    )


# -- copies -----------------------------------------------------------------------------------------------------------


def resources(case: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A case's records with the mark in their ids and wherever these are referred to."""
    own = [
        each for each in case["resources"] if each["resourceType"] != "Bundle"
    ]  # that is how the case was sent
    ids = {each["id"] for each in own}
    yield from (_marked({**each, "id": MARK + each["id"]}, ids) for each in own)


def _marked(value: Any, ids: set[str]) -> Any:
    if isinstance(value, list):
        return [_marked(item, ids) for item in value]
    if not isinstance(value, dict):
        return value
    found = {name: _marked(child, ids) for name, child in value.items()}
    kind, _, id_ = str(value.get("reference", "")).rpartition("/")
    return {**found, "reference": f"{kind}/{MARK}{id_}"} if id_ in ids else found


class Tables:
    """A database with a table for each resource type. Person `n` has case `n % cases`."""

    def __init__(self, measure: Measure, config: Mapping[str, Any]) -> None:
        self.connection = duckdb.connect(config=dict(config))
        self.cases = len(measure.cases)
        self.shapes: dict[str, Shape] = {}
        rows: dict[str, list[tuple[int, str]]] = {}
        for number, case in enumerate(measure.cases):
            for resource in resources(case):
                kind, stored = resource["resourceType"], records.to_lake(resource)
                shape = records.shape(kind, stored)
                self.shapes[kind] = self.shapes[kind].merged(shape) if kind in self.shapes else shape
                rows.setdefault(kind, []).append((number, records.dumps(stored)))
        self.rows = {kind: _table(found) for kind, found in rows.items()}
        self.connection.execute("SET enable_progress_bar = false")
        install(self.connection, NOW)

    def fill(self, patients: int) -> None:
        """The tables of so many patients, in place of those that are there."""
        for kind, rows in self.rows.items():
            self.connection.register("cases", rows)
            structure = schema.literal(schema.json_structure(self.shapes[kind]))
            people = f"SELECT c * {self.cases} + n AS p, c * {len(rows)} + k AS k, j FROM range({patients}) a(c), cases"
            text = f"replace(j, '{MARK}', p || '-')"
            self.connection.execute(
                f"CREATE OR REPLACE TABLE {schema.quoted(kind)} AS SELECT p AS lk_person, k AS lk_key, '' AS lk_site, x.* "
                f"FROM (SELECT p, k, from_json({text}, {structure}) AS x FROM ({people}) WHERE p < {patients})"
            )

    def relation(self, resource: str) -> str:
        return schema.quoted(resource) if resource in self.shapes else NONE

    def persons(self) -> str:
        return f"SELECT DISTINCT lk_person AS p FROM {self.relation('Patient')}"

    def shape(self, resource: str) -> Shape:
        return self.shapes.get(resource, Shape())

    def codes(self, plan: Plan, value_sets: Mapping[str, Iterable[tuple[str, str]]]) -> None:
        """The table of codes that the script looks into."""
        sets = plan.retrieves.value_sets.items()
        found = [(f"v{n}", f"{s}|{c}") for url, n in sets for s, c in value_sets.get(url, ())]
        found += [(f"c{n}", code) for codes, n in plan.retrieves.codes.items() for code in codes]
        self.connection.register(
            "found", pa.table({"set": [s for s, _ in found], "code": [c for _, c in found]})
        )
        self.connection.execute("CREATE OR REPLACE TABLE lakmus_codes AS SELECT * FROM found")

    def run(self, script: Sequence[str]) -> pa.Table:
        for statement in script[:-1]:
            self.connection.execute(statement)
        return self.connection.execute(script[-1]).to_arrow_table()


def _table(rows: Sequence[tuple[int, str]]) -> pa.Table:
    numbers, texts = zip(*rows, strict=True)
    return pa.table({"n": pa.array(numbers, pa.int64()), "k": range(len(texts)), "j": texts})


# -- what is expected -------------------------------------------------------------------------------------------------


def wrong(measure: Measure, found: pa.Table, patients: int) -> list[str]:
    """What differs from the expected counts, over all copies of each case."""
    assert found.num_rows == patients, f"{found.num_rows} rows for {patients} patients"
    cases = len(measure.cases)
    held = ", ".join(schema.quoted(name) for name in measure.asked)
    kinds = duckdb.sql(
        f"SELECT patient % {cases} AS n, errors, {held}, count(*) FROM found GROUP BY ALL"
    ).fetchall()
    return [
        f"{measure.name}, case {measure.cases[n]['id']}, {copies} copies: {fault}"
        for n, errors, *values, copies in kinds
        if (fault := str(errors) if errors else misjudged(measure, n, values))
    ]


def misjudged(measure: Measure, case: int, values: Sequence[bool | None]) -> str:
    """The populations of a patient whose counts are others than expected; "" when all are right."""
    [group] = measure.cases[case]["expected"]
    kept = members(
        {code: value is True for (code, _, _), value in zip(measure.populations, values, strict=True)}
    )
    counts = {id_: int(kept[code]) for code, _, id_ in measure.populations}
    return "; ".join(
        f"{id_}: {counts.get(id_)}, not {n}" for _, n, id_ in group["pops"] if counts.get(id_) != n
    )


def members(raw: Mapping[str, bool]) -> dict[str, bool]:
    """The membership logic of proportion measures: each population lies in the one before it."""
    kept = {"initial-population": raw["initial-population"]}
    kept["denominator"] = kept["initial-population"] and raw["denominator"]
    kept["denominator-exclusion"] = kept["denominator"] and raw.get("denominator-exclusion", False)
    left = kept["denominator"] and not kept["denominator-exclusion"]
    kept["numerator"] = left and raw["numerator"]
    return kept
