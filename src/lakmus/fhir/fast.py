"""Typed decoders: msgspec structs built for the shape of what was seen so far, so that C code does the checking.

A record that a decoder takes is valid; one that it does not take may be valid too, and is looked at by the validator.
Structs know only elements seen before: they are small, and a new element is noticed because it does not fit.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from lakmus.fhir import definitions, invariants
from lakmus.fhir.definitions import Element
from lakmus.fhir.invariants import Rule
from lakmus.fhir.primitives import (
    ANY_TEXT,
    LONGEST,
    OUTER_REFERENCE,
    RANGES,
    REFERENCE,
    canonical,
    fits,
    form,
    unquoted,
)
from lakmus.fhir.shapes import Shape

COMMON = re.compile(r"-?[1-9]\d{0,16}|0|-?\d{1,3}\.\d{0,11}[1-9]")  # unquoted and canonical, decided quickly
Known = Mapping[str, Element]
Check = Callable[[Any], None]
Inside = Callable[[list[bytes], bytes], bool]


class Digits(msgspec.Struct, omit_defaults=True, gc=False):
    """The sibling of a decimal whose digits are kept as text."""

    lexical: str | UnsetType = UNSET


class NotFast(Exception):
    """The typed decoder does not take it."""


class Numbers:
    """Looks at the decimals of one record, and keeps the digits that DECIMAL(38,12) would not give back."""

    def __init__(self) -> None:
        self.extra = 0  # bytes by which the record's text grows: quotes around numbers, digits beside them

    def note(self, owner: Any, name: str, number: Decimal) -> None:
        text = str(number)
        if COMMON.fullmatch(text):
            return
        if "E" in text or len(text) > LONGEST:
            raise NotFast
        if not unquoted(text):
            setattr(owner, attribute(name), text)
            self.extra += 2
        if not canonical(text):
            self.extra += keep_digits(owner, name, number, text)


def keep_digits(owner: Any, name: str, number: Decimal, text: str) -> int:
    """Puts the digits beside the number; by how many bytes the owner's text grows."""
    if name not in owner.siblings or getattr(owner, f"_{name}") is not UNSET:
        raise NotFast
    setattr(owner, f"_{name}", Digits(lexical=text))
    grown = len(name) + len(text) + len('"_":{"lexical":""},')
    if fits(number):
        return grown
    setattr(owner, attribute(name), UNSET)  # it was in quotes, being long
    return grown - len(name) - len(text) - len('"":"",')


@cache
def attribute(name: str) -> str:
    """The attribute of a struct that holds the element of a JSON name: `class` is `class_`."""
    return name + "_" if keyword.iskeyword(name) else name


class TypedDecoder:
    """Decodes records of one type that have no element outside a shape.

    Those `inside` another resource may refer to what stands there beside them.
    """

    def __init__(self, resource_type: str, shape: Shape, *, inside: bool = False) -> None:
        self.shape = shape
        self.inside = inside
        self.numbers = Numbers()
        self._local = "contained" in shape.fields
        reference = REFERENCE if inside or self._local else OUTER_REFERENCE
        self._struct = Builder(self.numbers, reference).struct(resource_type, shape, tag=resource_type)
        self._decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(self._struct)
        self._encoder = msgspec.json.Encoder(decimal_format="number")

    def decode(self, text: bytes, fits_inside: Inside) -> tuple[Any, bytes]:
        """(the record as a struct, its JSON in the lake's shape); raises NotFast.

        `text` has no `{}`: a struct would take an element without value or children. `fits_inside` says whether the
        resources contained in a record are valid there.
        """
        self.numbers.extra = 0
        try:
            record = self._decoder.decode(text)
        except (msgspec.DecodeError, ValueError, ArithmeticError, RecursionError):
            raise NotFast from None
        if self._local:
            self._look_inside(record, text, fits_inside)
        encoded = self._encoder.encode(record)
        # Whatever the encoder leaves out or shortens (a second key of the same name, white space, an escape, a number that
        # had quotes or an exponent) makes the text shorter, and nothing but the decimals makes it longer.
        if len(encoded) != len(text) + self.numbers.extra:
            raise NotFast
        return record, encoded

    def _look_inside(self, record: Any, text: bytes, fits_inside: Inside) -> None:
        """Contained resources become JSON text; without any, nothing refers to them."""
        if record.contained is UNSET:
            if not self.inside and b'"#' in text:
                raise NotFast
            return
        inside = [bytes(resource) for resource in record.contained]
        if not fits_inside(inside, text):
            raise NotFast
        texts = self._encoder.encode([resource.decode() for resource in inside])
        self.numbers.extra += len(texts) - len(b"[%s]" % b",".join(inside))
        record.contained = msgspec.Raw(texts)


