"""What the entries of a transaction or batch ask for, where that depends on what a search finds.

FHIR R4 §3.1.0.8.1 conditional create, §3.1.0.4.3 conditional update, §3.1.0.7.1 conditional delete. Each is keyed by the
index of its entry; a search that finds more than one resource fails the entry, and with it a transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lakmus.fhir import Issue
from lakmus.fhir.accept import Entry, Envelope
from lakmus.intake import conditional
from lakmus.intake.conditional import Answers
from lakmus.intake.identities import RESTFUL, identity

ACTING = {"transaction", "batch"}  # their requests are done
Found = Mapping[
    int, tuple[str, ...] | None
]  # index of an entry → ids of what its search finds; None: not supported


def conditions(envelope: Envelope) -> dict[int, str]:
    """The searches that entries depend on."""
    if envelope.type not in ACTING:
        return {}
    return {index: search for index, entry in enumerate(envelope.entry) if (search := _condition(entry))}


def _condition(entry: Entry) -> str:
    asked = entry.request
    if asked is None:
        return ""
    if asked.method == "POST" and asked.ifNoneExist:
        typed = conditional.FORM.fullmatch(asked.ifNoneExist)  # some send the type too
        kind = identity(bytes(entry.resource)).resourceType
        return f"{kind}?{typed[2] if typed else asked.ifNoneExist.lstrip('?')}"
    before, mark, search = asked.url.partition("?")
    return f"{before.rpartition('/')[2]}?{search}" if mark and asked.method in ("PUT", "DELETE") else ""


def found(depends: Mapping[int, str], answers: Answers) -> Found:
    return {index: answers[search] for index, search in depends.items()}


def one(ids: tuple[str, ...] | None) -> str:
    """The one id found; "" when there is none or more."""
    return ids[0] if ids and len(ids) == 1 else ""


def method(entry: Entry) -> str:
    return entry.request.method if entry.request else ""


def deletions(envelope: Envelope, depends: Mapping[int, str], answers: Answers) -> Iterator[tuple[str, str]]:
    """Type and id of what is to be deleted; a search that finds nothing deletes nothing."""
    for index, entry in enumerate(envelope.entry):
        if method(entry) != "DELETE" or entry.request is None:
            continue
        if index in depends:
            if identifier := one(answers[depends[index]]):
                yield depends[index].partition("?")[0], identifier
        elif plain := RESTFUL.search(entry.request.url):
            yield plain[1], plain[2]


def faults(envelope: Envelope, found: Found) -> Iterator[tuple[int, Issue]]:
    """Entries of which nobody can say what they mean, and requests that are not done."""
    for index, entry in enumerate(envelope.entry):
        path, ids = f"Bundle.entry[{index}].request", found.get(index, ())
        if ids is None or len(ids) > 1:
            yield index, conditional.fault(ids, "conditional-request", path)
        elif ids and method(entry) == "PUT" and identity(bytes(entry.resource)).id not in (None, one(ids)):
            message = "the search finds a resource of another id than the one sent"
            yield index, Issue("conflict", "conditional-request", path, message)
        elif envelope.type in ACTING and method(entry) == "PATCH":
            yield index, Issue("not-supported", "patch", path, "send the whole resource instead")
