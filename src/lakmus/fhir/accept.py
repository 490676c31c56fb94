"""Whether a record is taken in: the typed decoder first, the validator for whatever it does not take."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import UNSET

from lakmus.fhir import records
from lakmus.fhir.definitions import patient_references
from lakmus.fhir.fast import NotFast, TypedDecoder, attribute
from lakmus.fhir.issues import Issue
from lakmus.fhir.shapes import Shape
from lakmus.fhir.validate import parse, validate_record

NEVER_FAST = {"Bundle", "Parameters"}  # they hold resources of any type
NEVER_INSIDE = {"contained", "meta"}
INSIDE = b'"reference":"#'  # how compact JSON begins a reference to a contained resource
KIND = re.compile(rb'\{"resourceType":"([A-Za-z]+)"')
_sorted = msgspec.json.Encoder(order="sorted", decimal_format="number")


class Kind(msgspec.Struct):
    resourceType: str = ""


class Request(msgspec.Struct):
    """What a transaction asks to be done with an entry."""

    method: str = ""
    url: str = ""
    ifNoneExist: str = ""


class Entry(msgspec.Struct):
    """An entry of a Bundle, its resource as it came."""

    fullUrl: str = ""
    resource: msgspec.Raw = msgspec.Raw()  # empty when there is none
    request: Request | None = None


class Envelope(msgspec.Struct):
    """A valid Bundle whose resources are still to be looked at."""

    type: str = ""
    entry: list[Entry] = []


_envelope = msgspec.json.Decoder(Envelope)


class Accepted(msgspec.Struct, frozen=True):
    """A valid record: its JSON in the lake's shape, the shape that covers it, and the record to look things up in."""

    resource_type: str
    id: str
    encoded: bytes
    shape: Shape
    record: Any  # a struct, or a dict from the slow path

    def get(self, *path: str) -> Any:
        """The element at a path of JSON names, the first of a list; None where there is none."""
        found = self.record
        for name in path:
            found = found.get(name) if isinstance(found, dict) else getattr(found, attribute(name), None)
            found = found[0] if isinstance(found, list) else found
            if found is None or found is UNSET:
                return None
        return found

    @property
    def version(self) -> tuple[str | None, str | None]:
        """`meta.versionId` and `meta.lastUpdated`."""
        meta = self.get("meta") if "meta" in self.shape.fields else None
        if meta is None:
            return None, None
        if isinstance(meta, dict):
            return meta.get("versionId"), meta.get("lastUpdated")
        return getattr(meta, "versionId", UNSET) or None, getattr(meta, "lastUpdated", UNSET) or None


@dataclass(frozen=True)
class Refused:
    """A document that is not a valid record, and all that is wrong with it."""

    issues: Sequence[Issue]


