"""The conversions from FHIR's types to the System model that are built in: those of the library FHIRHelpers 4.4.

The checker names them, the engines have them; no CQL library is needed. A call of `FHIRHelpers.ToX` in a library means
the same (`helper`).
"""

from __future__ import annotations

from lakmus.query.ir.elm.types import (
    CODE,
    CONCEPT,
    DATETIME,
    QUANTITY,
    RATIO,
    STRING,
    VALUE_SET,
    CqlType,
    IntervalType,
    Named,
)
from lakmus.query.ir.model import SYSTEM_OF

HELPERS = "FHIRHelpers"
PERIOD, RANGE = IntervalType(DATETIME), IntervalType(QUANTITY)
QUANTITIES = ("Quantity", "Age", "Count", "Distance", "Duration", "SimpleQuantity", "MoneyQuantity")


def fhir(name: str) -> Named:
    return Named("FHIR", name)


# Those that are applied without being asked (fhir-modelinfo-4.0.1.xml, conversionInfo).
IMPLICIT: dict[tuple[Named, CqlType], str] = {
    **{
        (fhir(name), Named("System", system.name)): f"FHIR.To{system.name}"
        for name, system in SYSTEM_OF.items()
        if name not in QUANTITIES
    },
    **{(fhir(name), QUANTITY): "FHIR.ToQuantity" for name in QUANTITIES},
    (fhir("Coding"), CODE): "FHIR.ToCode",
    (fhir("CodeableConcept"), CONCEPT): "FHIR.ToConcept",
    (fhir("Period"), PERIOD): "FHIR.ToInterval",
    (fhir("Range"), RANGE): "FHIR.ToInterval",
    (fhir("Ratio"), RATIO): "FHIR.ToRatio",
}
# Those that a call of a helper may name as well.
NATIVE: dict[tuple[Named, CqlType], str] = {
    **IMPLICIT,
    **{(fhir(name), RANGE): "FHIR.ToInterval" for name in QUANTITIES},
}
_OF_SYSTEM: dict[tuple[str, CqlType], tuple[str, CqlType]] = {
    ("ToValueSet", STRING): ("FHIR.ToValueSet", VALUE_SET),
    ("ToCalendarUnit", STRING): ("FHIR.ToCalendarUnit", STRING),
}


def helper(name: str, argument: CqlType) -> tuple[str, CqlType] | None:
    """What `FHIRHelpers.<name>(argument)` is: the native conversion and the type it gives; None when it is none."""
    if name == "ToQuantityIgnoringComparator" and argument in [fhir(each) for each in QUANTITIES]:
        return f"FHIR.{name}", QUANTITY
    native = (
        (conversion, target)
        for (source, target), conversion in NATIVE.items()
        if source == argument and conversion == f"FHIR.{name}"
    )
    return _OF_SYSTEM.get((name, argument)) or next(native, None)
