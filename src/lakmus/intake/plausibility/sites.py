"""Rules that judge a site's records together: shares that chance does not explain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

from lakmus.intake.plausibility.checks import Context
from lakmus.intake.plausibility.columns import Columns, Schemas, literal, quoted
from lakmus.intake.plausibility.frames import measurements
from lakmus.intake.plausibility.part import Part
from lakmus.intake.plausibility.rules import Rule, RuleBook, standard_rules


@dataclass(frozen=True, slots=True)
class SiteFinding:
    """`matching` of a site's `total` records or measurements are as the rule says, above what it allows."""

    site: str
    resource_type: str
    rule: str
    matching: int
    total: int

    @property
    def share(self) -> float:
        return self.matching / self.total


def site_findings(
    cursor: duckdb.DuckDBPyConnection,
    schemas: Schemas,
    *,
    book: RuleBook | None = None,
    catalog: str = "lake",
) -> list[SiteFinding]:
    """What the rules about whole sites find; `cursor` has the lake attached."""
    book = book or standard_rules()
    found = []
    for rule in book.for_sites():
        for resource_type in rule.types:
            sql = share_sql(rule, resource_type, schemas, book, catalog)
            rows = cursor.execute(sql).fetchall() if sql else ()
            found += [SiteFinding(site, resource_type, rule.id, *counts) for site, *counts in rows]
    return found


def share_sql(
    rule: Rule, resource_type: str, schemas: Schemas, book: RuleBook, catalog: str = "lake"
) -> str | None:
    """A query of (lk_site, matching, total) where the share is too high; None when the table lacks the columns."""
    context = Context(Columns(schemas(resource_type), "r"), book.times.get(resource_type, ()))
    table = f"{catalog}.{quoted(resource_type)}"
    values = _values(rule.check, context, table)
    if values is None:
        return None
    counted = (
        "list_max(map_values(histogram(value)))"
        if rule.check.get("most_common")
        else f"count(*) FILTER (WHERE {' AND '.join(_matches(rule.check))})"
    )
    return (
        f"SELECT lk_site, matching, total FROM (SELECT lk_site, {counted}::BIGINT AS matching, count(*) AS total"
        f" FROM ({values}) WHERE value IS NOT NULL GROUP BY lk_site)"
        f" WHERE total >= {int(rule.check['at_least'])} AND matching > total * {float(rule.check['above'])}"
        " ORDER BY lk_site"
    )


def _values(check: Mapping[str, Any], context: Context, table: str) -> str | None:
    if "codes" in check:
        frame = measurements(context, table, Part())
        wanted = literal(check["codes"])
        return frame and f"SELECT m.lk_site, m.value FROM {frame} m WHERE list_contains({wanted}, m.key)"
    value = context.columns.scalar(check["path"]) if "path" in check else context.time
    return value and f"SELECT r.lk_site, {value} AS value FROM {table} r WHERE {_is_usable(check, value)}"


def _is_usable(check: Mapping[str, Any], value: str) -> str:
    """A moment of the day is asked of moments, a day of whole days."""
    if check.get("most_common") or "holds" in check:
        return f"length({value}) > 10"
    return f"length({value}) >= 10"


def _matches(check: Mapping[str, Any]) -> Iterator[str]:
    if "ends" in check:
        yield f"ends_with(value, {literal(check['ends'])})"
    if "holds" in check:
        yield f"contains(value, {literal(check['holds'])})"
    if "multiple_of" in check:
        yield f"value % {int(check['multiple_of'])} = 0"
