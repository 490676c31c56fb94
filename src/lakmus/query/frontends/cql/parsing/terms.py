"""What binds tighter than any relation: arithmetic, extraction, paths, and primary terms (grammar: expressionTerm, term)."""

from __future__ import annotations

from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.parsing import expressions, selectors
from lakmus.query.frontends.cql.parsing.cursor import PLURALS, PRECISIONS, Cursor
from lakmus.query.frontends.cql.parsing.lexer import Kind
from lakmus.query.frontends.cql.parsing.types import named, type_specifier

COMPONENTS = (*PRECISIONS, "date", "time", "timezoneoffset", "timezone")
# Words with `of` or `from` that apply to the term after them.
OF = ("start", "end", "width", "successor", "predecessor")
FROM = ("singleton", "point")


def sum_(cursor: Cursor) -> s.Expression:
    found = _product(cursor)
    while cursor.is_sign("+", "-", "&"):
        token = cursor.take()
        found = s.Binary(token.value, found, _product(cursor), place=token.place)
    return found


def _product(cursor: Cursor) -> s.Expression:
    found = _power(cursor)
    while cursor.is_sign("*", "/") or cursor.is_word("div", "mod"):
        token = cursor.take()
        found = s.Binary(token.value, found, _power(cursor), place=token.place)
    return found


def _power(cursor: Cursor) -> s.Expression:
    found = prefixed(cursor)
    while cursor.is_sign("^"):
        token = cursor.take()
        found = s.Binary("^", found, prefixed(cursor), place=token.place)
    return found


def prefixed(cursor: Cursor) -> s.Expression:
    """Signs, and words that apply to one term."""
    with cursor.deeper():
        place = cursor.place
        if cursor.is_sign("+", "-"):
            return s.Unary(cursor.take().value, prefixed(cursor), place=place)
        if cursor.is_word(*OF) and cursor.is_word("of", ahead=1):
            word = cursor.take().value
            cursor.take()
            return s.Unary(f"{word} of", prefixed(cursor), place=place)
        if cursor.is_word(*FROM, *COMPONENTS) and cursor.is_word("from", ahead=1):
            return _from(cursor)
        if _duration_of_ahead(cursor):
            return _duration_of(cursor)
        return _postfixed(cursor)


def _from(cursor: Cursor) -> s.Expression:
    place, word = cursor.place, cursor.take().value
    cursor.take()
    operand = prefixed(cursor)
    if word in FROM:
        return s.Unary(f"{word} from", operand, place=place)
    return s.ComponentOf(word, operand, place=place)


def _duration_of_ahead(cursor: Cursor) -> bool:
    spelled = cursor.is_word("duration", "difference") and cursor.is_word("in", ahead=1)
    return spelled and cursor.is_word(*PLURALS, ahead=2) and cursor.is_word("of", ahead=3)


def _duration_of(cursor: Cursor) -> s.Expression:
    place, difference = cursor.place, cursor.is_word("difference")
    cursor.take()
    cursor.take()
    precision = cursor.take().value
    cursor.word("of")
    return s.DurationOf(precision, prefixed(cursor), difference, place=place)


def _postfixed(cursor: Cursor) -> s.Expression:
    """A term with its paths, calls and indexes."""
    found = _term(cursor)
    while True:
        place = cursor.place
        if cursor.took_sign("."):
            found = _invoked(cursor, found)
        elif cursor.is_sign("["):
            opened = cursor.take()
            index = expressions.expression(cursor)
            cursor.sign("]", opened)
            found = s.Indexer(found, index, place=place)
        else:
            return found


def _invoked(cursor: Cursor, source: s.Expression) -> s.Expression:
    place = cursor.place
    name = cursor.name("the name of an element or function")
    if cursor.is_sign("("):
        return s.Call(source, name, arguments(cursor), place=place)
    return s.Member(source, name, place=place)


def arguments(cursor: Cursor) -> tuple[s.Expression, ...]:
    opened = cursor.sign("(")
    found = []
    while not cursor.is_sign(")"):
        found.append(expressions.expression(cursor))
        if not cursor.took_sign(","):
            break
    cursor.sign(")", opened)
    return tuple(found)


# Terms


def _term(cursor: Cursor) -> s.Expression:
    place, token = cursor.place, cursor.token
    match token.kind:
        case Kind.NUMBER:
            return _number(cursor)
        case Kind.TEXT:
            return s.String(cursor.take().value, place=place)
        case Kind.MOMENT:
            return s.Moment(cursor.take().value[1:], place=place)
        case Kind.SPECIAL:
            return s.Special(cursor.take().value, place=place)
        case Kind.EXTERNAL:
            return s.External(cursor.take().value, place=place)
        case Kind.QUOTED:
            return _named(cursor)
        case Kind.WORD:
            return _word(cursor)
    if cursor.is_sign("("):
        opened = cursor.take()
        found = expressions.expression(cursor)
        cursor.sign(")", opened)
        return found
    if cursor.is_sign("{"):
        return selectors.braced(cursor)
    if cursor.is_sign("["):
        return selectors.retrieve(cursor)
    raise cursor.expected("an expression")


def _number(cursor: Cursor) -> s.Expression:
    place = cursor.place
    if not _unit_ahead(cursor):
        return s.Number(cursor.take().value, place=place)
    first = quantity(cursor)
    return s.RatioLiteral(first, quantity(cursor), place=place) if cursor.took_sign(":") else first


