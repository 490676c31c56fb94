"""What a release holds, in numbers one may show: counted over its own files, small cells left out.

Counts are of persons, not rows. Every breakdown counts "not recorded" as a value, so that nothing follows by subtraction.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

from lakmus.opendata.releases.tables import literal, quoted
from lakmus.privacy import Column, Rule, ViewRules, suppressed, total

TOP = 20  # values of a breakdown that are counted; what is rarer stays in the table
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
NOT_RECORDED = ""
_GROUP = re.compile(r"[0-9]{1,4}(-[0-9]{1,3}|\+)?")
_BY_ACTION = {"subject": "names", "pseudonym": "names", "shift-date": "years", "round": "numbers"}


def kind(column: Column, rule: Rule) -> str:
    """How a column is summed up: `names`, `years`, `numbers` or `values`."""
    number = rule.action == "keep" and column.type in ("decimal", "integer", "positiveInt", "unsignedInt")
    return "numbers" if number else _BY_ACTION.get(rule.action, "values")


def of_table(
    connection: duckdb.DuckDBPyConnection, path: Path, rules: ViewRules, threshold: int
) -> dict[str, Any]:
    """Rows, persons and each column of one table, ready for JSON."""
    source, person = f"read_parquet({literal(str(path))})", quoted(rules.subject)
    rows, persons = _one(connection, f"SELECT count(*), count(DISTINCT {person}) FROM {source}")
    table = _Table(connection, source, person, threshold)
    columns = {rule.column: table.column(column, rule, rows) for column, rule in rules.leaving}
    return {"rows": rows, "persons": persons, "columns": columns}


class _Table:
    def __init__(
        self, connection: duckdb.DuckDBPyConnection, source: str, person: str, threshold: int
    ) -> None:
        self.connection, self.source, self.person, self.threshold = connection, source, person, threshold

    def column(self, column: Column, rule: Rule, rows: int) -> dict[str, Any]:
        name, how = quoted(rule.column), kind(column, rule)
        filled = _one(self.connection, f"SELECT count({name}) FROM {self.source}")[0]
        value = f"unnest({name})" if column.many else name
        found: dict[str, Any] = {"kind": how, "filled": round(filled / rows, 2) if rows else 0.0}
        if how == "names":
            return found | {"distinct": total(self._distinct(value), self.threshold)}
        if how == "numbers":
            return found | {"quantiles": self._quantiles(value)}
        text = f"left({name}, 4)" if how == "years" and not column.many else value
        return found | {"persons": self._breakdown(text, in_order=how == "years")}

    def _distinct(self, value: str) -> int:
        return int(
            _one(self.connection, f"SELECT count(DISTINCT v) FROM (SELECT {value} AS v FROM {self.source})")[
                0
            ]
        )

    def _quantiles(self, value: str) -> list[float] | None:
        """Five quantiles, when so many persons have a number that each stands for several of them."""
        query = f"""SELECT count(DISTINCT p) FILTER (v IS NOT NULL), quantile_disc(v, {list(QUANTILES)})
                    FROM (SELECT {self.person} AS p, {value} AS v FROM {self.source})"""
        persons, quantiles = _one(self.connection, query)
        return [float(q) for q in quantiles] if persons >= self.threshold / QUANTILES[0] else None

    def _breakdown(self, value: str, *, in_order: bool) -> dict[str, int | None]:
        query = f"""SELECT coalesce(v::VARCHAR, '{NOT_RECORDED}') AS value, count(DISTINCT p) AS persons
                    FROM (SELECT {self.person} AS p, {value} AS v FROM {self.source})
                    GROUP BY value ORDER BY persons DESC, value LIMIT {TOP if not in_order else 1000}"""
        found = dict(self.connection.execute(query).fetchall())
        shown = suppressed(found, self.threshold)
        order = sorted(shown, key=_start) if in_order or _are_groups(shown) else list(shown)
        return {name: shown[name] for name in order}


def _are_groups(names: Iterable[str]) -> bool:
    """Whether the values are age groups or years, which have an order of their own."""
    return all(name == NOT_RECORDED or _GROUP.fullmatch(name) for name in names)


def _start(name: str) -> tuple[int, str]:
    digits = name.split("-")[0].rstrip("+")
    return (int(digits) if digits.isdigit() else 10**9, name)


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return tuple(row)
