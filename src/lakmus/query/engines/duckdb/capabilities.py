"""What the engine can say, as a value: the table in the documentation is printed from it."""

from __future__ import annotations

import inspect
from dataclasses import dataclass

from lakmus.query.engines.duckdb.chapters import WHOLE
from lakmus.query.engines.duckdb.compiler import HANDLERS
from lakmus.query.ir import operations, structure
from lakmus.query.ir.node import Node, Operation

assert WHOLE, "the chapters fill the table of compilers"

LIMITS = {
    "Aggregate": "the total keeps the type it starts with",
    "Repeat": "over elements, as deep as recorded data is",
    "Children": "not into resources inside resources",
    "Descendants": "not into resources inside resources",
    "Add": "a moment and a duration that is written out; quantities of one unit",
    "Subtract": "a moment and a duration that is written out; quantities of one unit",
    "Multiply": "units are joined, not simplified",
    "Sort": "by numbers and texts",
    "ReplaceMatches": "the substitution is written out, groups are numbered",
    "First": "items of one type", "Last": "items of one type", "Tail": "items of one type",
    "Skip": "items of one type", "Take": "items of one type", "Index": "items of one type",
    "ReferenceKey": "the type is written out",
    "ConformsTo": "the standard's own types",
    "LowBoundary": "numbers as recorded or written, up to twelve decimals",
    "HighBoundary": "numbers as recorded or written, up to twelve decimals",
}  # fmt: skip


@dataclass(frozen=True)
class Capabilities:
    """An engine's name, the nodes it answers, those it refuses, and how far some of the answers go."""

    engine: str
    answers: frozenset[type[Node]]
    refuses: frozenset[type[Node]]
    limits: tuple[tuple[str, str], ...]

    def table(self) -> str:
        """As Markdown."""
        limits = dict(self.limits)
        rows = ["| operation | answered | limits |", "|---|---|---|"]
        for node in sorted(self.answers | self.refuses, key=lambda n: n.__name__):
            rows.append(
                f"| {node.__name__} | {'yes' if node in self.answers else 'no'} | {limits.get(node.__name__, '')} |"
            )
        return "\n".join(rows) + "\n"


def _nodes() -> frozenset[type[Node]]:
    """All nodes of the tree but the parts of others."""
    classes = (c for m in (operations, structure) for _, c in inspect.getmembers(m, inspect.isclass))
    bases = (Node, Operation, structure.SortKey)
    return frozenset(c for c in classes if issubclass(c, Node) and c not in bases)


DUCKDB = Capabilities("DuckDB", frozenset(HANDLERS), _nodes() - HANDLERS.keys(), tuple(LIMITS.items()))
