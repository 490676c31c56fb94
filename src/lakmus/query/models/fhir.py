"""FHIR 4.0.1 as a model of CQL, from the generated tables of the standard: no model information file is needed.

Classes are named as in the model information of FHIR (`Patient.Contact`); elements with a required binding are of the
type `code`, and the names that model information gives to such codes (`AdministrativeGender`) mean that type.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from lakmus.fhir.generated.structures import KINDS, STRUCTURES
from lakmus.query.ir.elm.types import STRING, CqlType, ListType, Named, choice
from lakmus.query.ir.model import SYSTEM_OF, FhirR4
from lakmus.query.ir.model import Element as Form
from lakmus.query.models.codes import NAMES
from lakmus.query.models.conversions import IMPLICIT, fhir
from lakmus.query.models.model import ClassInfo, Element, Member, Model, Reading

_FHIR = FhirR4()
_PROFILES = "http://hl7.org/fhir/StructureDefinition/"
# What a record's kind is coded in, where it is not `code` (fhir-modelinfo-4.0.1.xml, primaryCodePath).
_CODE_PATHS = {
    **dict.fromkeys(("ActivityDefinition", "Library", "Measure"), "topic"),
    **dict.fromkeys(("AdverseEvent", "MessageDefinition"), "event"),
    **dict.fromkeys(("CarePlan", "CareTeam", "CommunicationRequest", "Consent", "Goal", "SupplyRequest"), "category"),
    **dict.fromkeys(("Account", "Claim", "Composition", "Coverage", "Device", "DeviceMetric", "Encounter"), "type"),
    **dict.fromkeys(("EpisodeOfCare", "ExplanationOfBenefit", "HealthcareService", "Location"), "type"),
    **dict.fromkeys(("MeasureReport", "Specimen", "SupplyDelivery"), "type"),
    **dict.fromkeys(("MedicationAdministration", "MedicationDispense", "MedicationRequest"), "medication"),
    "MedicationStatement": "medication",
    "Appointment": "serviceType",
    "BodyStructure": "location",
    "Communication": "reasonCode",
    "DeviceUseStatement": "device.code",
    "GuidanceResponse": "module",
    "Immunization": "vaccineCode",
    "OperationDefinition": "code",
    "OperationOutcome": "issue.code",
    "OrganizationAffiliation": "",
    "Questionnaire": "name",
    "RelatedPerson": "relationship",
    "SearchParameter": "target",
}  # fmt: skip
# Nested structures of data types are elements only: nothing in them can change their meaning.
_BACKBONES_OF_TYPES = ("Population", "ProductShelfLife", "ProdCharacteristic", "MarketingStatus")
# Quantities that the standard constrains to be without a comparator, or of money.
_QUANTITIES = ("SimpleQuantity", "MoneyQuantity")


@cache
def fhir_model() -> Model:
    """The model that `using FHIR version '4.0.1'` means."""
    classes = {info.type.name: info for info in _classes()}
    contexts = ("Practitioner", "Device", "Patient", "Encounter", "RelatedPerson")
    return Model(
        "FHIR",
        "4.0.1",
        "http://hl7.org/fhir",
        classes,
        fhir("Patient"),
        "birthDate.value",
        dict.fromkeys(NAMES, fhir("code")),
        {name: fhir(name) for name in contexts},
        tuple((source, target, name) for (source, target), name in IMPLICIT.items()),
    )


def class_name(structure: str) -> str:
    """`Patient.contact` of FHIR's definitions is the class `Patient.Contact`."""
    head, *rest = structure.split(".")
    return ".".join((head, *(part[:1].upper() + part[1:] for part in rest)))


def _classes() -> Iterator[ClassInfo]:
    for structure in (*KINDS, *(name for name in STRUCTURES if "." in name)):
        yield _class(structure)
    for name in _QUANTITIES:
        yield ClassInfo(fhir(name), fhir("Quantity"), {}, "Quantity", profile=_PROFILES + name, label=name)


def _class(structure: str) -> ClassInfo:
    name, base = class_name(structure), _base(structure)
    known = structure in KINDS
    return ClassInfo(
        fhir(name),
        None if base is None else fhir(base),
        {element.name: element for element in _elements(structure, base)},
        structure,
        _FHIR.is_resource(structure),
        _code_path(structure),
        _PROFILES + structure if known else "",
        structure if known else "",
    )


def _base(structure: str) -> str | None:
    head = structure.partition(".")[0]
    of_type = "." in structure and KINDS.get(head) == "complex-type"
    if of_type and head not in _BACKBONES_OF_TYPES:
        return "Element"
    return _FHIR.base(structure)


def _elements(structure: str, base: str | None) -> Iterator[Element]:
    """Those it has itself: what its base has is inherited."""
    inherited = _FHIR.elements(base) if base else {}
    if structure in SYSTEM_OF and KINDS[structure] == "primitive-type":
        system = SYSTEM_OF[structure]
        yield _element("value", Named("System", system.name))
    for name, forms in _FHIR.elements(structure).items():
        if name not in inherited:
            yield _element(name, _type(structure, forms))


def _element(name: str, type_: CqlType) -> Element:
    return Element(name, type_, (Reading((Member(name),)),))


def _type(structure: str, forms: tuple[Form, ...]) -> CqlType:
    """The `id` of an element is a plain string: it cannot have extensions (R4 element.html)."""
    if forms[0].name == "id" and not _FHIR.is_resource(structure):
        return STRING
    type_ = choice(fhir(class_name(form.type.name)) for form in forms)
    return ListType(type_) if forms[0].many else type_


def _code_path(structure: str) -> str:
    if not _FHIR.is_resource(structure):
        return ""
    coded = any(form.type.name == "CodeableConcept" for form in _FHIR.elements(structure).get("code", ()))
    return _CODE_PATHS.get(structure, "code" if coded else "")
