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
from dataclasses import dataclass
from typing import Any

import msgspec

from lakmus.fhir.accept import Entry, Envelope

WHOLE = {"transaction", "message", "document"}  # the whole Bundle or nothing
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
    """A Bundle's type, its resources, and the (type, id) pairs it asks to delete."""

    type: str
    parts: tuple[Part, ...]
    deleted: tuple[tuple[str, str], ...]

    @property
    def whole(self) -> bool:
        return self.type in WHOLE


def take_apart(envelope: Envelope) -> Parts:
    """Splits a Bundle; an entry's resource is known by its id, that of its `fullUrl`, or one made of its content."""
    held = [(index, entry, bytes(entry.resource)) for index, entry in enumerate(envelope.entry)]
    known = [(index, entry, data, identity(data)) for index, entry, data in held if data]
    names = [found.id or _from_url(entry.fullUrl) or content_id(data) for _, entry, data, found in known]
    targets = {
        entry.fullUrl: f"{found.resourceType}/{name}"
        for (_, entry, _, found), name in zip(known, names, strict=True)
        if entry.fullUrl
    }
    parts = tuple(
        rewrite(Part(data, found.resourceType, data, index), targets, "" if found.id is not None else name)
        for (index, _, data, found), name in zip(known, names, strict=True)
    )
    return Parts(envelope.type, parts, tuple(_deletions(envelope.entry)))


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
