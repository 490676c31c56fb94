"""Rules: what is refused, and what becomes of a batch."""

import decimal

import pyarrow as pa
import pytest

from lakmus.core.errors import InputError, LakmusError, ManyErrors, RefusedError
from lakmus.privacy import ACTIONS, PERSON, SITE, ReleaseKey, Secrets, apply, columns, rules, rules_hash

SECRETS = Secrets(ReleaseKey(b"k" * 32))
VIEW = {
    "resource": "Patient",
    "select": [
        {
            "column": [
                {"name": "patient", "path": "getResourceKey()"},
                {"name": "sex", "path": "gender"},
                {"name": "born", "path": "birthDate"},
                {"name": "family", "path": "name.first().family"},
            ]
        },
        {
            "forEachOrNull": "address",
            "column": [{"name": "postal", "path": "postalCode", "collection": True}],
        },
    ],
}
LINES = {
    "patient": {"do": "subject", "why": "joins the tables"},
    "sex": {"do": "keep", "why": "a code"},
    "born": {"do": "birth-year", "why": "the year, the oldest together"},
    "family": {"do": "drop", "why": "names a person"},
    "postal": {"do": "generalise", "to": 3, "coded": True, "why": "three digits of a postal code"},
}


@pytest.mark.parametrize(
    ("resource", "path", "kind"),
    [
        ("Patient", "getResourceKey()", "key"),
        ("Observation", "subject.getReferenceKey(Patient)", "key"),
        ("Patient", "gender", "code"),
        ("Patient", "Patient.birthDate", "date"),
        ("Patient", "name.where(use = 'a.b').first().family", "string"),
        ("Patient", "name[0].given[0]", "string"),
        ("Patient", "contact.address.city", "string"),
        ("Patient", "active.exists()", "boolean"),
        ("Observation", "value.ofType(Quantity).value", "decimal"),
        ("Observation", "effective.ofType(dateTime)", "dateTime"),
        ("Observation", "code.coding.code", "code"),
        ("Observation", "text.div", "xhtml"),
        ("Patient", "text.`div`", ""),
        ("Patient", "name.family + name.given", ""),
        ("Patient", "iif(active, gender, 'x')", ""),
        ("Patient", "nonsense", ""),
        ("Patient", "", ""),
    ],
)
def test_type_of_a_path(resource, path, kind):
    assert columns.path_type(resource, path) == kind


def one(name="x", path="gender", **column):
    return {"resource": "Patient", "select": [{"column": [{"name": name, "path": path, **column}]}]}


@pytest.mark.parametrize(
    ("view", "line", "error", "message"),
    [
        (one(), None, RefusedError, "nobody decided whether the column x of v may leave"),
        (one(), {"do": "publish", "why": "why not"}, InputError, "says what to do"),
        (one(), {"do": "keep"}, InputError, "gives no reason"),
        (one(), {"do": "keep", "why": "because"}, InputError, "gives no reason"),
        (one(), {"do": "keep", "why": "a code", "loudly": True}, InputError, "takes no option loudly"),
        (one(), {"do": "keep", "why": "a code", "shared_by": 1}, InputError, "at least 2"),
        (one(path="name.family"), {"do": "keep", "why": "I want it"}, RefusedError, "free text does not leave"),
        (one(path="text.div"), {"do": "keep", "why": "I want it"}, RefusedError, "free text does not leave"),
        (one(path="photo.data"), {"do": "keep", "why": "I want it"}, RefusedError, "free text does not leave"),
        (one(path="birthDate"), {"do": "keep", "why": "I want it"}, RefusedError, "keep is not for date"),
        (one(path="id"), {"do": "keep", "why": "I want it"}, RefusedError, "keep is not for id"),
        (one(path="getResourceKey()"), {"do": "keep", "why": "I want it"}, RefusedError, "not for key"),
        (one(path="birthDate"), {"do": "shift-date", "why": "keeps intervals"}, InputError, "no subject"),
        (one(path="a + b"), {"do": "keep", "why": "I want it"}, RefusedError, "cannot be told"),
        (one(path="id"), {"do": "pseudonym", "why": "a name"}, InputError, "names a type"),
        (one(path="birthDate"), {"do": "age-group", "top": 100, "why": "an age"}, InputError, "at most 90"),
        (one(path="multipleBirth.ofType(integer)"), {"do": "round", "why": "a number"}, InputError, "how many places"),
    ],
)  # fmt: skip
def test_refused(view, line, error, message):
    with pytest.raises(error, match=message):
        rules.read("v", {} if line is None else {"x": line}, columns.columns(view))


