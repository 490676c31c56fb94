"""SQL for the columns a table has. Columns grow with the data: what is not there yet is None here, and the rule that
needs it is left out for that table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
Schemas = Callable[[str], Schema]


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one table, under the alias by which queries name it."""

    schema: Schema
    alias: str

    def scalar(self, path: str) -> str | None:
        """The value at a path that crosses no list: `effectivePeriod.start`."""
        first, *rest = path.split(".")
        sql, kind = f"{self.alias}.{quoted(first)}", self.schema.get(first)
        for name in rest:
            kind = _field(kind, name)
            sql = f"{sql}.{quoted(name)}"
        return sql if kind is not None and kind.id not in ("list", "struct") else None

    def first_of(self, paths: Iterable[str]) -> str | None:
        """The first of several values that is there."""
        found = [sql for path in paths if (sql := self.scalar(path))]
        return f"coalesce({', '.join(found)})" if found else None

    def every(self, path: str) -> str | None:
        """All values at a path that may cross lists, as one list: `name.family`."""
        first, *rest = path.split(".")
        return _listed(f"{self.alias}.{quoted(first)}", self.schema.get(first), rest, 0)

    def code_keys(self, path: str) -> str | None:
        """The `system|code` of every coding of a CodeableConcept, or list of them, as one list."""
        systems, codes = self.every(f"{path}.coding.system"), self.every(f"{path}.coding.code")
        if systems is None or codes is None:
            return None
        return f"list_transform(list_zip({systems}, {codes}), lambda pair: pair[1] || '|' || pair[2])"


def _field(kind: Any, name: str) -> Any:
    return dict(kind.children).get(name) if kind is not None and kind.id == "struct" else None


def _listed(sql: str, kind: Any, names: list[str], depth: int) -> str | None:
    if kind is None:
        return None
    if kind.id == "list":
        item = f"x{depth}"
        inner = _listed(item, dict(kind.children)["child"], names, depth + 1)
        return None if inner is None else f"flatten(list_transform({sql}, lambda {item}: {inner}))"
    if not names:
        return f"[{sql}]"
    return _listed(f"{sql}.{quoted(names[0])}", _field(kind, names[0]), names[1:], depth)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(value: object) -> str:
    """A rule's constant in SQL: text, number or list of them."""
    if isinstance(value, list | tuple | set):
        return f"[{', '.join(literal(item) for item in value)}]"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "'" + str(value).replace("'", "''") + "'"
    return repr(value)


# FHIR dates are text as sent. A day, or the first and last day a partial date may mean; a moment where there is a time.
def low_day(sql: str) -> str:
    return (
        f"try_cast(CASE length({sql}) WHEN 4 THEN {sql} || '-01-01' WHEN 7 THEN {sql} || '-01'"
        f" ELSE left({sql}, 10) END AS DATE)"
    )


def high_day(sql: str) -> str:
    return (
        f"CASE length({sql}) WHEN 4 THEN try_cast({sql} || '-12-31' AS DATE)"
        f" WHEN 7 THEN last_day(try_cast({sql} || '-01' AS DATE)) ELSE try_cast(left({sql}, 10) AS DATE) END"
    )


def moment(sql: str) -> str:
    """The instant of a text with a time of day, else null."""
    return f"CASE WHEN length({sql}) > 10 THEN try_cast({sql} AS TIMESTAMPTZ) END"
