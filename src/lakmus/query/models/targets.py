"""How the model information of a mapped model says that an element is read (`target`), parsed into steps.

    target     = reading | type ":" reading (";" type ":" reading)*
    reading    = path | "FHIRHelpers." name "(" path ")"
    path       = ("%value" | "%parent") ("." name ["[x]"] | "[" condition ("," condition)* "]")*
    condition  = name ("." name)* "=" "'" text "'"

`%value` is the element of the same name in FHIR, `%parent` what has the element. Where a target has several readings,
what stands in an extension comes first: an element that has nothing but an extension would otherwise be an empty value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lakmus.core.errors import InputError
from lakmus.query.models.conversions import HELPERS, NATIVE
from lakmus.query.models.model import Member, Reading, Step, Where

_HELPER = re.compile(rf"{HELPERS}\.([A-Za-z]+)\((.*)\)")
_TYPED = re.compile(r"[A-Za-z]+\.[A-Za-z]+:(.*)")
_START = re.compile(r"%(value|parent)(.*)")
_STEP = re.compile(r"\.([A-Za-z][A-Za-z0-9]*)(?:\[x\])?|\[([^\]]*)\]")
_CONDITION = re.compile(r"((?:[A-Za-z][A-Za-z0-9]*\.)*)([A-Za-z][A-Za-z0-9]*)='([^']*)'")
_CONVERSIONS = frozenset((*NATIVE.values(), "FHIR.ToValue", "FHIR.ToValueSet"))
_HINT = "a target is %value or %parent with .names and [conditions], in FHIRHelpers.ToX(…) or not"


def readings(target: str, value: tuple[Step, ...] | None, own: str) -> tuple[Reading, ...]:
    """The ways a target names. `value` is what `%value` stands for; for None, ways that ask for it are left out.

    `own` is the name of a nested class (`telecom` for `Patient.Telecom`), "" for none: model information writes
    `%parent.telecom` for the item itself, as seen from the record that has it.
    """
    found = [each for text in _alternatives(target) if (each := _reading(text, value, own))]
    return tuple(reading for _, reading in sorted(found, key=lambda each: each[0]))


def _alternatives(target: str) -> Iterator[str]:
    parts = target.split(";")
    for part in parts:
        typed = _TYPED.fullmatch(part)
        if typed is None and len(parts) > 1:
            raise InputError(
                "this target cannot be read", hint="each of several readings names its type: Type:reading"
            )
        yield typed[1] if typed else part


def _reading(text: str, value: tuple[Step, ...] | None, own: str) -> tuple[bool, Reading] | None:
    """A reading, and whether it starts at `%value`."""
    helper = _HELPER.fullmatch(text)
    conversion = f"FHIR.{helper[1]}" if helper else ""
    start = _START.fullmatch(helper[2] if helper else text)
    if start is None or (conversion and conversion not in _CONVERSIONS):
        raise InputError("this target cannot be read", hint=_HINT)
    steps = tuple(_steps(start[2]))
    if start[1] == "value":
        return None if value is None else (True, Reading(value + steps, conversion))
    return False, Reading(steps[1:] if own and steps[:1] == (Member(own),) else steps, conversion)


def _steps(text: str) -> Iterator[Step]:
    end = 0
    for found in _STEP.finditer(text):
        if found.start() != end:
            break
        end = found.end()
        yield Member(found[1]) if found[1] else _where(found[2])
    if end != len(text):
        raise InputError("this target cannot be read", hint=_HINT)


def _where(text: str) -> Where:
    conditions = [_CONDITION.fullmatch(part) for part in text.split(",")]
    paths = {found[1] for found in conditions if found}
    if None in conditions or len(paths) != 1:
        raise InputError(
            "this condition cannot be read", hint="write [url='…'], or [coding.system='…',coding.code='…']"
        )
    path = tuple(name for name in paths.pop().split(".") if name)
    return Where(path, tuple((found[2], found[3]) for found in conditions if found))
