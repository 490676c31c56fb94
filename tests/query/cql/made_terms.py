"""Random typed CQL without records: every definition is one operator over literals and definitions before it.

What two engines say of a definition can so be laid to the operator where they first part: its operands were the same.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from dataclasses import dataclass, field

from tests.query.cql.term_tables import LITERALS, OPERATORS, UNITS

HEAD = "library Terms"
GENERIC = re.compile(r"(?<=[#<])T\b|^T$")
HOLE = re.compile(r"#([A-Z]\w*(?:<\w+>)?)|%(\w+)")


@dataclass(frozen=True)
class Term:
    """A definition: the operator it was made of (`#Integer + #Integer`), the type it has, and its text."""

    name: str
    operator: str
    type: str
    text: str

    @property
    def line(self) -> str:
        return f"define {self.name}: {self.text}"

    def uses(self) -> set[str]:
        return set(re.findall(r"\bD\d+\b", self.text))


@dataclass
class Maker:
    random: random.Random
    made: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def term(self, number: int) -> Term:
        result, operator, types = self.random.choice(OPERATORS)
        of = self.random.choice(list(types))
        type_, written = GENERIC.sub(of, result), GENERIC.sub(of, operator)
        found = Term(f"D{number}", written, type_, HOLE.sub(self._filled, written))
        self.made[type_].append(found.name)
        return found

    def _filled(self, hole: re.Match[str]) -> str:
        type_, unit = hole.groups()
        if unit:
            return self.random.choice(UNITS[unit])
        known = self.made[type_]
        if known and self.random.random() < 0.4:
            return self.random.choice(known)
        return self.literal(type_)

    def literal(self, type_: str) -> str:
        if type_.startswith("List<"):
            items = [self.literal(type_[5:-1]) for _ in range(self.random.randrange(4))]
            return f"({{{', '.join(items)}}} as {type_})" if not items else f"{{{', '.join(items)}}}"
        return self.random.choice(LITERALS[type_])


def terms(seed: int, count: int = 60) -> list[Term]:
    maker = Maker(random.Random(seed))
    return [maker.term(number) for number in range(count)]


def library(made: list[Term]) -> str:
    return "\n".join([HEAD, *(term.line for term in made)])
