"""Data models: what they say of classes, and how model information is read.

`SMALL` is a mapped model as QI-Core is one, with one example of each way to say how an element is read.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lakmus.core.errors import InputError
from lakmus.query.ir.elm.types import ANY, CONCEPT, QUANTITY, STRING, IntervalType, Named
from lakmus.query.models.conversions import IMPLICIT, NATIVE, helper
from lakmus.query.models.fhir import fhir_model
from lakmus.query.models.model import Model
from lakmus.query.models.modelinfo import read_model
from lakmus.query.models.profiles import is_of

SMALL = """
<modelInfo name="Small" version="1.0" url="http://example.org/small" targetUrl="http://hl7.org/fhir"
    patientClassName="Patient" patientBirthDatePropertyName="birthDate"
    xmlns="urn:hl7-org:elm-modelinfo:r1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <typeInfo xsi:type="ClassInfo" namespace="Small" name="Resource" baseType="System.Any" retrievable="true">
    <element name="id" elementType="System.String" target="%value.value"/>
  </typeInfo>
  <typeInfo xsi:type="ClassInfo" namespace="Small" name="Reference" baseType="System.Any">
    <element name="reference" elementType="System.String" target="%value.value"/>
  </typeInfo>
  <typeInfo xsi:type="ClassInfo" namespace="Small" name="Gender" baseType="System.String"/>
  <typeInfo xsi:type="ClassInfo" namespace="Small" name="Birthplace" baseType="Small.Gender"/>
  <typeInfo xsi:type="ClassInfo" namespace="Small" name="Extension" baseType="System.Any">
    <element name="url" elementType="System.String" target="%value.value"/>
  </typeInfo>
  <typeInfo xsi:type="ClassInfo" namespace="Small" name="Origin" baseType="Small.Extension">
    <element name="text" elementType="System.String" target="%parent.extension[url='text'].value.value"/>
    <element name="codes" target="FHIRHelpers.ToCode(%parent.extension[url='code'].value)">
      <elementTypeSpecifier xsi:type="ListTypeSpecifier" elementType="System.Code"/>
    </element>
  </typeInfo>
  <typeInfo xsi:type="ClassInfo" namespace="Small" name="Patient" baseType="Small.Resource" retrievable="true"
      identifier="http://example.org/small/patient" label="Small Patient">
    <element name="gender" elementType="Small.Gender" target="%value.value"/>
    <element name="birthDate" elementType="System.Date" target="%value.value"/>
    <element name="origin" elementType="Small.Origin" target="%parent.extension[url='http://origin']"/>
    <element name="contained"><elementTypeSpecifier xsi:type="ListTypeSpecifier" elementType="Small.Resource"/></element>
    <element name="telecom">
      <elementTypeSpecifier xsi:type="ListTypeSpecifier" elementType="Small.Patient.Telecom"/>
    </element>
    <element name="unheardOf" elementType="System.String" target="%value.value"/>
    <element name="untyped" target="%value.value"/>
  </typeInfo>
  <typeInfo xsi:type="ClassInfo" namespace="Small" name="ContactPoint" baseType="System.Any">
    <element name="value" elementType="System.String" target="%value.value"/>
  </typeInfo>
  <typeInfo xsi:type="ClassInfo" namespace="Small" name="Patient.Telecom">
    <baseTypeSpecifier xsi:type="NamedTypeSpecifier" namespace="Small" name="ContactPoint"/>
    <element name="preferred" elementType="System.Boolean"
        target="%parent.telecom.extension[url='http://preferred'].value.value"/>
  </typeInfo>
  <typeInfo xsi:type="ClassInfo" namespace="Small" name="Pressure" baseType="Small.Resource" retrievable="true"
      target="Observation" primaryCodePath="code" label="Small Blood Pressure">
    <element name="code"
        target="System.Concept:FHIRHelpers.ToConcept(%value);System.ValueSet:FHIRHelpers.ToValueSet(%parent.code.extension[url='http://set'].value.value)">
      <elementTypeSpecifier xsi:type="ChoiceTypeSpecifier">
        <choice xsi:type="NamedTypeSpecifier" namespace="System" name="Concept"/>
        <choice xsi:type="NamedTypeSpecifier" namespace="System" name="ValueSet"/>
      </elementTypeSpecifier>
    </element>
    <element name="vital" elementType="System.Concept"
        target="FHIRHelpers.ToConcept(%parent.category[coding.system='http://c',coding.code='vital'])"/>
    <element name="effective" target="FHIRHelpers.ToValue(%value)">
      <elementTypeSpecifier xsi:type="ChoiceTypeSpecifier">
        <choice xsi:type="NamedTypeSpecifier" namespace="System" name="DateTime"/>
        <choice xsi:type="IntervalTypeSpecifier">
          <pointTypeSpecifier xsi:type="NamedTypeSpecifier" namespace="System" name="DateTime"/>
        </choice>
      </elementTypeSpecifier>
    </element>
    <element name="subject" elementType="Small.Reference"/>
    <element name="value" elementType="System.Quantity" target="FHIRHelpers.ToQuantity(%value)"/>
    <element name="systolic" elementType="Small.Observation.Component"/>
  </typeInfo>
  <typeInfo xsi:type="ClassInfo" namespace="Small" name="Observation.Component" baseType="System.Any">
    <element name="value" elementType="System.Quantity" target="FHIRHelpers.ToQuantity(%value)"/>
  </typeInfo>
  <contextInfo name="Patient" keyElement="id"><contextType namespace="Small" name="Patient"/></contextInfo>
