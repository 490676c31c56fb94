"""Parts of a Measure that many elements have: codes, extensions of the guide, places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from lakmus.core.errors import InputError, Place
from lakmus.fhir.definitions import suggestion
from lakmus.query.measures.measure import Json

# The guide's extensions by edition; the newest are those of FHIR itself.
EXTENSIONS = (
    "http://hl7.org/fhir/us/cqfmeasures/StructureDefinition/cqfm-{}",
    "http://hl7.org/fhir/uv/cqfmeasures/StructureDefinition/cqfm-{}",
    "http://hl7.org/fhir/StructureDefinition/cqf-{}",
)
Known = TypeVar("Known", bound=StrEnum)


def each_of(holder: Json, name: str, at: str) -> list[tuple[Json, str]]:
    return [(each, f"{at}.{name}[{index}]") for index, each in enumerate(holder.get(name) or [])]


def text_of(holder: Json, name: str) -> str:
    """The code or text in one of the guide's extensions; "" without."""
    return next((value for value in _values(holder, name) if isinstance(value, str)), "")


def concept_of(holder: Json, name: str) -> Json:
    """The concept in one of the guide's extensions; empty without."""
    return next((value for value in _values(holder, name) if isinstance(value, Mapping)), {})


def _values(holder: Json, name: str) -> Iterator[Any]:
    urls = {form.format(name) for form in EXTENSIONS}
    for each in holder.get("extension") or []:
        if each["url"] in urls:
            yield from (value for key, value in each.items() if key.startswith("value"))


def code_of(concept: Any, systems: tuple[str, ...]) -> str:
    """The code in a concept from one of these systems, or without a system; "" when it has none."""
    codings = concept.get("coding") or [] if isinstance(concept, Mapping) else []
    fitting = (each for each in codings if not systems or each.get("system", systems[0]) in systems)
    return next((str(each["code"]) for each in fitting if "code" in each), "")


def known(kind: type[Known], code: str, path: str) -> Known:
    try:
        return kind(code)
    except ValueError:
        hint = suggestion(code, list(map(str, kind))) or f"one of {every(kind)}"
        raise InputError(
            f"`{code}` is no {kind.__name__.lower()}", place=Place(path=path), hint=hint
        ) from None


def every(kind: type[StrEnum]) -> str:
    return ", ".join(kind)


def missing(message: str, path: str, hint: str) -> InputError:
    return InputError(message, place=Place(path=path), hint=hint)
