"""The rules for XHTML in a narrative (R4 narrative.html#xhtml): basic formatting only, nothing active."""

from __future__ import annotations

from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

_XHTML = "{http://www.w3.org/1999/xhtml}"
# Chapters 7 to 11 (without 9.4 to 9.7) and 15 of HTML 4.0, `a`, `img` and style attributes.
_ELEMENTS = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "b",
        "big",
        "blockquote",
        "br",
        "caption",
        "cite",
        "code",
        "col",
        "colgroup",
        "dd",
        "dfn",
        "div",
        "dl",
        "dt",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "li",
        "ol",
        "p",
        "pre",
        "q",
        "samp",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "tt",
        "ul",
        "var",
    ]
)
_ATTRIBUTES = frozenset(
    [
        "abbr",
        "accesskey",
        "align",
        "alt",
        "axis",
        "bgcolor",
        "border",
        "cellhalign",
        "cellpadding",
        "cellspacing",
        "cellvalign",
        "char",
        "charoff",
        "charset",
        "cite",
        "class",
        "colspan",
        "compact",
        "coords",
        "dir",
        "frame",
        "headers",
        "height",
        "href",
        "hreflang",
        "hspace",
        "id",
        "lang",
        "longdesc",
        "name",
        "nowrap",
        "rel",
        "rev",
        "rowspan",
        "rules",
        "scope",
        "shape",
        "span",
        "src",
        "start",
        "style",
        "summary",
        "tabindex",
        "title",
        "type",
        "valign",
        "value",
        "vspace",
        "width",
    ]
)
_LONGEST = 5_000_000


def is_safe_xhtml(text: str) -> bool:
    """Whether it is a `div` of allowed elements and attributes with some content."""
    if len(text) > _LONGEST:
        return False
    try:
        root = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError):
        return False
    return root.tag == f"{_XHTML}div" and all(map(_allowed, root.iter())) and _has_content(root)


def _allowed(element: Element) -> bool:
    if not isinstance(element.tag, str):
        return False
    named = element.tag.removeprefix(_XHTML) in _ELEMENTS and element.tag.startswith(_XHTML)
    return named and all(name.rpartition("}")[2] in _ATTRIBUTES for name in element.attrib)


def _has_content(root: Element) -> bool:
    return bool("".join(root.itertext()).strip()) or root.find(f".//{_XHTML}img") is not None
