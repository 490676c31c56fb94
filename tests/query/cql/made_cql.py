"""Random typed CQL over random patients: texts of expressions by type, queries over records among them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

HEAD = """library Made
using FHIR version '4.0.1'
codesystem "C": 'http://example.org/c'
code "A": 'a' from "C"
code "B": 'b' from "C"
parameter "Period" Interval<DateTime> default Interval[@2024-01-01T00:00:00.000Z, @2024-06-30T23:59:59.999Z]
context Patient
define function Doubled(n Integer): n * 2
define function Started(p Interval<DateTime>): start of p
define function Final(items List<Observation>): items I where I.status = 'final'
"""
KINDS = {"Observation": "O", "Encounter": "E", "Condition": "C"}
MOMENTS = ("@2024-02-03T10:00:00.000Z", "@2023-12-31T23:30:00.000-01:00", "@2024-05", "@2024-03-04")


@dataclass
class Maker:
    """Writes expressions. `names` are aliases in scope, each with its resource type; `lists` those of definitions."""

    random: random.Random
    names: dict[str, str] = field(default_factory=dict)
    lists: list[tuple[str, str]] = field(default_factory=list)
    count: int = 0

    def one(self, choices: Sequence[Any]) -> Any:
        return self.random.choice(choices)

    def boolean(self, depth: int) -> str:
        if depth <= 0:
            return str(self.one(["true", "false", "(null as Boolean)", *self._own("flag")]))
        return str(self.one(BOOLEANS)(self, depth - 1))

    def integer(self, depth: int) -> str:
        if depth <= 0:
            return str(self.one(["0", "1", "7", "(null as Integer)", "-3"]))
        return str(self.one(INTEGERS)(self, depth - 1))

    def text(self, depth: int) -> str:
        own = self._own("text")
        if depth <= 0 or self.random.random() < 0.3:
            return str(self.one(["'a'", "''", "'final'", "(null as String)", *own]))
        return f"({self.text(depth - 1)} + {self.text(depth - 1)})"

    def moment(self, depth: int) -> str:
        own = self._own("moment")
        if depth <= 0 or (own and self.random.random() < 0.6):
            return str(self.one([*MOMENTS[:2], "DateTime(2024, 5)", *own]))
        return str(self.one(MOMENTS_OF)(self, depth - 1))

    def period(self, depth: int) -> str:
        own = self._own("period")
        if depth <= 0 or (own and self.random.random() < 0.7):
            return str(self.one(['"Period"', *own]))
        return str(self.one(PERIODS)(self, depth - 1))

    def quantity(self, depth: int) -> str:
        own = self._own("quantity")
        if depth <= 0 or own:
            return str(self.one(["5 'mg'", "0.004 'g'", "120 'mm[Hg]'", "(null as Quantity)", *own]))
        return f"({self.quantity(depth - 1)} + {self.quantity(depth - 1)})"

    def records(self, kind: str, depth: int) -> str:
        """A list of records of a type."""
        known = [name for name, of in self.lists if of == kind]
        if depth <= 0 or self.random.random() < 0.25:
            return str(
                self.one([f"[{kind}]", f'[{kind}: "A"]' if kind != "Encounter" else f"[{kind}]", *known])
            )
        return str(self.one(LISTS)(self, kind, depth - 1))

    def kind(self) -> str:
        return str(self.one(list(KINDS)))

    def alias(self) -> str:
        self.count += 1
        return f"X{self.count}"

    def within(self, name: str, kind: str, body: Callable[[], str]) -> str:
        self.names[name] = kind
        found = body()
        del self.names[name]
        return found

    def _own(self, what: str) -> list[str]:
        """What can be read of the records in scope."""
        return [path.format(name) for name, kind in self.names.items() for path in OWN[kind].get(what, ())]


OWN: dict[str, dict[str, tuple[str, ...]]] = {
    "Observation": {
        "text": ("{}.status",),
        "moment": ("({}.effective as dateTime)",),
        "quantity": ("({}.value as Quantity)",),
        "flag": ("({}.value is Quantity)", '{}.code ~ "A"', "{}.effective is null"),
    },
    "Encounter": {
        "text": ("{}.status",),
        "period": ("{}.period",),
        "moment": ("start of {}.period",),
        "flag": ("{}.period is null",),
    },
    "Condition": {
        "moment": ("({}.onset as dateTime)",),
        "flag": ('{}.code ~ "B"', "{}.onset is null"),
    },
}


def _exists(maker: Maker, depth: int) -> str:
    return f"exists ({maker.records(maker.kind(), depth)})"


def _precision(maker: Maker) -> str:
    return str(maker.one(["", "", " day of", " month of", " hour of"]))


BOOLEANS: list[Callable[[Maker, int], str]] = [
    lambda m, d: f"({m.boolean(d)} {m.one(['and', 'or', 'xor', 'implies'])} {m.boolean(d)})",
    lambda m, d: f"(not {m.boolean(d)})",
    lambda m, d: f"(({m.boolean(d)}) is {m.one(['true', 'false', 'null', 'not null'])})",
    lambda m, d: f"({m.integer(d)} {m.one(['<', '<=', '>', '>=', '=', '!='])} {m.integer(d)})",
    lambda m, d: f"({m.text(d)} {m.one(['=', '~', '<'])} {m.text(d)})",
    lambda m, d: (
        f"({m.moment(d)} {m.one(['before', 'after', 'same or before', 'same as'])}{_precision(m)} {m.moment(d)})".replace(
            "same or before day of", "same day or before"
        )
        .replace("same or before month of", "same month or before")
        .replace("same or before hour of", "same hour or before")
        .replace("same as day of", "same day as")
        .replace("same as month of", "same month as")
        .replace("same as hour of", "same hour as")
    ),
    lambda m, d: f"({m.moment(d)} during{_precision(m)} {m.period(d)})",
    lambda m, d: (
        f"({m.period(d)} {m.one(['overlaps', 'included in', 'includes', 'before', 'after', 'overlaps before'])}{_precision(m)} {m.period(d)})"
    ),
    lambda m, d: f"({m.quantity(d)} {m.one(['<', '>=', '='])} {m.quantity(d)})",
    _exists,
    _exists,
    _exists,
    lambda m, d: f"(if {m.boolean(d)} then {m.boolean(d)} else {m.boolean(d)})",
    lambda m, d: f"({m.text(d)} in {{'final', 'a', null}})",
    lambda m, d: f"(({m.integer(d)}) between 0 and 5)",
]
INTEGERS: list[Callable[[Maker, int], str]] = [
    lambda m, d: f"({m.integer(d)} {m.one(['+', '-', '*'])} {m.integer(d)})",
    lambda m, d: f"Count({m.records(m.kind(), d)})",
    lambda m, d: f"Doubled({m.integer(d)})",
    lambda m, d: f"(if {m.boolean(d)} then {m.integer(d)} else {m.integer(d)})",
    lambda m, d: f"Length({m.text(d)})",
    lambda m, d: f"Coalesce({m.integer(d)}, {m.integer(d)})",
    lambda m, d: (
        f"(case when {m.boolean(d)} then {m.integer(d)} when {m.boolean(d)} then 2 else {m.integer(d)} end)"
    ),
]
MOMENTS_OF: list[Callable[[Maker, int], str]] = [
    lambda m, d: f"({m.one(['start', 'end'])} of {m.period(d)})",
    lambda m, d: f"({m.moment(d)} {m.one(['+', '-'])} {m.one(['1 day', '2 months', '1 year', '36 hours'])})",
    lambda m, d: f"Started({m.period(d)})",
    lambda m, d: f"(start of First({m.records('Encounter', d)}).period)",
]
PERIODS: list[Callable[[Maker, int], str]] = [
    lambda m, d: f"Interval[{m.moment(d)}, {m.moment(d)}]",
    lambda m, d: f"Interval[{m.moment(d)}, {m.moment(d)})",
    lambda m, d: 'Interval[start of "Period" - 1 year, end of "Period"]',
    lambda m, d: f"Last({m.records('Encounter', d)}).period",
]


def _where(maker: Maker, kind: str, depth: int) -> str:
    source, name = maker.records(kind, depth), maker.alias()
    condition = maker.within(name, kind, lambda: maker.boolean(depth))
    return f"(({source}) {name} where {condition})"


def _with(maker: Maker, kind: str, depth: int) -> str:
    source, name, other, of = maker.records(kind, depth), maker.alias(), maker.alias(), maker.kind()
    others = maker.records(of, depth)
    condition = maker.within(name, kind, lambda: maker.within(other, of, lambda: maker.boolean(depth)))
    word = maker.one(["with", "without"])
    return f"(({source}) {name} {word} ({others}) {other} such that {condition})"


def _let(maker: Maker, kind: str, depth: int) -> str:
    source, name, let = maker.records(kind, depth), maker.alias(), maker.alias()
    value = maker.within(name, kind, lambda: maker.integer(depth))
    condition = maker.within(
        name, kind, lambda: f"({let} > {maker.integer(depth)}) or {maker.boolean(depth)}"
    )
    return f"(({source}) {name} let {let}: {value} where {condition})"


def _set(maker: Maker, kind: str, depth: int) -> str:
    word = maker.one(["union", "intersect", "except"])
    return f"(({maker.records(kind, depth)}) {word} ({maker.records(kind, depth)}))"


def _final(maker: Maker, kind: str, depth: int) -> str:
    if kind != "Observation":
        return _where(maker, kind, depth)
    return f"Final({maker.records(kind, depth)})"


def _folded(maker: Maker, depth: int) -> str:
    """A sum over records."""
    kind, name = maker.kind(), maker.alias()
    source = maker.records(kind, depth)
    step = maker.within(name, kind, lambda: maker.integer(depth))
    return f"(({source}) {name} aggregate Total starting 0: Total + ({step}))"


INTEGERS.append(_folded)
LISTS: list[Callable[[Maker, str, int], str]] = [_where, _where, _with, _with, _let, _set, _final]


def library(seed: int, count: int = 12, depth: int = 3) -> str:
    """A library of definitions, each of which may use the lists before it."""
    maker = Maker(random.Random(seed))
    parts = [HEAD]
    for i in range(count):
        kind = maker.kind()
        made = maker.one([maker.boolean, maker.integer, maker.moment, lambda d, k=kind: maker.records(k, d)])
        text = made(depth)
        parts.append(f"define D{i}: {text}")
        if getattr(made, "__name__", "") == "<lambda>":
            maker.lists.append((f"D{i}", kind))
    return "\n".join(parts)


# Patients


def patients(seed: int, count: int = 12) -> list[list[dict[str, Any]]]:
    """The records of each patient."""
    maker = random.Random(seed)
    return [[{"resourceType": "Patient", "id": f"p{i}"}, *_records(maker, i)] for i in range(count)]


def _records(maker: random.Random, i: int) -> list[dict[str, Any]]:
    makers = (_observation, _encounter, _condition)
    return [maker.choice(makers)(maker, f"r{i}-{n}") for n in range(maker.randrange(7))]


def _moment(maker: random.Random) -> str:
    return maker.choice(
        [
            "2024-02-03T10:00:00Z",
            "2023-12-31",
            "2024-05",
            "2024-03-04T05:06:07.123+03:00",
            "2024-06-30T23:59:59Z",
            "2024",
        ]
    )


def _coded(maker: random.Random) -> dict[str, Any]:
    return {"coding": [{"system": "http://example.org/c", "code": maker.choice("abc")}]}


def _observation(maker: random.Random, name: str) -> dict[str, Any]:
    found: dict[str, Any] = {"resourceType": "Observation", "id": name, "code": _coded(maker)}
    found["status"] = maker.choice(["final", "amended"])
    if maker.random() < 0.8:
        found["effectiveDateTime"] = _moment(maker)
    elif maker.random() < 0.5:
        found["effectivePeriod"] = {"start": _moment(maker)}
    if maker.random() < 0.7:
        value, unit = maker.choice([(5, "mg"), (150, "mm[Hg]"), (0.004, "g"), (4, "mg")])
        found["valueQuantity"] = {"value": value, "code": unit, "system": "http://unitsofmeasure.org"}
    elif maker.random() < 0.5:
        found["valueString"] = "a"
    return found


def _encounter(maker: random.Random, name: str) -> dict[str, Any]:
    found: dict[str, Any] = {"resourceType": "Encounter", "id": name, "status": "finished"}
    period = {
        end: at
        for end, at in (
            ("start", "2024-02-01T00:00:00Z"),
            ("end", maker.choice(["2024-02-05T00:00:00Z", "2024-06"])),
        )
        if maker.random() < 0.8
    }
    return found | ({"period": period} if period else {})


def _condition(maker: random.Random, name: str) -> dict[str, Any]:
    found: dict[str, Any] = {"resourceType": "Condition", "id": name, "code": _coded(maker)}
    return found | ({"onsetDateTime": _moment(maker)} if maker.random() < 0.8 else {})
