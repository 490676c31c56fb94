"""Which codes a retrieve looks for, where the rule itself says them: `"Statin"`, `{ "A", "B" }`, a definition that is one of these.

Codes that depend on the patient's records are no retrieve's in SQL; a condition says the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from lakmus.query.engines.duckdb.elm.compiler import unsupported
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.library import Program
from lakmus.query.ir.elm.values import Code, Concept

# Operators that give the codes they were given.
_SAME = ("Union", "Flatten", "Distinct", "ToList", "ToConcept")


def wanted(program: Program, node: elm.Retrieve) -> tuple[str, ...]:
    """`system|code` of each. Raises UnsupportedError for codes that are computed."""
    assert node.codes is not None
    return tuple(
        dict.fromkeys(f"{code.system or ''}|{code.code}" for code in _codes(program, node, node.codes))
    )


def _codes(program: Program, asked: elm.Retrieve, node: elm.Elm) -> Iterator[Code]:
    match node:
        case elm.Null():
            return
        case elm.Literal(value=Code() as code):
            yield code
        case elm.Literal(value=Concept() as concept):
            yield from concept.codes
        case elm.ExpressionRef():
            yield from _codes(
                program, asked, program.libraries[node.library].definitions[node.name].expression
            )
        case _:
            for part in _parts(asked, node):
                yield from _codes(program, asked, part)


def _parts(asked: elm.Retrieve, node: elm.Elm) -> tuple[elm.Elm, ...]:
    match node:
        case elm.List(items=items):
            return items
        case elm.As(source=source) | elm.Convert(source=source) | elm.Property(source=source, path="codes"):
            return (source,)
        case elm.Apply() if node.operator in _SAME:
            return node.operands
    raise unsupported(asked, "codes that are computed")
