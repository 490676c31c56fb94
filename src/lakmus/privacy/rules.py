"""Rules of what may leave, as data: one line per column of a view, with the reason beside it.

    patients:
      patient: {do: subject, why: "joins the tables; the key stays with the custodian"}
      region:  {do: generalise, to: 3, why: "three digits of a postal code"}

A column without a line does not leave: the release is refused until somebody decides. Which action suits which FHIR type
is the table ACTIONS below; free text (string, markdown, xhtml, base64Binary) is refused, but for a string of which a line
says `coded: true` and why (the display of a code). Times, names of records and numbers each have their own actions.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lakmus.core.errors import InputError, LakmusError, ManyErrors, Place, RefusedError
from lakmus.privacy.columns import KEY, Column

DATES = frozenset({"date", "dateTime", "instant"})
NUMBERS = frozenset({"decimal", "integer", "positiveInt", "unsignedInt"})
CODED = frozenset({"code", "uri", "canonical"})
NAMES = frozenset({KEY, "id", "oid", "uuid", "url", "uri", "string", "canonical"})
TEXT = frozenset({"string"})
NARRATIVE = frozenset({"markdown", "xhtml", "base64Binary"})


@dataclass(frozen=True)
class Action:
    """What may be done to a column: of which FHIR types, and with which options (name → type)."""

    types: frozenset[str]
    options: Mapping[str, type]
    meaning: str


# One row per action; apply.py has one function per row.
ACTIONS: Mapping[str, Action] = {
    "keep": Action(
        CODED | TEXT | NUMBERS | {"boolean", "time"},
        {"values": list, "shared_by": int, "coded": bool},
        "as recorded; a text only when listed in `values` or shared by enough people",
    ),
    "subject": Action(frozenset({KEY, "id"}), {}, "the pseudonym of the person the record belongs to"),
    "pseudonym": Action(NAMES, {"of": str}, "the pseudonym of a record of type `of`"),
    "shift-date": Action(DATES, {}, "moved by the person's secret number of days"),
    "age-group": Action(frozenset({"date", "dateTime"}), {"width": int, "top": int}, "age group from a date of birth"),
    "birth-year": Action(frozenset({"date", "dateTime"}), {"width": int, "top": int}, "year of birth, the oldest together"),
    "generalise": Action(
        CODED | TEXT, {"to": int, "map": dict, "coded": bool}, "the first `to` characters, or by a map"
    ),
    "round": Action(NUMBERS, {"places": int, "within": list}, "rounded, and null outside `within`"),
    "drop": Action(frozenset(), {}, "does not leave"),
}  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """What happens to one column and why. `options` are those of its action."""

    column: str
    action: str
    reason: str
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def leaves(self) -> bool:
        return self.action != "drop"


@dataclass(frozen=True)
class ViewRules:
    """The rules of one view, checked against its columns, in the order of the columns."""

    view: str
    rules: tuple[Rule, ...]
    columns: tuple[Column, ...]

    @property
    def leaving(self) -> tuple[tuple[Column, Rule], ...]:
        return tuple((c, r) for c, r in zip(self.columns, self.rules, strict=True) if r.leaves)

    @property
    def subject(self) -> str:
        """The column with the person's pseudonym; "" in a view of no persons."""
        return next((rule.column for rule in self.rules if rule.action == "subject"), "")


def read(view: str, lines: Mapping[str, Any], columns: tuple[Column, ...]) -> ViewRules:
    """The checked rules of a view; all that is wrong with them at once as ManyErrors.

    RefusedError is among them for a column nobody decided on and for text that may not leave.
    """
    errors: list[LakmusError] = []
    rules = [_read(view, column, lines, errors) for column in columns]
    known = {column.name for column in columns}
    errors += [
        InputError(f"a rule is for {name}, which the view does not give", place=_place(view, name))
        for name in lines
        if name not in known
    ]
    kept = tuple(rule for rule in rules if rule is not None)
    errors += _together(view, kept)
    if errors:
        raise errors[0] if len(errors) == 1 else ManyErrors(errors)
    return ViewRules(view, kept, columns)


def _read(view: str, column: Column, lines: Mapping[str, Any], errors: list[LakmusError]) -> Rule | None:
    try:
        return _rule(view, column, lines)
    except LakmusError as error:
        errors.append(error)
        return None


def _rule(view: str, column: Column, lines: Mapping[str, Any]) -> Rule:
    place = _place(view, column.name)
    if column.name not in lines:
        raise RefusedError(
            f"nobody decided whether the column {column.name} of {view} may leave",
            place=place,
            hint=f"add a line: {column.name}: {{do: drop, why: ...}} or another of {', '.join(ACTIONS)}",
        )
    line = lines[column.name]
    if not isinstance(line, Mapping) or line.get("do") not in ACTIONS:
        raise InputError(f"a rule says what to do: {', '.join(ACTIONS)}", place=place)
    reason = line.get("why")
    if not isinstance(reason, str) or len(reason.split()) < 2:
        raise InputError(f"the rule for {column.name} gives no reason", place=place, hint='add why: "..."')
    rule = Rule(column.name, line["do"], reason, {k: v for k, v in line.items() if k not in ("do", "why")})
    _check_options(rule, place)
    _check_type(rule, column, place)
    return rule


