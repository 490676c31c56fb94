"""The filters of a value set's compose (FHIR R4, valueset-filter-operator), each as a set of codes.

Reading of ours: `regex` must match the whole value, and runs in DuckDB, whose engine (RE2) takes linear time whatever
the pattern.
"""

from __future__ import annotations

from collections.abc import Callable

import duckdb

from lakmus.core.errors import InputError, UnsupportedError
from lakmus.terminology.systems import System, Systems

Filter = Callable[[Systems, System, str, str], set[str]]
_LONGEST_PATTERN = 500


def codes_where(systems: Systems, system: System, name: str, operator: str, value: str) -> set[str]:
    """The system's codes that pass one filter."""
    if operator not in _FILTERS:
        raise UnsupportedError(
            f"the filter operator {operator[:40]!r}", reference="FHIR R4 valueset-filter-operator"
        )
    if operator not in _HIERARCHICAL:
        _check_property(systems, system, name)
    return _FILTERS[operator](systems, system, name, value)


def _check_property(systems: Systems, system: System, name: str) -> None:
    known = {"code", "concept", "display", "parent", "child", *systems.names(system)}
    if name not in known:
        raise InputError(
            f"{system.url} has no property {name[:60]!r} to filter by",
            hint=f"it has {', '.join(sorted(known))}",
        )


def _is_a(systems: Systems, system: System, name: str, value: str) -> set[str]:
    found = systems.below(system, value)
    if not found:
        systems.concept(system, value)  # says that there is no such code
    return found


def _descendent_of(systems: Systems, system: System, name: str, value: str) -> set[str]:
    return _is_a(systems, system, name, value) - {value}


def _is_not_a(systems: Systems, system: System, name: str, value: str) -> set[str]:
    return set(systems.rows(system)) - _is_a(systems, system, name, value)


def _generalizes(systems: Systems, system: System, name: str, value: str) -> set[str]:
    systems.concept(system, value)
    return systems.above(system, value)


def _equals(systems: Systems, system: System, name: str, value: str) -> set[str]:
    return {code for code, found in systems.values(system, name) if found == value}


def _in(systems: Systems, system: System, name: str, value: str) -> set[str]:
    wanted = {part.strip() for part in value.split(",")}
    return {code for code, found in systems.values(system, name) if found in wanted}


def _not_in(systems: Systems, system: System, name: str, value: str) -> set[str]:
    return set(systems.rows(system)) - _in(systems, system, name, value)


def _exists(systems: Systems, system: System, name: str, value: str) -> set[str]:
    having = {code for code, _ in systems.values(system, name)}
    return having if value == "true" else set(systems.rows(system)) - having


def _regex(systems: Systems, system: System, name: str, value: str) -> set[str]:
    pairs = systems.values(system, name)
    texts = list({text for _, text in pairs})
    matching = _matching(texts, value)
    return {code for code, text in pairs if text in matching}


def _matching(texts: list[str], pattern: str) -> set[str]:
    if len(pattern) > _LONGEST_PATTERN:
        raise InputError(f"a regex filter may have {_LONGEST_PATTERN} characters")
    try:
        with duckdb.connect() as engine:
            found = engine.execute(
                "SELECT text FROM (SELECT unnest(?::VARCHAR[]) AS text) WHERE regexp_full_match(text, ?)",
                [texts, pattern],
            ).fetchall()
    except duckdb.Error:
        raise InputError(
            "the regex filter is not a regular expression RE2 can read",
            hint="look-around and back references are not supported",
        ) from None
    return {row[0] for row in found}


_HIERARCHICAL = {"is-a", "descendent-of", "is-not-a", "generalizes"}
_FILTERS: dict[str, Filter] = {
    "is-a": _is_a,
    "descendent-of": _descendent_of,
    "is-not-a": _is_not_a,
    "generalizes": _generalizes,
    "=": _equals,
    "in": _in,
    "not-in": _not_in,
    "exists": _exists,
    "regex": _regex,
}
