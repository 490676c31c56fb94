"""What the tables say, held against the text of the standard."""

import doctest
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lakmus import fhir
from lakmus.core.errors import NotFoundError
from lakmus.fhir import definitions, shapes
from lakmus.fhir.generated.structures import KINDS, STRUCTURES

ROOT = Path(__file__).resolve().parents[2]


def test_resource_types() -> None:
    types = definitions.resource_types()
    assert len(types) == 146  # of the 148 codes of resource-types two are abstract
    assert {"Patient", "Bundle", "Parameters", "MedicinalProduct"} <= set(types)
    assert not {"Resource", "DomainResource", "Quantity", "Element"} & set(types)


ELEMENTS = {
    # structure, JSON name: (type, structure of its children, min, repeats)
    ("Patient", "birthDate"): ("date", "", 0, False),
    ("Patient", "id"): ("id", "", 0, False),
    ("Patient", "name"): ("HumanName", "HumanName", 0, True),
    ("Patient", "contact"): ("BackboneElement", "Patient.contact", 0, True),
    ("Patient", "deceasedBoolean"): ("boolean", "", 0, False),
    ("Observation", "valueQuantity"): ("Quantity", "Quantity", 0, False),
    ("Observation", "code"): ("CodeableConcept", "CodeableConcept", 1, False),
    ("Observation.component", "referenceRange"): ("BackboneElement", "Observation.referenceRange", 0, True),
    ("Questionnaire.item", "item"): ("BackboneElement", "Questionnaire.item", 0, True),
    ("Bundle.entry", "link"): ("BackboneElement", "Bundle.link", 0, True),
    ("Bundle.entry", "resource"): ("Resource", "Resource", 0, False),
    ("Timing", "repeat"): ("Element", "Timing.repeat", 0, False),
    ("Extension", "url"): ("uri", "", 1, False),
    ("HumanName", "extension"): ("Extension", "Extension", 0, True),
}


@pytest.mark.parametrize(("place", "expected"), ELEMENTS.items(), ids=lambda p: ".".join(map(str, p)))
def test_element(place: tuple[str, str], expected: tuple[str, str, int, bool]) -> None:
    found = definitions.element(*place)
    assert found is not None
    assert (found.type, found.structure, found.min, found.many) == expected


def test_choice() -> None:
    names = [e.json_name for e in definitions.choices("Observation", "value")]
    assert len(names) == 11
    assert {"valueQuantity", "valueCodeableConcept", "valueDateTime"} <= set(names)
    assert definitions.element("Observation", "value[x]") is None
    assert definitions.element("Observation", "value") is None


def test_required_codes() -> None:
    assert definitions.elements("Patient")["gender"].codes == ("female", "male", "other", "unknown")
    assert "entered-in-error" in definitions.elements("Observation")["status"].codes
    assert definitions.elements("Attachment")["contentType"].codes == ()  # all MIME types: by syntax


def test_reference_targets() -> None:
    assert definitions.elements("Observation")["subject"].targets == (
        "Device",
        "Group",
        "Location",
        "Patient",
    )


def test_every_structure_an_element_names_exists() -> None:
    for structure in STRUCTURES:
        for element in definitions.elements(structure).values():
            assert element.primitive == (element.structure == "")
            assert element.primitive or element.structure in STRUCTURES or element.type == "Resource"


def test_unknown_type_is_an_error_with_a_suggestion() -> None:
    with pytest.raises(NotFoundError, match="did you mean Observation"):
        definitions.elements("Observatoin")


PATIENT = {
    "Observation": ("subject",),
    "Encounter": ("subject",),
    "Immunization": ("patient",),
    "Coverage": ("beneficiary",),
    "Claim": ("patient",),
    "Task": ("for",),
    "Appointment": ("participant", "actor"),
    "Group": ("member", "entity"),
}


@pytest.mark.parametrize(("resource_type", "path"), PATIENT.items(), ids=PATIENT)
def test_most_direct_way_to_the_patient(resource_type: str, path: tuple[str, ...]) -> None:
    assert definitions.patient_references(resource_type)[0] == path


@pytest.mark.parametrize(
    "resource_type", ["Organization", "Medication", "Practitioner", "ValueSet", "Location"]
)
def test_types_of_no_patient(resource_type: str) -> None:
    assert definitions.patient_references(resource_type) == ()


def test_every_way_to_a_patient_ends_in_a_reference() -> None:
    for resource_type in definitions.resource_types():
        for path in definitions.patient_references(resource_type):
            structure = resource_type
            for name in path:
                found = definitions.element(structure, name)
                assert found is not None
                structure = found.structure
            assert structure == "Reference"


def test_search_parameters() -> None:
    kind, expression, targets = definitions.search_parameters("Observation")["subject"]
    assert (kind, expression) == ("reference", "Observation.subject")
    assert "Patient" in targets
    assert "_lastUpdated" in definitions.search_parameters("Basic")


def test_primitives_have_the_standards_patterns() -> None:
    assert definitions.pattern("id") == r"[A-Za-z0-9\-\.]{1,64}"
    assert len([name for name, kind in KINDS.items() if kind == "primitive-type"]) == 20


def test_import_is_quick(tmp_path: Path) -> None:
    """Under 100 ms of processor time once compiled: command lines and worker processes import it."""
    code = (
        "import sys; sys.pycache_prefix = sys.argv[1]; sys.dont_write_bytecode = False\n"
        "import msgspec, re, json, decimal, dataclasses, time\n"
        "begin = time.process_time(); import lakmus.fhir; print(time.process_time() - begin)"
    )
    seconds = [
        float(subprocess.check_output([sys.executable, "-c", code, str(tmp_path)], text=True))
        for _ in range(4)
    ]
    assert min(seconds[1:]) < 0.1


def test_tables_are_those_of_the_official_definitions() -> None:
    spec = importlib.util.spec_from_file_location("generate_fhir", ROOT / "tools/generate_fhir.py")
    assert spec is not None
    assert spec.loader is not None
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    if not shutil.which("npm") and not any(generator.CACHE.glob("*.tgz")):
        pytest.skip("npm is not here to fetch the official definitions")
    try:
        files = generator.files()
    except subprocess.CalledProcessError:
        pytest.skip("the npm registry cannot be reached")
    for name, made in files.items():
        assert (generator.TARGET / name).read_text(encoding="utf-8") == made, (
            f"{name}: run tools/generate_fhir.py"
        )


def test_the_examples_of_the_documentation_run() -> None:
    for module in (fhir, definitions, shapes):
        failed, tried = doctest.testmod(module)
        assert tried
        assert not failed
