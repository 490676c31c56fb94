"""Between the shape of recorded data and the columns of a table.

Every element is a column or a struct field named as in FHIR JSON; what the rows are known by stands in system
columns (`lk_*`), which no FHIR element is called like.
"""

from __future__ import annotations

import json
from typing import Any, cast

from duckdb.sqltypes import DuckDBPyType

from lakmus.fhir.shapes import Kind, Shape

DECIMAL = "DECIMAL(38,12)"
SQL_TYPES: dict[Kind, str] = {
    "boolean": "BOOLEAN",
    "integer": "INTEGER",
    "decimal": DECIMAL,
    "string": "VARCHAR",
}
KINDS: dict[str, Kind] = {
    "boolean": "boolean",
    "integer": "integer",
    "decimal": "decimal",
    "varchar": "string",
}

# What a row is known by, and where it came from.
SYSTEM_COLUMNS: dict[str, str] = {
    "lk_site": "VARCHAR",  # who sent it
    "lk_key": "BIGINT",  # hash of site, type and id: a quick first answer to "do we have it?"
    "lk_patient": "VARCHAR",  # id at its site of the patient the record is about
    "lk_person": "BIGINT",  # the linked person; NULL for a record of no patient
    "lk_bucket": "INTEGER",  # hash bucket of the person; -1 for a record of no patient
    "lk_digest": "UUID",  # of the content: the same record again changes nothing
    "lk_rewritten": "VARCHAR",  # JSON: references as they are now → as they were sent; "id" if the id is ours
    "lk_batch": "VARCHAR",
    "lk_file": "VARCHAR",
    "lk_line": "BIGINT",
    "lk_received": "TIMESTAMPTZ",
    "lk_validator": "VARCHAR",  # version of the validator that let it in
}


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def sql_type(shape: Shape) -> str:
    """The column type that holds a shape.

    >>> sql_type(Shape("struct", True, {"system": Shape("string")}))
    'STRUCT("system" VARCHAR)[]'
    """
    if shape.kind != "struct":
        inner = SQL_TYPES[shape.kind]
    else:
        inner = "STRUCT(" + ", ".join(f"{quoted(n)} {sql_type(s)}" for n, s in shape.fields.items()) + ")"
    return f"{inner}[]" if shape.many else inner


def shape_of(column: DuckDBPyType) -> Shape:
    """The shape a column type holds: the inverse of `sql_type`."""
    many = column.id == "list"
    inner = _children(column)["child"] if many else column
    if inner.id == "struct":
        return Shape("struct", many, {name: shape_of(child) for name, child in _children(inner).items()})
    return Shape(KINDS[inner.id], many)


def _children(column: DuckDBPyType) -> dict[str, DuckDBPyType]:
    return dict(cast("list[tuple[str, DuckDBPyType]]", column.children))


def json_structure(shape: Shape) -> str:
    """The shape as DuckDB's `from_json` wants it: `{"id":"VARCHAR","code":{"coding":[{"code":"VARCHAR"}]}}`."""
    return json.dumps(_structure(shape), separators=(",", ":"))


def _structure(shape: Shape) -> Any:
    inner: Any = SQL_TYPES.get(shape.kind)
    if shape.kind == "struct":
        inner = {name: _structure(child) for name, child in shape.fields.items()}
    return [inner] if shape.many else inner


def growth(table: str, held: Shape, wanted: Shape) -> list[str]:
    """The statements that let a table which holds one shape hold a wider one."""
    return [
        f"ALTER TABLE {table} ADD COLUMN {_path(held, path)} {sql_type(added)}"
        for path, added in held.additions(wanted)
    ]


def grows_in_list(held: Shape, wanted: Shape) -> bool:
    """Whether any element to be added is inside a list that is held already."""
    return any(_in_list(held, path) for path, _ in held.additions(wanted))


def _in_list(held: Shape, path: tuple[str, ...]) -> bool:
    node = held
    for name in path[:-1]:
        node = node.fields[name]
        if node.many:
            return True
    return False


def _path(held: Shape, path: tuple[str, ...]) -> str:
    """`code.coding.element.display`: inside a list the path goes through `element`."""
    steps, node = [], held
    for name in path[:-1]:
        node = node.fields[name]
        steps.append(quoted(name) + (".element" if node.many else ""))
    return ".".join([*steps, quoted(path[-1])])
