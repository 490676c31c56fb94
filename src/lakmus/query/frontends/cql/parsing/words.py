"""The words of the language, and where they may also be names (CQL 1.5, appendix G: keyword, keywordIdentifier, reservedWord)."""

from __future__ import annotations

PRECISIONS = ("year", "month", "week", "day", "hour", "minute", "second", "millisecond")
PLURALS = tuple(f"{word}s" for word in PRECISIONS)
UNITS = frozenset((*PRECISIONS, *PLURALS))

# No name without quotes, except after a dot.
RESERVED = (
    frozenset(
        [
            "aggregate",
            "all",
            "and",
            "as",
            "after",
            "before",
            "between",
            "case",
            "cast",
            "Code",
            "collapse",
            "Concept",
            "convert",
            "difference",
            "distinct",
            "duration",
            "during",
            "else",
            "exists",
            "expand",
            "false",
            "flatten",
            "from",
            "if",
            "in",
            "is",
            "Interval",
            "let",
            "List",
            "maximum",
            "minimum",
            "not",
            "null",
            "occurs",
            "of",
            "or",
            "per",
            "point",
            "properly",
            "return",
            "same",
            "singleton",
            "sort",
            "then",
            "to",
            "true",
            "Tuple",
            "when",
            "with",
            "within",
            "without",
        ]
    )
    | UNITS
)

# Names where something is referred to. An alias or a definition is called so only in quotes.
KEYWORD_IDENTIFIERS = frozenset(
    [
        "asc",
        "ascending",
        "by",
        "called",
        "Choice",
        "code",
        "codesystem",
        "codesystems",
        "concept",
        "contains",
        "context",
        "date",
        "default",
        "define",
        "desc",
        "descending",
        "display",
        "div",
        "end",
        "ends",
        "except",
        "external",
        "fluent",
        "function",
        "implies",
        "include",
        "includes",
        "intersect",
        "library",
        "meets",
        "mod",
        "overlaps",
        "parameter",
        "predecessor",
        "private",
        "public",
        "returns",
        "start",
        "starting",
        "starts",
        "successor",
        "time",
        "timezone",
        "timezoneoffset",
        "union",
        "using",
        "valueset",
        "version",
        "where",
        "width",
        "xor",
    ]
)

# Words that are one only together; each alone is a name, but for `or`.
PHRASES = (
    ("or", "before"), ("or", "after"), ("or", "less"), ("or", "more"), ("or", "on"), ("on", "or"),
    ("such", "that"), ("included", "in"), ("less", "than"), ("more", "than"),
)  # fmt: skip

KEYWORDS = RESERVED | KEYWORD_IDENTIFIERS
