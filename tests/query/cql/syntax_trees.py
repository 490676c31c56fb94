"""Random syntax: every class of `syntax.py`, as far as the grammar has a text for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.parsing.words import PLURALS, PRECISIONS

Trees = st.SearchStrategy[Any]
NAMES = st.sampled_from(
    ("a", "B1", "_x", "Office Visit", "start", "code", "day", "and", "Interval", "exists", 'q"u', "back\\slash", "line\nbreak", "имя")
)  # fmt: skip
WORDS = st.sampled_from(("a", "B1", "_x", "Foo"))
TEXTS = st.text(max_size=6) | st.sampled_from(("it's", "\\", "\n", "// no comment", "/*"))
MAYBE_TEXTS = st.none() | TEXTS
DOTTED = st.lists(NAMES, min_size=1, max_size=2).map(".".join)
NUMBERS = st.sampled_from(("0", "1", "1.50", "12"))
COMPONENTS = st.sampled_from((*PRECISIONS, "date", "time", "timezoneoffset"))

NAMED = st.builds(s.NamedTypeSpec, st.just(""), NAMES) | st.builds(s.NamedTypeSpec, NAMES, DOTTED)
TYPES: Trees = st.recursive(
    NAMED,
    lambda inner: (
        st.builds(s.ListTypeSpec, inner)
        | st.builds(s.IntervalTypeSpec, inner)
        | st.builds(s.ChoiceTypeSpec, st.lists(inner, min_size=1, max_size=3).map(tuple))
        | st.builds(s.TupleTypeSpec, st.lists(st.tuples(NAMES, inner), min_size=1, max_size=2).map(tuple))
    ),
    max_leaves=3,
)
QUALIFIED = st.builds(s.Identifier, NAMES) | st.builds(s.Member, st.builds(s.Identifier, NAMES), NAMES)
QUANTITIES = st.builds(s.QuantityLiteral, NUMBERS, TEXTS.filter(bool)) | st.builds(
    s.QuantityLiteral, NUMBERS, st.sampled_from(PRECISIONS + PLURALS), st.just(True)
)
MEASURES = QUANTITIES | st.builds(s.QuantityLiteral, NUMBERS, st.just(""))
CODES = st.builds(s.CodeSelector, TEXTS, QUALIFIED, MAYBE_TEXTS)
BOUNDS = st.sampled_from(("", "start", "end"))
PRECISION = st.sampled_from(("", *PRECISIONS))

LEAVES: dict[type[s.Syntax], Trees] = {
    s.Null: st.builds(s.Null),
    s.Boolean: st.builds(s.Boolean, st.booleans()),
    s.Number: st.builds(s.Number, NUMBERS | st.just("5L")),
    s.String: st.builds(s.String, TEXTS),
    s.Moment: st.builds(
        s.Moment, st.sampled_from(("2012", "2012-01-01", "2012T", "T10:30", "2012-01-01T10:00:00.0+01:00"))
    ),
    s.QuantityLiteral: QUANTITIES,
    s.RatioLiteral: st.builds(s.RatioLiteral, MEASURES, MEASURES),
    s.CodeSelector: CODES,
    s.ConceptSelector: st.builds(
        s.ConceptSelector, st.lists(CODES, min_size=1, max_size=2).map(tuple), MAYBE_TEXTS
    ),
    s.Identifier: st.builds(s.Identifier, NAMES),
    s.External: st.builds(s.External, st.sampled_from(("context", "a b"))),
    s.Special: st.builds(s.Special, st.sampled_from(("$this", "$index", "$total"))),
    s.TypeExtent: st.builds(
        s.TypeExtent,
        st.sampled_from(("minimum", "maximum")),
        st.builds(s.NamedTypeSpec, st.sampled_from(("", "System")), WORDS),
    ),
}
UNARY = [
    "-",
    "+",
    "not",
    "exists",
    "distinct",
    "flatten",
    "collapse",
    "expand",
    "singleton from",
    "start of",
    "end of",
    "width of",
    "point from",
    "predecessor of",
    "successor of",
    "is null",
    "is not null",
    "is true",
    "is not true",
    "is false",
    "is not false",
]
BINARY = [
    "+",
    "-",
    "*",
    "/",
    "^",
    "div",
    "mod",
    "&",
    "=",
    "!=",
    "~",
    "!~",
    "<",
    "<=",
    ">",
    ">=",
    "and",
    "or",
    "xor",
    "implies",
    "union",
    "intersect",
    "except",
    "|",
    "in",
    "contains",
]


def _timing(inner: Trees) -> Trees:
    def of(operator: str, **given: Trees) -> Trees:
        return st.builds(s.Timing, st.just(operator), inner, inner, **given)

    relations = st.sampled_from(("as", "or before", "or after"))
    allen = (
        "starts",
        "ends",
        "meets",
        "meets before",
        "meets after",
        "overlaps",
        "overlaps before",
        "overlaps after",
    )
    return st.one_of(
        of("concurrent", precision=PRECISION, relation=relations, left_bound=BOUNDS, right_bound=BOUNDS),
        of("included in", precision=PRECISION, properly=st.booleans(), left_bound=BOUNDS),
        of("within", offset=MEASURES, properly=st.booleans(), left_bound=BOUNDS, right_bound=BOUNDS),
        of("includes", precision=PRECISION, properly=st.booleans(), right_bound=BOUNDS),
        *(of(operator, precision=PRECISION) for operator in allen),
        *(
            of(
                operator,
                precision=PRECISION,
                inclusive=st.booleans(),
                left_bound=BOUNDS,
                right_bound=BOUNDS,
                offset=MEASURES,
                qualifier=st.sampled_from(("", "or more", "or less", "less than", "more than")),
            )
            for operator in ("before", "after")
        ),
        *(
            of(operator, precision=PRECISION, inclusive=st.booleans(), left_bound=BOUNDS, right_bound=BOUNDS)
            for operator in ("before", "after")
        ),
        *(
            st.builds(s.Timing, st.just(operator), inner, inner, precision=st.sampled_from(PRECISIONS))
            for operator in ("in", "contains")
        ),
    )  # fmt: skip


def _query(inner: Trees) -> Trees:
    source = st.builds(s.Source, inner, NAMES)
    by = st.builds(s.SortItem, inner, st.booleans())
    return st.builds(
        s.Query,
        st.lists(source, min_size=1, max_size=2).map(tuple),
        st.lists(st.builds(s.LetItem, NAMES, inner), max_size=2).map(tuple),
        st.lists(st.builds(s.Relationship, source, inner, st.booleans()), max_size=2).map(tuple),
        st.none() | inner,
        st.none() | st.builds(s.ReturnClause, inner, st.booleans()),
        st.none() | st.builds(s.AggregateClause, NAMES, st.none() | inner, inner, st.booleans()),
        st.lists(by, max_size=2).map(tuple)
        | st.booleans().map(lambda descending: (s.SortItem(None, descending),)),
    )


def _elements(inner: Trees) -> Trees:
    return st.lists(st.tuples(NAMES, inner), max_size=2).map(tuple)


def _retrieve(inner: Trees) -> Trees:
    context = st.none() | st.builds(s.Identifier, NAMES)
    comparators = st.sampled_from(("in", "=", "~"))
    return st.one_of(
        st.builds(s.Retrieve, NAMED, context=context),
        st.builds(s.Retrieve, NAMED, terminology=inner, context=context),
        st.builds(s.Retrieve, NAMED, DOTTED, comparators, inner, context),
    )


DURATIONS = st.sampled_from(PLURALS)
NODES: dict[type[s.Syntax], Callable[[Trees], Trees]] = {
    s.IntervalSelector: lambda x: st.builds(s.IntervalSelector, x, x, st.booleans(), st.booleans()),
    s.TupleSelector: lambda x: st.builds(s.TupleSelector, _elements(x)),
    s.InstanceSelector: lambda x: st.builds(s.InstanceSelector, NAMED, _elements(x)),
    s.ListSelector: lambda x: st.builds(s.ListSelector, st.lists(x, max_size=3).map(tuple), st.none() | TYPES),
    s.Member: lambda x: st.builds(s.Member, x, NAMES),
    s.Call: lambda x: st.builds(s.Call, st.none() | x, NAMES, st.lists(x, max_size=2).map(tuple)),
    s.Indexer: lambda x: st.builds(s.Indexer, x, x),
    s.Unary: lambda x: st.builds(s.Unary, st.sampled_from(UNARY), x),
    s.Binary: lambda x: st.builds(s.Binary, st.sampled_from(BINARY), x, x),
    s.Between: lambda x: st.builds(s.Between, x, x, x, st.booleans()),
    s.DurationBetween: lambda x: st.builds(s.DurationBetween, DURATIONS, x, x, st.booleans()),
    s.DurationOf: lambda x: st.builds(s.DurationOf, DURATIONS, x, st.booleans()),
    s.ComponentOf: lambda x: st.builds(s.ComponentOf, COMPONENTS, x),
    s.SetPer: lambda x: st.builds(s.SetPer, st.sampled_from(("expand", "collapse")), x, x),
    s.If: lambda x: st.builds(s.If, x, x, x),
    s.Case: lambda x: st.builds(
        s.Case, st.none() | x, st.lists(st.tuples(x, x), min_size=1, max_size=2).map(tuple), x
    ),
    s.TypeTest: lambda x: st.builds(s.TypeTest, x, TYPES),
    s.Cast: lambda x: st.builds(s.Cast, x, TYPES, st.booleans()),
    s.Conversion: lambda x: (
        st.builds(s.Conversion, x, TYPES) | st.builds(s.Conversion, x, unit=st.sampled_from(("mg", "day")))
    ),
    s.Timing: _timing,
    s.Retrieve: _retrieve,
    s.Query: _query,
}  # fmt: skip
EXPRESSIONS: Trees = st.recursive(
    st.one_of(*LEAVES.values()),
    lambda inner: st.one_of(*(build(inner) for build in NODES.values())),
    max_leaves=8,
)

STATEMENTS: dict[type[s.Syntax], Trees] = {
    s.Using: st.builds(s.Using, WORDS, MAYBE_TEXTS, NAMES),
    s.Include: st.builds(s.Include, DOTTED, MAYBE_TEXTS, NAMES),
    s.CodeSystemDef: st.builds(s.CodeSystemDef, NAMES, TEXTS, MAYBE_TEXTS, st.booleans()),
    s.ValueSetDef: st.builds(
        s.ValueSetDef, NAMES, TEXTS, MAYBE_TEXTS, st.lists(QUALIFIED, max_size=2).map(tuple), st.booleans()
    ),
    s.CodeDef: st.builds(s.CodeDef, NAMES, TEXTS, QUALIFIED, MAYBE_TEXTS, st.booleans()),
    s.ConceptDef: st.builds(
        s.ConceptDef, NAMES, st.lists(QUALIFIED, min_size=1, max_size=2).map(tuple), MAYBE_TEXTS, st.booleans()
    ),
    s.ParameterDef: (
        st.builds(s.ParameterDef, NAMES, TYPES, st.none() | EXPRESSIONS, st.booleans())
        | st.builds(s.ParameterDef, NAMES, st.none(), EXPRESSIONS, st.booleans())
    ),
    s.ContextDef: st.builds(s.ContextDef, WORDS, st.just("") | WORDS),
    s.ExpressionDef: st.builds(s.ExpressionDef, NAMES, EXPRESSIONS, st.booleans()),
    s.FunctionDef: st.builds(
        s.FunctionDef,
        NAMES,
        st.lists(st.builds(s.Operand, NAMES, TYPES), max_size=2).map(tuple),
        st.none() | EXPRESSIONS,
        st.none() | TYPES,
        st.booleans(),
        st.booleans(),
    ),
}  # fmt: skip
_DECLARED = (s.CodeSystemDef, s.ValueSetDef, s.CodeDef, s.ConceptDef, s.ParameterDef)
_DEFINED = (s.ContextDef, s.ExpressionDef, s.FunctionDef)


def _some(*kinds: type[s.Syntax]) -> Trees:
    return st.lists(st.one_of(*(STATEMENTS[kind] for kind in kinds)), max_size=3)


# The order of declarations is kept by kind: `code` behind the default of a parameter would read as an alias.
LIBRARIES: Trees = st.builds(
    s.Library,
    DOTTED,
    MAYBE_TEXTS,
    _some(s.Using).map(tuple),
    _some(s.Include).map(tuple),
    _some(*_DECLARED).map(lambda found: tuple(sorted(found, key=lambda each: _DECLARED.index(type(each))))),
    _some(*_DEFINED).map(tuple),
)
PARTS = (
    s.NamedTypeSpec, s.ListTypeSpec, s.IntervalTypeSpec, s.TupleTypeSpec, s.ChoiceTypeSpec, s.Source, s.LetItem,
    s.Relationship, s.ReturnClause, s.AggregateClause, s.SortItem, s.Operand, s.Library,
)  # fmt: skip
COVERED = {*LEAVES, *NODES, *STATEMENTS, *PARTS}