def _check_options(rule: Rule, place: Place) -> None:
    allowed = ACTIONS[rule.action].options
    for name, value in rule.options.items():
        wanted = allowed.get(name)
        if wanted is None:
            hint = f"it takes {', '.join(allowed)}" if allowed else "it takes no options"
            raise InputError(f"{rule.action} takes no option {name}", place=place, hint=hint)
        if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
            raise InputError(f"the option {name} of {rule.action} is of type {wanted.__name__}", place=place)
    for check, problem in _OPTION_CHECKS.get(rule.action, ()):
        if not check(rule.options):
            raise InputError(f"{rule.action} {problem}", place=place)


_KIND = re.compile(r"[A-Z][A-Za-z]{0,63}")
# By action: what must hold of its options, and how to say that it does not.
_OPTION_CHECKS: Mapping[str, tuple[tuple[Any, str], ...]] = {
    "keep": ((lambda o: o.get("shared_by", 2) >= 2, "shared_by is at least 2"),),
    "pseudonym": ((lambda o: bool(_KIND.fullmatch(o.get("of", ""))), "names a type of records: of: Encounter"),),
    "age-group": (
        (lambda o: 1 <= o.get("width", 5) <= 90, "has a width of 1 to 90 years"),
        (lambda o: 1 <= o.get("top", 90) <= 90, "has a top of at most 90: ages over 89 are one group"),
    ),
    "birth-year": (
        (lambda o: 1 <= o.get("width", 1) <= 90, "has a width of 1 to 90 years"),
        (lambda o: 1 <= o.get("top", 90) <= 90, "has a top of at most 90: ages over 89 are one group"),
    ),
    "generalise": (
        (lambda o: ("to" in o) != ("map" in o), "has either `to` (characters) or `map` (value: coarser value)"),
        (lambda o: o.get("to", 1) >= 1, "keeps at least one character"),
        (lambda o: all(isinstance(v, str) for kv in o.get("map", {}).items() for v in kv), "maps text to text"),
    ),
    "round": (
        (lambda o: "places" in o and -9 <= o["places"] <= 9, "says to how many places (-9 to 9)"),
        (lambda o: len(o.get("within", [0, 1])) == 2, "has two numbers in `within`: the least and the greatest"),
        (lambda o: all(isinstance(n, int | float) for n in o.get("within", [])), "has numbers in `within`"),
    ),
}  # fmt: skip


def _check_type(rule: Rule, column: Column, place: Place) -> None:
    if rule.action == "drop":
        return
    if not column.type:
        raise RefusedError(
            f"what the column {column.name} holds cannot be told from its path",
            place=place,
            hint="declare its `type` in the view, or drop it",
        )
    if column.type in NARRATIVE:
        raise RefusedError(f"{column.name} is {column.type}: free text does not leave", place=place)
    if column.type not in ACTIONS[rule.action].types:
        raise RefusedError(
            f"{rule.action} is not for {column.type}, which {column.name} is",
            place=place,
            hint=_instead(column),
        )
    if column.type in TEXT and rule.action in ("keep", "generalise") and not rule.options.get("coded"):
        raise RefusedError(
            f"{column.name} is a string: free text does not leave",
            place=place,
            hint="if it is the display of a code or another closed list, say `coded: true` and why",
        )


def _instead(column: Column) -> str:
    fitting = [name for name, action in ACTIONS.items() if column.type in action.types]
    return f"for {column.type} there are: {', '.join([*fitting, 'drop'])}"


def _together(view: str, rules: tuple[Rule, ...]) -> list[LakmusError]:
    """What only all lines of a view tell: one subject at most, and dates only beside a subject."""
    subjects = [rule.column for rule in rules if rule.action == "subject"]
    errors: list[LakmusError] = []
    if len(subjects) > 1:
        errors.append(InputError(f"{view} has two subjects", place=_place(view, subjects[1])))
    by_person = [r.column for r in rules if r.action in ("shift-date", "age-group", "birth-year")]
    if by_person and not subjects:
        hint = "dates move by person: add a column with the patient's key and the rule do: subject"
        errors.append(
            InputError(f"{view} has dates and no subject", place=_place(view, by_person[0]), hint=hint)
        )
    return errors


def _place(view: str, column: str) -> Place:
    return Place(path=f"rules.{view}.{column}")


def rules_hash(rules: Mapping[str, ViewRules]) -> str:
    """SHA-256 over all lines of all views: two releases with the same hash were made under the same rules."""
    lines = {
        name: [[r.column, r.action, r.reason, dict(r.options)] for r in v.rules] for name, v in rules.items()
    }
    return hashlib.sha256(json.dumps(lines, sort_keys=True, default=str).encode()).hexdigest()
