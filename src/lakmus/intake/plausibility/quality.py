"""Data quality per site in figures: what came, what is flagged, what is filled in, when it happened.

Counts only: nothing here holds a value of a person.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import duckdb

from lakmus.core.quantities import UnitConverter
from lakmus.intake.plausibility.checks import Context
from lakmus.intake.plausibility.columns import Columns, Schemas, literal, low_day, quoted
from lakmus.intake.plausibility.flags import Flagger
from lakmus.intake.plausibility.frames import measurements
from lakmus.intake.plausibility.part import Part
from lakmus.intake.plausibility.rules import RuleBook, standard_rules
from lakmus.intake.plausibility.sites import SiteFinding, site_findings

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class RuleCount:
    """`flagged` records of a type are noteworthy to a rule, of `seen` the site sent."""

    resource_type: str
    rule: str
    flagged: int
    seen: int


@dataclass(frozen=True, slots=True)
class Completeness:
    """`filled` of `total` records of a type have an element."""

    resource_type: str
    element: str
    filled: int
    total: int


@dataclass(frozen=True, slots=True)
class MonthCount:
    """Records of a type that happened in a month (`2024-03`)."""

    resource_type: str
    month: str
    count: int


@dataclass(frozen=True, slots=True)
class SiteQuality:
    """Everything counted of one site. `measured` numbers came, `without_unit` of them had none."""

    site: str
    records: Mapping[str, int]
    flags: tuple[RuleCount, ...]
    findings: tuple[SiteFinding, ...]
    completeness: tuple[Completeness, ...]
    months: tuple[MonthCount, ...]
    measured: int
    without_unit: int


def quality(
    cursor: duckdb.DuckDBPyConnection,
    schemas: Schemas,
    units: UnitConverter,
    *,
    types: Sequence[str],
    buckets: Iterable[int] | None = None,
    book: RuleBook | None = None,
    progress: Progress | None = None,
) -> tuple[SiteQuality, ...]:
    """The quality of every site. `types` are the lake's resource types, `buckets` its buckets (all at once without
    them); `progress` is told (resource type, done, in all). `cursor` has the lake attached as `lake`."""
    book = book or standard_rules()
    records = _records(cursor, types)
    flagged = _flagged(cursor, Flagger(schemas, units, book), types, _parts(buckets), progress)
    findings = site_findings(cursor, schemas, book=book)
    filled = [row for name in types for row in _completeness(cursor, schemas, name)]
    months = [row for name in types for row in _months(cursor, schemas, name, book)]
    numbers = _numbers(cursor, schemas, book)
    return tuple(
        SiteQuality(
            site=site,
            records=counts,
            flags=tuple(
                RuleCount(name, rule, count, counts.get(name, 0))
                for (where, name, rule), count in sorted(flagged.items())
                if where == site
            ),
            findings=tuple(found for found in findings if found.site == site),
            completeness=tuple(row for where, row in filled if where == site),
            months=tuple(row for where, row in months if where == site),
            measured=numbers.get(site, (0, 0))[0],
            without_unit=numbers.get(site, (0, 0))[1],
        )
        for site, counts in sorted(records.items())
    )


def _parts(buckets: Iterable[int] | None) -> list[Part]:
    return [Part()] if buckets is None else [Part(bucket) for bucket in buckets]


def _records(cursor: duckdb.DuckDBPyConnection, types: Sequence[str]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for name in types:
        sql = f"SELECT lk_site, count(*) FROM lake.{quoted(name)} GROUP BY lk_site"
        for site, count in cursor.execute(sql).fetchall():
            found.setdefault(site, {})[name] = count
    return found


def _flagged(
    cursor: duckdb.DuckDBPyConnection,
    flagger: Flagger,
    types: Sequence[str],
    parts: Sequence[Part],
    progress: Progress | None,
) -> Counter[tuple[str, str, str]]:
    counts: Counter[tuple[str, str, str]] = Counter()
    for done, name in enumerate(types, 1):
        for part in parts:
            sql = flagger.sql(name, part)
            rows = (
                cursor.execute(f"SELECT lk_site, rule, count(*) FROM ({sql}) GROUP BY ALL").fetchall()
                if sql
                else ()
            )
            counts.update({(site, name, rule): count for site, rule, count in rows})
        if progress:
            progress(name, done, len(types))
    return counts


def _completeness(
    cursor: duckdb.DuckDBPyConnection, schemas: Schemas, name: str
) -> list[tuple[str, Completeness]]:
    elements = _elements().get(name, ())
    columns = Columns(schemas(name), "r")
    if not elements or not columns.schema:
        return []
    counts = ", ".join(f"count(*) FILTER (WHERE {_is_filled(columns, element)})" for element in elements)
    sql = f"SELECT r.lk_site, count(*), {counts} FROM lake.{quoted(name)} r GROUP BY r.lk_site"
    return [
        (site, Completeness(name, element, filled, total))
        for site, total, *found in cursor.execute(sql).fetchall()
        for element, filled in zip(elements, found, strict=True)
    ]


def _is_filled(columns: Columns, element: str) -> str:
    return " OR ".join(_has(columns, path) for path in element.split(" or "))


def _has(columns: Columns, path: str) -> str:
    values = columns.every(path)
    return f"len(list_filter({values}, lambda v: v IS NOT NULL)) > 0" if values else "false"


def _months(
    cursor: duckdb.DuckDBPyConnection, schemas: Schemas, name: str, book: RuleBook
) -> list[tuple[str, MonthCount]]:
    time = Context(Columns(schemas(name), "r"), book.times.get(name, ())).time
    if time is None:
        return []
    # A bare year would all fall on January.
    sql = (
        f"SELECT r.lk_site, strftime({low_day(time)}, {literal('%Y-%m')}) AS month, count(*)"
        f" FROM lake.{quoted(name)} r WHERE length({time}) >= 7 GROUP BY ALL HAVING month IS NOT NULL ORDER BY ALL"
    )
    return [(site, MonthCount(name, month, count)) for site, month, count in cursor.execute(sql).fetchall()]


def _numbers(
    cursor: duckdb.DuckDBPyConnection, schemas: Schemas, book: RuleBook
) -> dict[str, tuple[int, int]]:
    context = Context(Columns(schemas("Observation"), "r"), book.times.get("Observation", ()))
    frame = measurements(context, 'lake."Observation"', Part())
    if frame is None:
        return {}
    # A measurement stands in the frame once per code; counted by its record and value.
    sql = (
        "SELECT lk_site, count(*), count(*) FILTER (WHERE unit IS NULL) FROM"
        f" (SELECT DISTINCT lk_site, id, value, unit FROM {frame} WHERE value IS NOT NULL) GROUP BY lk_site"
    )
    return {site: (measured, bare) for site, measured, bare in cursor.execute(sql).fetchall()}


@cache
def _elements() -> Mapping[str, tuple[str, ...]]:
    text = files("lakmus.intake.plausibility").joinpath("quality.toml").read_text("utf-8")
    return {name: tuple(paths) for name, paths in tomllib.loads(text)["elements"].items()}
