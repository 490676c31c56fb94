"""The kinds of checks, each as an SQL condition over one frame of rows.

Three frames (see `frames.py`): `record`, one row per record with the person's birth, death and sex beside it;
`measurement`, one row per measured number and code; `bound`, measurements joined with the bounds for their code.
A check answers None where the table lacks the columns it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lakmus.intake.plausibility.columns import Columns, high_day, literal, low_day, moment
from lakmus.intake.plausibility.rules import Rule

RECEIVED = "r.lk_received::DATE"


@dataclass(frozen=True, slots=True)
class Context:
    """What a check may look at: the table's columns as `r`, and where its type keeps its time."""

    columns: Columns
    times: tuple[str, ...]

    @property
    def time(self) -> str | None:
        return self.columns.first_of(self.times)


Check = Callable[[Mapping[str, Any], Context], str | None]


def after_receipt(check: Mapping[str, Any], context: Context) -> str | None:
    time = context.columns.first_of(check["paths"]) if "paths" in check else context.time
    return time and f"{low_day(time)} > {RECEIVED} + {int(check['days'])}"


def before_birth(check: Mapping[str, Any], context: Context) -> str | None:
    return context.time and f"{high_day(context.time)} < p.birth_low - {int(check['days'])}"


def after_death(check: Mapping[str, Any], context: Context) -> str | None:
    return context.time and f"{low_day(context.time)} > p.death_high + {int(check['days'])}"


def before_day(check: Mapping[str, Any], context: Context) -> str | None:
    return context.time and f"{high_day(context.time)} < {literal(check['day'])}::DATE"


def age_over(check: Mapping[str, Any], context: Context) -> str | None:
    birth = context.columns.scalar("birthDate")
    if birth is None:
        return None
    dead = [context.columns.scalar("deceasedDateTime"), context.columns.scalar("deceasedBoolean")]
    alive = [f"{dead[0]} IS NULL" if dead[0] else "true", f"{dead[1]} IS NOT TRUE" if dead[1] else "true"]
    return f"{high_day(birth)} < {RECEIVED} - INTERVAL {int(check['years'])} YEAR AND {' AND '.join(alive)}"


def order(check: Mapping[str, Any], context: Context) -> str | None:
    """Compared as moments when both have a time of day and no allowance is given, else as days."""
    days = int(check.get("days", 0))
    found = []
    for first, then in _pairs(check, context):
        by_day = f"{high_day(then)} < {low_day(first)} - {days}"
        by_moment = f"{moment(then)} < {moment(first)}"
        found.append(by_day if days else f"coalesce({by_moment}, {by_day})")
    return " OR ".join(found) or None


def longer_than(check: Mapping[str, Any], context: Context) -> str | None:
    days = int(check["days"])
    found = [f"{low_day(then)} - {high_day(first)} > {days}" for first, then in _pairs(check, context)]
    return " OR ".join(found) or None


def text_in(check: Mapping[str, Any], context: Context) -> str | None:
    wanted = literal([str(value).casefold() for value in check["values"]])
    lists = [sql for path in check["paths"] if (sql := context.columns.every(path))]
    found = [f"list_has_any(list_transform({sql}, lambda t: lower(trim(t))), {wanted})" for sql in lists]
    return " OR ".join(found) or None


def component_order(check: Mapping[str, Any], context: Context) -> str | None:
    columns = context.columns
    if (
        columns.every("component.valueQuantity.value") is None
        or columns.every("component.code.coding.code") is None
    ):
        return None
    low, high = (_component_value(check[name]) for name in ("low", "high"))
    return f"{low} >= {high}"


def sex_and_code(check: Mapping[str, Any], context: Context) -> str | None:
    coded = _coded(check, context)
    return coded and f"p.gender = {literal(check['sex'])} AND ({coded})"


def age_and_code(check: Mapping[str, Any], context: Context) -> str | None:
    coded, time = _coded(check, context), context.time
    if not coded or not time:
        return None
    youngest, oldest = check["years"]
    too_young = f"{high_day(time)} < p.birth_low + INTERVAL {int(youngest)} YEAR"
    too_old = f"{low_day(time)} >= p.birth_high + INTERVAL {int(oldest)} YEAR"
    return f"({coded}) AND ({too_young} OR {too_old})"


# ICD-10 as WHO's system, and as the Russian national edition.
_ICD10 = (
    "http://hl7.org/fhir/sid/icd-10",
    "http://hl7.org/fhir/sid/icd-10-cm",
    "urn:oid:1.2.643.5.1.13.13.11.1005",
    "1.2.643.5.1.13.13.11.1005",
)


def _coded(check: Mapping[str, Any], context: Context) -> str | None:
    """Whether one of the record's codes is among the exact ones, or begins as one of the ICD-10 classes."""
    lists = [sql for path in ("code", "reasonCode") if (sql := context.columns.code_keys(path))]
    if not lists:
        return None
    keys = f"flatten([{', '.join(lists)}])"
    starts = [f"{system}|{start}" for system in _ICD10 for start in check.get("icd10", ())]
    exact = f"list_has_any({keys}, {literal(check.get('exact', []))}::VARCHAR[])"
    begins = " OR ".join(f"starts_with(k, {literal(start)})" for start in starts)
    return f"{exact} OR len(list_filter({keys}, lambda k: {begins})) > 0" if begins else exact


def _component_value(keys: list[str]) -> str:
    coded = "list_transform(c.code.coding, lambda d: d.system || '|' || d.code)"
    wanted = f"list_filter(r.component, lambda c: list_has_any({coded}, {literal(keys)}))"
    return f"list_extract(list_transform({wanted}, lambda c: c.valueQuantity.value), 1)"


def _pairs(check: Mapping[str, Any], context: Context) -> list[tuple[str, str]]:
    pairs = [
        (context.columns.scalar(first), context.columns.scalar(then))
        for first, then in zip(check["first"], check["then"], strict=True)
    ]
    return [(first, then) for first, then in pairs if first and then]


# On measurements `m`: columns value (DOUBLE), unit and unit_code (VARCHAR), key (`system|code`).
def no_unit(check: Mapping[str, Any], context: Context) -> str:
    return "m.value IS NOT NULL AND m.unit IS NULL"


def uncoded_unit(check: Mapping[str, Any], context: Context) -> str:
    return "m.unit IS NOT NULL AND m.unit_code IS NULL"


def value_in(check: Mapping[str, Any], context: Context) -> str:
    return f"list_contains({literal([float(value) for value in check['values']])}, m.value)"


RECORD_CHECKS: Mapping[str, Check] = {
    "after_receipt": after_receipt,
    "before_birth": before_birth,
    "after_death": after_death,
    "before_day": before_day,
    "age_over": age_over,
    "order": order,
    "longer_than": longer_than,
    "text_in": text_in,
    "component_order": component_order,
    "sex_and_code": sex_and_code,
    "age_and_code": age_and_code,
}
MEASUREMENT_CHECKS: Mapping[str, Check] = {
    "no_unit": no_unit,
    "uncoded_unit": uncoded_unit,
    "value_in": value_in,
}


def conditions(
    rules: tuple[Rule, ...], checks: Mapping[str, Check], context: Context
) -> list[tuple[str, str]]:
    """(rule id, SQL condition) of the rules of these kinds that the table has the columns for."""
    found = [(rule.id, checks[rule.kind](rule.check, context)) for rule in rules if rule.kind in checks]
    return [(name, sql) for name, sql in found if sql]
