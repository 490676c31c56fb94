"""What CQL text says before anything is resolved: one class for each form of the grammar (CQL 1.5, appendix G).

Every node knows its place; two nodes are equal when they say the same. Operators are named as they are written
(`+`, `and`, `exists`, `same day as` is a `Timing`), functions by name.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lakmus.core.errors import Place


@dataclass(frozen=True, slots=True)
class Syntax:
    place: Place = field(default=Place(), compare=False, repr=False, kw_only=True)


# Types


@dataclass(frozen=True, slots=True)
class NamedTypeSpec(Syntax):
    """`Integer`, `FHIR.Observation`; `namespace` is "" when none is written."""

    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class ListTypeSpec(Syntax):
    item: TypeSpec


@dataclass(frozen=True, slots=True)
class IntervalTypeSpec(Syntax):
    point: TypeSpec


@dataclass(frozen=True, slots=True)
class TupleTypeSpec(Syntax):
    elements: tuple[tuple[str, TypeSpec], ...]


@dataclass(frozen=True, slots=True)
class ChoiceTypeSpec(Syntax):
    types: tuple[TypeSpec, ...]


TypeSpec = NamedTypeSpec | ListTypeSpec | IntervalTypeSpec | TupleTypeSpec | ChoiceTypeSpec


# Expressions


@dataclass(frozen=True, slots=True)
class Expression(Syntax):
    pass


@dataclass(frozen=True, slots=True)
class Null(Expression):
    pass


@dataclass(frozen=True, slots=True)
class Boolean(Expression):
    value: bool


@dataclass(frozen=True, slots=True)
class Number(Expression):
    """As it is written: `1`, `1.50`, `5L`. The sign is a `Unary`."""

    text: str


@dataclass(frozen=True, slots=True)
class String(Expression):
    value: str


@dataclass(frozen=True, slots=True)
class Moment(Expression):
    """What follows `@`: `2012-01-01`, `2012T`, `T10:30`, `2012-01-01T10:00:00.0+01:00`."""

    text: str


@dataclass(frozen=True, slots=True)
class QuantityLiteral(Expression):
    """`unit` is the UCUM code, or the calendar word as written (`days`); "" for none."""

    number: str
    unit: str
    calendar: bool = False


@dataclass(frozen=True, slots=True)
class RatioLiteral(Expression):
    numerator: QuantityLiteral
    denominator: QuantityLiteral


@dataclass(frozen=True, slots=True)
class CodeSelector(Expression):
    """`Code '8480-6' from "LOINC" display 'Systolic'`; the code system is a qualified name."""

    code: str
    system: Identifier | Member
    display: str | None = None


@dataclass(frozen=True, slots=True)
class ConceptSelector(Expression):
    codes: tuple[CodeSelector, ...]
    display: str | None = None


@dataclass(frozen=True, slots=True)
class IntervalSelector(Expression):
    low: Expression
    high: Expression
    low_closed: bool
    high_closed: bool


@dataclass(frozen=True, slots=True)
class TupleSelector(Expression):
    elements: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class InstanceSelector(Expression):
    type: NamedTypeSpec
    elements: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class ListSelector(Expression):
    """`{1, 2}`, `List<Integer>{}`."""

    items: tuple[Expression, ...]
    type: TypeSpec | None = None


@dataclass(frozen=True, slots=True)
class Identifier(Expression):
    name: str


@dataclass(frozen=True, slots=True)
class External(Expression):
    """`%context`"""

    name: str


@dataclass(frozen=True, slots=True)
class Special(Expression):
    """`$this`, `$index`, `$total`."""

    name: str


@dataclass(frozen=True, slots=True)
class Member(Expression):
    """`source.name`: an element, or a definition of an included library."""

    source: Expression
    name: str


@dataclass(frozen=True, slots=True)
class Call(Expression):
    """`Name(arguments)`, or fluently `source.Name(arguments)`; the source may be a library's alias."""

    source: Expression | None
    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Indexer(Expression):
    source: Expression
    index: Expression


