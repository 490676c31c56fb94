"""A Bundle taken apart: its entries as resources with their ids, references between them made relative.

FHIR R4 §3.1.0.11 (transactions) and §2.36.4 (resolving references in Bundles). What is rewritten is kept beside each
record, so that the original can be given back.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

WHOLE = {"transaction", "message", "document"}  # the whole Bundle or nothing
REFERENCE = re.compile(rb'("reference"\s*:\s*)"([^"\\]+)"')
UUID_URN = re.compile(r"urn:uuid:([0-9a-fA-F-]{36})$")
RESTFUL = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?$")
HEAD = re.compile(rb"\s*\{")


class Request(msgspec.Struct):
    method: str = ""
    url: str = ""


class Entry(msgspec.Struct):
    fullUrl: str | None = None
    resource: msgspec.Raw = msgspec.Raw()
    request: Request | None = None


class Envelope(msgspec.Struct):
    type: str = ""
    entry: list[Entry] = []


class Identity(msgspec.Struct):
    resourceType: str = ""
    id: str | None = None


@dataclass(frozen=True)
class Part:
    """One resource of a Bundle (or a resource that came alone), ready to be validated.

    `rewritten` maps each reference as it stands now to what was sent; the key "id" is there when the id is ours.
    """

    data: bytes
    kind: str  # resource type; "" when it could not be read
    sent: bytes = b""  # as it came, where `data` differs
    index: int | None = None
    rewritten: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Parts:
    """A Bundle's type, its resources, and the (type, id) pairs it asks to delete."""

    type: str
    parts: tuple[Part, ...]
    deleted: tuple[tuple[str, str], ...]

    @property
    def whole(self) -> bool:
        return self.type in WHOLE


def take_apart(data: bytes) -> Parts:
    """Splits a valid Bundle; raises msgspec.DecodeError when its envelope is none."""
    envelope = msgspec.json.decode(data, type=Envelope)
    held = [(i, e, identify(e)) for i, e in enumerate(envelope.entry) if bytes(e.resource)]
    targets = {e.fullUrl: f"{kind}/{name}" for _, e, (kind, name) in held if e.fullUrl}
    parts = tuple(rewrite(bytes(e.resource), known, targets, index) for index, e, known in held)
    return Parts(envelope.type, parts, tuple(_deletions(envelope.entry)))


def identify(entry: Entry) -> tuple[str, str]:
    """Type and id of an entry's resource; without an id, that of its `fullUrl`, or one made of its content."""
    data = bytes(entry.resource)
    known = msgspec.json.decode(data, type=Identity)
    return known.resourceType, known.id or _from_url(entry.fullUrl or "") or content_id(data)


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
    known = msgspec.json.decode(data, type=Identity)
    part = Part(data.strip(), known.resourceType, data)
    return part if known.id is not None else _with_id(part, content_id(data))


def rewrite(data: bytes, known: tuple[str, str], targets: Mapping[str, str], index: int) -> Part:
    """References to entries of the same Bundle made relative, and an id where there is none."""
    rewritten: dict[str, str] = {}

    def relative(match: re.Match[bytes]) -> bytes:
        sent = match[2].decode()
        target = targets.get(sent)
        if target is None or target == sent:
            return match[0]
        rewritten[target] = sent
        return match[1] + b'"' + target.encode() + b'"'

    kind, name = known
    part = Part(REFERENCE.sub(relative, data), kind, data, index, rewritten)
    has_id = msgspec.json.decode(data, type=Identity).id is not None
    return part if has_id else _with_id(part, name)


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
