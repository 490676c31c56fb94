"""An expression into text that parses to the same expression, with no more parentheses than it needs."""

from __future__ import annotations

from decimal import Decimal

from lakmus.core.dates import PartialDateTime, PartialTime
from lakmus.core.quantities import Quantity, plain
from lakmus.query.frontends.fhirpath import syntax
from lakmus.query.frontends.fhirpath.parser import CALENDAR, PATH_POWER, POWER, SIGN_POWER
from lakmus.query.frontends.fhirpath.syntax import Expression
from lakmus.query.ir.structure import Scalar
from lakmus.query.ir.types import DATETIME, LONG, TIME, TypeName

_RESERVED = frozenset((*(word for word in POWER if word.isalpha()), *CALENDAR, "true", "false"))
_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f"}


def write(expression: Expression) -> str:
    """The canonical text."""
    return _write(expression, 0)


def _write(expression: Expression, around: int) -> str:
    text, power = _written(expression)
    return f"({text})" if power <= around else text


def _written(expression: Expression) -> tuple[str, int]:
    """The text and how tightly it binds."""
    match expression:
        case syntax.Binary(operator=operator, left=left, right=right):
            power = POWER[operator]
            return f"{_write(left, power - 1)} {operator} {_write(right, power)}", power
        case syntax.Typed(operator=operator, operand=operand, type=names):
            power = POWER[operator]
            return f"{_write(operand, power - 1)} {operator} {'.'.join(map(identifier, names))}", power
        case syntax.Sign(sign=sign, operand=operand):
            return f"{sign}{_write(operand, SIGN_POWER - 1)}", SIGN_POWER
        case _:
            return _term(expression), PATH_POWER + 1


def _term(expression: Expression) -> str:
    match expression:
        case syntax.Nothing():
            return "{}"
        case syntax.Constant(value=value, type=type_):
            return literal(value, type_)
        case syntax.Special(name=name):
            return name
        case syntax.External(name=name):
            return f"%{identifier(name)}"
        case syntax.Name(source=source, name=name):
            return f"{_source(source)}{identifier(name)}"
        case syntax.Call(source=source, name=name, arguments=arguments):
            return f"{_source(source)}{identifier(name)}({', '.join(map(write, arguments))})"
        case syntax.Indexed(source=source, index=index):
            return f"{_write(source, PATH_POWER)}[{write(index)}]"
    raise AssertionError(f"no such expression: {type(expression).__name__}")


def _source(source: Expression | None) -> str:
    return "" if source is None else f"{_write(source, PATH_POWER)}."


def identifier(name: str) -> str:
    """As it is when that is a plain name, else in backquotes."""
    plain_name = name.isascii() and name.isidentifier() and name not in _RESERVED
    return name if plain_name else f"`{quoted(name)[1:-1].replace('`', chr(92) + '`')}`"


def quoted(text: str) -> str:
    return "'" + "".join(_ESCAPES.get(c, c) for c in text) + "'"


def literal(value: Scalar, type_: TypeName) -> str:
    """A System value as it is written."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return quoted(value)
        case PartialTime():
            return f"@T{value}"
        case PartialDateTime():
            return f"@{value}" + ("T" if type_ == DATETIME and "T" not in value.text else "")
        case Quantity():
            unit = value.unit if value.unit in CALENDAR.values() else quoted(value.unit)
            return f"{plain(value.value)} {unit}"
        case Decimal():
            return plain(value)
    assert type_ != TIME
    return f"{value}L" if type_ == LONG else str(value)
