"""A relation under construction: rows told apart by keys, columns computed once, level by level, faults as columns.

An expression that is used several times becomes a column of its own. A column that reads others is computed one level
above them, so that nothing is planned or computed twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

# A relation of rows that have no value, and the keys that it has.
Failed = tuple[str, tuple[str, ...]]
_TOKEN = re.compile(r"[A-Za-z_]\w*")


def tokens(sql: str) -> set[str]:
    """The words of an expression, those within texts too."""
    return set(_TOKEN.findall(sql))


@dataclass
class Frame:
    """`base` is what stands behind FROM and has the `keys`, the person's first.

    `carried` are its other columns. `columns` are those computed above the base, by expression; `settled` those that the
    base has by now. `faults` are conditions on which a row's expressions have no value, `flags` columns that say so of rows
    that stay until the relation is written; `filtered` is what the base is, as a relation and a condition; `failed` are relations of keys of rows that fell out of it.
    """

    base: str
    keys: tuple[str, ...]
    name: Callable[[str], str]
    carried: dict[str, None] = field(default_factory=dict)
    failed: list[Failed] = field(default_factory=list)
    settled: dict[str, str] = field(default_factory=dict)
    joins: dict[str, None] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    levels: dict[str, int] = field(default_factory=dict)
    faults: dict[str, None] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    filtered: tuple[str, str] | None = None

    def copy(self) -> Frame:
        """Another frame over the same base."""
        return Frame(self.base, self.keys, self.name, dict(self.carried), [], dict(self.settled))

    def column(self, sql: str) -> str:
        """The column of an expression over this relation's columns."""
        if sql in self.settled:
            return self.settled[sql]
        if sql not in self.columns:
            name = self.columns[sql] = self.name("c")
            self.carried[name] = None
            self.levels[name] = 1 + max((self.levels.get(word, 0) for word in tokens(sql)), default=0)
        return self.columns[sql]

    def join(self, relation: str, columns: Iterable[str], keys: tuple[str, ...] = ("p",)) -> None:
        """Columns of a relation with one row at most for these keys."""
        self.carried |= dict.fromkeys(columns)
        self.joins[f"LEFT JOIN {relation} USING ({', '.join(keys)})"] = None

    def rows(self, select: str = "*", where: str = "") -> str:
        """The relation as a query."""
        if self.filtered is not None and not where and not self.columns and not self.joins:
            source, where = self.filtered
            return f"SELECT {select}\nFROM {source}\nWHERE {where}"
        source = "\n".join((self.base, *self.joins))
        for level in range(1, max(self.levels.values(), default=0) + 1):
            added = (f"{each} AS {name}" for each, name in self.columns.items() if self.levels[name] == level)
            source = f"(SELECT *, {', '.join(added)}\nFROM {source})"
        if select == "*" and not where and source.startswith("(") and source == self.base:
            return source[1:-1]
        return f"SELECT {select}\nFROM {source}" + (f"\nWHERE {where}" if where else "")

    def fault(self) -> str:
        """The condition on which a row has no value; "" when all have one."""
        if not self.faults:
            return ""
        return f"coalesce({' OR '.join(f'({each})' for each in self.faults)}, false)"

    def rebased(self, base: str) -> None:
        """Goes on from a relation that has the columns computed so far."""
        self.base, self.filtered = base, None
        self.joins.clear()
        self.faults.clear()
        self.settled |= self.columns
        self.columns.clear()
        self.levels.clear()

    # Going on

    def settle(self, where: str = "") -> None:
        """Goes on from the rows so far, those of them that `where` keeps. Rows with faults are flagged, and stay."""
        if fault := self.fault():
            flag = self.name("f")
            self.rebased(f"(SELECT *, {fault} AS {flag} FROM ({self.rows()}))")
            self.flags.append(flag)
            self.carried[flag] = None
        if where and self.flags:
            where = " OR ".join((f"({where})", *self.flags))
        if self.columns or self.joins:
            self.rebased(f"({self.rows()})")
        if where:
            source = self.base
            self.rebased(f"(SELECT * FROM {source}\nWHERE {where})")
            self.filtered = source, where

    @property
    def flag(self) -> str:
        """Whether a row is one that has no value."""
        return f"({' OR '.join(self.flags)})" if self.flags else ""
