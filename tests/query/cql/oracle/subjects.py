"""What is asked of both: libraries with a definition on each line, random or the official suite's, and our answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lakmus.core.errors import InputError, ManyErrors
from lakmus.query import cql
from lakmus.query.engines.reference.elm.evaluate import Evaluation
from lakmus.query.engines.reference.elm.records import Records
from lakmus.query.engines.reference.elm.rows import Context
from lakmus.query.frontends.cql.translate.program import compile
from lakmus.query.ir.elm.library import Program
from lakmus.query.ir.elm.values import DateTime
from lakmus.terminology.units import Units
from tests.query.cql import cql_suite, made_cql, made_terms
from tests.query.cql.oracle.canonical import canonical
from tests.query.cql.oracle.outside import Case

NOW = DateTime((2026, 1, 2, 3, 4, 5, 0), 0)
NOW_TEXT = "2026-01-02T03:04:05.000+00:00"
Outcome = dict[
    str, Any
]  # `value` in canonical form, or `error`; a `fault` is an error of ours that no user was meant to see
_DEFINED = re.compile(r"^define (\w+): (.*)$", re.MULTILINE)
_USING = "using FHIR version '4.0.1'\n"
_HELPERS = f"{_USING}include FHIRHelpers version '4.4.000' called FHIRHelpers\n"
PERSON = ({"resourceType": "Patient", "id": "p"},)


@dataclass(frozen=True)
class Subject:
    """A library and people. `operators` says of what a definition is made, where its text says too much."""

    id: str
    text: str
    people: tuple[tuple[dict[str, Any], ...], ...]
    operators: dict[str, str]

    @property
    def case(self) -> Case:
        return Case(self.id, self.text, self.people, NOW_TEXT)

    @property
    def definitions(self) -> dict[str, str]:
        return dict(_DEFINED.findall(self.text))

    def operator(self, name: str) -> str:
        return self.operators.get(name) or self.definitions[name]


def of_terms(seed: int) -> Subject:
    made = made_terms.terms(seed)
    return Subject(
        f"terms {seed}", made_terms.library(made), (PERSON,), {term.name: term.operator for term in made}
    )


def of_records(seed: int) -> Subject:
    """Shallow, so that a definition is of few operators."""
    text = made_cql.library(seed, count=20, depth=2).replace(_USING, _HELPERS, 1)
    return Subject(f"records {seed}", text, tuple(map(tuple, made_cql.patients(seed, 6))), {})


def of_suite(shared: Path, size: int = 40) -> Iterator[Subject]:
    """The official suite, some cases to a library."""
    texts = [
        " ".join(case.expression.split()) for case in cql_suite.cases(shared) if "//" not in case.expression
    ]
    for start in range(0, len(texts), size):
        lines = [f"define D{n}: {text}" for n, text in enumerate(texts[start : start + size])]
        yield Subject(f"suite {start}", "\n".join([made_terms.HEAD, *lines]), (PERSON,), {})


def of_expressions(name: str, expressions: Sequence[str]) -> Subject:
    lines = [f"define D{n}: {text}" for n, text in enumerate(expressions)]
    return Subject(name, "\n".join([made_terms.HEAD, *lines]), (PERSON,), {})


def answered(subject: Subject) -> tuple[dict[str, str], list[dict[str, Outcome]]]:
    """What is wrong with definitions, by name; and of each person the outcomes of the others."""
    program, wrong = translated(subject.text)
    names = [name for name in subject.definitions if name not in wrong]
    runs = [Evaluation(program, Records(person), Context(NOW, Units())) for person in subject.people]
    return wrong, [{name: _outcome(run, name) for name in names} for run in runs]


def _outcome(run: Evaluation, name: str) -> Outcome:
    try:
        return {"value": canonical(run.define(name))}
    except InputError as error:
        return {"error": str(error)}
    except Exception as fault:  # ours, whatever the others say
        return {"fault": repr(fault)}


def translated(text: str) -> tuple[Program, dict[str, str]]:
    """The program without the definitions that are no CQL; what is wrong with those."""
    wrong: dict[str, str] = {}
    while True:
        try:
            return compile(text, cql.known_models(), lambda name, _: f"library {name}"), wrong
        except ManyErrors as errors:
            lines = text.split("\n")
            for error in errors.errors:
                assert error.place is not None
                [(name, _)] = _DEFINED.findall(lines[error.place.line - 1])
                wrong.setdefault(name, str(error))
            text = "\n".join(line for line in lines if not (_names(line) & wrong.keys()))


def _names(line: str) -> set[str]:
    return {name for name, _ in _DEFINED.findall(line)}
