"""The invariants of FHIR R4 that matter for storage and for what is asked later, each under its key in the standard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lakmus.fhir.issues import Issue

Record = dict[str, Any]
Check = Callable[[Record], bool]


@dataclass(frozen=True)
class Rule:
    """An invariant of a structure: it looks at `fields` alone, and can be broken only where `trigger` (if any) stands."""

    key: str
    message: str
    holds: Check
    fields: tuple[str, ...] = ()
    trigger: str = ""
    needs: str = ""  # where the trigger stands, this does too: the commonest kind of rule
    beside: tuple[str, ...] = ()  # fields it does not look at
    given: tuple[int, int] | None = (
        None  # how many of its fields stand, at least and at most: as strict as `holds`
    )


def _with(key: str, name: str, needs: str, message: str) -> Rule:
    """A rule that with one element another is given."""
    either = (needs, f"_{needs}")
    return Rule(
        key, message, lambda r: name not in r or not r.keys().isdisjoint(either), (name, *either), name, needs
    )


HOLDERS = {"Bundle", "Parameters"}  # their resources stand for themselves

# By structure; a rule without fields looks at all of them.
RULES: dict[str, tuple[Rule, ...]] = {
    "Extension": (
        Rule(
            "ext-1",
            "an extension has either extensions or a value, and not both",
            lambda r: ("extension" in r) != any(n.lstrip("_").startswith("value") for n in r),
            beside=("id", "_id", "url", "_url"),
            given=(1, 1),
        ),
    ),
    "Period": (
        Rule(
            "per-1",
            "the start of a period is not after its end",
            lambda r: _in_order(r),
            ("start", "end"),
            "end",
        ),
    ),
    **{
        name: (_with("qty-3", "code", "system", "with a code of a unit its system is given"),)
        for name in ("Quantity", "Age", "Count", "Distance", "Duration")
    },
    "Attachment": (_with("att-1", "data", "contentType", "with data its content type is given"),),
    "ContactPoint": (_with("cpt-2", "value", "system", "with a value its system is given"),),
    "Observation": (
        Rule(
            "obs-6",
            "the reason of absence stands only where the value is absent",
            lambda r: "dataAbsentReason" not in r or not any(n.startswith("value") for n in r),
            trigger="dataAbsentReason",
        ),
    ),
    "Bundle": (
        Rule(
            "bdl-1",
            "a total stands only in search results and histories",
            lambda r: "total" not in r or r.get("type") in ("searchset", "history"),
        ),
        Rule("bdl-7", "a full URL stands once for each version", lambda r: _unique_urls(r)),
    ),
    "Bundle.entry": (
        Rule(
            "bdl-5",
            "an entry has a resource, a request or a response",
            lambda r: bool({"resource", "request", "response"} & r.keys()),
            ("resource", "request", "response"),
            given=(1, 3),
        ),
    ),
}


def of_type(structure: str, record: Record, path: str) -> Iterator[Issue]:
    """The broken invariants of one element."""
    for rule in RULES.get(structure, ()):
        if not _safely(rule.holds, record):
            yield Issue("invariant", rule.key, path, rule.message)


def _safely(holds: Check, record: Record) -> bool:
    """A rule over an element of another type than it thinks is silent: the type fault is reported already."""
    try:
        return holds(record)
    except (TypeError, AttributeError, KeyError):
        return True


def of_resource(record: Record, path: str, *, contained: bool) -> Iterator[Issue]:
    """dom-2 to dom-5 and what every resource obeys."""
    if contained:
        if "contained" in record:
            yield Issue("invariant", "dom-2", path, "a contained resource contains none itself")
        meta = record.get("meta")
        if isinstance(meta, dict) and {"versionId", "lastUpdated"} & meta.keys():
            yield Issue("invariant", "dom-4", path, "a contained resource has no version of its own")
        if isinstance(meta, dict) and "security" in meta:
            yield Issue("invariant", "dom-5", path, "a contained resource has no security label")
        return
    inside = record.get("contained", [])
    if isinstance(inside, list) and record["resourceType"] not in HOLDERS:
        yield from _contained(record, [r for r in inside if isinstance(r, dict)], path)


def _contained(record: Record, inside: list[Record], path: str) -> Iterator[Issue]:
    known = {"#", *("#" + str(r.get("id")) for r in inside)}
    used = set(_references(record)) if inside else set()
    if not known.issuperset(_literal_references(record)):
        yield Issue("not-found", "ref-1", path, "a reference into the resource finds nothing there")
    for index, resource in enumerate(inside):
        own = f"#{resource.get('id')}"
        if own not in used and not any(u == "#" for u in _references(resource)):
            yield Issue(
                "invariant",
                "dom-3",
                f"{path}.contained[{index}]",
                "a contained resource is referred to, or refers to its container",
            )


def _references(value: Any) -> Iterator[str]:
    """Every text by which a resource may point into itself: references, uris and canonicals."""
    if isinstance(value, dict):
        for child in value.values():
            yield from _references(child)
    elif isinstance(value, list):
        for child in value:
            yield from _references(child)
    elif isinstance(value, str) and value.startswith("#"):
        yield value


def _literal_references(value: Any) -> Iterator[str]:
    """What `Reference.reference` says, where it points into the resource."""
    if isinstance(value, list):
        for child in value:
            yield from _literal_references(child)
    elif isinstance(value, dict):
        reference = value.get("reference")
        if isinstance(reference, str) and reference.startswith("#"):
            yield reference
        for child in value.values():
            yield from _literal_references(child)


def _in_order(period: Record) -> bool:
    """Not after, as far as both say: compared to the precision they share, and only when both are of one zone."""
    start, end = period.get("start"), period.get("end")
    if not isinstance(start, str) or not isinstance(end, str):
        return True
    if len(start) == len(end) and start[19:] == end[19:]:  # the common case: of one precision and zone
        return start <= end
    if len(start) > 10 and len(end) > 10:
        try:
            return datetime.fromisoformat(start) <= datetime.fromisoformat(end)
        except ValueError:
            return True
    length = min(len(start), len(end), 10)
    return start[:length] <= end[:length]


def _unique_urls(bundle: Record) -> bool:
    if bundle.get("type") == "history":
        return True
    seen = [_url_and_version(entry) for entry in bundle.get("entry", ())]
    given = [found for found in seen if found[0]]
    return len(given) == len(set(given))


def _url_and_version(entry: Any) -> tuple[Any, Any]:
    """A typed decoder's entry has no resource to look into: equal URLs are then left to the validator."""
    if not isinstance(entry, dict):
        return getattr(entry, "fullUrl", None), None
    return entry.get("fullUrl"), (entry.get("resource") or {}).get("meta", {}).get("versionId")
