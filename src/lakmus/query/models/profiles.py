"""What has to hold of a record that a profile is told apart by from others of its resource type.

A retrieve reads the records of a resource type. Profiles in `meta.profile` are not asked for: systems other than those
that write test cases do not send them, and a record of a derived profile seldom names those it derives from. What tells
profiles apart is in the data, where their definitions fix a value:

- a negation profile is of what was *not* done: its status, or `doNotPerform`, says so. Records without a negation are of
  no such profile. The plain profiles fix nothing, so that `[DeviceRequest]` also gives the requests not to do something:
  measures test `doNotPerform` and the status themselves (QI-Core 6.0.0, "Negation").
- an encounter diagnosis says so in its category; all other conditions are problems or health concerns, those without a
  category too, for no record may be lost and none be counted in both.
- a vital sign has the code that US Core fixes for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_QICORE = "http://hl7.org/fhir/us/qicore/StructureDefinition/qicore-"
_USCORE = "http://hl7.org/fhir/us/core/StructureDefinition/"
_DO_NOT_PERFORM = "http://hl7.org/fhir/5.0/StructureDefinition/extension-DeviceRequest.doNotPerform"
_ENCOUNTER = ("encounter-diagnosis",)
_PROBLEM = ("problem-list-item", "health-concern")


@dataclass(frozen=True, slots=True)
class Rule:
    """One of `values` stands at a path of JSON names; of items of a list that have `url` only.

    `unless` are values that rule a record out which has none of the wanted ones.
    """

    path: tuple[str, ...]
    values: tuple[Any, ...]
    url: str = ""
    unless: tuple[Any, ...] | None = None

    def holds(self, record: Any) -> bool:
        found = self._found(record)
        if any(value in self.values for value in found):
            return True
        return self.unless is not None and not any(value in self.unless for value in found)

    def _found(self, record: Any) -> list[Any]:
        items = [record]
        for name in self.path:
            items = [each for item in items if isinstance(item, dict) for each in _listed(item.get(name))]
            if self.url and name == self.path[0]:
                items = [item for item in items if isinstance(item, dict) and item.get("url") == self.url]
        return [item for item in items if isinstance(item, str | bool)]


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _status(status: str) -> Rule:
    return Rule(("status",), (status,))


def _loinc(*codes: str) -> Rule:
    return Rule(("code", "coding", "code"), codes)


_CATEGORY = ("category", "coding", "code")
_CONDITIONS = {
    "condition-encounter-diagnosis": Rule(_CATEGORY, _ENCOUNTER),
    "condition-problems-health-concerns": Rule(_CATEGORY, _PROBLEM, unless=_ENCOUNTER),
}
RULES: dict[str, Rule] = {
    f"{_QICORE}communicationnotdone": _status("not-done"),
    f"{_QICORE}devicenotrequested": Rule(("modifierExtension", "valueBoolean"), (True,), _DO_NOT_PERFORM),
    f"{_QICORE}immunizationnotdone": _status("not-done"),
    f"{_QICORE}medicationadministrationnotdone": _status("not-done"),
    f"{_QICORE}medicationdispensedeclined": _status("declined"),
    f"{_QICORE}medicationnotrequested": Rule(("doNotPerform",), (True,)),
    f"{_QICORE}observationcancelled": _status("cancelled"),
    f"{_QICORE}procedurenotdone": _status("not-done"),
    f"{_QICORE}servicenotrequested": Rule(("doNotPerform",), (True,)),
    f"{_QICORE}taskrejected": _status("rejected"),
    **{_QICORE + name: rule for name, rule in _CONDITIONS.items()},
    **{f"{_USCORE}us-core-{name}": rule for name, rule in _CONDITIONS.items()},
    f"{_USCORE}us-core-vital-signs": Rule(_CATEGORY, ("vital-signs",)),
    f"{_USCORE}us-core-blood-pressure": _loinc("85354-9"),
    f"{_USCORE}us-core-bmi": _loinc("39156-5"),
    f"{_USCORE}us-core-body-height": _loinc("8302-2"),
    f"{_USCORE}us-core-body-temperature": _loinc("8310-5"),
    f"{_USCORE}us-core-body-weight": _loinc("29463-7"),
    f"{_USCORE}us-core-head-circumference": _loinc("9843-4"),
    f"{_USCORE}us-core-heart-rate": _loinc("8867-4"),
    f"{_USCORE}us-core-pulse-oximetry": _loinc("59408-5", "2708-6"),
    f"{_USCORE}us-core-respiratory-rate": _loinc("9279-1"),
    f"{_USCORE}pediatric-bmi-for-age": _loinc("59576-9"),
    f"{_USCORE}head-occipital-frontal-circumference-percentile": _loinc("8289-1"),
    f"{_USCORE}pediatric-weight-for-height": _loinc("77606-2"),
}  # fmt: skip


def is_of(profile: str, record: Any) -> bool:
    """Whether a record of the right resource type is one of the profile."""
    rule = RULES.get(profile)
    return rule is None or rule.holds(record)
