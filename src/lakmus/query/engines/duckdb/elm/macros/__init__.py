"""The operators of CQL as SQL macros: one file for each chapter, the standard's signature above each macro.

    -- Before (DateTime, DateTime) Boolean, precision
    CREATE OR REPLACE MACRO cql.before_datetime(a, b, p) AS ...

A macro whose comment says `precision` is told the word of it as its last argument. Macros without such a comment help others.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import duckdb

from lakmus.query.engines.duckdb.elm import units
from lakmus.query.frontends.cql.signatures import Signature, written_type
from lakmus.query.ir.elm.values import DateTime

CHAPTERS = (
    "arithmetic",
    "scalars",
    "functions",
    "quantities",
    "strings",
    "moments",
    "times",
    "moving",
    "construction",
    "durations",
    "points",
    "lists",
    "statistics",
    "conversions",
    "intervals",
)
_HEAD = re.compile(r"-- (\w+) \((.*)\) (\S+?)(, precision)?\nCREATE OR REPLACE MACRO ([\w.]+)\(")
Macro = tuple[Signature, str, bool]


@cache
def table() -> dict[str, tuple[Macro, ...]]:
    """By operator: each signature with its macro, and whether it is told the precision."""
    found: dict[str, tuple[Macro, ...]] = {}
    for operator, takes, gives, precise, name in _HEAD.findall(_text()):
        types = tuple(written_type(operand) for operand in takes.split(", ") if operand)
        macro = Signature(operator, types, written_type(gives)), name, bool(precise)
        found[operator] = (*found.get(operator, ()), macro)
    return found


@cache
def _text() -> str:
    folder = files(__package__)
    return "\n".join((folder / f"{chapter}.sql").read_text("utf-8") for chapter in CHAPTERS)


_MACRO = re.compile(r"CREATE OR REPLACE MACRO ([\w.]+)\(")


@cache
def _fails() -> re.Pattern[str]:
    """The macros that raise errors, and those that use one of them."""
    _, *parts = _MACRO.split(_text())
    texts = dict(zip(parts[::2], parts[1::2], strict=True))
    found, count = {r"error"}, 0
    while len(found) > count:
        count = len(found)
        used = re.compile(rf"(?<![\w.])(?:{'|'.join(map(re.escape, found))})\(")
        found |= {name for name, text in texts.items() if used.search(text)}
    return re.compile(rf"(?<![\w.])(?:{'|'.join(map(re.escape, found))})\(")


def failing(sql: str) -> bool:
    """Whether an expression may raise an error."""
    return _fails().search(sql) is not None


def install(connection: duckdb.DuckDBPyConnection, now: DateTime) -> None:
    """Makes the macros known to a connection's database, and `now`, the moment of the evaluation, to the connection: its
    zone is that of moments written without one.
    """
    moment = "make_timestamp({}, {}, {}, {}, {}, {}.{:03d})".format(*(*now.parts, 0, 0, 0, 0)[:7])
    connection.execute(f"SET VARIABLE cql_zone = {now.offset}")
    connection.execute(
        f"SET VARIABLE cql_now = {{'lo': {moment}, 'hi': {moment} + to_microseconds(999), "
        f"'p': 7::UTINYINT, 'z': ({now.offset})::SMALLINT}}"
    )
    if not _installed(connection):
        connection.execute(_definitions())


@cache
def _definitions() -> str:
    """All macros, and last one by which they are known to be there."""
    text = "\n".join(
        (
            "CREATE SCHEMA IF NOT EXISTS cql;",
            "CREATE OR REPLACE MACRO cql.zone() AS getvariable('cql_zone');",
            "CREATE OR REPLACE MACRO cql.now() AS getvariable('cql_now');",
            f"CREATE OR REPLACE MACRO cql.unit_base(u) AS {units.base('u')};",
            f"CREATE OR REPLACE MACRO cql.unit_factor(u) AS {units.factor('u')};",
            f"CREATE OR REPLACE MACRO cql.loose_days(u) AS {units.loose_days('u')};",
            _text(),
        )
    )
    return f"BEGIN; {text}\nCREATE OR REPLACE MACRO cql.installed() AS true; COMMIT;"


def _installed(connection: duckdb.DuckDBPyConnection) -> bool:
    found = (
        "SELECT count(*) FROM duckdb_functions() WHERE schema_name = 'cql' AND function_name = 'installed'"
    )
    row = connection.execute(found).fetchone()
    return row is not None and bool(row[0])
