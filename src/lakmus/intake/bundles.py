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

import msgspec

from lakmus.fhir import Issue
from lakmus.fhir.accept import Entry, Envelope
from lakmus.intake import conditional, requests
from lakmus.intake.conditional import Answers
from lakmus.intake.identities import from_url, identity
from lakmus.intake.requests import Found

WHOLE = {"transaction", "message", "document"}  # the whole Bundle or nothing
REFERENCE = re.compile(rb'("reference"\s*:\s*)"([^"\\]+)"')
MARK = b'"reference":"'  # how compact JSON begins a reference
HEAD = re.compile(rb"\s*\{")


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
    depends = requests.conditions(envelope)
    links = _links(held) if envelope.type == "transaction" else frozenset()
    if answers is None and (depends or links):
        return Parts(envelope.type, (), searches=links.union(depends.values()))
    answers = answers or {}
    found = requests.found(depends, answers)
    held = [one.among(found) for one in held]
    new = [one for one in held if not one.there]
    linked = {search: _with_own(search, answers[search], new) for search in links}
    targets = {one.entry.fullUrl: f"{one.kind}/{one.name}" for one in held if one.entry.fullUrl}
    targets |= {search: f"{search.partition('?')[0]}/{ids[0]}" for search, ids in linked.items() if ids}
    changing = {
        sent.encode(): now.encode() for sent, now in targets.items() if sent != now and "\\" not in sent
    }
    return Parts(
        envelope.type,
        tuple(rewrite(one.part, changing, one.new_id) for one in new),
        tuple(requests.deletions(envelope, depends, answers)),
        issues=(*requests.faults(envelope, found), *_dangling(held, linked)),
    )


class Named(msgspec.Struct, frozen=True):
    """An entry with a resource, under the type and id it is known by."""

    index: int
    entry: Entry
    data: bytes
    kind: str
    name: str
    new_id: str  # "" when the resource came with its id
    there: bool = False  # a conditional create of what is in the lake already

    @property
    def part(self) -> Part:
        return Part(self.data, self.kind, self.data, self.index)

    def among(self, found: Found) -> Named:
        """The entry under the id of what its search finds, if it has one and finds one."""
        identifier = requests.one(found.get(self.index))
        if not identifier:
            return self
        there = requests.method(self.entry) == "POST"
        new_id = identifier if self.new_id else ""
        return msgspec.structs.replace(self, name=identifier, new_id=new_id, there=there)


def _named(index: int, entry: Entry) -> Named:
    data = bytes(entry.resource)
    known = identity(data)
    name = known.id or from_url(entry.fullUrl) or content_id(data)
    return Named(index, entry, data, known.resourceType, name, "" if known.id is not None else name)


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


def _dangling(held: list[Named], linked: Mapping[str, tuple[str, ...] | None]) -> Iterator[tuple[int, Issue]]:
    """References whose search does not name one resource."""
    for one in held if linked else ():
        for search in dict.fromkeys(_searches(one)):
            ids = linked[search]
            if ids is None or len(ids) != 1:
                path = f"Bundle.entry[{one.index}].resource"
                yield one.index, conditional.fault(ids, "conditional-reference", path)


def content_id(data: bytes) -> str:
    """The id of a resource that came without one: the same content gets the same id."""
    return str(uuid.UUID(bytes=hashlib.blake2b(data, digest_size=16).digest(), version=5))


def alone(data: bytes) -> Part:
    """A resource that came by itself; given an id if it has none."""
    known = identity(data)
    part = Part(data.strip(), known.resourceType, data)
    return part if known.id is not None else _with_id(part, content_id(data))


def rewrite(part: Part, targets: Mapping[bytes, bytes], name: str) -> Part:
    """References to entries of the same Bundle made relative, and the id where there is none."""
    made, rewritten = relative(part.data, targets)
    part = Part(made, part.kind, part.sent, part.index, rewritten)
    return _with_id(part, name) if name else part


def relative(data: bytes, targets: Mapping[bytes, bytes]) -> tuple[bytes, dict[str, str]]:
    """A resource whose references are replaced where `targets` has them, and what each was before."""
    pieces = data.split(MARK)
    if data.count(b'"reference"') >= len(pieces):  # white space before the colon or after it
        return _relative_anywhere(data, targets)
    rewritten: dict[bytes, bytes] = {}
    for place in range(1, len(pieces)):
        piece = pieces[place]
        end = piece.find(b'"')
        sent = piece[:end]
        if sent in targets:
            target = targets[sent]
            rewritten[target] = sent
            pieces[place] = target + piece[end:]
    return (MARK.join(pieces), _texts(rewritten)) if rewritten else (data, {})


def _relative_anywhere(data: bytes, targets: Mapping[bytes, bytes]) -> tuple[bytes, dict[str, str]]:
    rewritten: dict[bytes, bytes] = {}

    def replaced(match: re.Match[bytes]) -> bytes:
        sent = match[2]
        target = targets.get(sent)
        if target is None:
            return match[0]
        rewritten[target] = sent
        return match[1] + b'"' + target + b'"'

    return REFERENCE.sub(replaced, data), _texts(rewritten)


def _texts(rewritten: Mapping[bytes, bytes]) -> dict[str, str]:
    return {now.decode(): sent.decode() for now, sent in rewritten.items()}


def _with_id(part: Part, name: str) -> Part:
    head = HEAD.match(part.data)
    assert head is not None, "a resource is an object"
    data = b'{"id":' + json.dumps(name).encode() + b"," + part.data[head.end() :]
    return Part(data, part.kind, part.sent, part.index, {**part.rewritten, "id": ""})