def _unit_ahead(cursor: Cursor) -> bool:
    after = cursor.ahead()
    if after.kind is Kind.TEXT:
        return True
    ratio = cursor.is_sign(":", ahead=1) and cursor.ahead(2).kind is Kind.NUMBER
    calendar = cursor.is_word(*PRECISIONS, *PLURALS, ahead=1)
    return ratio or (calendar and not cursor.is_word("between", "of", ahead=2))


def quantity(cursor: Cursor) -> s.QuantityLiteral:
    """A number with a unit, or without one."""
    place = cursor.place
    if cursor.token.kind is not Kind.NUMBER:
        raise cursor.expected("a quantity")
    number = cursor.take().value
    unit = cursor.optional_text()
    if unit is not None:
        return s.QuantityLiteral(number, unit, place=place)
    if cursor.is_word(*PRECISIONS, *PLURALS):
        return s.QuantityLiteral(number, cursor.take().value, calendar=True, place=place)
    return s.QuantityLiteral(number, "", place=place)


def _word(cursor: Cursor) -> s.Expression:
    special = _WORDS.get(cursor.token.value)
    if special is not None:
        found = special(cursor)
        if found is not None:
            return found
    return _named(cursor)


def _named(cursor: Cursor) -> s.Expression:
    """An identifier, a call, or an instance of a class."""
    if selectors.instance_ahead(cursor):
        return selectors.instance(cursor)
    place, token = cursor.place, cursor.token
    if token.kind is Kind.WORD and token.value in STOPS:
        raise cursor.expected("an expression")
    name = cursor.take().value
    if cursor.is_sign("("):
        return s.Call(None, name, arguments(cursor), place=place)
    return s.Identifier(name, place=place)


# Words that never begin an expression: whoever meets one forgot an operand.
STOPS = frozenset(
    [
        "and",
        "or",
        "xor",
        "implies",
        "then",
        "else",
        "end",
        "where",
        "return",
        "sort",
        "with",
        "without",
        "such",
        "let",
        "when",
        "of",
        "union",
        "intersect",
        "except",
        "in",
        "is",
        "as",
        "div",
        "mod",
        "by",
        "asc",
        "desc",
        "ascending",
        "descending",
        "define",
        "context",
        "parameter",
    ]
)


def _constant(cursor: Cursor) -> s.Expression:
    place, word = cursor.place, cursor.take().value
    return s.Null(place=place) if word == "null" else s.Boolean(word == "true", place=place)


def _if(cursor: Cursor) -> s.Expression:
    place = cursor.take().place
    condition = expressions.expression(cursor)
    cursor.word("then")
    then = expressions.expression(cursor)
    cursor.word("else")
    return s.If(condition, then, expressions.expression(cursor), place=place)


def _case(cursor: Cursor) -> s.Expression:
    place = cursor.take().place
    comparand = None if cursor.is_word("when") else expressions.expression(cursor)
    items = []
    while cursor.took_word("when"):
        condition = expressions.expression(cursor)
        cursor.word("then")
        items.append((condition, expressions.expression(cursor)))
    if not items:
        raise cursor.expected("`when`")
    cursor.word("else")
    otherwise = expressions.expression(cursor)
    cursor.word("end")
    return s.Case(comparand, tuple(items), otherwise, place=place)


def _convert(cursor: Cursor) -> s.Expression:
    place = cursor.take().place
    operand = expressions.expression(cursor)
    cursor.word("to")
    if cursor.token.kind is Kind.TEXT:
        return s.Conversion(operand, unit=cursor.take().value, place=place)
    if cursor.is_word(*PRECISIONS, *PLURALS):
        return s.Conversion(operand, unit=cursor.take().value.removesuffix("s"), place=place)
    return s.Conversion(operand, type_specifier(cursor), place=place)


def _whole(cursor: Cursor) -> s.Expression:
    """`distinct` and `flatten` apply to all that follows."""
    place, word = cursor.place, cursor.take().value
    return s.Unary(word, expressions.expression(cursor), place=place)


def _set(cursor: Cursor) -> s.Expression:
    place, word = cursor.place, cursor.take().value
    operand = expressions.expression(cursor)
    if not cursor.took_word("per"):
        return s.Unary(word, operand, place=place)
    if cursor.is_word(*PRECISIONS):
        unit = cursor.take()
        per: s.Expression = s.QuantityLiteral("1", unit.value, calendar=True, place=unit.place)
    else:
        per = expressions.expression(cursor)
    return s.SetPer(word, operand, per, place=place)


def _extent(cursor: Cursor) -> s.Expression | None:
    if cursor.ahead().kind is not Kind.WORD:
        return None
    place, word = cursor.place, cursor.take().value
    return s.TypeExtent(word, named(cursor), place=place)


_WORDS = {
    **dict.fromkeys(("null", "true", "false"), _constant),
    "if": _if,
    "case": _case,
    "convert": _convert,
    **dict.fromkeys(("distinct", "flatten"), _whole),
    **dict.fromkeys(("expand", "collapse"), _set),
    **dict.fromkeys(("minimum", "maximum"), _extent),
    "Interval": selectors.interval,
    "Tuple": selectors.tuple_,
    "List": selectors.list_,
    "Code": selectors.code,
    "Concept": selectors.concept,
}
