"""Flags of single records: the rules compiled to one SQL query per resource type, bucket by bucket.

    for found in flags(cursor, lake.schema, units, bucket=3): ...

A row of the answer is (lk_site, resource_type, id, rule, lk_batch).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import duckdb

from lakmus.core.quantities import UnitConverter
from lakmus.intake.plausibility.bounds import bounds_of, values_sql
from lakmus.intake.plausibility.checks import MEASUREMENT_CHECKS, RECORD_CHECKS, Context, conditions
from lakmus.intake.plausibility.columns import Columns, Schemas, literal, quoted
from lakmus.intake.plausibility.frames import measurements, persons
from lakmus.intake.plausibility.part import Part
from lakmus.intake.plausibility.rules import RuleBook, standard_rules


@dataclass(frozen=True, slots=True)
class Flag:
    """One record that one rule found noteworthy."""

    site: str
    resource_type: str
    id: str
    rule: str
    batch: str


class Flagger:
    """The rules compiled against one lake's columns. Cheap to make, apart from the bounds' unit conversions."""

    def __init__(
        self, schemas: Schemas, units: UnitConverter, book: RuleBook | None = None, catalog: str = "lake"
    ) -> None:
        self._schemas = schemas
        self._book = book or standard_rules()
        self._catalog = catalog
        self._bounds = bounds_of(self._book, units)

    def sql(self, resource_type: str, part: Part | None = None) -> str | None:
        """The query for one resource type; None when no rule can say anything about its table."""
        part = part or Part()
        schema = self._schemas(resource_type)
        if not schema:
            return None
        columns = Columns(schema, "r")
        queries = [
            *self._of_records(resource_type, columns, part),
            *self._of_measurements(resource_type, columns, part),
            *self._of_repetitions(resource_type, columns, part),
        ]
        if not queries:
            return None
        ctes = f"WITH persons AS ({persons(self._schemas('Patient'), self._table('Patient'), part)})"
        return f"{ctes}\n" + "\nUNION\n".join(queries)

    def _table(self, resource_type: str) -> str:
        return f"{self._catalog}.{quoted(resource_type)}"

    def _of_records(self, resource_type: str, columns: Columns, part: Part) -> Iterator[str]:
        context = Context(columns, self._book.times.get(resource_type, ()))
        found = conditions(self._book.for_records(resource_type), RECORD_CHECKS, context)
        if found:
            yield (
                f"SELECT r.lk_site, {literal(resource_type)} AS resource_type, r.id, {_rules(found)} AS rule, r.lk_batch\n"
                f"FROM {self._table(resource_type)} r LEFT JOIN persons p USING (lk_site, lk_person)\n"
                f"WHERE {part.where('r')} AND ({_any(found)})"
            )

    def _of_measurements(self, resource_type: str, columns: Columns, part: Part) -> Iterator[str]:
        rules = self._book.for_records(resource_type)
        context = Context(columns, self._book.times.get(resource_type, ()))
        frame = (
            measurements(context, self._table(resource_type), part)
            if resource_type == "Observation"
            else None
        )
        if frame is None:
            return
        head = f"SELECT m.lk_site, {literal(resource_type)} AS resource_type, m.id"
        found = conditions(rules, MEASUREMENT_CHECKS, context)
        if found:
            yield f"{head}, {_rules(found)} AS rule, m.lk_batch\nFROM {frame} m\nWHERE {_any(found)}"
        if self._bounds:
            yield (
                f"{head}, b.rule, m.lk_batch\nFROM {frame} m JOIN {values_sql(self._bounds)}\n"
                "ON b.key = m.key AND b.unit = m.unit LEFT JOIN persons p USING (lk_site, lk_person)\n"
                f"WHERE (m.value < b.low OR m.value > b.high) AND {_of_age()}"
            )
        for rule in rules:
            if rule.kind == "unit_fits":
                yield f"{head}, {literal(rule.id)} AS rule, m.lk_batch\nFROM {frame} m\nWHERE {self._misfits()}"

    def _misfits(self) -> str:
        units = _units_by_key((bound.key, bound.unit) for bound in self._bounds)
        known = "MAP {" + ", ".join(f"{literal(key)}: {literal(names)}" for key, names in units.items()) + "}"
        allowed = f"list_extract(map_extract({known}, m.key), 1)"
        return f"m.unit_code IS NOT NULL AND NOT list_contains({allowed}, m.unit_code)"

    def _of_repetitions(self, resource_type: str, columns: Columns, part: Part) -> Iterator[str]:
        for rule in self._book.for_records(resource_type):
            timed = columns.scalar(rule.check["timed"]) if rule.kind == "repeated" else None
            same = [_identity(columns, name) for name in rule.check["by"]] if timed else []
            if not timed or None in same:
                continue
            keys = ", ".join(("r.lk_site", "r.lk_person", timed, *(sql for sql in same if sql)))
            yield (
                f"SELECT lk_site, {literal(resource_type)} AS resource_type, id, {literal(rule.id)} AS rule, lk_batch FROM (\n"
                f"SELECT r.lk_site, r.id, r.lk_batch, row_number() OVER (PARTITION BY {keys} ORDER BY r.id) AS nth\n"
                f"FROM {self._table(resource_type)} r\n"
                f"WHERE {part.where('r', whole_bucket=True)} AND r.lk_person IS NOT NULL AND length({timed}) > 10"
                f"{''.join(f' AND {sql} IS NOT NULL' for sql in same)}) AS r\n"
                f"WHERE nth > 1 AND {Part(batch=part.batch).where('r')}"
            )


def flags(
    cursor: duckdb.DuckDBPyConnection,
    schemas: Schemas,
    units: UnitConverter,
    *,
    book: RuleBook | None = None,
    types: Iterable[str] | None = None,
    bucket: int | None = None,
    batch: str | None = None,
) -> Iterator[Flag]:
    """Every flag of a bucket (or of all), type by type; `cursor` has the lake attached as `lake`."""
    book = book or standard_rules()
    flagger = Flagger(schemas, units, book)
    for resource_type in types or book.types:
        sql = flagger.sql(resource_type, Part(bucket, batch))
        if sql:
            yield from (Flag(*row) for row in cursor.execute(sql).fetchall())


def _rules(found: list[tuple[str, str]]) -> str:
    cases = ", ".join(f"CASE WHEN {sql} THEN {literal(name)} END" for name, sql in found)
    return f"unnest(list_filter([{cases}], lambda name: name IS NOT NULL))"


def _any(found: list[tuple[str, str]]) -> str:
    return " OR ".join(f"({sql})" for _, sql in found)


def _of_age() -> str:
    """Without an age window any age will do; with one, the person must surely be of that age."""
    within = "m.day_low - p.birth_high >= b.youngest AND m.day_high - p.birth_low < b.oldest"
    return f"((b.youngest < 0 AND b.oldest >= 100000) OR ({within}))"


def _units_by_key(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    units: dict[str, list[str]] = {}
    for key, unit in dict.fromkeys(pairs):
        units.setdefault(key, []).append(unit)
    return units


def _identity(columns: Columns, name: str) -> str | None:
    """What makes two records the same in one respect."""
    if name == "code":
        keys = columns.code_keys("code")
        return keys and f"list_sort({keys})::VARCHAR"
    if name == "value":
        values = [
            columns.scalar(p) for p in ("valueQuantity.value", "valueString", "valueInteger", "valueBoolean")
        ]
        present = [f"{sql}::VARCHAR" for sql in values if sql]
        return f"coalesce({', '.join(present)})" if present else None
    return columns.scalar(name)
