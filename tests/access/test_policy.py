"""The policy, row by row, and that its three answers are one."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakmus.access import Action, Actor, Filter, Resource, default
from lakmus.access.policy import read
from lakmus.core.errors import InputError
from lakmus.ops import Grant

POLICY = default()
TEXT = files("lakmus.access").joinpath("policy.toml").read_text("utf-8")

# Rows are actions, columns roles: a everywhere, s own site, p own person, o own doings, . not at all.
TABLE = """
                          visitor account operator site registrar clinician vertical-lead guideline-author epidemiologist patient developer data-custodian admission-board rollout-manager administrator auditor
see-catalogue             a       .       .        .    .         .         .             .                .              .       .         .              .               .               .             .
download-release          a       .       .        .    .         .         .             .                .              .       .         .              .               .               .             .
send-records              .       .       a        s    s         .         .             .                .              .       .         .              .               .               .             .
see-batches               .       .       a        s    s         .         .             .                .              .       .         a              .               .               a             .
withdraw-batch            .       .       a        .    s         .         .             .                .              .       .         .              .               .               .             .
see-quarantine            .       .       a        s    s         .         .             .                .              .       .         a              .               .               .             .
read-quarantined-original .       .       a        .    s         .         .             .                .              .       .         .              .               .               .             .
retry-quarantine          .       .       a        .    s         .         .             .                .              .       .         .              .               .               .             .
see-quality               .       .       a        .    s         s         a             .                a              .       .         a              .               a               a             .
read-person               .       .       a        .    .         s         a             .                a              p       .         .              .               .               .             .
read-register             .       .       .        .    .         s         a             .                a              .       .         .              .               .               .             .
query-identified          .       .       a        .    .         .         a             .                a              .       .         .              .               .               .             .
see-indicators            .       .       a        .    .         s         a             a                a              .       .         a              .               a               .             .
see-person-reads          .       .       .        .    .         .         .             .                .              p       .         .              .               .               .             a
give-consent              .       .       .        .    .         .         .             .                .              p       .         .              .               .               .             .
forget-person             .       .       a        .    .         .         .             .                .              .       .         a              .               .               .             .
link-persons              .       .       a        .    .         .         .             .                .              .       .         a              .               .               .             .
see-findings              .       .       .        .    .         .         a             a                .              .       .         .              .               .               .             .
edit-guidelines           .       .       .        .    .         .         .             a                .              .       .         .              .               .               .             .
see-decision-support      .       .       .        .    .         s         .             .                .              .       .         .              .               .               .             .
build-release             .       .       a        .    .         .         .             .                .              .       .         a              .               .               .             .
publish-release           .       .       a        .    .         .         .             .                .              .       .         a              .               .               .             .
request-data              .       .       .        .    .         .         .             .                .              .       a         .              .               .               .             .
see-requests              .       .       .        .    .         .         .             .                .              .       o         a              a               .               .             .
decide-request            .       .       .        .    .         .         .             .                .              .       .         a              a               .               .             .
use-workbench             .       .       .        .    .         .         .             .                .              .       o         .              .               .               .             .
propose-product           .       .       .        .    .         .         .             .                .              .       a         .              .               .               .             .
decide-product            .       .       .        .    .         .         .             .                .              .       .         .              a               .               .             .
manage-rollout            .       .       .        .    .         .         .             .                .              .       .         .              .               a               .             .
manage-users              .       .       a        .    .         .         .             .                .              .       .         .              .               .               a             .
manage-sites              .       .       a        .    .         .         .             .                .              .       .         .              .               .               a             .
see-sites                 .       .       a        .    s         .         a             .                .              .       .         a              .               a               a             a
see-audit                 .       .       a        .    .         .         .             .                .              .       .         .              .               .               .             a
verify-audit              .       .       a        .    .         .         .             .                .              .       .         .              .               .               a             a
see-jobs                  .       o       a        .    .         .         .             .                .              .       .         .              .               .               a             a
cancel-job                .       o       a        .    .         .         .             .                .              .       .         .              .               .               a             .
maintain                  .       .       a        .    .         .         .             .                .              .       .         .              .               .               a             .
see-metrics               .       .       a        .    .         .         .             .                .              .       .         .              .               .               a             .
"""
HEAD, *ROWS = [line.split() for line in TABLE.strip().splitlines()]
CELLS = [(role, row[0], cell) for row in ROWS for role, cell in zip(HEAD, row[1:], strict=True)]
HERE, THERE = Resource("clinic-a", 5, "u-1"), Resource("clinic-b", 6, "u-2")


def holder(role: str) -> Actor:
    """Somebody who holds this role and no other, for clinic-a or person 5."""
    bound = POLICY.roles[role].bound
    grant = Grant(role, "clinic-a" if bound == "site" else "", 5 if bound == "person" else None)
    return Actor("u-1", () if role == "visitor" else (grant,))


def test_the_table_has_every_role_and_every_action() -> None:
    assert set(HEAD) == set(POLICY.roles)
    assert [row[0] for row in ROWS] == list(Action)


@pytest.mark.parametrize(("role", "action", "cell"), CELLS)
def test_a_role_may_do_what_its_row_says(role: str, action: str, cell: str) -> None:
    if cell == "." and action in ("see-catalogue", "download-release"):
        cell = "a"  # everybody is a visitor too
    expected = {
        "a": (True, True),
        "s": (True, False),
        "p": (True, False),
        "o": (True, False),
        ".": (False, False),
    }[cell]
    actor = holder(role)
    assert (POLICY.may(actor, Action(action), HERE), POLICY.may(actor, Action(action), THERE)) == expected


@pytest.mark.parametrize("scope", ["s", "p", "o"])
def test_a_bounded_right_needs_the_bound_and_nothing_else(scope: str) -> None:
    part = {"s": Resource(site="clinic-a"), "p": Resource(person=5), "o": Resource(owner="u-1")}
    for role, action, cell in CELLS:
        if cell == scope:
            assert POLICY.may(holder(role), Action(action), part[scope])
            assert not any(
                POLICY.may(holder(role), Action(action), other) for key, other in part.items() if key != scope
            )
            assert not POLICY.may(holder(role), Action(action))


def test_nothing_identified_without_a_role_that_names_it() -> None:
    """Who reaches the identified zone at all: the list is short and every change to it is seen here."""
    identified = {action for action, described in POLICY.actions.items() if described.identified}
    assert {str(action) for action in identified} == {
        "send-records", "withdraw-batch", "read-quarantined-original", "retry-quarantine", "read-person", "read-register",
        "query-identified", "forget-person", "link-persons", "see-decision-support", "build-release",
    }  # fmt: skip
    reach = {role for role, action, cell in CELLS if cell != "." and action in identified}
    assert reach == {
        "operator",
        "site",
        "registrar",
        "clinician",
        "vertical-lead",
        "epidemiologist",
        "patient",
        "data-custodian",
    }
    assert all(POLICY.actions[action].audited for action in identified)
    people = reach - {"operator", "site", "patient"}
    assert all(POLICY.roles[role].second_factor for role in people)


def test_who_watches_does_not_reach_what_is_watched() -> None:
    for role in ("administrator", "auditor", "admission-board", "developer"):
        assert not any(
            POLICY.filter(holder(role), action)
            for action, described in POLICY.actions.items()
            if described.identified
        )
    assert not POLICY.filter(holder("administrator"), Action.SEE_AUDIT)


GRANTS = st.lists(
    st.builds(
        lambda role, site, person: Grant(
            role,
            site if POLICY.roles[role].bound == "site" else "",
            person if POLICY.roles[role].bound == "person" else None,
        ),
        st.sampled_from(sorted(POLICY.roles)),
        st.sampled_from(["clinic-a", "clinic-b"]),
        st.sampled_from([5, 6]),
    ),
    max_size=4,
)
RESOURCES = st.builds(
    Resource,
    st.sampled_from([None, "", "clinic-a", "clinic-b", "clinic-c"]),
    st.sampled_from([None, 0, 5, 6, 7]),
    st.sampled_from([None, "", "u-1", "u-2"]),
)


@given(grants=GRANTS, action=st.sampled_from(Action), resource=RESOURCES)
def test_the_three_answers_are_one(grants: list[Grant], action: Action, resource: Resource) -> None:
    actor = Actor("u-1", tuple(grants))
    allowed = POLICY.may(actor, action, resource)
    assert (
        POLICY.filter(actor, action).admits(resource)
        == allowed
        == POLICY.why(actor, action, resource).allowed
    )


@given(grants=GRANTS, action=st.sampled_from(Action), resource=RESOURCES)
def test_a_further_role_never_takes_anything_away(
    grants: list[Grant], action: Action, resource: Resource
) -> None:
    fewer, more = Actor("u-1", tuple(grants[:-1])), Actor("u-1", tuple(grants))
    assert POLICY.may(more, action, resource) or not POLICY.may(fewer, action, resource)


def test_the_reason_is_a_rule_with_words_in_both_languages() -> None:
    granted = POLICY.why(holder("clinician"), Action.READ_PERSON, HERE)
    assert (granted.rule, granted.text.en) == ("care", "a clinician treats patients of the own site")
    assert granted.text.in_locale("ru-RU") == "врач лечит пациентов своей организации"
    elsewhere = POLICY.why(holder("clinician"), Action.READ_PERSON, THERE)
    assert elsewhere.text.en == "your roles allow to read a person's records, but not here"
    never = POLICY.why(holder("developer"), Action.MANAGE_SITES)
    assert (never.rule, never.text.en) == (
        "no-role",
        "none of your roles allows to manage sites and their tokens; it takes: administrator, operator at the machine",
    )
    assert "администратор" in never.text.ru


def test_all_words_are_there_in_both_languages() -> None:
    texts = [t for role in POLICY.roles.values() for t in (role.title, role.about)]
    texts += [described.title for described in POLICY.actions.values()] + [rule.why for rule in POLICY.rules]
    assert all(
        text.en and not re.search("[а-яё]", text.en) and re.search("[а-яё]", text.ru) for text in texts
    )


def test_an_unknown_role_is_an_error_not_a_role_without_rights() -> None:
    with pytest.raises(InputError, match="no role 'wizard'"):
        POLICY.may(Actor("u-1", (Grant("wizard"),)), Action.SEE_CATALOGUE)


def test_an_unknown_action_is_an_error() -> None:
    with pytest.raises(InputError, match="no action 'conjure'"):
        POLICY.may(Actor.visitor(), "conjure")  # type: ignore[arg-type]


GIVEN = [
    (Grant("auditor"), None),
    (Grant("registrar", "clinic-a"), None),
    (Grant("patient", person=-5), None),
    (Grant("registrar"), "given for one site"),
    (Grant("auditor", "clinic-a"), "for no site or person"),
    (Grant("patient", "clinic-a"), "given for one person"),
    (Grant("registrar", "clinic-a", 5), "given for one site"),
    (Grant("wizard"), "no role 'wizard' to give"),
    (Grant("operator"), "no role 'operator' to give"),
    (Grant("site", "clinic-a"), "no role 'site' to give"),
]


@pytest.mark.parametrize(("grant", "fault"), GIVEN)
def test_what_an_account_can_be_given(grant: Grant, fault: str | None) -> None:
    if fault is None:
        assert POLICY.check_grant(grant).name == grant.role
    else:
        with pytest.raises(InputError, match=fault):
            POLICY.check_grant(grant)


WRITTEN = [
    ("auditor", Grant("auditor")),
    (" registrar:clinic-a ", Grant("registrar", "clinic-a")),
    ("patient:-4711", Grant("patient", person=-4711)),
    ("patient:Ivanov", "for a person's number"),
    ("patient", "given for one person"),
    ("registrar", "given for one site"),
    ("registrar:../etc", "cannot name a site"),
    ("auditor:clinic-a", "for no site or person"),
    ("operator", "no role 'operator' to give"),
    ("", "no role '' to give"),
]


@pytest.mark.parametrize(("text", "result"), WRITTEN)
def test_a_role_as_people_write_it(text: str, result: Grant | str) -> None:
    if isinstance(result, Grant):
        assert POLICY.parse_grant(text) == result
    else:
        with pytest.raises(InputError, match=result):
            POLICY.parse_grant(text)


FAULTS = [
    ('roles = ["clinician"]', 'roles = ["surgeon"]', "no role surgeon"),
    ('actions = ["see-catalogue", "download-release"]', 'actions = ["see-catalog"]', "see-catalog"),
    (
        'roles = ["visitor"]\nactions = ["see-catalogue"',
        'roles = ["visitor"]\nactions = ["read-person"',
        "visitors may not",
    ),
    (
        'roles = ["developer"]\nactions = ["see-requests", "use-workbench"]\nscope = "own"',
        'roles = ["developer"]\nactions = ["see-requests"]\nscope = "site"',
        "roles bound to one site",
    ),
    ('scope = "own"', 'scope = "mine"', "no scope 'mine'"),
    (
        '[actions.see-metrics]\nsubject = ""\ntitle = { en = "see health and metrics", ru = "видеть состояние и метрики" }',
        "",
        "see-metrics",
    ),
    ('zone = "identified"', 'zone = "secret"', "secret"),
    (', ru = "врач" }', " }", "cannot be read"),
    ("[roles.visitor]", "[roles.visitor", "cannot be read"),
]


@pytest.mark.parametrize(("before", "after", "words"), FAULTS)
def test_a_table_that_does_not_fit_together_is_not_used(before: str, after: str, words: str) -> None:
    assert before in TEXT
    with pytest.raises(InputError, match=words):
        read(
            TEXT.replace(before, after).replace(
                ', "see-metrics"', "" if "see-metrics" in words else ', "see-metrics"'
            )
        )


FILTERS = [
    (Filter(), "FALSE", []),
    (Filter(everything=True, sites=frozenset({"a"})), "TRUE", []),
    (Filter(sites=frozenset({"b", "a"})), "(lk_site IN (?, ?))", ["a", "b"]),
    (
        Filter(sites=frozenset({"a"}), persons=frozenset({5})),
        "(lk_site IN (?) OR lk_person IN (?))",
        ["a", 5],
    ),
    (Filter(owners=frozenset({"u-1"})), "FALSE", []),
]


@pytest.mark.parametrize(("found", "condition", "values"), FILTERS)
def test_a_filter_is_a_condition_of_the_lake(found: Filter, condition: str, values: list[object]) -> None:
    assert found.sql() == (condition, values)


def test_a_filter_keeps_the_sites_it_admits() -> None:
    assert Filter(sites=frozenset({"b", "a"})).keep(["c", "b", "a"]) == ["b", "a"]
    assert Filter(everything=True).keep(["c", "b"]) == ["c", "b"]
