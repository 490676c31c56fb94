"""Ages and terminology (CQL 1.5, appendix B, "Clinical Operators")."""

from __future__ import annotations

from collections.abc import Iterable

from lakmus.core.errors import InputError, UnsupportedError
from lakmus.query.engines.reference.elm.durations import duration_between
from lakmus.query.engines.reference.elm.parts import Moment
from lakmus.query.engines.reference.elm.rows import Call, row
from lakmus.query.engines.reference.elm.uncertainty import Uncertain
from lakmus.query.ir.elm.values import Code, CodeSystem, Concept, Date, ValueSet
from lakmus.terminology.model import Coding, Subsumption
from lakmus.terminology.provider import TerminologyProvider

Coded = str | Code | Concept
Members = frozenset[tuple[str, str]]


@row("CalculateAge")
def _calculate_age(call: Call, birth: Moment) -> Uncertain:
    now = call.context.now
    return duration_between(call, birth, Date(now.parts[:3]) if isinstance(birth, Date) else now)


@row("CalculateAgeAt")
def _calculate_age_at(call: Call, birth: Moment, at: Moment) -> Uncertain:
    return duration_between(call, birth, at)


@row("InValueSet", nulls=True)
def _in_value_set(call: Call, code: Coded | None, value_set: ValueSet | None) -> bool | None:
    return any_in_value_set(call, (code,), value_set)


def any_in_value_set(
    call: Call, codes: Iterable[Coded | None] | None, value_set: ValueSet | None
) -> bool | None:
    """Null is in no value set; whether something is in null is not known."""
    if value_set is None:
        return None
    members = _terminology(call, "membership in value sets").members(_canonical(value_set))
    return any(_is_member(code, members) for code in codes or () if code is not None)


def _is_member(code: Coded, members: Members) -> bool:
    if isinstance(code, str):
        return _has_text(code, members)
    return any(((c.system or ""), (c.code or "")) in members for c in _codes(code))


def _has_text(text: str, members: Members) -> bool:
    """InputError when the set has it in several systems: the standard calls that ambiguous."""
    systems = {system for system, code in members if code == text}
    if len(systems) > 1:
        raise InputError("the value set has the code in several code systems", hint="name the code's system")
    return bool(systems)


@row("InCodeSystem", nulls=True)
def _in_code_system(call: Call, code: Coded | None, system: CodeSystem | None) -> bool | None:
    return any_in_code_system(call, (code,), system)


def any_in_code_system(
    call: Call, codes: Iterable[Coded | None] | None, system: CodeSystem | None
) -> bool | None:
    if system is None:
        return None
    provider = _terminology(call, "membership in code systems")
    return any(_is_in(provider, c, system) for code in codes or () if code is not None for c in _codes(code))


def _is_in(provider: TerminologyProvider, code: Code, system: CodeSystem) -> bool:
    """A code without a system is looked for in this one."""
    if not code.code or code.system not in (None, system.id):
        return False
    return provider.validate_code(Coding(system.id, code.code, version=system.version or "")).valid


@row("ExpandValueSet")
def _expand_value_set(call: Call, value_set: ValueSet) -> list[Code]:
    expansion = _terminology(call, "the expansion of value sets").expand(_canonical(value_set))
    return [Code(c.code, c.system or None, c.version or None, c.display or None) for c in expansion.codings]


@row("Subsumes")
def _subsumes(call: Call, above: Coded, below: Coded) -> bool | None:
    return _relates(call, above, below, Subsumption.SUBSUMES)


@row("SubsumedBy")
def _subsumed_by(call: Call, below: Coded, above: Coded) -> bool | None:
    return _relates(call, below, above, Subsumption.SUBSUMED_BY)


def _relates(call: Call, a: Coded, b: Coded, relation: Subsumption) -> bool | None:
    """Whether any code of the one relates so to any of the other; null when no two are of one system."""
    provider = _terminology(call, "subsumption")
    pairs = [
        (x, y)
        for x in _codes(a)
        for y in _codes(b)
        if x.code and y.code and x.system and x.system == y.system
    ]
    outcomes = (provider.subsumes(x.system or "", x.code or "", y.code or "") for x, y in pairs)
    return any(o in (relation, Subsumption.EQUIVALENT) for o in outcomes) if pairs else None


def _codes(value: Coded) -> tuple[Code, ...]:
    if isinstance(value, str):
        return (Code(value),)
    return value.codes if isinstance(value, Concept) else (value,)


def _canonical(value_set: ValueSet) -> str:
    if value_set.codesystems:
        raise UnsupportedError(
            "a value set with code systems of its own", reference="CQL 1.5, valuesetDefinition"
        )
    return f"{value_set.id}|{value_set.version}" if value_set.version else value_set.id


def _terminology(call: Call, feature: str) -> TerminologyProvider:
    if call.context.terminology is None:
        raise UnsupportedError(feature, hint="give the evaluation terminology")
    return call.context.terminology


row("AnyInValueSet", nulls=True)(any_in_value_set)
row("AnyInCodeSystem", nulls=True)(any_in_code_system)
