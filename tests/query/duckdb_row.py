"""One resource as the one row of a table in the lake's shape, and expressions evaluated over it as SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import duckdb

from lakmus.core.errors import InputError
from lakmus.core.quantities import Quantity
from lakmus.fhir import records
from lakmus.lake import schema
from lakmus.query.engines.duckdb.chapters import WHOLE
from lakmus.query.engines.duckdb.compiler import Compiler
from lakmus.query.engines.duckdb.values import FAULT, Form, bare, listed
from lakmus.query.ir.model import SYSTEM_OF
from lakmus.query.ir.node import Node
from lakmus.query.ir.types import QUANTITY
from tests.query.fhirpath_suite import Result

assert WHOLE


class Rows:
    """A database with one table for each resource it was shown."""

    def __init__(self) -> None:
        self.connection = duckdb.connect(config={"threads": 1})
        self.made: dict[int, tuple[str, Any, Any]] = {}

    def table(self, record: Mapping[str, Any]) -> tuple[str, Any]:
        if id(record) not in self.made:
            stored = records.to_lake(record)
            shape = records.shape(record["resourceType"], stored)
            name = f"t{len(self.made)}"
            structure = schema.literal(schema.json_structure(shape))
            columns = "x.*" if shape.fields else "NULL::VARCHAR AS id"
            self.connection.execute(
                f"CREATE TABLE {name} AS SELECT 'north' AS lk_site, {columns} FROM (SELECT from_json(?, {structure}) AS x)"
                if shape.fields
                else f"CREATE TABLE {name} AS SELECT 'north' AS lk_site, {columns}",
                [records.dumps(stored)] if shape.fields else [],
            )
            self.made[id(record)] = (name, shape, record)
        return self.made[id(record)][:2]

    def evaluate(
        self, node: Node, record: Mapping[str, Any], now: datetime | None = None
    ) -> Sequence[Result]:
        name, shape = self.table(record)
        compiler = Compiler(record["resourceType"], shape, now=now)
        given = compiler.value(node)
        digits = {form.type: form.digits for form in given.forms}
        value = listed(given, compiler.names)
        plain = bare(value, compiler.names)
        if not plain.forms:
            return []
        chosen = ", ".join(f"({f.sql}), ({digits.get(f.type) or 'NULL'})" for f in plain.forms)
        try:
            row = self.connection.execute(f"SELECT {chosen} FROM {name} AS r").fetchone()
        except duckdb.InvalidInputException as error:
            text = str(error)
            if FAULT not in text:
                raise
            raise InputError(text.partition(FAULT)[2].splitlines()[0]) from None
        assert row is not None
        return [
            Result(str(form.type), _value(form, item, kept))
            for form, items, kept in zip(plain.forms, row[::2], row[1::2], strict=True)
            for item in items or []
        ]


def _value(form: Form, item: Any, digits: int | None) -> Any:
    kind = SYSTEM_OF.get(form.type.name, form.type) if form.type.namespace == "FHIR" else form.type
    if kind == QUANTITY and form.type.namespace == "System":
        return Quantity(_plain(item["value"], digits), item["unit"])
    return _plain(item, digits)


def _plain(item: Any, digits: int | None) -> Any:
    """A decimal with the digits it was written with, where they are known, else without the zeros of the column."""
    if isinstance(item, Decimal) and digits is not None:
        return item.quantize(Decimal(1).scaleb(-digits))
    if isinstance(item, Decimal):
        text = f"{item:f}"
        return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)
    return item