@dataclass(frozen=True, slots=True)
class Unary(Expression):
    """`operator` as written, words in lower case: `-`, `+`, `not`, `exists`, `distinct`, `flatten`, `collapse` and
    `expand` (without `per`), `singleton from`, `start of`, `end of`, `width of`, `point from`, `predecessor of`, `successor of`,
    `minimum`, `maximum` (with a type as `TypeExtent`), `is null`, `is not null`, `is true`, `is not true`, `is false`, `is not false`.
    """

    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary(Expression):
    """`operator` as written: `+ - * / ^ div mod & = != ~ !~ < <= > >= and or xor implies union intersect except | in
    contains`; `in` and `contains` with a precision are a `Timing`.
    """

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Between(Expression):
    """`operand [properly] between low and high`."""

    operand: Expression
    low: Expression
    high: Expression
    properly: bool = False


@dataclass(frozen=True, slots=True)
class DurationBetween(Expression):
    """`[duration in] days between a and b`, and with `difference` `difference in days between a and b`."""

    precision: str
    low: Expression
    high: Expression
    difference: bool = False


@dataclass(frozen=True, slots=True)
class DurationOf(Expression):
    """`duration in days of interval`, `difference in days of interval`."""

    precision: str
    operand: Expression
    difference: bool = False


@dataclass(frozen=True, slots=True)
class ComponentOf(Expression):
    """`year from x`; `component` is a precision, `date`, `time`, `timezoneoffset`."""

    component: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class TypeExtent(Expression):
    """`minimum Integer`, `maximum DateTime`."""

    extent: str
    type: NamedTypeSpec


@dataclass(frozen=True, slots=True)
class SetPer(Expression):
    """`expand x per day`, `collapse x per '1' week`; `per` is an expression or the word of a precision as `QuantityLiteral` of 1."""

    operator: str
    operand: Expression
    per: Expression | None


@dataclass(frozen=True, slots=True)
class If(Expression):
    condition: Expression
    then: Expression
    otherwise: Expression


@dataclass(frozen=True, slots=True)
class Case(Expression):
    comparand: Expression | None
    items: tuple[tuple[Expression, Expression], ...]
    otherwise: Expression


@dataclass(frozen=True, slots=True)
class TypeTest(Expression):
    """`x is Integer`."""

    operand: Expression
    type: TypeSpec


@dataclass(frozen=True, slots=True)
class Cast(Expression):
    """`x as Integer`; strict: `cast x as Integer`."""

    operand: Expression
    type: TypeSpec
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Conversion(Expression):
    """`convert x to Integer`, or to a unit: `convert x to 'mg'`."""

    operand: Expression
    type: TypeSpec | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Timing(Expression):
    """An interval operator phrase between two expressions (grammar: intervalOperatorPhrase).

    `operator` is one of `concurrent` (`same as`, `same or before`, `same or after`: see `relation`), `includes`,
    `included in`, `before`, `after`, `within`, `meets`, `meets before`, `meets after`, `overlaps`, `overlaps before`,
    `overlaps after`, `starts`, `ends`, `in`, `contains`, `during` being `included in`.

    `left_bound`, `right_bound`: `start` or `end` when the phrase says `starts`/`ends` before the operator (`A starts
    before B`), or `start`/`end` after it (`before start B`). `relation` is for concurrent `as`, `or before`, `or after`; for `before`
    and `after` `or on`/`on or` gives `inclusive`. `offset` is the quantity of `3 days or more before` with `qualifier`: `or more`, `or less`,
    `less than`, `more than`, or "" for exactly.
    """

    operator: str
    left: Expression
    right: Expression
    precision: str = ""
    left_bound: str = ""
    right_bound: str = ""
    relation: str = ""
    properly: bool = False
    inclusive: bool = False
    offset: QuantityLiteral | None = None
    qualifier: str = ""


@dataclass(frozen=True, slots=True)
class Retrieve(Expression):
    """`["Observation": code in "Blood pressure"]`; `comparator` is `in`, `=`, `~`, or "" for none written; `related` the
    `context ->` before the type.
    """

    type: NamedTypeSpec
    code_path: str = ""
    comparator: str = ""
    terminology: Expression | None = None
    context: Expression | None = None


