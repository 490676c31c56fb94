"""The rules as data: read from `rules.toml`, checked once."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from lakmus.core.errors import InputError, Place

SEVERITIES = ("information", "warning", "error")

# The settings of each kind of check: those it must have, those it may have.
SETTINGS: Mapping[str, tuple[set[str], set[str]]] = {
    "after_receipt": ({"days"}, {"paths"}),
    "before_birth": ({"days"}, set()),
    "after_death": ({"days"}, set()),
    "before_day": ({"day"}, set()),
    "age_over": ({"years"}, set()),
    "order": ({"first", "then"}, {"days"}),
    "longer_than": ({"first", "then", "days"}, set()),
    "text_in": ({"paths", "values"}, set()),
    "no_unit": (set(), set()),
    "uncoded_unit": (set(), set()),
    "unit_fits": (set(), set()),
    "value_in": ({"values"}, set()),
    "repeated": ({"by", "timed"}, set()),
    "component_order": ({"low", "high"}, set()),
    "sex_and_code": ({"sex"}, {"exact", "icd10"}),
    "age_and_code": ({"years"}, {"exact", "icd10"}),
    "range": ({"bounds"}, {"age_days"}),
    "share": ({"above", "at_least"}, {"path", "ends", "holds", "most_common", "codes", "multiple_of"}),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `check` holds the kind of check and its settings; `source` says what it rests on, and is empty when
    the bound is a house choice, which `source_check` then says together with who should look at it."""

    id: str
    title: Mapping[str, str]
    severity: str
    types: tuple[str, ...]
    why: str
    check: Mapping[str, Any]
    source: str = ""
    source_check: str = ""

    @property
    def kind(self) -> str:
        return str(self.check["kind"])

    @property
    def of_site(self) -> bool:
        """Whether it judges a site's records together and not each one."""
        return self.kind == "share"


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rules with what they share: spellings of units, further units, where each type keeps its time."""

    rules: tuple[Rule, ...]
    spellings: Mapping[str, str]
    units: tuple[str, ...]
    times: Mapping[str, tuple[str, ...]]

    def for_records(self, resource_type: str) -> tuple[Rule, ...]:
        """The rules that flag single records of a type."""
        return tuple(rule for rule in self.rules if resource_type in rule.types and not rule.of_site)

    def for_sites(self) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if rule.of_site)

    @property
    def types(self) -> tuple[str, ...]:
        """All resource types some rule looks at."""
        return tuple(dict.fromkeys(name for rule in self.rules for name in rule.types))

    def named(self, rule: str) -> Rule:
        return next(found for found in self.rules if found.id == rule)


@cache
def standard_rules() -> RuleBook:
    """The rules that come with Lakmus."""
    return read_rules(
        files("lakmus.intake.plausibility").joinpath("rules.toml").read_text("utf-8"), "rules.toml"
    )


def read_rules(text: str, source: str = "") -> RuleBook:
    """Rules from TOML text; raises InputError naming the rule and what is amiss."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"the rules are not TOML: {error}", place=Place(source)) from None
    rules = tuple(_rule(table, source) for table in tables.get("rule", ()))
    _check_unique([rule.id for rule in rules], source)
    return RuleBook(
        rules=rules,
        spellings=tables.get("spellings", {}),
        units=tuple(tables.get("units", {}).get("also", ())),
        times={name: tuple(paths) for name, paths in tables.get("times", {}).items()},
    )


def _rule(table: Mapping[str, Any], source: str) -> Rule:
    place = Place(source, path=str(table.get("id", "a rule without id")))
    try:
        rule = Rule(**{**table, "types": tuple(table["types"])})
    except (TypeError, KeyError) as error:
        raise InputError(f"a rule has unknown or missing parts: {error}", place=place) from None
    for problem in _problems(rule):
        raise InputError(problem, place=place)
    return rule


def _problems(rule: Rule) -> Iterable[str]:
    if rule.severity not in SEVERITIES:
        yield f"severity must be one of {', '.join(SEVERITIES)}"
    if {"en", "ru"} - set(rule.title):
        yield "title needs en and ru"
    if bool(rule.source) == bool(rule.source_check):
        yield "either source or source_check must be given"
    yield from _check_problems(rule.check)


def _check_problems(check: Mapping[str, Any]) -> Iterable[str]:
    kind = str(check.get("kind"))
    if kind not in SETTINGS:
        yield f"check.kind must be one of {', '.join(sorted(SETTINGS))}"
        return
    needed, allowed = SETTINGS[kind]
    given = set(check) - {"kind"}
    if needed - given or given - needed - allowed:
        yield f"check {kind} needs {sorted(needed)} and may have {sorted(allowed)}"


def _check_unique(ids: Sequence[str], source: str) -> None:
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise InputError(f"rule ids stand twice: {', '.join(twice)}", place=Place(source))
