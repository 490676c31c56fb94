"""Code systems: look up, validate, subsume, search; versions and aliases."""

import pytest

from lakmus.core.errors import InputError, NotFoundError, Place, UnsupportedError
from lakmus.terminology import Coding, LocalTerminology, Subsumption
from lakmus.terminology.loaders.fhir import records_of
from lakmus.terminology.store import version_rank

ANIMALS = {
    "resourceType": "CodeSystem",
    "url": "http://example.org/animals",
    "version": "1.9",
    "name": "Animals",
    "content": "complete",
    "caseSensitive": False,
    "identifier": [{"system": "urn:ietf:rfc:3986", "value": "urn:oid:2.999.1"}],
    "valueSet": "http://example.org/vs/animals",
    "concept": [
        {
            "code": "animal",
            "display": "Animal",
            "property": [{"code": "notSelectable", "valueBoolean": True}],
            "concept": [
                {
                    "code": "cat",
                    "display": "Cat",
                    "designation": [
                        {"language": "ru", "value": "Кошка домашняя"},
                        {"language": "ru", "value": "Котёнок"},
                    ],
                    "property": [{"code": "legs", "valueInteger": 4}],
                },
                {
                    "code": "bird",
                    "display": "Bird",
                    "concept": [
                        {
                            "code": "dodo",
                            "display": "Dodo",
                            "property": [{"code": "status", "valueCode": "retired"}],
                        }
                    ],
                },
                {"code": "bat", "display": "Bat", "property": [{"code": "parent", "valueCode": "bird"}]},
            ],
        },
    ],
}
URL = ANIMALS["url"]


@pytest.fixture
def terminology():
    with LocalTerminology.in_memory() as terminology:
        load(terminology, ANIMALS)
        yield terminology


def load(terminology, *resources):
    for resource in resources:
        for record in records_of(resource, Place("test")):
            terminology.add(record)


def test_lookup(terminology):
    cat = terminology.lookup(URL, "cat")
    assert (cat.code, cat.display, cat.version, cat.active) == ("cat", "Cat", "1.9", True)
    assert [d.text for d in cat.designations] == ["Кошка домашняя", "Котёнок"]
    assert dict(cat.properties) == {"legs": ("4",)}
    assert cat.parents == ("animal",)
    assert terminology.lookup(URL, "bird").children == ("bat", "dodo")


def test_a_code_of_a_case_insensitive_system(terminology):
    assert terminology.lookup(URL, "CAT").code == "cat"


@pytest.mark.parametrize("name", [URL, f"{URL}|1.9", "urn:oid:2.999.1"])
def test_names_of_a_system(terminology, name):
    assert terminology.lookup(name, "cat").display == "Cat"


@pytest.mark.parametrize(
    ("system", "code", "hint"),
    [
        ("http://example.org/animal", "cat", URL),
        (f"{URL}|2", "cat", ""),
        (URL, "carp", ""),
        (URL, "bato", "bat"),
    ],
)
def test_unknown_names_are_errors_with_suggestions(terminology, system, code, hint):
    with pytest.raises(NotFoundError) as caught:
        terminology.lookup(system, code)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("a", "b", "outcome"),
    [
        ("animal", "dodo", Subsumption.SUBSUMES),
        ("dodo", "animal", Subsumption.SUBSUMED_BY),
        ("bird", "bat", Subsumption.SUBSUMES),
        ("animal", "bat", Subsumption.SUBSUMES),
        ("cat", "CAT", Subsumption.EQUIVALENT),
        ("cat", "bird", Subsumption.NOT_SUBSUMED),
    ],
)
def test_subsumption(terminology, a, b, outcome):
    assert terminology.subsumes(URL, a, b) is outcome


def test_subsumption_of_an_unknown_code_is_an_error(terminology):
    with pytest.raises(NotFoundError):
        terminology.subsumes(URL, "cat", "carp")


@pytest.mark.parametrize(
    ("code", "display", "valid", "message"),
    [
        ("cat", "", True, ""),
        ("cat", "котенок", True, ""),
        ("cat", "Dog", True, "none of the code's names"),
        ("dodo", "", True, "withdrawn"),
        ("animal", "", True, "abstract"),
        ("carp", "", False, "no such code"),
    ],
)
def test_validation_in_a_system(terminology, code, display, valid, message):
    result = terminology.validate_code(Coding(URL, code, display))
    assert result.valid is valid
    assert message in result.message


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("кошка", ["cat"]),
        ("КОШКИ домашней", ["cat"]),
        ("котенок", ["cat"]),
        ("dodo", []),  # withdrawn
        ("bir", ["bird"]),
        ("100%", []),
        ("", []),
    ],
)
def test_search_by_any_name(terminology, text, found):
    assert [coding.code for coding in terminology.search(text)] == found
    assert terminology.search("dodo", system=URL, active_only=False)[0].code == "dodo"


def test_the_newest_version_is_meant_unless_pinned(terminology):
    load(terminology, ANIMALS | {"version": "1.10", "concept": [{"code": "cat", "display": "Feline"}]})
    assert terminology.lookup(URL, "cat").display == "Feline"
    assert terminology.lookup(f"{URL}|1.9", "cat").display == "Cat"
    assert terminology.validate_code(Coding(URL, "bird", version="1.9")).valid
    assert not terminology.validate_code(Coding(URL, "bird")).valid


def test_the_same_version_again_replaces(terminology):
    load(terminology, ANIMALS | {"concept": [{"code": "yeti"}]})
    assert [(i.kind, i.version, i.count) for i in terminology.installed()] == [("CodeSystem", "1.9", 1)]
    with pytest.raises(NotFoundError):
        terminology.lookup(URL, "cat")


def test_versions_sort_as_people_do():
    versions = ["1.10", "1.9", "", "2019-09", "10.0", "2020-03-01"]
    assert sorted(versions, key=version_rank) == ["", "1.9", "1.10", "10.0", "2019-09", "2020-03-01"]


def test_a_bundle_is_opened(terminology):
    load(
        terminology,
        {
            "resourceType": "Bundle",
            "entry": [
                {"resource": {"resourceType": "Patient"}},
                {"resource": ANIMALS | {"url": "urn:x"}},
                {},
            ],
        },
    )
    assert terminology.lookup("urn:x", "cat").display == "Cat"


@pytest.mark.parametrize(
    "resource",
    [
        [],
        {},
        {"resourceType": "CodeSystem"},
        {"resourceType": "CodeSystem", "url": 5},
        {"resourceType": "CodeSystem", "url": "u", "concept": {}},
        {"resourceType": "CodeSystem", "url": "u", "concept": [{"display": "no code"}]},
        {"resourceType": "CodeSystem", "url": "u", "concept": ["x"]},
        {"resourceType": "ConceptMap", "url": "u", "group": [5]},
    ],
)
def test_what_is_amiss_is_said_with_its_place(terminology, resource):
    with pytest.raises(InputError, match="at test"):
        load(terminology, resource)


def test_a_supplement_is_unsupported(terminology):
    with pytest.raises(UnsupportedError):
        load(terminology, ANIMALS | {"content": "supplement"})