@dataclass(frozen=True, slots=True)
class Source(Syntax):
    """A query source with its alias."""

    expression: Expression
    alias: str


@dataclass(frozen=True, slots=True)
class LetItem(Syntax):
    name: str
    expression: Expression


@dataclass(frozen=True, slots=True)
class Relationship(Syntax):
    """`with source such that condition`; `negated` for `without`."""

    source: Source
    condition: Expression
    negated: bool = False


@dataclass(frozen=True, slots=True)
class ReturnClause(Syntax):
    """`distinct` is what holds: written or not, `all` makes it False."""

    expression: Expression
    distinct: bool = True


@dataclass(frozen=True, slots=True)
class AggregateClause(Syntax):
    """`aggregate [all|distinct] name starting initial: expression`."""

    name: str
    initial: Expression | None
    expression: Expression
    distinct: bool = False


@dataclass(frozen=True, slots=True)
class SortItem(Syntax):
    """`expression` is None for `sort asc`."""

    expression: Expression | None
    descending: bool


@dataclass(frozen=True, slots=True)
class Query(Expression):
    """`sort` is empty when there is none."""

    sources: tuple[Source, ...]
    lets: tuple[LetItem, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    where: Expression | None = None
    returned: ReturnClause | None = None
    aggregate: AggregateClause | None = None
    sort: tuple[SortItem, ...] = ()


# Statements


@dataclass(frozen=True, slots=True)
class Using(Syntax):
    """`namespace` is what stands before the name of the model: `using hl7.FHIR`."""

    name: str
    version: str | None
    alias: str
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class Include(Syntax):
    """`name` may be qualified: `org.example.Common`; the alias is its last part when none is written."""

    name: str
    version: str | None
    alias: str


@dataclass(frozen=True, slots=True)
class CodeSystemDef(Syntax):
    name: str
    id: str
    version: str | None = None
    public: bool = True


@dataclass(frozen=True, slots=True)
class ValueSetDef(Syntax):
    name: str
    id: str
    version: str | None = None
    code_systems: tuple[Identifier | Member, ...] = ()
    public: bool = True


@dataclass(frozen=True, slots=True)
class CodeDef(Syntax):
    name: str
    code: str
    system: Identifier | Member
    display: str | None = None
    public: bool = True


@dataclass(frozen=True, slots=True)
class ConceptDef(Syntax):
    name: str
    codes: tuple[Identifier | Member, ...]
    display: str | None = None
    public: bool = True


@dataclass(frozen=True, slots=True)
class ParameterDef(Syntax):
    name: str
    type: TypeSpec | None
    default: Expression | None
    public: bool = True


@dataclass(frozen=True, slots=True)
class ContextDef(Syntax):
    """`context Patient`, `context FHIR.Patient`; holds until the next."""

    name: str
    model: str = ""


@dataclass(frozen=True, slots=True)
class ExpressionDef(Syntax):
    """`comment` is the text of the comment right above it, for hovers and documentation."""

    name: str
    expression: Expression
    public: bool = True
    comment: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Operand(Syntax):
    name: str
    type: TypeSpec


@dataclass(frozen=True, slots=True)
class FunctionDef(Syntax):
    """`body` is None for an external function."""

    name: str
    operands: tuple[Operand, ...]
    body: Expression | None
    result: TypeSpec | None = None
    fluent: bool = False
    public: bool = True
    comment: str = field(default="", compare=False)


Statement = ContextDef | ExpressionDef | FunctionDef
Definition = CodeSystemDef | ValueSetDef | CodeDef | ConceptDef | ParameterDef


@dataclass(frozen=True, slots=True)
class Library(Syntax):
    """A whole file. `statements` keep their order, for a context holds from where it stands."""

    name: str = ""
    version: str | None = None
    usings: tuple[Using, ...] = ()
    includes: tuple[Include, ...] = ()
    definitions: tuple[Definition, ...] = ()
    statements: tuple[Statement, ...] = ()
