"""Value sets: what each kind of definition contains, and what is refused."""

import pytest

from lakmus.core.errors import InputError, NotFoundError, Place, UnsupportedError
from lakmus.terminology import Coding, Limits, LocalTerminology
from lakmus.terminology.loaders.fhir import records_of

S = "http://example.org/diseases"
DISEASES = {
    "resourceType": "CodeSystem",
    "url": S,
    "version": "2",
    "content": "complete",
    "valueSet": "http://example.org/vs/diseases",
    "concept": [
        {
            "code": "D",
            "display": "Diabetes",
            "concept": [
                {"code": "D1", "display": "Type 1", "property": [{"code": "since", "valueString": "1990"}]},
                {"code": "D2", "display": "Type 2", "property": [{"code": "since", "valueString": "1991"}]},
                {"code": "D9", "display": "Old", "property": [{"code": "inactive", "valueBoolean": True}]},
            ],
        },
        {"code": "H", "display": "Hypertension"},
    ],
}


def include(**part):
    return {"include": [{"system": S, **part}]}


def filtered(name, operator, value):
    return include(filter=[{"property": name, "op": operator, "value": value}])


COMPOSED = [
    ("the whole system", include(), "D D1 D2 D9 H"),
    ("listed codes", include(concept=[{"code": "H"}, {"code": "D1"}]), "H D1"),
    ("is-a", filtered("concept", "is-a", "D"), "D D1 D2 D9"),
    ("descendent-of", filtered("concept", "descendent-of", "D"), "D1 D2 D9"),
    ("is-not-a", filtered("concept", "is-not-a", "D"), "H"),
    ("generalizes", filtered("concept", "generalizes", "D1"), "D D1"),
    ("= on a property", filtered("since", "=", "1990"), "D1"),
    ("= on the parent", filtered("parent", "=", "D"), "D1 D2 D9"),
    ("= on a child", filtered("child", "=", "D1"), "D"),
    ("in", filtered("code", "in", "D1, H"), "D1 H"),
    ("not-in", filtered("code", "not-in", "D1,H"), "D D2 D9"),
    ("exists", filtered("since", "exists", "true"), "D1 D2"),
    ("exists not", filtered("since", "exists", "false"), "D D9 H"),
    ("regex matches the whole value", filtered("code", "regex", "D[12]?"), "D D1 D2"),
    ("regex on the display", filtered("display", "regex", "Type.*"), "D1 D2"),
    (
        "all filters must hold",
        include(
            filter=[
                {"property": "concept", "op": "is-a", "value": "D"},
                {"property": "code", "op": "regex", "value": ".2"},
            ]
        ),
        "D2",
    ),
    (
        "two includes add up",
        {"include": [{"system": S, "concept": [{"code": "H"}]}, {"system": S, "concept": [{"code": "D"}]}]},
        "H D",
    ),
    ("exclude", {**include(), "exclude": [{"system": S, "concept": [{"code": "H"}]}]}, "D D1 D2 D9"),
    ("inactive codes left out", {**include(), "inactive": False}, "D D1 D2 H"),
    ("another value set", {"include": [{"valueSet": ["urn:vs:some"]}]}, "D1 H"),
    ("two value sets intersect", {"include": [{"valueSet": ["urn:vs:some", f"{S}?fhir_vs=isa/D"]}]}, "D1"),
    (
        "system and value set intersect",
        {"include": [{"system": S, "valueSet": ["urn:vs:some"], "concept": [{"code": "H"}, {"code": "D"}]}]},
        "H",
    ),
    (
        "a listed code of a system not installed",
        {"include": [{"system": "urn:elsewhere", "concept": [{"code": "x"}]}]},
        "x",
    ),
]

REFUSED = [
    ("no such system", {"include": [{"system": "urn:elsewhere"}]}, NotFoundError),
    ("no such version", include(version="3"), NotFoundError),
    ("no such value set", {"include": [{"valueSet": ["urn:vs:none"]}]}, NotFoundError),
    ("no such code", filtered("concept", "is-a", "X"), NotFoundError),
    ("no such property", filtered("sinse", "=", "1990"), InputError),
    ("no such operator", filtered("code", "like", "x"), UnsupportedError),
    ("no regular expression", filtered("code", "regex", "("), InputError),
    ("back references", filtered("code", "regex", r"(.)\1"), InputError),
    ("an endless pattern", filtered("code", "regex", "a" * 600), InputError),
    ("itself", {"include": [{"valueSet": ["urn:vs:test"]}]}, InputError),
    ("neither system nor value set", {"include": [{}]}, InputError),
    ("parts that are no list", {"include": {}}, InputError),
]


