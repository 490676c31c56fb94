"""Type and id of a resource that is still as it was sent, and of what a URL names."""

from __future__ import annotations

import re

import msgspec

UUID_URN = re.compile(r"urn:uuid:([0-9a-fA-F-]{36})$")
RESTFUL = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?$")
KIND = re.compile(rb'\{"resourceType":"([A-Za-z]+)"')
USUAL = re.compile(rb'\{"resourceType":"([A-Za-z]+)","id":"([A-Za-z0-9.-]+)"')


class Identity(msgspec.Struct):
    resourceType: str = ""
    id: str | None = None


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


def from_url(url: str) -> str | None:
    """The id that a URL or a UUID's urn names."""
    if match := UUID_URN.match(url):
        return match[1].lower()
    found = RESTFUL.search(url)
    return found[2] if found else None