class Builder:
    """Builds the structs of one decoder. Fields stand in the order of their names, so that equal records have equal texts."""

    def __init__(self, numbers: Numbers, reference: str) -> None:
        self.numbers = numbers
        self.reference = f"^(?:{reference})\\Z"

    def struct(self, structure: str, shape: Shape, tag: str = "") -> type:
        known = definitions.elements(structure)
        siblings: dict[str, type] = {}
        fields, rename = [], {}
        for name, child in sorted(shape.fields.items()):
            field = attribute(name)
            rename[field] = name
            kind = self._field(known, name, child, siblings)
            required = self._required(known, name, shape)
            fields.append((field, kind) if required else (field, kind | UnsetType, UNSET))
        return msgspec.defstruct(
            structure.replace(".", "_"),
            fields,
            rename=rename,
            kw_only=True,
            forbid_unknown_fields=True,
            omit_defaults=True,
            gc=False,
            namespace={"siblings": siblings, **self._after(structure, known, shape)},
            **({"tag_field": "resourceType", "tag": tag} if tag else {}),  # type: ignore[arg-type]
        )

    def _required(self, known: Known, name: str, shape: Shape) -> bool:
        found = known.get(name)
        return bool(found and found.min and not found.choice and f"_{name}" not in shape.fields)

    def _field(self, known: Known, name: str, shape: Shape, siblings: dict[str, type]) -> Any:
        if name.startswith("_"):
            kind: Any = self._sibling(name, shape, siblings)
            return Annotated[list[kind | None], Meta(min_length=1)] if shape.many else kind
        found = known[name]
        kind = self._kind(found, shape)
        if name == "reference" and found.type == "string":
            kind = Annotated[str, Meta(pattern=self.reference)]
        return Annotated[list[kind], Meta(min_length=1)] if shape.many else kind

    def _kind(self, found: Element, shape: Shape) -> Any:
        if found.type == "Resource":
            return msgspec.Raw
        return primitive(found.type, found.codes) if found.primitive else self.struct(found.structure, shape)

    def _sibling(self, name: str, shape: Shape, siblings: dict[str, type]) -> type:
        struct = self.struct(
            "Element", Shape(fields={n: s for n, s in shape.fields.items() if n != "lexical"})
        )
        if "lexical" in shape.fields:
            siblings[name[1:]] = Digits
        return struct

    def _after(self, structure: str, known: Known, shape: Shape) -> dict[str, Any]:
        """What is looked at once the fields are there: odd digits, choices, invariants."""
        decimals = tuple(name for name, child in shape.fields.items() if child.kind == "decimal")
        checks = [given(names, least, 1) for names, least in choices(known, shape)]
        checks += [
            either(attribute(n), f"_{n}")
            for n, found in known.items()
            if found.min and not found.choice and f"_{n}" in shape.fields
        ]
        checks += [aligned(n) for n, child in shape.fields.items() if n.startswith("_") and child.many]
        checks += [invariant(rule, names) for rule, names in breakable(structure, shape)]
        if decimals:  # last, for it adds what the others would count
            checks.append(note_digits(self.numbers, decimals))
        if not checks:
            return {}
        return {"__post_init__": checks[0] if len(checks) == 1 else all_of(tuple(checks))}