class Acceptor:
    """Decides on records one after the other, and learns the shapes it meets.

    Who has looked through many texts at once and found no empty object `{}` says so by `solid`.
    """

    def __init__(self) -> None:
        self.solid = False
        self._decoders: dict[str, TypedDecoder] = {}
        self._inside: dict[
            str, TypedDecoder
        ] = {}  # of contained resources: a decoder cannot be used inside itself
        self._envelope: TypedDecoder | None = None

    def accept(self, text: bytes, resource_type: str = "") -> Accepted | Refused:
        """`text` is one JSON document; `resource_type`, if known, spares looking for it. Never raises for what it holds."""
        decoder, spared = self._decoders.get(resource_type), without_spaces(text)
        if decoder is not None and (spared is text or not hollow(spared)) and self._is_solid(text):
            try:
                record, encoded = decoder.decode(spared, self._fits_inside)
            except NotFast:
                pass
            else:
                return Accepted(resource_type, name_of(record), encoded, decoder.shape, record)
        return self._slowly(text)

    def envelope(self, text: bytes) -> Envelope | Refused:
        """A Bundle to be taken apart, or its faults apart from those inside its resources."""
        if self._envelope is not None and self._is_solid(text):
            try:
                self._envelope.decode(text, lambda *_: False)
            except NotFast:
                pass
            else:
                if (envelope := opened(text)) is not None:
                    return envelope
        parsed = parse(text)
        issues = parsed if isinstance(parsed, list) else validate_record(parsed, inside=False)
        if issues or isinstance(parsed, list):
            return Refused(issues)
        self._learn_envelope(parsed)
        return _envelope.decode(text)

    def _is_solid(self, text: bytes) -> bool:
        return self.solid or not hollow(text)

    def _learn_envelope(self, bundle: dict[str, Any]) -> None:
        """The next Bundle with such entries will be known; what they hold does not matter."""
        hollow = [
            entry | {"resource": {}} if "resource" in entry else entry for entry in bundle.get("entry", ())
        ]
        shape = records.shape("Bundle", records.to_lake(bundle | ({"entry": hollow} if hollow else {})))
        wider = self._envelope.shape.merged(shape) if self._envelope else shape
        self._envelope = TypedDecoder("Bundle", wider)

    def _fits_inside(self, inside: list[bytes], text: bytes) -> bool:
        """dom-2 to dom-5 for contained resources of types met before; what is unusual is left to the validator."""
        known = {self._name_inside(resource) for resource in inside}
        used = {piece[: piece.find(b'"')] for piece in text.split(INSIDE)[1:]}
        return b"" not in known and known == used - {b""}

    def _name_inside(self, resource: bytes) -> bytes:
        """The id of a contained resource; none where a typed decoder does not take it."""
        try:
            kind = kind_of(resource)
            if kind in self._inside:
                return name_of(self._inside[kind].decode(resource, lambda *_: False)[0]).encode()
            self._learn_inside(kind, resource)
        except NotFast:
            self._learn_inside(kind, resource)
        except msgspec.DecodeError:
            pass
        return b""

    def _learn_inside(self, kind: str, resource: bytes) -> None:
        """The next contained resource like this one will be known, unless it has what seldom may stand there."""
        parsed = parse(resource)
        if isinstance(parsed, list) or validate_record(parsed) or not parsed.keys().isdisjoint(NEVER_INSIDE):
            return
        shape = records.shape(kind, records.to_lake(parsed))
        known = self._inside.get(kind)
        wider = known.shape.merged(shape) if known else shape
        if known is None or wider != known.shape:
            self._inside[kind] = TypedDecoder(kind, wider, inside=True)

    def _slowly(self, text: bytes) -> Accepted | Refused:
        parsed = parse(text)
        if isinstance(parsed, list):
            return Refused(parsed)
        if issues := validate_record(parsed):
            return Refused(issues)
        stored = records.to_lake(parsed)
        kind = parsed["resourceType"]
        shape = self._learn(kind, records.shape(kind, stored))
        return Accepted(kind, parsed.get("id", ""), _encoded(kind, stored), shape, parsed)

    def _learn(self, resource_type: str, shape: Shape) -> Shape:
        known = self._decoders.get(resource_type)
        wider = known.shape.merged(shape) if known else shape
        if resource_type not in NEVER_FAST and (known is None or wider != known.shape):
            self._decoders[resource_type] = TypedDecoder(resource_type, wider)
        return wider


def kind_of(text: bytes) -> str:
    """The type of a resource, mostly by its first bytes; "" when none is named.

    A second key of that name is for the validator to see. Raises msgspec.DecodeError when the text is no JSON object.
    """
    usual = KIND.match(text)
    return usual[1].decode() if usual else msgspec.json.decode(text, type=Kind).resourceType


def opened(text: bytes) -> Envelope | None:
    """A Bundle that a typed decoder took; None when a resource in it is no JSON object, for there it takes any JSON."""
    envelope = _envelope.decode(text)
    if any(bytes(entry.resource)[:1] not in (b"", b"{") for entry in envelope.entry):
        return None
    return envelope


def hollow(text: bytes) -> bool:
    """Whether an object without elements stands in it, which a typed decoder would take for one."""
    return b"{}" in text


def without_spaces(text: bytes) -> bytes:
    """The text without white space between tokens, where its beginning shows such; the typed decoders need that."""
    if b": " not in text[:32] and not text[1:2].isspace():
        return text
    try:
        return msgspec.json.format(text, indent=-1)
    except (msgspec.DecodeError, RecursionError):
        return text


def name_of(record: Any) -> str:
    """The id of a record as a struct; "" when it has none."""
    return getattr(record, "id", UNSET) or ""


def _encoded(resource_type: str, stored: dict[str, Any]) -> bytes:
    """The same bytes that the typed encoder gives: the type first, then the elements by name."""
    head = b'{"resourceType":"%s"' % resource_type.encode()
    return head + b"," + _sorted.encode(stored)[1:] if stored else head + b"}"


def patient_of(record: Accepted) -> str | None:
    """The id at its site of the patient a record is about; None when it is about none."""
    if record.resource_type == "Patient":
        return record.id
    for path in patient_references(record.resource_type):
        reference = record.get(*path, "reference")
        if reference is not None:
            found = patient_id(reference)
            if found:
                return found
    return None


def patient_id(reference: str) -> str | None:
    """`Patient/1`, `https://hospital/fhir/Patient/1/_history/2` → `1`; None for a reference to something else."""
    before, found, after = reference.rpartition("Patient/")
    if not found or (before and not before.endswith("/")):
        return None
    return after.partition("/")[0].partition("#")[0] or None
