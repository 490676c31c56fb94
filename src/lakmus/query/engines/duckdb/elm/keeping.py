"""Answers kept in the lake: everybody is asked once, then those whose records changed since.

What answers depend on is in a question's key: the texts of its libraries, definitions, parameters, the codes of its value
sets, the version of this program, and the moment where a rule asks what time it is. With the same key, a person whose
records are as they were has the answers they had.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version as version_of
from itertools import chain

import pyarrow as pa

from lakmus.core.errors import InputError
from lakmus.lake import CATALOG, IdentifiedLake, schema
from lakmus.lake.changes import changed, changes
from lakmus.lake.results import Results, Run
from lakmus.query.cluster import Report, Scheduler
from lakmus.query.engines.duckdb.elm.run import Question
from lakmus.query.engines.duckdb.elm.script import Script
from lakmus.terminology.provider import TerminologyProvider


def keep(
    lake: IdentifiedLake,
    question: Question,
    terminology: TerminologyProvider | None = None,
    *,
    now: datetime,
    texts: Mapping[str, str] | None = None,
    version: int | None = None,
    report: Report = lambda part, step: None,
    scheduler: Scheduler | None = None,
) -> Run:
    """Asks everybody, or those whose records changed since the same was asked last, and keeps the answers.

    `now` is when this happens; `texts` are the parameters for people to read. Raises as `evaluate` does, and InputError for
    a question about some persons only.
    """
    if question.persons:
        raise InputError("answers are kept of everybody", hint="leave out the persons")
    at = lake.snapshot() if version is None else version
    script, results = question.script(lake, at, terminology), Results(lake)
    run = _run(question, script, at, now, texts or {})
    before = results.latest(run.question)
    persons = None if before is None else _changed(lake, script, before.snapshot, at)
    if persons is None:
        return results.keep(run, script.everybody(lake, report, scheduler))
    if not len(persons):
        return results.unchanged(run)
    columns, answers = _peeked(replace(script, persons=persons).everybody(lake, report, scheduler))
    if results.fits(run.question, columns):
        return results.keep(run, answers, persons)
    return results.keep(run, script.everybody(lake, report, scheduler))


def _run(question: Question, script: Script, at: int, now: datetime, texts: Mapping[str, str]) -> Run:
    library = question.program.library
    return Run(
        name=f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}",
        question=_key(question, script),
        library=library.name,
        version=library.version or "",
        digest=question.program.digest,
        definitions=tuple(question.names),
        parameters=texts,
        moment=question.now,
        snapshot=at,
        committed=now,
    )


def _key(question: Question, script: Script) -> str:
    """A digest of all that answers depend on besides records."""
    codes = sorted(zip(*(column.to_pylist() for column in script.codes.columns), strict=True))
    moment = str(question.now.utcoffset()) if script.timeless else question.now.isoformat()
    asked = [question.program.digest, list(question.names), question.given()]
    told = json.dumps([*asked, codes, moment, version_of("lakmus")], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _changed(lake: IdentifiedLake, script: Script, since: int, until: int) -> pa.Array | None:
    """The persons whose answers may differ from those at a snapshot; None when that is not known."""
    if since >= until:
        return pa.array([], pa.int64()) if since == until else None
    there = [each for each in script.types if lake.schema(each, until)]
    queries = [f"SELECT lk_person AS p FROM {changes(each, since, until)}" for each in there]
    queries += [_referring(*each, since, until) for each in script.referred]
    return changed(lake, queries)


def _referring(resource: str, reference: str, target: str, since: int, until: int) -> str:
    """SQL: who has a record that refers to one of a type that changed."""
    table = f"(FROM {CATALOG}.{schema.quoted(resource)} AT (VERSION => {until}))"
    other = f"SELECT lk_site, '{target}/' || id AS r FROM {changes(target, since, until)}"
    return f"SELECT t.lk_person AS p FROM {table} AS t SEMI JOIN ({other}) AS o ON {reference} = o.r AND t.lk_site = o.lk_site"


def _peeked(batches: Iterator[pa.RecordBatch]) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """The columns of batches, and all of them."""
    first = next(batches)
    return first.schema, chain([first], batches)
