"""A view's rows on their way out: each column by its rule, batch by batch.

Rows come with two system columns beside the view's: `lk_person` (int64, the person the record is counted to) and `lk_site`.
They are used and never handed on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lakmus.core.errors import InputError
from lakmus.privacy import ages, dates
from lakmus.privacy.columns import Column
from lakmus.privacy.pseudonyms import ReleaseKey, pseudonyms, record_names
from lakmus.privacy.rules import NUMBERS, Rule, ViewRules

PERSON, SITE = "lk_person", "lk_site"
SHIFT_DAYS = 365  # dates move by a year at most


@dataclass(frozen=True)
class Secrets:
    """What rules need besides the row: the family's key and how far dates may move (days)."""

    key: ReleaseKey
    days: int = SHIFT_DAYS


@dataclass(frozen=True)
class Rows:
    """What a batch knows of its rows: site and person of each, and the date at which ages are counted (text)."""

    sites: pa.Array
    persons: pa.Array
    references: pa.Array

    def take(self, indices: pa.Array) -> Rows:
        return Rows(*(column.take(indices) for column in (self.sites, self.persons, self.references)))


def subjects(secrets: Secrets, persons: pa.Array) -> pa.Array:
    """The pseudonyms of persons."""
    return pseudonyms(secrets.key, "Person", persons)


def apply(batch: pa.RecordBatch, rules: ViewRules, secrets: Secrets, references: pa.Array) -> pa.RecordBatch:
    """The columns that leave, de-identified; `references` has one date (text) per row, at which ages are counted.

    Raises InputError when the batch lacks a column the rules speak of, or has one they do not know.
    """
    _check(batch, rules)
    rows = Rows(batch.column(SITE), batch.column(PERSON), references)
    leaving = [_column(batch.column(rule.column), rule, rows, secrets) for _, rule in rules.leaving]
    schema = leaving_schema(rules)
    cast = [_cast(values, field) for values, field in zip(leaving, schema, strict=True)]
    return pa.RecordBatch.from_arrays(cast, schema=schema)


def leaving_schema(rules: ViewRules) -> pa.Schema:
    """Names and Arrow types of the columns that leave: text, int64, double, boolean, and lists of them."""
    items = [(rule.column, _leaving_type(column, rule), column.many) for column, rule in rules.leaving]
    return pa.schema([(name, pa.list_(item) if many else item) for name, item, many in items])


def _leaving_type(column: Column, rule: Rule) -> pa.DataType:
    if rule.action == "birth-year":
        return pa.int64()
    if rule.action == "round" or (rule.action == "keep" and column.type == "decimal"):
        return pa.float64()
    if rule.action == "keep" and column.type in NUMBERS:
        return pa.int64()
    return pa.bool_() if rule.action == "keep" and column.type == "boolean" else pa.string()


def _cast(values: pa.Array, field: pa.Field) -> pa.Array:
    try:
        return values.cast(field.type)
    except pa.ArrowException:  # its message quotes the value
        raise InputError(
            f"the column {field.name} is not what its path gives: {field.type} expected"
        ) from None


def _check(batch: pa.RecordBatch, rules: ViewRules) -> None:
    wanted = {rule.column for rule in rules.rules} | {PERSON, SITE}
    different = sorted(wanted.symmetric_difference(batch.schema.names))
    if different:
        raise InputError(
            f"the rows of {rules.view} do not have the columns the rules are for: {', '.join(different)}"
        )


def _column(values: pa.Array, rule: Rule, rows: Rows, secrets: Secrets) -> pa.Array:
    """A column of lists is one of its items: what is done to an item knows the row it is in."""
    if pa.types.is_null(values.type):
        values = values.cast(pa.string())
    if pa.types.is_list(values.type) or pa.types.is_large_list(values.type):
        return _lists(values, rule, rows, secrets)
    if pa.types.is_nested(values.type):
        raise InputError(
            f"the column {rule.column} is not of a primitive type", hint="select its parts in the view"
        )
    return FUNCTIONS[rule.action](values, rule.options, rows, secrets)


def _lists(values: pa.Array, rule: Rule, rows: Rows, secrets: Secrets) -> pa.Array:
    parents = pc.list_parent_indices(values)
    items = _column(pc.list_flatten(values), rule, rows.take(parents), secrets)
    lengths = pc.fill_null(pc.list_value_length(values), 0).cast(pa.int64())
    starts = pa.concat_arrays([pa.array([0], pa.int64()), pc.cumulative_sum(lengths)]).cast(pa.int32())
    return pa.ListArray.from_arrays(starts, items, mask=pc.is_null(values))


Options = Mapping[str, Any]


def _keep(values: pa.Array, options: Options, rows: Rows, secrets: Secrets) -> pa.Array:
    if pa.types.is_decimal(values.type):
        return values.cast(pa.float64())  # releases are for tools that count in doubles
    if "values" in options:
        allowed = pc.is_in(values, value_set=pa.array(options["values"], values.type))
        return pc.if_else(allowed, values, pa.scalar(None, values.type))
    return values


def _subject(values: pa.Array, options: Options, rows: Rows, secrets: Secrets) -> pa.Array:
    return subjects(secrets, rows.persons)


def _pseudonym(values: pa.Array, options: Options, rows: Rows, secrets: Secrets) -> pa.Array:
    kind = options["of"]
    return pseudonyms(secrets.key, kind, record_names(rows.sites, kind, values))


def _shift_date(values: pa.Array, options: Options, rows: Rows, secrets: Secrets) -> pa.Array:
    return dates.shift(values, dates.offsets(secrets.key, rows.persons, secrets.days))


def _age_group(values: pa.Array, options: Options, rows: Rows, secrets: Secrets) -> pa.Array:
    return ages.groups(values, rows.references, **options)


def _birth_year(values: pa.Array, options: Options, rows: Rows, secrets: Secrets) -> pa.Array:
    return ages.birth_years(values, rows.references, **options)


def _generalise(values: pa.Array, options: Options, rows: Rows, secrets: Secrets) -> pa.Array:
    if "to" in options:
        return pc.utf8_slice_codeunits(values.cast(pa.string()), 0, options["to"])
    known, coarser = pa.array(list(options["map"])), pa.array(list(options["map"].values()))
    return coarser.take(pc.index_in(values.cast(pa.string()), value_set=known))


def _round(values: pa.Array, options: Options, rows: Rows, secrets: Secrets) -> pa.Array:
    numbers = values.cast(pa.float64())
    if "within" in options:
        least, greatest = options["within"]
        inside = pc.and_(pc.greater_equal(numbers, float(least)), pc.less_equal(numbers, float(greatest)))
        numbers = pc.if_else(inside, numbers, pa.scalar(None, pa.float64()))
    return pc.round(numbers, options["places"])


Function = Callable[[pa.Array, Options, Rows, Secrets], pa.Array]
# One function per row of rules.ACTIONS that lets something leave.
FUNCTIONS: Mapping[str, Function] = {
    "keep": _keep,
    "subject": _subject,
    "pseudonym": _pseudonym,
    "shift-date": _shift_date,
    "age-group": _age_group,
    "birth-year": _birth_year,
    "generalise": _generalise,
    "round": _round,
}