def value_set(compose, url="urn:vs:test", **more):
    return {"resourceType": "ValueSet", "url": url, "compose": compose, **more}


def terminology_with(*resources, limits=None):
    terminology = LocalTerminology.in_memory(limits)
    some = value_set(include(concept=[{"code": "D1"}, {"code": "H"}]), "urn:vs:some")
    for resource in (DISEASES, some, *resources):
        for record in records_of(resource, Place("test")):
            terminology.add(record)
    return terminology


def codes(expansion):
    return " ".join(coding.code for coding in expansion.codings)


@pytest.mark.parametrize(("title", "compose", "expected"), COMPOSED, ids=[c[0] for c in COMPOSED])
def test_expansion(title, compose, expected):
    terminology = terminology_with(value_set(compose))
    expansion = terminology.expand("urn:vs:test")
    assert codes(expansion) == expected
    assert expansion.total == len(expected.split())
    assert {code for _, code in terminology.members("urn:vs:test")} == set(expected.split())


@pytest.mark.parametrize(("title", "compose", "error"), REFUSED, ids=[c[0] for c in REFUSED])
def test_refused(title, compose, error):
    with pytest.raises(error):
        terminology_with(value_set(compose)).expand("urn:vs:test")


def test_paging_and_text():
    terminology = terminology_with()
    everything = f"{S}?fhir_vs"
    assert codes(terminology.expand(everything, offset=1, count=2)) == "D1 D2"
    assert terminology.expand(everything, offset=1, count=2).total == 5
    assert codes(terminology.expand(everything, text="type")) == "D1 D2"
    assert codes(terminology.expand(everything, active_only=True)) == "D D1 D2 H"
    assert codes(terminology.expand(everything, count=0)) == ""
    with pytest.raises(InputError):
        terminology.expand(everything, offset=-1)


def test_the_address_of_all_codes_of_a_system():
    assert codes(terminology_with().expand("http://example.org/vs/diseases")) == "D D1 D2 D9 H"


def test_membership():
    terminology = terminology_with()
    assert terminology.validate_code(Coding(S, "D1"), "urn:vs:some").display == "Type 1"
    assert not terminology.validate_code(Coding(S, "D2"), "urn:vs:some").valid
    assert not terminology.validate_code(Coding("urn:elsewhere", "D1"), "urn:vs:some").valid
    assert terminology.validate_code(Coding("", "D1"), "urn:vs:some").valid


def test_a_stored_expansion_stands_in_for_what_cannot_be_computed():
    contains = [
        {"system": "urn:far", "code": "a", "contains": [{"system": "urn:far", "code": "b", "display": "B"}]},
        {"abstract": True, "system": "urn:far", "code": "c"},
    ]
    only = {"resourceType": "ValueSet", "url": "urn:vs:only", "expansion": {"contains": contains}}
    both = value_set({"include": [{"system": "urn:far"}]}, expansion={"contains": contains})
    terminology = terminology_with(only, both)
    assert codes(terminology.expand("urn:vs:only")) == "a b"
    assert codes(terminology.expand("urn:vs:test")) == "a b"


def test_versions_of_a_value_set():
    terminology = terminology_with(
        value_set(include(concept=[{"code": "D1"}]), version="1"),
        value_set(include(concept=[{"code": "D2"}]), version="2"),
    )
    assert codes(terminology.expand("urn:vs:test")) == "D2"
    assert codes(terminology.expand("urn:vs:test|1")) == "D1"


def test_a_cached_expansion_is_not_stale():
    terminology = terminology_with(value_set(include(concept=[{"code": "D1"}])))
    assert terminology.members("urn:vs:test") == {(S, "D1")}
    for record in records_of(value_set(include(concept=[{"code": "D2"}])), Place("test")):
        terminology.add(record)
    assert terminology.members("urn:vs:test") == {(S, "D2")}


def test_what_is_too_costly_is_refused():
    with pytest.raises(InputError, match="more than 2 codes"):
        terminology_with(value_set(include()), limits=Limits(codes=2)).expand("urn:vs:test")
    nested = [value_set({"include": [{"valueSet": [f"urn:vs:{n + 1}"]}]}, f"urn:vs:{n}") for n in range(30)]
    with pytest.raises(InputError, match="deep"):
        terminology_with(*nested).expand("urn:vs:0")


def test_a_longer_cycle_is_named():
    a = value_set({"include": [{"valueSet": ["urn:vs:b"]}]}, "urn:vs:a")
    b = value_set({"include": [{"valueSet": ["urn:vs:a"]}]}, "urn:vs:b")
    with pytest.raises(InputError, match="urn:vs:a > urn:vs:b > urn:vs:a"):
        terminology_with(a, b).expand("urn:vs:a")
