"""Concept maps: forward, backward, by target, by map, by version."""

import pytest

from lakmus.core.errors import Place
from lakmus.terminology import Coding, LocalTerminology
from lakmus.terminology.loaders.fhir import records_of

MAP = {
    "resourceType": "ConceptMap",
    "url": "urn:map:ab",
    "version": "1",
    "group": [
        {
            "source": "urn:a",
            "target": "urn:b",
            "element": [
                {
                    "code": "1",
                    "target": [{"code": "x", "display": "X", "equivalence": "wider", "comment": "broader"}],
                },
                {
                    "code": "2",
                    "target": [{"code": "x", "equivalence": "equivalent"}, {"equivalence": "unmatched"}],
                },
                {"code": "3"},
            ],
        },
        {
            "source": "urn:a",
            "target": "urn:c",
            "element": [{"code": "1", "target": [{"code": "y", "equivalence": "inexact"}]}],
        },
    ],
}


@pytest.fixture
def terminology():
    with LocalTerminology.in_memory() as terminology:
        for resource in (MAP, MAP | {"url": "urn:map:other", "group": MAP["group"][1:]}):
            load(terminology, resource)
        yield terminology


def load(terminology, resource):
    for record in records_of(resource, Place("test")):
        terminology.add(record)


@pytest.mark.parametrize(
    ("code", "asked", "expected"),
    [
        (Coding("urn:a", "1"), {"target_system": "urn:b"}, [("x", "wider")]),
        (Coding("urn:a", "1"), {"concept_map": "urn:map:ab"}, [("x", "wider"), ("y", "inexact")]),
        (Coding("urn:a", "1"), {"concept_map": "urn:map:ab|1"}, [("x", "wider"), ("y", "inexact")]),
        (Coding("urn:a", "1"), {"concept_map": "urn:map:ab|2"}, []),
        (Coding("urn:a", "1"), {}, [("x", "wider"), ("y", "inexact"), ("y", "inexact")]),
        (Coding("urn:a", "2"), {}, [("x", "equivalent")]),
        (Coding("urn:a", "3"), {}, []),
        (Coding("urn:z", "1"), {}, []),
        (Coding("urn:b", "x"), {"reverse": True}, [("1", "narrower"), ("2", "equivalent")]),
        (Coding("urn:b", "x"), {}, []),
    ],
)
def test_translation(terminology, code, asked, expected):
    found = terminology.translate(code, **asked)
    assert [(t.target.code, t.equivalence) for t in found] == expected


def test_a_translation_says_where_it_is_from(terminology):
    (found,) = terminology.translate(Coding("urn:a", "1"), target_system="urn:b")
    assert (found.target.display, found.concept_map, found.comment) == ("X", "urn:map:ab", "broader")


def test_the_newest_version_of_a_map_is_meant(terminology):
    group = {
        "source": "urn:a",
        "target": "urn:b",
        "element": [{"code": "1", "target": [{"code": "z", "equivalence": "equal"}]}],
    }
    load(terminology, MAP | {"version": "2", "group": [group]})
    assert [t.target.code for t in terminology.translate(Coding("urn:a", "1"), target_system="urn:b")] == [
        "z"
    ]
    assert [
        t.target.code for t in terminology.translate(Coding("urn:a", "1"), concept_map="urn:map:ab|1")
    ] == ["x", "y"]


def test_names_come_from_the_target_system_when_the_map_has_none(terminology):
    system = {"resourceType": "CodeSystem", "url": "urn:c", "concept": [{"code": "y", "display": "Why"}]}
    load(terminology, system)
    assert terminology.translate(Coding("urn:a", "1"), target_system="urn:c")[0].target.display == "Why"
