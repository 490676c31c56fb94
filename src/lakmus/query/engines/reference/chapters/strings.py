"""N1 5.6 String manipulation.

Regular expressions run in RE2, which takes time linear in the text whatever the pattern, and which the DuckDB engine
uses too, so that both engines read them alike. Its own limits hold: no back-references, no look-around.
"""

from __future__ import annotations

import base64
import binascii
import html
import json
from functools import lru_cache
from typing import Any

import re2

from lakmus.core.errors import InputError
from lakmus.query.engines.reference.environment import Environment
from lakmus.query.engines.reference.rows import collections, partial, scalar
from lakmus.query.engines.reference.values import Collection, collected, only
from lakmus.query.ir import operations as op

LONGEST_PATTERN = 10_000
LONGEST_RESULT = 10_000_000


@scalar(op.IndexOf)
def index_of(_: Environment, text: str, part: str) -> int:
    return text.find(part)


@scalar(op.LastIndexOf)
def last_index_of(_: Environment, text: str, part: str) -> int:
    return text.rfind(part)


@partial(op.Substring)
def substring(_: Environment, text: str | None, start: int | None, length: int | None = None) -> str | None:
    if text is None or start is None or not 0 <= start < len(text):
        return None
    return text[start:] if length is None else text[start : start + max(0, length)]


@scalar(op.StartsWith)
def starts_with(_: Environment, text: str, part: str) -> bool:
    return text.startswith(part)


@scalar(op.EndsWith)
def ends_with(_: Environment, text: str, part: str) -> bool:
    return text.endswith(part)


@scalar(op.ContainsText)
def contains(_: Environment, text: str, part: str) -> bool:
    return part in text


@scalar(op.Upper)
def upper(_: Environment, text: str) -> str:
    return text.upper()


@scalar(op.Lower)
def lower(_: Environment, text: str) -> str:
    return text.lower()


@scalar(op.Replace)
def replace(_: Environment, text: str, pattern: str, substitution: str) -> str:
    if (text.count(pattern) + 1) * len(substitution) > LONGEST_RESULT:
        raise InputError(
            "replace() would make a text too long", hint=f"at most {LONGEST_RESULT:,} characters"
        )
    return text.replace(pattern, substitution)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    if len(pattern) > LONGEST_PATTERN:
        raise InputError(f"a regular expression longer than {LONGEST_PATTERN:,} characters")
    options = re2.Options()
    options.dot_nl, options.log_errors = True, False
    try:
        return re2.compile(pattern, options=options)
    except re2.error as error:
        hint = "RE2 syntax: no back-references, no look-around, repetitions up to 1000"
        raise InputError("this is no regular expression that can be run", hint=hint) from error


@scalar(op.Matches)
def matches(_: Environment, text: str, pattern: str) -> bool:
    return _compiled(pattern).search(text) is not None


@scalar(op.MatchesFull)
def matches_full(_: Environment, text: str, pattern: str) -> bool:
    return _compiled(pattern).fullmatch(text) is not None


@scalar(op.ReplaceMatches)
def replace_matches(_: Environment, text: str, pattern: str, substitution: str) -> str:
    if not pattern:
        return text
    found = _compiled(pattern)
    if (len(text) + 1) * (len(substitution) + 1) > LONGEST_RESULT:
        raise InputError(
            "replaceMatches() could make a text too long", hint=f"at most {LONGEST_RESULT:,} characters"
        )
    return str(found.sub(lambda match: _filled(substitution, match), text))


def _filled(substitution: str, match: Any) -> str:
    """`$1` and `${name}` are the groups."""

    def group(reference: Any) -> str:
        name = reference.group(1) or reference.group(2)
        try:
            return match.group(int(name) if name.isdigit() else name) or ""
        except (IndexError, KeyError):
            return ""

    return str(re2.sub(r"\$(?:([0-9])|\{([A-Za-z0-9_]+)\})", group, substitution))


@scalar(op.Length)
def length(_: Environment, text: str) -> int:
    return len(text)


@collections(op.ToChars)
def to_chars(_: Environment, items: Collection) -> Collection:
    found = only(items, "the input of toChars()")
    return [] if found is None else [c for letter in found.value for c in collected(letter)]


@scalar(op.Trim)
def trim(_: Environment, text: str) -> str:
    return text.strip()


@collections(op.Split)
def split(_: Environment, items: Collection, separators: Collection) -> Collection:
    text, separator = only(items, "the input of split()"), only(separators, "the separator")
    if text is None or separator is None:
        return []
    parts = text.value.split(separator.value) if separator.value else list(text.value)
    return [part for text in parts for part in collected(text)]


@collections(op.Join)
def join(_: Environment, items: Collection, separators: Collection | None = None) -> Collection:
    separator = only(separators or [], "the separator")
    if not items:
        return []
    between = "" if separator is None else separator.value
    if sum(len(item.value) + len(between) for item in items) > LONGEST_RESULT:
        raise InputError("join() would make a text too long", hint=f"at most {LONGEST_RESULT:,} characters")
    return collected(between.join(item.value for item in items))


@scalar(op.Encode)
def encode(_: Environment, text: str, form: str) -> str | None:
    data = text.encode()
    if form == "hex":
        return data.hex()
    if form == "base64":
        return base64.b64encode(data).decode()
    return base64.urlsafe_b64encode(data).decode() if form == "urlbase64" else None


@scalar(op.Decode)
def decode(_: Environment, text: str, form: str) -> str | None:
    try:
        if form == "hex":
            return bytes.fromhex(text).decode()
        if form == "base64":
            return base64.b64decode(text, validate=True).decode()
        return base64.urlsafe_b64decode(text).decode() if form == "urlbase64" else None
    except (ValueError, binascii.Error):
        return None


@scalar(op.Escape)
def escape(_: Environment, text: str, target: str) -> str | None:
    if target == "html":
        return html.escape(text, quote=True)
    return json.dumps(text, ensure_ascii=False)[1:-1] if target == "json" else None


@scalar(op.Unescape)
def unescape(_: Environment, text: str, target: str) -> str | None:
    if target == "html":
        return html.unescape(text)
    return _from_json(text) if target == "json" else None


def _from_json(text: str) -> str | None:
    """What the escapes stand for; quotes that are not escaped stay."""
    bare = re2.sub(r'(\\.)|"', lambda m: m.group(1) or '\\"', text)
    try:
        return str(json.loads(f'"{bare}"', strict=False))
    except ValueError:
        return None


@partial(op.Concatenate)
def concatenate(_: Environment, left: str | None, right: str | None) -> str:
    return (left or "") + (right or "")
