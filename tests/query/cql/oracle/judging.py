"""What two sides say, side by side: where they first part, and which known difference explains it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from tests.query.cql.oracle.outside import Answer
from tests.query.cql.oracle.subjects import Outcome, Subject, answered

LEDGER = Path(__file__).with_name("differences.toml")
_EIGHTH = Decimal("1e-8")
AGREE, DIFFER, CARRIED, OURS, THEIRS, NEITHER = (
    "agree",
    "differ",
    "built on a difference",
    "we do not translate",
    "they do not translate",
    "neither translates",
)


# Outcomes that ask for an explanation.
APART = (DIFFER, OURS, THEIRS)


@dataclass(frozen=True)
class Difference:
    """A known kind of difference, as `differences.toml` has it: `example` shows it, made of `operator`."""

    id: str
    side: str
    reason: str
    example: str
    operator: str = ""
    where: str = ""
    ours: str = ""
    theirs: str = ""
    near: bool = False

    def explains(self, verdict: Verdict) -> bool:
        told = (
            (self.where, f"{verdict.operator} :: {verdict.text}"),
            (self.ours, shown(verdict.ours)),
            (self.theirs, shown(verdict.theirs)),
        )
        found = all(re.search(pattern, text) for pattern, text in told)
        return found and (not self.near or near(verdict.ours, verdict.theirs))


@dataclass(frozen=True)
class Verdict:
    """What became of a definition for a person. `known` is the difference of the ledger that explains it."""

    subject: str
    name: str
    text: str
    operator: str
    outcome: str
    ours: Outcome
    theirs: Outcome

    @property
    def known(self) -> str:
        if self.outcome not in APART:
            return ""
        return next((each.id for each in ledger() if each.explains(self)), "")

    @property
    def unexplained(self) -> bool:
        return self.outcome in APART and not self.known

    def __str__(self) -> str:
        return f"{self.subject} {self.name}: {self.text}\n  ours    {shown(self.ours)}\n  theirs  {shown(self.theirs)}"


@cache
def ledger() -> tuple[Difference, ...]:
    return tuple(Difference(**each) for each in tomllib.loads(LEDGER.read_text())["difference"])


def shown(outcome: Outcome) -> str:
    """`error: …`, or the value as JSON."""
    for kind in ("error", "fault"):
        if kind in outcome:
            return f"{kind}: {' '.join(str(outcome[kind]).split())}"
    return json.dumps(outcome.get("value"), ensure_ascii=False)


def judged(subject: Subject, answer: Answer) -> Iterator[Verdict]:
    """A verdict for each definition that a side does not translate, and for each other and each person."""
    if answer.failed:
        raise RuntimeError(f"{subject.id}: {answer.failed}")
    wrong, people = answered(subject)
    for name, text in subject.definitions.items():
        if name in wrong or name in answer.wrong:
            outcome = _translation(name in wrong, name in answer.wrong)
            told = ({"error": wrong.get(name, "")}, {"error": answer.wrong.get(name, "")})
            yield Verdict(subject.id, name, text, subject.operator(name), outcome, *told)
    for ours, theirs in zip(people, answer.answers, strict=True):
        yield from _of_person(subject, ours, theirs)


def _translation(ours: bool, theirs: bool) -> str:
    return NEITHER if ours and theirs else OURS if ours else THEIRS


def _of_person(subject: Subject, ours: dict[str, Outcome], theirs: dict[str, Outcome]) -> Iterator[Verdict]:
    """A definition that uses one of which the sides differ says nothing new."""
    apart: set[str] = set()
    for name, text in subject.definitions.items():
        if name not in ours or name not in theirs:
            continue
        said = ours[name], theirs[name]
        outcome = AGREE if alike(*said) else DIFFER
        if outcome == DIFFER and apart.intersection(re.findall(r"\bD\d+\b", text)):
            outcome = CARRIED
        if outcome != AGREE:
            apart.add(name)
        yield Verdict(subject.id, name, text, subject.operator(name), outcome, *said)


def alike(ours: Outcome, theirs: Outcome) -> bool:
    """The same value to the last digit, or an error on both sides, whose words are each one's own."""
    if "value" in ours and "value" in theirs:
        return bool(ours["value"] == theirs["value"])
    return "error" in ours and "error" in theirs


def near(ours: Outcome, theirs: Outcome) -> bool:
    """Whether both are numbers, or amounts of one unit, that differ in the eighth digit at most."""
    (a, unit), (b, other) = (_amount(outcome.get("value")) for outcome in (ours, theirs))
    return a is not None and b is not None and unit == other and abs(a - b) <= _EIGHTH * max(1, abs(a))


def _amount(value: Any) -> tuple[Decimal | None, str]:
    match value:
        case {"number": str(digits)} if digits != "NaN":
            return Decimal(digits), ""
        case {"Quantity": [str(digits), str(unit)]}:
            return Decimal(digits), unit
    return None, ""


def tally(verdicts: Sequence[Verdict]) -> dict[str, int]:
    return {
        kind: sum(v.outcome == kind for v in verdicts)
        for kind in (AGREE, DIFFER, CARRIED, OURS, THEIRS, NEITHER)
    }
