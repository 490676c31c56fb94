"""What FHIR R4 adds (fhirpath.html#functions)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lakmus.core.errors import InputError, UnsupportedError
from lakmus.query.engines.reference.environment import Environment
from lakmus.query.engines.reference.narrative import is_safe_xhtml
from lakmus.query.engines.reference.navigation import resource
from lakmus.query.engines.reference.rows import collections, singles
from lakmus.query.engines.reference.types import is_of
from lakmus.query.engines.reference.values import Collection, Value, as_system, value_of
from lakmus.query.ir import operations as op
from lakmus.query.ir.types import TypeName
from lakmus.terminology.model import Coding
from lakmus.terminology.provider import TerminologyProvider

_PROFILES = "http://hl7.org/fhir/StructureDefinition/"
_ENGINE = "reference"


@collections(op.HasValue)
def has_value(_: Environment, items: Collection) -> Collection:
    return [value_of(len(items) == 1 and _is_primitive(items[0]) and items[0].value is not None)]


@collections(op.GetValue)
def get_value(_: Environment, items: Collection) -> Collection:
    found = as_system(items[0]) if len(items) == 1 and _is_primitive(items[0]) else None
    return [] if found is None else [found]


def _is_primitive(item: Value) -> bool:
    return item.is_system or item.type.name[0].islower()


@collections(op.Resolve)
def resolve(env: Environment, items: Collection) -> Collection:
    assert env.resolver is not None, "evaluate() gives one"
    found = (env.resolver(reference) for item in items if (reference := _reference(item)))
    return [resource(content) for content in found if content is not None]


def _reference(item: Value) -> str:
    content = item.value
    found = content.get("reference") if isinstance(content, Mapping) else content
    return found if isinstance(found, str) else ""


def _terminology(env: Environment, what: str) -> TerminologyProvider:
    if env.terminology is None:
        raise UnsupportedError(
            f"{what} without a terminology", engine=_ENGINE, hint="give one in the environment"
        )
    return env.terminology


def _codings(item: Value) -> Iterator[Coding]:
    """Of a code, a Coding or a CodeableConcept."""
    content: Any = item.value
    if isinstance(content, str):
        yield Coding("", content)
    elif isinstance(content, Mapping):
        for coding in content.get("coding", [content]):
            if coding.get("code"):
                yield Coding(coding.get("system", ""), coding["code"], coding.get("display", ""))


@singles(op.MemberOf)
def member_of(env: Environment, item: Value, value_set: Value) -> bool:
    provider = _terminology(env, "memberOf()")
    return any(provider.validate_code(coding, value_set.value).valid for coding in _codings(item))


@singles(op.Subsumes)
def subsumes(env: Environment, above: Value, below: Value) -> bool:
    return _subsumes(_terminology(env, "subsumes()"), above, below)


@singles(op.SubsumedBy)
def subsumed_by(env: Environment, below: Value, above: Value) -> bool:
    return _subsumes(_terminology(env, "subsumedBy()"), above, below)


def _subsumes(provider: TerminologyProvider, above: Value, below: Value) -> bool:
    pairs = ((a, b) for a in _codings(above) for b in _codings(below) if a.system == b.system)
    return any(
        str(provider.subsumes(a.system, a.code, b.code)) in ("subsumes", "equivalent") for a, b in pairs
    )


@singles(op.ConformsTo)
def conforms_to(env: Environment, item: Value, profile: Value) -> bool:
    """The standard's own structures are judged by the type; other profiles are not known here."""
    name = profile.value.removeprefix(_PROFILES)
    if name == profile.value or not env.model.has_type(name):
        raise InputError(
            "no profile is known by this address", hint=f"known are {_PROFILES} and a type of FHIR R4"
        )
    return is_of(item.type, TypeName("FHIR", name), env.model)


@singles(op.HtmlChecks)
def html_checks(_: Environment, item: Value) -> bool:
    text = item.value.get("div", "") if isinstance(item.value, Mapping) else item.value
    return isinstance(text, str) and is_safe_xhtml(text)