def test_all_that_is_wrong_at_once():
    with pytest.raises(ManyErrors) as raised:
        rules.read("v", {"y": LINES["sex"]}, columns.columns(VIEW))
    assert len(raised.value.errors) == 6


@pytest.mark.parametrize(
    ("view", "message"),
    [
        ({"resource": "Patients", "select": []}, "R4 resource type"),
        ({"resource": "Patient", "select": []}, "no column"),
        ({"resource": "Patient", "select": "all"}, "list of objects"),
        ({"resource": "Patient", "select": [{"column": [{"name": "a"}]}]}, "name and a path"),
        ({"resource": "Patient", "select": [{"column": [{"name": "a", "path": "id"}] * 2}]}, "there twice"),
        (one(path="name.family", type="code"), "declares the type code, but its path gives string"),
    ],
)
def test_what_is_no_view(view, message):
    with pytest.raises(InputError, match=message):
        columns.columns(view)


def test_a_union_gives_its_columns_once():
    view = {
        "resource": "Patient",
        "select": [{"unionAll": [one()["select"][0], one(path="birthDate")["select"][0]]}],
    }
    assert [(c.name, c.type) for c in columns.columns(view)] == [("x", "")]


def batch(**values):
    return pa.RecordBatch.from_pydict({SITE: ["n", "n"], PERSON: pa.array([1, 2], pa.int64()), **values})


def patients():
    return batch(
        patient=["a", "b"], sex=["female", None], born=["1900-01-01", "1980"], family=["Ivanova", "Petrov"],
        postal=[["123456", None], None],
    )  # fmt: skip


def test_a_batch_on_its_way_out():
    checked = rules.read("v", LINES, columns.columns(VIEW))
    leaving = apply.apply(patients(), checked, SECRETS, pa.array(["2024-01-01"] * 2))
    assert leaving.schema.names == ["patient", "sex", "born", "postal"]
    assert leaving.column("sex").to_pylist() == ["female", None]
    assert leaving.column("born").to_pylist() == [1934, 1980]
    assert leaving.column("postal").to_pylist() == [["123", None], None]
    assert not {"a", "b"} & set(leaving.column("patient").to_pylist())


def test_a_batch_with_columns_nobody_decided_on():
    checked = rules.read("v", LINES, columns.columns(VIEW))
    with pytest.raises(InputError, match="surprise"):
        apply.apply(batch(surprise=["x", "y"]), checked, SECRETS, pa.array(["2024-01-01"] * 2))


@pytest.mark.parametrize(
    ("path", "line", "values", "leave"),
    [
        ("gender", {"do": "keep", "values": ["male"]}, ["male", "x"], ["male", None]),
        ("gender", {"do": "generalise", "map": {"male": "m"}}, ["male", "x"], ["m", None]),
        ("multipleBirth.ofType(integer)", {"do": "round", "places": -1}, [14, 7], [10.0, 10.0]),
        (
            "multipleBirth.ofType(integer)",
            {"do": "round", "places": 0, "within": [0, 9]},
            [14, 7],
            [None, 7.0],
        ),
        (
            "extension.value.ofType(decimal).first()",
            {"do": "keep"},
            [decimal.Decimal("1.50"), None],
            [1.5, None],
        ),
        ("active", {"do": "keep"}, [True, False], [True, False]),
        ("gender", {"do": "keep"}, [None, None], [None, None]),
    ],
)
def test_actions(path, line, values, leave):
    checked = rules.read("v", {"x": line | {"why": "a test case"}}, columns.columns(one(path=path)))
    leaving = apply.apply(batch(x=values), checked, SECRETS, pa.array([None, None], pa.string()))
    assert leaving.column("x").to_pylist() == leave


def test_every_action_that_lets_something_leave_has_a_function():
    assert set(apply.FUNCTIONS) == set(ACTIONS) - {"drop"}


def test_the_hash_tells_rules_apart():
    checked = rules.read("v", LINES, columns.columns(VIEW))
    other = rules.read("v", LINES | {"sex": {"do": "drop", "why": "not needed"}}, columns.columns(VIEW))
    assert rules_hash({"v": checked}) == rules_hash({"v": checked}) != rules_hash({"v": other})


def test_no_message_shows_a_value():
    with pytest.raises(LakmusError) as raised:
        apply.apply(batch(x=[{"a": "Ivanova"}] * 2), rules.read("v", {"x": {"do": "keep", "why": "a code"}}, columns.columns(one())), SECRETS, pa.array(["2024"] * 2))  # fmt: skip
    assert "Ivanova" not in str(raised.value)