</modelInfo>
"""


def small() -> Model:
    return read_model(SMALL.encode())


def named(model: Model, name: str) -> Named:
    found = model.find(name)
    assert found is not None
    return found


READINGS = [
    ("Patient", "gender", "String", "gender.value"),
    ("Patient", "id", "String", "id.value"),
    ("Patient", "origin", "Small.Origin", "extension[url='http://origin']"),
    ("Origin", "codes", "List<Code>", "FHIR.ToCode(extension[url='code'].value)"),
    ("Patient.Telecom", "preferred", "Boolean", "extension[url='http://preferred'].value.value"),
    ("Patient.Telecom", "value", "String", "value.value"),
    ("Pressure", "effective", "Choice<DateTime, Interval<DateTime>>", "FHIR.ToValue(effective)"),
    ("Pressure", "subject", "Small.Reference", "subject"),
    (
        "Pressure", "vital", "Concept",
        "FHIR.ToConcept(category[coding.system='http://c',coding.code='vital'])",
    ),
    (
        "Pressure", "code", "Choice<Concept, ValueSet>",
        "FHIR.ToValueSet(code.extension[url='http://set'].value.value) FHIR.ToConcept(code)",
    ),
    (
        "Pressure", "systolic", "Small.Observation.Component",
        "component[code.coding.system='http://loinc.org',code.coding.code='8480-6']",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("owner", "name", "type_", "path"), READINGS)
def test_how_an_element_of_a_mapped_model_is_read(owner: str, name: str, type_: str, path: str) -> None:
    model = small()
    element = model.element(named(model, owner), name)
    assert element is not None
    assert (str(element.type), " ".join(map(str, element.path))) == (type_, path)


NAMES = [
    ("Patient", "Small.Patient"),
    ("Small Patient", "Small.Patient"),
    ("Blood Pressure", "Small.Pressure"),
    ("Small Blood Pressure", "Small.Pressure"),
    ("Gender", "String"),
    ("Birthplace", "String"),
    ("Nobody", "None"),
]


@pytest.mark.parametrize(("name", "type_"), NAMES)
def test_types_by_name_and_label(name: str, type_: str) -> None:
    assert str(small().find(name)) == type_


def test_what_a_model_says_of_itself() -> None:
    model = small()
    pressure = model.class_of(named(model, "Pressure"))
    assert pressure is not None
    assert (pressure.resource, pressure.primary_code_path) == ("Observation", "code")
    assert (str(model.patient), model.birth_date, model.contexts["Patient"]) == (
        "Small.Patient", "birthDate", model.patient,
    )  # fmt: skip
    assert model.base(model.patient) == Named("Small", "Resource")
    assert model.base(Named("Small", "Resource")) == ANY
    assert model.base(Named("Other", "Resource")) is None


@pytest.mark.parametrize("name", ["unheardOf", "untyped"])
def test_elements_that_no_record_can_have_are_left_out(name: str) -> None:
    model = small()
    assert model.element(model.patient, name) is None


FAULTS = [
    ("<modelInfo", "not well-formed XML"),
    ("<!DOCTYPE x [<!ENTITY e 'e'>]><modelInfo name='&e;'/>", "a document type or an entity"),
    ("<other/>", "no model information"),
    ("<modelInfo name='X' url='urn:x'/>", "not read from FHIR records"),
    ("<modelInfo name='X' url='http://hl7.org/fhir'/>", "a type is named that is not there"),
    (SMALL.replace("%value.value", "%value.where(1)"), "this target cannot be read"),
    (SMALL.replace("[url='text']", "[url~'text']"), "this condition cannot be read"),
    (SMALL.replace("FHIRHelpers.ToQuantity(%value)", "FHIRHelpers.ToMoney(%value)"), "this target cannot be read"),
    (SMALL.replace('elementType="Small.Origin"', 'elementType="Small.Nothing"'), "a type is named that is not there"),
    (SMALL.replace('name="Gender" baseType="System.String"', 'name="Gender" baseType="Small.Birthplace"'), "from itself"),
    (SMALL.replace('"ClassInfo" namespace="Small" name="Gender"', '"ListTypeInfo" name="Gender"'), "only classes"),
    (SMALL.replace("IntervalTypeSpecifier", "StreamTypeSpecifier"), "this type specifier cannot be read"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "message"), FAULTS)
def test_faults_of_model_information(document: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_model(document.encode())


def test_types_nested_too_deep_are_refused() -> None:
    level = '<choice xsi:type="ChoiceTypeSpecifier">'
    deep = SMALL.replace(
        '<choice xsi:type="IntervalTypeSpecifier">', level * 5000 + "</choice>" * 5000 + level
    )
    with pytest.raises(InputError, match="nested too deep"):
        read_model(deep.encode())


FHIR = [
    ("Patient", "birthDate", "FHIR.date"),
    ("Patient", "contact", "List<FHIR.Patient.Contact>"),
    ("Patient", "id", "FHIR.id"),
    ("Patient.Contact", "modifierExtension", "List<FHIR.Extension>"),
    ("HumanName", "id", "String"),
    ("Observation.Component", "referenceRange", "List<FHIR.Observation.ReferenceRange>"),
    ("Age", "value", "FHIR.decimal"),
    ("decimal", "value", "Decimal"),
    ("code", "value", "String"),
    ("instant", "value", "DateTime"),
    ("Patient", "deceased", "Choice<FHIR.boolean, FHIR.dateTime>"),
    ("Patient", "gender", "FHIR.code"),
]


@pytest.mark.parametrize(("owner", "name", "type_"), FHIR)
def test_elements_of_fhir(owner: str, name: str, type_: str) -> None:
    model = fhir_model()
    element = model.element(named(model, owner), name)
    assert element is not None
    assert str(element.type) == type_


def test_names_of_fhir() -> None:
    model = fhir_model()
    assert str(model.find("AdministrativeGender")) == "FHIR.code"
    assert model.is_a(Named("FHIR", "Age"), Named("FHIR", "Quantity"))
    assert not model.is_a(Named("FHIR", "Quantity"), Named("FHIR", "Age"))
    medication = model.class_of(Named("FHIR", "MedicationRequest"))
    assert medication is not None
    assert (medication.resource, medication.primary_code_path) == ("MedicationRequest", "medication")


CONVERSIONS = [
    ("Period", "Interval<DateTime>", "FHIR.ToInterval"),
    ("Range", "Interval<Quantity>", "FHIR.ToInterval"),
    ("Age", "Quantity", "FHIR.ToQuantity"),
    ("SimpleQuantity", "Quantity", "FHIR.ToQuantity"),
    ("CodeableConcept", "Concept", "FHIR.ToConcept"),
    ("code", "String", "FHIR.ToString"),
    ("positiveInt", "Integer", "FHIR.ToInteger"),
    ("instant", "DateTime", "FHIR.ToDateTime"),
]


@pytest.mark.parametrize(("source", "target", "name"), CONVERSIONS)
def test_conversions_of_fhir(source: str, target: str, name: str) -> None:
    model, type_ = fhir_model(), Named("FHIR", source)
    (only,) = model.targets(type_)
    assert (str(only), model.conversion(type_, only)) == (target, name)


def test_classes_that_are_no_values_have_no_conversion() -> None:
    assert fhir_model().targets(Named("FHIR", "HumanName")) == ()
    assert fhir_model().conversion(Named("FHIR", "Quantity"), CONCEPT) is None


def test_helpers_named_in_a_library() -> None:
    quantity = Named("FHIR", "Quantity")
    assert helper("ToInterval", quantity) == ("FHIR.ToInterval", IntervalType(QUANTITY))
    assert helper("ToQuantity", quantity) == ("FHIR.ToQuantity", QUANTITY)
    assert helper("ToCalendarUnit", STRING) == ("FHIR.ToCalendarUnit", STRING)
    assert helper("ToConcept", quantity) is None
    assert NATIVE.items() > IMPLICIT.items()


QICORE = "http://hl7.org/fhir/us/qicore/StructureDefinition/qicore-"
NOT_DONE = "http://hl7.org/fhir/5.0/StructureDefinition/extension-DeviceRequest.doNotPerform"


def category(code: str) -> dict[str, object]:
    return {"category": [{"coding": [{"code": code}]}]}


PROFILES = [
    ("procedurenotdone", {"status": "not-done"}, True),
    ("procedurenotdone", {"status": "completed"}, False),
    ("procedure", {"status": "not-done"}, True),
    ("servicenotrequested", {"doNotPerform": True}, True),
    ("servicenotrequested", {"doNotPerform": "true"}, False),
    ("servicenotrequested", {}, False),
    ("devicenotrequested", {"modifierExtension": [{"url": NOT_DONE, "valueBoolean": True}]}, True),
    ("devicenotrequested", {"modifierExtension": [{"url": NOT_DONE, "valueBoolean": False}]}, False),
    ("devicenotrequested", {"modifierExtension": [{"url": "http://x", "valueBoolean": True}]}, False),
    ("condition-encounter-diagnosis", category("encounter-diagnosis"), True),
    ("condition-encounter-diagnosis", category("problem-list-item"), False),
    ("condition-encounter-diagnosis", {}, False),
    ("condition-problems-health-concerns", category("health-concern"), True),
    ("condition-problems-health-concerns", category("encounter-diagnosis"), False),
    ("condition-problems-health-concerns", {}, True),
]  # fmt: skip


@pytest.mark.parametrize(("profile", "record", "expected"), PROFILES)
def test_profiles_told_apart_by_data(profile: str, record: dict[str, object], expected: bool) -> None:
    assert is_of(QICORE + profile, record) is expected


# The official files


def official(shared: Path, name: str) -> Model:
    path = shared / "conformance" / "modelinfo" / f"{name}.xml"
    if not path.exists():
        pytest.skip("the official model information is not there")
    return read_model(path.read_bytes())


def test_our_fhir_is_the_official_one(shared: Path) -> None:
    """Classes and elements are; types too, but for codes and quantities that have names of their own there."""
    theirs, ours = official(shared, "fhir-modelinfo-4.0.1"), fhir_model()
    assert set(theirs.names()) - set(ours.names()) == set()
    for name, info in ours.classes.items():
        other = theirs.classes[name]
        assert (info.type, info.base, info.structure) == (other.type, other.base, other.structure)
        elements, others = ours.elements(info.type), theirs.elements(info.type)
        types = {key: plain(str(each.type)) for key, each in elements.items()}
        assert types == {key: plain(str(each.type)) for key, each in others.items()}


def plain(type_: str) -> str:
    """A type with names of codes as `code`, of quantities as `Quantity`, alternatives in order."""
    coded = {name for name, alias in fhir_model().aliases.items() if str(alias) == "FHIR.code"}
    names = re.findall(r"[\w.]+|[<>]", type_.replace("SimpleQuantity", "Quantity"))
    words = ["FHIR.code" if name.removeprefix("FHIR.") in coded else name for name in names]
    return " ".join(sorted(words))


SLICES_OF_VALUE_SETS = {"us-core", "uscore", "screening-assessment", "ccn", "ein"}


@pytest.mark.parametrize("name", ["qicore-modelinfo-6.0.0", "uscore-modelinfo-6.1.0"])
def test_every_element_of_the_official_profiles_has_a_reading(name: str, shared: Path) -> None:
    model = official(shared, name)
    text = (shared / "conformance" / "modelinfo" / f"{name}.xml").read_text()
    written = set(re.findall(r'<element name="([^"]*)"', text))
    read = {element for info in model.classes.values() for element in info.elements}
    assert written - read <= SLICES_OF_VALUE_SETS | {"itemMedia", "itemAnswerMedia"}
    assert all(info.structure for info in model.classes.values())
