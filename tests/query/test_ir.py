"""The tree: every node checks itself, and every operation is answered."""

from __future__ import annotations

import dataclasses
import inspect
from decimal import Decimal

import pytest

from lakmus.core.quantities import Quantity
from lakmus.query.engines.reference.evaluate import _STRUCTURE
from lakmus.query.engines.reference.rows import ROWS
from lakmus.query.ir import (
    FhirR4,
    Node,
    Operation,
    TypeName,
    one,
    operations,
    several,
    specialises,
    structure,
)
from lakmus.query.ir.operations import Add, Count, Divide, First, Substring, Union, Upper
from lakmus.query.ir.structure import AsSystem, Empty, If, Literal, Member, Promote, Variable
from lakmus.query.ir.types import ANY, BOOLEAN, DATE, DECIMAL, INTEGER, NOTHING, QUANTITY, STRING, UNKNOWN

TEXT = Literal("a", STRING)
NUMBER = Literal(1, INTEGER)
PATIENT = Variable("$this", one(TypeName("FHIR", "Patient")))


def classes_of(module: object, base: type) -> list[type]:
    found = (value for _, value in inspect.getmembers(module, inspect.isclass))
    return [c for c in found if issubclass(c, base) and c.__module__ == getattr(module, "__name__", "")]


@pytest.mark.parametrize("operation", classes_of(operations, Operation))
def test_every_operation_says_what_it_does_and_is_answered(operation: type[Operation]) -> None:
    assert operation.__doc__
    assert operation in ROWS


def test_every_structure_node_is_answered() -> None:
    nodes = {c for c in classes_of(structure, Node) if c is not structure.SortKey}
    assert nodes == set(_STRUCTURE)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Upper(NUMBER),
        lambda: Upper(TEXT, TEXT),
        lambda: Substring(TEXT),
        lambda: Literal(1, STRING),
        lambda: Literal(True, INTEGER),
        lambda: Literal(1.5, DECIMAL),  # type: ignore[arg-type]
        lambda: Variable("this", UNKNOWN),
        lambda: Member(PATIENT, "name"),
        lambda: If(NUMBER, TEXT, TEXT),
        lambda: Promote(TEXT, DECIMAL),
        lambda: Promote(Literal(Decimal(1), DECIMAL), INTEGER),
    ],
)
def test_a_node_that_makes_no_sense_cannot_be_made(wrong: object) -> None:
    assert callable(wrong)
    with pytest.raises(AssertionError):
        wrong()


@pytest.mark.parametrize(
    ("node", "type_"),
    [
        (Count(PATIENT), one(INTEGER)),
        (First(Union(TEXT, NUMBER)), one(STRING, INTEGER)),
        (Union(TEXT, TEXT), several(STRING)),
        (Add(NUMBER, Literal(Decimal(1), DECIMAL)), one(DECIMAL)),
        (Add(Literal(Quantity(Decimal(1), "mg"), QUANTITY), NUMBER), one(QUANTITY)),
        (Divide(NUMBER, NUMBER), one(DECIMAL)),
        (If(Empty(), TEXT, NUMBER), one(STRING, INTEGER)),
        (Empty(), NOTHING),
        (AsSystem(Variable("$this", one(TypeName("FHIR", "birthDate")))), one(TypeName("FHIR", "birthDate"))),
        (AsSystem(Variable("$this", one(TypeName("FHIR", "date")))), one(DATE)),
        (AsSystem(Variable("$this", several(TypeName("FHIR", "Age")))), several(QUANTITY)),
        (Promote(NUMBER, DECIMAL), one(DECIMAL)),
    ],
)
def test_the_type_is_known_at_construction(node: Node, type_: object) -> None:
    assert node.type == type_


def test_nodes_are_values() -> None:
    first, second = Upper(TEXT), Upper(Literal("a", STRING))
    assert first == second
    assert hash(first) == hash(second)
    assert first != operations.Lower(TEXT)
    with pytest.raises(dataclasses.FrozenInstanceError):
        first.operands = ()  # type: ignore[misc]


def test_a_tree_is_walked_parents_first() -> None:
    tree = If(Literal(True, BOOLEAN), Upper(TEXT), Empty())
    assert [type(node).__name__ for node in tree.walk()] == ["If", "Literal", "Upper", "Literal", "Empty"]


def test_what_is_not_known_swallows_what_is() -> None:
    assert (one(STRING) | UNKNOWN).names == {ANY}
    assert several(STRING).only == STRING
    assert one(STRING, INTEGER).only is None


@pytest.mark.parametrize(
    ("name", "base", "answer"),
    [
        ("code", "string", True),
        ("string", "code", False),
        ("Age", "Quantity", True),
        ("Patient", "DomainResource", True),
        ("Bundle", "DomainResource", False),
        ("Bundle", "Resource", True),
        ("Patient.contact", "BackboneElement", True),
        ("Dosage", "Element", True),
    ],
)
def test_the_model_knows_what_specialises_what(name: str, base: str, answer: bool) -> None:
    assert specialises(FhirR4(), name, base) is answer


def test_a_choice_element_has_its_typed_forms() -> None:
    forms = FhirR4().elements("Observation")["value"]
    assert ("valueQuantity", TypeName("FHIR", "Quantity")) in [(form.json_name, form.type) for form in forms]
    assert all(form.choice for form in forms)
