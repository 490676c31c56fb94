"""A Bundle taken apart: its entries as resources with their ids, references between them made relative.

FHIR R4 §3.1.0.11 (transactions) and §2.36.4 (resolving references in Bundles). What is rewritten is kept beside each
record, so that the original can be given back.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from lakmus.fhir import Issue
from lakmus.fhir.accept import Entry, Envelope
from lakmus.intake import conditional
from lakmus.intake.conditional import Answers

WHOLE = {"transaction", "message", "document"}  # the whole Bundle or nothing
ACTING = {"transaction", "batch"}  # their requests are done
CHANGING = {"PUT", "PATCH", "DELETE"}
REFERENCE = re.compile(rb'("reference"\s*:\s*)"([^"\\]+)"')
MARK = b'"reference":"'  # how compact JSON begins a reference
UUID_URN = re.compile(r"urn:uuid:([0-9a-fA-F-]{36})$")
RESTFUL = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?$")
HEAD = re.compile(rb"\s*\{")
KIND = re.compile(rb'\{"resourceType":"([A-Za-z]+)"')
USUAL = re.compile(rb'\{"resourceType":"([A-Za-z]+)","id":"([A-Za-z0-9.-]+)"')


class Identity(msgspec.Struct):
    resourceType: str = ""
    id: str | None = None


class Part(msgspec.Struct, frozen=True):
    """One resource of a Bundle (or a resource that came alone), ready to be validated.

    `rewritten` maps each reference as it stands now to what was sent; the key "id" is there when the id is ours.
    """

    data: bytes
    kind: str  # resource type; "" when it could not be read
    sent: bytes = b""  # as it came, where `data` differs
    index: int | None = None
    rewritten: dict[str, str] = {}


@dataclass(frozen=True)
class Parts:
    """A Bundle's type, its resources, the (type, id) pairs it asks to delete, and what of it cannot be done.

    `searches` must be answered before the Bundle can be taken in; `issues` stand beside the index of their entry.
    """

    type: str
    parts: tuple[Part, ...]
    deleted: tuple[tuple[str, str], ...] = ()
    searches: frozenset[str] = frozenset()
    issues: tuple[tuple[int, Issue], ...] = ()

    @property
    def whole(self) -> bool:
        return self.type in WHOLE


def take_apart(envelope: Envelope, answers: Answers | None = None) -> Parts:
    """Splits a Bundle; an entry's resource is known by its id, that of its `fullUrl`, or one made of its content.

    `answers` says what the searches it depends on find; without it such a Bundle is not split, and names them.
    """
    held = [_named(index, entry) for index, entry in enumerate(envelope.entry) if bytes(entry.resource)]
    creates = {one.index: _create(one) for one in held if envelope.type in ACTING and _create(one)}
    links = _links(held) if envelope.type == "transaction" else frozenset()
    if answers is None and (creates or links):
        return Parts(envelope.type, (), searches=links.union(creates.values()))
    there = {index: (answers or {})[search] for index, search in creates.items()}
    new = [one for one in held if there.get(one.index) == () or one.index not in there]
    linked = {search: _with_own(search, (answers or {})[search], new) for search in links}
    targets = {one.entry.fullUrl: one.target(there.get(one.index)) for one in held if one.entry.fullUrl}
    targets |= {search: f"{search.partition('?')[0]}/{ids[0]}" for search, ids in linked.items() if ids}
    issues = (*_unclear(there), *_dangling(held, linked), *_refused(envelope))
    parts = tuple(rewrite(one.part, targets, one.new_id) for one in new)
    return Parts(envelope.type, parts, tuple(_deletions(envelope.entry)), issues=issues)


class Named(msgspec.Struct, frozen=True):
    """An entry with a resource, under the type and id it is known by."""

    index: int
    entry: Entry
    data: bytes
    kind: str
    name: str
    new_id: str  # "" when the resource came with its id

    @property
    def part(self) -> Part:
        return Part(self.data, self.kind, self.data, self.index)

    def target(self, instead: tuple[str, ...] | None) -> str:
        """What references to the entry say: the resource itself, or the one that is there already."""
        return f"{self.kind}/{instead[0] if instead else self.name}"


def _named(index: int, entry: Entry) -> Named:
    data = bytes(entry.resource)
    known = identity(data)
    name = known.id or _from_url(entry.fullUrl) or content_id(data)
    return Named(index, entry, data, known.resourceType, name, "" if known.id is not None else name)


def _create(one: Named) -> str:
    """The search on which a conditional create depends; "" when the entry is none."""
    asked = one.entry.request
    return f"{one.kind}?{asked.ifNoneExist.lstrip('?')}" if asked and asked.ifNoneExist else ""


def _links(held: list[Named]) -> frozenset[str]:
    """The references that are searches."""
    return frozenset(text for one in held if b"?" in one.data for text in _searches(one))


def _searches(one: Named) -> list[str]:
    sent = (found[1].decode(errors="replace") for found in REFERENCE.findall(one.data))
    return [text for text in sent if conditional.is_search(text)]


def _with_own(search: str, ids: tuple[str, ...] | None, new: list[Named]) -> tuple[str, ...] | None:
    """What a reference finds: beside the lake's also what the transaction itself creates, for that is done before."""
    own = [one.name for one in new if conditional.matches(search, one.kind, one.name, one.data)]
    return None if ids is None else tuple(sorted({*ids, *own}))


