"""A script made shorter: tables that one statement reads once stand in it, columns that nobody reads are not written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Set

from lakmus.query.engines.duckdb.elm.frames import tokens

_TABLE = re.compile(r"-- .*\nCREATE OR REPLACE TEMP TABLE (q\d+) AS\n")
_WORD = re.compile(r"\bq\d+\b")


def tidied(script: list[str], wide: Mapping[str, tuple[str, ...]], kept: Set[str]) -> list[str]:
    """The statements that are left. `wide` are those that write columns of which not all may be read; `kept` are tables
    that are read afterwards.
    """
    return _merged(_pruned(script, wide), kept)


def _pruned(script: list[str], wide: Mapping[str, tuple[str, ...]]) -> list[str]:
    found: list[str] = []
    later: set[str] = set()
    for statement in reversed(script):
        columns = wide.get(statement)
        if columns is not None:
            head, _, query = statement.partition(" AS\n")
            read = ", ".join(each for each in columns if each == "p" or each in later)
            statement = f"{head} AS\nSELECT {read}\nFROM ({query})"
        found.append(statement)
        later |= tokens(statement)
    return found[::-1]


def _merged(script: list[str], kept: Set[str]) -> list[str]:
    """Each table of rows that is read once put where it is read."""
    reads = Counter(word for statement in script for word in _WORD.findall(statement))
    once: dict[str, str] = {}
    found = []
    for statement in script:
        statement = _WORD.sub(lambda word: once.pop(word[0], word[0]), statement)
        head = _TABLE.match(statement)
        if (
            head is not None and reads[head[1]] == 2 and head[1] not in kept
        ):  # where it is made, and where it is read
            once[head[1]] = f"({statement[head.end() :]})"
            continue
        found.append(statement)
    return found
