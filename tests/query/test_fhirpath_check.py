"""What the check against the FHIR model says, and the tree it builds."""

from __future__ import annotations

import pytest

from lakmus.core.errors import InputError, ManyErrors
from lakmus.fhir.generated.search import SEARCH_PARAMETERS
from lakmus.query.frontends.fhirpath import Options, compile, table
from lakmus.query.frontends.fhirpath.functions import CATALOGUE
from lakmus.query.ir import TypeName, one, several
from lakmus.query.ir.structure import AsSystem, Empty, Member, Promote
from lakmus.query.ir.types import ANY, BOOLEAN, DATETIME, DECIMAL, INTEGER, QUANTITY, STRING


def fhir(name: str) -> TypeName:
    return TypeName("FHIR", name)


TYPES = [
    ("Patient", "name.given", several(fhir("string"))),
    ("Patient", "Patient.birthDate", one(fhir("date"))),
    ("Patient", "Resource.id", one(fhir("id"))),
    ("Patient", "contact", several(fhir("Patient.contact"))),
    ("Patient", "contact.name.family", several(fhir("string"))),
    ("Observation", "value.ofType(Quantity).value", one(fhir("decimal"))),
    ("Observation", "component.value as string", one(fhir("string"))),
    ("Observation", "component.referenceRange.low", several(fhir("Quantity"))),
    ("Questionnaire", "repeat(item)", several(fhir("Questionnaire.item"))),
    ("Patient", "contained.id", several(ANY)),
    ("Patient", "birthDate.extension('u').value.ofType(dateTime)", several(fhir("dateTime"))),
    ("Patient", "name.where(use = 'official').exists()", one(BOOLEAN)),
    ("Patient", "name.count() + 1", one(INTEGER)),
    ("Patient", "name.count() / 2", one(DECIMAL)),
    ("Patient", "name.given.first() & 'x'", one(STRING)),
    ("Observation", "value.ofType(Quantity) * 2", one(QUANTITY)),
    ("Observation", "issued + 3 days", one(DATETIME)),
    ("Patient", "(1 | 2.5).aggregate($this + $total, 0)", one(INTEGER, DECIMAL)),
    ("", "name.given", several(ANY)),
]


@pytest.mark.parametrize(("context", "expression", "type_"), TYPES)
def test_types_are_found(context: str, expression: str, type_: object) -> None:
    assert compile(expression, context=context).type == type_


ERRORS = [
    ("Patient", "name.givn", "FHIR.HumanName has no element givn", "did you mean given?", 6),
    ("Patient", "nam", "FHIR.Patient has no element nam", "did you mean name?", 1),
    ("Patient", "Encounter.status", "the input is FHIR.Patient, never Encounter", "", 1),
    ("Observation", "valueQuantity.unit", "has no element valueQuantity", "write value.ofType(Quantity)", 1),
    ("Observation", "(value as Period).unit", "FHIR.Period has no element unit", "", 19),
    ("Patient", "name.wher(true)", "no function is named wher()", "did you mean where?", 6),
    ("Patient", "name.where()", "where(criteria) is given 0 arguments", "", 6),
    (
        "Patient",
        "name.where(given)",
        "the criterion is collection of FHIR.string, not Boolean",
        "exists()",
        12,
    ),
    ("Patient", "birthDate is Dat", "no type is named Dat", "did you mean Date?", 11),
    ("Patient", "name.upper()", "the input of upper() is String, not", "", 1),
    ("Patient", "active + 1", "+ is not defined between System.Boolean and System.Integer", "convert", 8),
    ("Patient", "birthDate > 'x'", "> is not defined between System.Date and System.String", "convert", 11),
    ("Patient", "birthDate + 7", "+ is not defined between System.Date and System.Integer", "convert", 11),
    ("Patient", "%pateint", "no constant is named %pateint", "", 1),
    ("Patient", "%contxt", "no constant is named %contxt", "did you mean context?", 1),
    ("Patient", "$total", "$total is not bound here", "aggregate()", 1),
    ("Patient", "name.trace(given)", "the argument is a text in quotes", "", 12),
    ("Patient", "-name", "the operand of - is", "", 1),
]


@pytest.mark.parametrize(("context", "expression", "message", "hint", "column"), ERRORS)
def test_errors_say_what_where_and_what_instead(
    context: str, expression: str, message: str, hint: str, column: int
) -> None:
    with pytest.raises(ManyErrors) as caught:
        compile(expression, context=context)
    error = caught.value.errors[0]
    assert message in error.message
    assert hint in error.hint
    assert error.place is not None
    assert error.place.column == column


def test_one_run_shows_all_errors() -> None:
    with pytest.raises(ManyErrors) as caught:
        compile("name.givn.exists() and brthDate.exists() and adress.city = 'x'", context="Patient")
    assert len(caught.value.errors) == 3


def test_an_unknown_context_is_refused_with_a_suggestion() -> None:
    with pytest.raises(InputError) as caught:
        compile("name", context="Pateint")
    assert "did you mean Patient?" in caught.value.hint


def test_without_strictness_an_unknown_element_has_no_value() -> None:
    tree = compile("name.givn", context="Patient", options=Options(strict=False))
    assert isinstance(tree, Empty)


def test_order_can_be_insisted_on() -> None:
    compile("children().first()", context="Patient")
    with pytest.raises(ManyErrors, match="depends on order"):
        compile("children().first()", context="Patient", options=Options(ordered=True))


def test_given_constants_have_types() -> None:
    assert compile("%limit + 1", variables={"limit": one(INTEGER)}).type == one(INTEGER)


def test_conversions_are_visible_in_the_tree() -> None:
    tree = compile("value.ofType(Quantity).value > 5", context="Observation")
    kinds = [type(node) for node in tree.walk()]
    assert AsSystem in kinds
    assert Promote in kinds


def test_a_choice_element_carries_its_typed_forms() -> None:
    tree = compile("value", context="Observation")
    assert isinstance(tree, Member)
    assert "valueQuantity" in [element.json_name for element in tree.elements]


@pytest.mark.timeout(20)
def test_nested_repetitions_do_not_run_away() -> None:
    expression = "item"
    for _ in range(40):
        expression = f"item.repeat({expression})"
    with pytest.raises(ManyErrors, match="too involved"):
        compile(expression, context="Questionnaire")


# Two search parameters of the published R4 examples are at fault themselves.
FAULTY = {("Patient", "part-agree"), ("QuestionnaireResponse", "item-subject")}


def test_the_search_parameters_of_r4_are_understood() -> None:
    refused = set()
    for resource_type, parameters in SEARCH_PARAMETERS.items():
        for code, (_, expression, _) in parameters.items():
            try:
                if expression:
                    compile(expression, context=resource_type)
            except ManyErrors:
                refused.add((resource_type, code))
    assert refused == FAULTY


def test_the_table_of_functions_has_every_function() -> None:
    page = table()
    assert all(f"| `{row.signature}` |" in page for row in CATALOGUE.values())
    assert "| `where(criteria)` | 5.2.1 |" in page