def _unclear(there: Mapping[int, tuple[str, ...] | None]) -> Iterator[tuple[int, Issue]]:
    """Creates of which nobody can say whether what they create is there."""
    for index, ids in there.items():
        if ids is None or len(ids) > 1:
            yield (
                index,
                conditional.fault(ids, "conditional-create", f"Bundle.entry[{index}].request.ifNoneExist"),
            )


def _dangling(held: list[Named], linked: Mapping[str, tuple[str, ...] | None]) -> Iterator[tuple[int, Issue]]:
    """References whose search does not name one resource."""
    for one in held if linked else ():
        for search in dict.fromkeys(_searches(one)):
            ids = linked[search]
            if ids is None or len(ids) != 1:
                path = f"Bundle.entry[{one.index}].resource"
                yield one.index, conditional.fault(ids, "conditional-reference", path)


def _refused(envelope: Envelope) -> Iterator[tuple[int, Issue]]:
    """Updates and deletions of whatever a search finds are not done, and not passed over in silence."""
    for index, entry in enumerate(envelope.entry):
        if (
            envelope.type in ACTING
            and entry.request
            and "?" in entry.request.url
            and entry.request.method in CHANGING
        ):
            path = f"Bundle.entry[{index}].request.url"
            yield index, Issue("not-supported", "conditional-change", path, "give the resource's own id")


def identity(data: bytes) -> Identity:
    """Type and id of a resource, mostly by its first bytes: a second key of the name is the validator's matter.

    Raises msgspec.DecodeError when it is no object.
    """
    if usual := USUAL.match(data):
        return Identity(usual[1].decode(), usual[2].decode())
    return msgspec.json.decode(data, type=Identity)


def kind_of(data: bytes) -> str:
    """The type of a resource; "" when none is named. Raises msgspec.DecodeError when it is no object."""
    found = KIND.match(data)
    return found[1].decode() if found else msgspec.json.decode(data, type=Identity).resourceType


def _from_url(url: str) -> str | None:
    if match := UUID_URN.match(url):
        return match[1].lower()
    found = RESTFUL.search(url)
    return found[2] if found else None


def content_id(data: bytes) -> str:
    """The id of a resource that came without one: the same content gets the same id."""
    return str(uuid.UUID(bytes=hashlib.blake2b(data, digest_size=16).digest(), version=5))


def alone(data: bytes) -> Part:
    """A resource that came by itself; given an id if it has none."""
    known = identity(data)
    part = Part(data.strip(), known.resourceType, data)
    return part if known.id is not None else _with_id(part, content_id(data))


def rewrite(part: Part, targets: Mapping[str, str], name: str) -> Part:
    """References to entries of the same Bundle made relative, and the id where there is none."""
    made, rewritten = relative(part.data, targets)
    part = Part(made, part.kind, part.sent, part.index, rewritten)
    return _with_id(part, name) if name else part


def relative(data: bytes, targets: Mapping[str, str]) -> tuple[bytes, dict[str, str]]:
    """A resource whose references are replaced where `targets` has them, and what each was before."""
    before, *pieces = data.split(MARK)
    if data.count(b'"reference"') != len(pieces):  # white space before the colon or after it
        return _relative_anywhere(data, targets)
    rewritten: dict[str, str] = {}
    for place, piece in enumerate(pieces):
        sent, quote, after = piece.partition(b'"')
        target = targets.get(sent.decode(errors="replace"))
        if target is not None and quote and target.encode() != sent:
            rewritten[target] = sent.decode()
            pieces[place] = target.encode() + b'"' + after
    return (MARK.join((before, *pieces)) if rewritten else data), rewritten


def _relative_anywhere(data: bytes, targets: Mapping[str, str]) -> tuple[bytes, dict[str, str]]:
    rewritten: dict[str, str] = {}

    def replaced(match: re.Match[bytes]) -> bytes:
        sent = match[2].decode(errors="replace")
        target = targets.get(sent)
        if target is None or target == sent:
            return match[0]
        rewritten[target] = sent
        return match[1] + b'"' + target.encode() + b'"'

    return REFERENCE.sub(replaced, data), rewritten


def _with_id(part: Part, name: str) -> Part:
    head = HEAD.match(part.data)
    assert head is not None, "a resource is an object"
    data = b'{"id":' + json.dumps(name).encode() + b"," + part.data[head.end() :]
    return Part(data, part.kind, part.sent, part.index, {**part.rewritten, "id": ""})


def _deletions(entries: list[Entry]) -> Any:
    for entry in entries:
        if (
            entry.request
            and entry.request.method == "DELETE"
            and (found := RESTFUL.search(entry.request.url))
        ):
            yield found[1], found[2]
