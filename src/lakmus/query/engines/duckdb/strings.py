"""N1 5.6 String manipulation. Regular expressions are RE2, as in the reference engine."""

from __future__ import annotations

from typing import Any

from lakmus.query.engines.duckdb.collections import plain
from lakmus.query.engines.duckdb.compiler import Compiler, Scope, compiles
from lakmus.query.engines.duckdb.values import Value, one, several, unsupported
from lakmus.query.ir import operations as op
from lakmus.query.ir import structure as ir
from lakmus.query.ir.types import BOOLEAN, INTEGER, STRING, TypeName

SPACE = r" \t\n\r\f\v"


def calls(kind: type[Any], pattern: str, result: TypeName, *takes: TypeName) -> None:
    """A function of SQL over single items: `upper({0})`."""

    def compile_(compiler: Compiler, node: Any, scope: Scope) -> Value:
        wanted = takes or (STRING,) * len(node.operands)
        found = [compiler.scalar(o, scope, w) for o, w in zip(node.operands, wanted, strict=False)]
        return one(result, pattern.format(*found))

    compiles(kind)(compile_)


calls(op.Upper, "upper({0})", STRING)
calls(op.Lower, "lower({0})", STRING)
calls(op.Length, "length({0})::INTEGER", INTEGER)
calls(op.StartsWith, "starts_with({0}, {1})", BOOLEAN)
calls(op.EndsWith, "ends_with({0}, {1})", BOOLEAN)
calls(op.ContainsText, "contains({0}, {1})", BOOLEAN)
calls(
    op.IndexOf,
    "(CASE WHEN {1} = '' AND {0} IS NOT NULL THEN 0 ELSE instr({0}, {1}) - 1 END)::INTEGER",
    INTEGER,
)
calls(op.Concatenate, "(coalesce({0}, '') || coalesce({1}, ''))", STRING)
calls(op.Matches, "regexp_matches({0}, {1}, 's')", BOOLEAN)
calls(op.MatchesFull, "regexp_full_match({0}, {1}, 's')", BOOLEAN)
calls(op.Trim, f"trim({{0}}, e'{SPACE}')", STRING)
calls(
    op.LastIndexOf,
    "(CASE WHEN {1} = '' THEN length({0}) WHEN contains({0}, {1}) "
    "THEN length({0}) - instr(reverse({0}), reverse({1})) - length({1}) + 1 "
    "WHEN {0} IS NOT NULL AND {1} IS NOT NULL THEN -1 END)::INTEGER",
    INTEGER,
)
calls(
    op.Replace,
    "(CASE WHEN {1} = '' THEN {2} || array_to_string(list_transform(string_split({0}, ''), lambda c: c || {2}), '') "
    "ELSE replace({0}, {1}, {2}) END)",
    STRING,
)
calls(
    op.Encode,
    "(CASE {1} WHEN 'hex' THEN lower(hex(encode({0}))) WHEN 'base64' THEN to_base64(encode({0})) "
    "WHEN 'urlbase64' THEN translate(to_base64(encode({0})), '+/', '-_') END)",
    STRING,
)


def _tried(sql: str) -> str:
    """Null where the SQL over `tried` fails. The text is computed outside: inside, no check of ours may raise."""
    return "(list_transform([{0}], lambda tried: try(" + sql + "))[1])"


calls(
    op.Decode,
    "(CASE {1} WHEN 'hex' THEN CASE WHEN regexp_full_match({0}, '([0-9A-Fa-f]{{2}})*') THEN "
    + _tried("decode(unhex(tried))")
    + " END WHEN 'base64' THEN "
    + _tried("decode(from_base64(tried))")
    + " WHEN 'urlbase64' THEN "
    + _tried("decode(from_base64(translate(tried, '-_', '+/')))")
    + " END)",
    STRING,
)
_HTML = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("''", "&#x27;"))


def _replaced(text: str, pairs: Any) -> str:
    for old, new in pairs:
        text = f"replace({text}, '{old}', '{new}')"
    return text


calls(
    op.Escape,
    f"(CASE {{1}} WHEN 'html' THEN {_replaced('{0}', _HTML)} WHEN 'json' THEN (to_json({{0}})::VARCHAR)[2:-2] END)",
    STRING,
)
_FROM_HTML = [(new, old) for old, new in reversed((*_HTML, ("''", "&#39;")))]
_QUOTED = (
    r"""'"' || regexp_replace(replace(tried, '\"', e'\x01'), '"', '\\"', 'g').replace(e'\x01', '\"') || '"'"""
)
calls(
    op.Unescape,
    f"(CASE {{1}} WHEN 'html' THEN {_replaced('{0}', _FROM_HTML)} WHEN 'json' THEN "
    + _tried(f"json_extract_string(({_QUOTED})::JSON, '$')")
    + " END)",
    STRING,
)


@compiles(op.Substring)
def substring(compiler: Compiler, node: op.Substring, scope: Scope) -> Value:
    text = compiler.scalar(node.operands[0], scope, STRING)
    start = compiler.scalar(node.operands[1], scope, INTEGER)
    rest = f"substr({text}, {start} + 1)"
    if len(node.operands) > 2:
        length = compiler.scalar(node.operands[2], scope, INTEGER)
        rest = f"CASE WHEN ({length}) IS NULL THEN {rest} ELSE substr({text}, {start} + 1, greatest({length}, 0)) END"
    return one(STRING, f"CASE WHEN {start} >= 0 AND {start} < length({text}) THEN {rest} END")


@compiles(op.ReplaceMatches)
def replace_matches(compiler: Compiler, node: op.ReplaceMatches, scope: Scope) -> Value:
    text, pattern, given = (compiler.scalar(o, scope, STRING) for o in node.operands)
    if any(operand.type.empty for operand in node.operands):
        return one(STRING, "NULL::VARCHAR")
    if not isinstance(node.operands[2], ir.Literal) or "${" in str(node.operands[2].value):
        raise unsupported(node, "replaceMatches() with named groups or a computed substitution")
    filled = rf"regexp_replace(replace({given}, '\', '\\'), '\$([0-9])', '\\\1', 'g')"
    return one(
        STRING,
        f"CASE WHEN {pattern} = '' THEN {text} ELSE regexp_replace({text}, {pattern}, {filled}, 'gs') END",
    )


@compiles(op.ToChars)
def to_chars(compiler: Compiler, node: op.ToChars, scope: Scope) -> Value:
    text = compiler.scalar(node.operands[0], scope, STRING)
    return several(STRING, f"CASE WHEN {text} = '' THEN [] ELSE string_split({text}, '') END")


@compiles(op.Split)
def split(compiler: Compiler, node: op.Split, scope: Scope) -> Value:
    text, separator = (compiler.scalar(o, scope, STRING) for o in node.operands)
    return several(
        STRING,
        f"CASE WHEN {text} = '' AND {separator} = '' THEN [] ELSE string_split({text}, {separator}) END",
    )


@compiles(op.Join)
def join(compiler: Compiler, node: op.Join, scope: Scope) -> Value:
    value = plain(compiler, node, scope)
    between = "''"
    if len(node.operands) > 1:
        between = f"coalesce({compiler.scalar(node.operands[1], scope, STRING)}, '')"
    if not value.forms:
        return one(STRING, "NULL::VARCHAR")
    if len(value.forms) > 1:
        raise unsupported(node, "join() of items of several types")
    return one(STRING, f"CASE WHEN len({value.sql}) > 0 THEN array_to_string({value.sql}, {between}) END")
