"""A question asked of a lake: definitions of a program, for everybody or for some persons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa

from lakmus.core.errors import NotFoundError
from lakmus.lake import Store
from lakmus.query.cluster import Report, Scheduler
from lakmus.query.engines.duckdb.elm.parameters import given
from lakmus.query.engines.duckdb.elm.plan import Plan
from lakmus.query.engines.duckdb.elm.retrieves import CODES
from lakmus.query.engines.duckdb.elm.script import LakeTables, Script, of
from lakmus.query.ir.elm.library import Program
from lakmus.terminology.provider import TerminologyProvider


@dataclass(frozen=True)
class Question:
    """What is asked of a lake: definitions of a program, at a moment, of everybody or of some `persons`.

    `parameters` are Python values of the tree (`ir.elm.values`) by name.
    """

    program: Program
    names: Sequence[str]
    now: datetime
    parameters: Mapping[str, Any] = field(default_factory=dict)
    persons: Sequence[int] = ()

    def plan(self, store: Store, version: int) -> Plan:
        return Plan(self.program, LakeTables(store, version), self.given())

    def given(self) -> dict[str, str | None]:
        """The parameters as SQL."""
        types = {name: self._declared(name) for name in self.parameters}
        return {n: None if v is None else given(v, types[n]) for n, v in self.parameters.items()}

    def _declared(self, name: str) -> Any:
        libraries = (self.program.library, *self.program.libraries.values())
        found = next((each.parameters[name] for each in libraries if name in each.parameters), None)
        if found is None:
            raise NotFoundError(f"`{self.program.entry}` has no parameter `{name}`")
        return found.type

    def script(self, store: Store, version: int, terminology: TerminologyProvider | None = None) -> Script:
        """What is run. Raises UnsupportedError and NotFoundError as `evaluate` does."""
        plan = self.plan(store, version)
        statements = plan.script(self.names, readable=True)
        return Script(
            tuple(statements),
            _codes(plan, terminology),
            self.now,
            pa.array(self.persons, pa.int64()) if self.persons else None,
            tuple(sorted(plan.retrieves.read | {"Patient"})),
            tuple(sorted(plan.retrieves.referred)),
            plan.timeless,
        )


ABOUT = f"""-- Run on a connection with the lake attached, the macros of the schema `cql`, and a table {CODES}(set, code):
-- `code` is "system|code", `set` the name that a statement looks for."""


def shown(store: Store, question: Question, version: int) -> str:
    """The statements over all buckets, for people to read."""
    plan = question.plan(store, version)
    script = plan.script(question.names, readable=True)
    sets = [f"-- v{n}: {url}" for url, n in plan.retrieves.value_sets.items()]
    sets += [f"-- c{n}: {', '.join(codes)}" for codes, n in plan.retrieves.codes.items()]
    statements = of(script, store.buckets(), some=False)
    return "\n".join((ABOUT, *sets, "", ";\n\n".join(statements) + ";"))


def evaluate(
    store: Store,
    question: Question,
    terminology: TerminologyProvider | None = None,
    *,
    version: int | None = None,
    report: Report = lambda part, step: None,
    scheduler: Scheduler | None = None,
) -> Iterator[pa.RecordBatch]:
    """A row for each person: `patient`, `errors` (the definitions that have no value for them), a column for each
    definition. At least one batch. Raises UnsupportedError for what SQL does not answer, NotFoundError for a value set
    that nobody has.
    """
    at = store.snapshot() if version is None else version
    yield from question.script(store, at, terminology).everybody(store, report, scheduler)


def _codes(plan: Plan, terminology: TerminologyProvider | None) -> pa.Table:
    """The codes that are looked for, each with the set that has it."""
    found = [(f"c{n}", code) for codes, n in plan.retrieves.codes.items() for code in codes]
    for url, n in plan.retrieves.value_sets.items():
        if terminology is None:
            raise NotFoundError(f"nobody says what is in the value set {url}", hint="give its value sets")
        found += [(f"v{n}", f"{system}|{code}") for system, code in terminology.members(url)]
    names, codes_ = zip(*found, strict=True) if found else ((), ())
    return pa.table({"set": pa.array(names, pa.string()), "code": pa.array(codes_, pa.string())})