def all_of(checks: tuple[Check, ...]) -> Check:
    def after(record: Any) -> None:
        for check in checks:
            check(record)

    return after


def note_digits(numbers: Numbers, decimals: tuple[str, ...]) -> Check:
    def after(record: Any) -> None:
        for name in decimals:
            number = getattr(record, attribute(name))
            if type(number) is Decimal:
                numbers.note(record, name, number)
            elif type(number) is list:
                raise ValueError("lists of decimals are rare: the validator's path keeps their digits")

    return after


def choices(known: Known, shape: Shape) -> list[tuple[tuple[str, ...], int]]:
    """JSON names of each choice that needs looking at, and how many of them at least must be given."""
    found: dict[str, tuple[list[str], int]] = {}
    for name in shape.fields:
        element = known.get(name.removeprefix("_"))
        if element is not None and element.choice:
            found.setdefault(element.name, ([], element.min))[0].append(name)
    return [(tuple(names), least) for names, least in found.values() if len(names) > 1 or least]


def given(names: tuple[str, ...], least: int, most: int) -> Check:
    """So many of the fields stand."""

    def after(record: Any) -> None:
        count = 0
        for name in names:
            if getattr(record, name) is not UNSET:
                count += 1
        if not least <= count <= most:
            raise ValueError("the validator says what is wrong, if anything")

    return after


def either(one: str, other: str) -> Check:
    def after(record: Any) -> None:
        if getattr(record, one, UNSET) is UNSET and getattr(record, other) is UNSET:
            raise ValueError("a required element is missing")

    return after


def aligned(name: str) -> Check:
    """Siblings of a list are as many as its values; siblings alone are not all null."""

    def after(record: Any) -> None:
        siblings, values = getattr(record, name), getattr(record, name[1:], UNSET)
        if siblings is UNSET:
            return
        if not any(siblings) if values is UNSET else len(siblings) != len(values):
            raise ValueError("the validator says what is wrong")

    return after


def breakable(structure: str, shape: Shape) -> list[tuple[Rule, tuple[str, ...]]]:
    """The invariants that records of a shape can break, each with the fields it looks at."""
    found = []
    for rule in invariants.RULES.get(structure, ()):
        if rule.trigger and rule.trigger not in shape.fields:
            continue
        fields = [n for n in rule.fields or shape.fields if n in shape.fields and n not in rule.beside]
        found.append((rule, tuple(fields)))
    return found


def needed(name: str, others: tuple[str, ...]) -> Check:
    """Where the one stands, one of the others does."""

    def after(record: Any) -> None:
        if getattr(record, name) is UNSET:
            return
        for other in others:
            if getattr(record, other) is not UNSET:
                return
        raise ValueError("the validator names the invariant")

    return after


def invariant(rule: Rule, names: tuple[str, ...]) -> Check:
    trigger, holds = rule.trigger, rule.holds
    if rule.needs:
        return needed(trigger, tuple(name for name in names if name != trigger))
    if rule.given:
        return given(names, *rule.given)

    def after(record: Any) -> None:
        if trigger and getattr(record, trigger) is UNSET:
            return
        if not holds({name: value for name in names if (value := getattr(record, name)) is not UNSET}):
            raise ValueError("the validator names the invariant")

    return after


@cache
def primitive(name: str, codes: tuple[str, ...]) -> Any:
    """The Python type, with constraints, that a primitive is decoded as."""
    if codes:
        return Literal[codes]
    if name == "boolean":
        return bool
    if name in RANGES:
        low, high = RANGES[name]
        return Annotated[int, Meta(ge=low, le=high)]
    if name == "decimal":
        return Decimal
    if name in ANY_TEXT:
        return Annotated[str, Meta(min_length=1)]
    return Annotated[str, Meta(pattern=f"^(?:{form(name)})\\Z")]
