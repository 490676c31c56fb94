"""The one access policy and its three answers: may they, which ones may they, and why.

All three come from the same filter, so they cannot drift apart. The table is `policy.toml`; it is checked when read.

>>> policy = default()
>>> policy.may(Actor.visitor(), Action.SEE_CATALOGUE)
True
>>> policy.why(Actor.visitor(), Action.FORGET_PERSON).text.en
'none of your roles allows to forget a person; it takes: data custodian, operator at the machine'
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from lakmus.access.actions import Action
from lakmus.access.actor import Actor, Filter, Resource
from lakmus.core.errors import InputError, Place
from lakmus.core.identifiers import check_site
from lakmus.ops import Grant

Scope = Literal["all", "site", "person", "own"]
_NOWHERE = Resource()
_BOUND_BY: Mapping[str, str] = {"site": "site", "person": "person"}


@dataclass(frozen=True)
class Text:
    """A sentence in both languages of the product."""

    en: str
    ru: str

    def in_locale(self, locale: str) -> str:
        return self.ru if locale.startswith("ru") else self.en

    def filled(self, **parts: Text) -> Text:
        return Text(
            self.en.format(**{name: part.en for name, part in parts.items()}),
            self.ru.format(**{name: part.ru for name, part in parts.items()}),
        )


@dataclass(frozen=True)
class Role:
    """A described role. `bound` is what a grant of it names: "site", "person" or nothing."""

    name: str
    title: Text
    about: Text
    bound: str
    implied: bool
    second_factor: bool


@dataclass(frozen=True)
class Described:
    """What the policy says about an action."""

    action: Action
    title: Text
    identified: bool
    audited: bool
    subject: str


@dataclass(frozen=True)
class Rule:
    """Holders of any of the roles may do any of the actions, within the scope, for the reason given."""

    name: str
    roles: frozenset[str]
    actions: frozenset[Action]
    scope: Scope
    why: Text

    def filter(self, actor: Actor, grant: Grant) -> Filter:
        """What this rule opens to the holder of a grant of one of its roles."""
        if self.scope == "all":
            return Filter(everything=True)
        if self.scope == "own":
            return Filter(owners=frozenset({actor.id}))
        if self.scope == "site":
            return Filter(sites=frozenset({grant.site} - {""}))
        return Filter(persons=frozenset({grant.person} - {None}))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Reason:
    """Whether it is allowed, by which rule (or which refusal), and why in words."""

    allowed: bool
    rule: str
    text: Text


class Policy:
    """Roles, actions and rules that fit each other."""

    def __init__(
        self,
        roles: Mapping[str, Role],
        actions: Mapping[Action, Described],
        rules: tuple[Rule, ...],
        refusals: Mapping[str, Text],
    ) -> None:
        self.roles, self.actions, self.rules, self._refusals = roles, actions, rules, refusals
        self._by = {(role, action): [] for role in roles for action in actions}  # type: dict[tuple[str, Action], list[Rule]]
        for rule in rules:
            for role in rule.roles:
                for action in rule.actions:
                    self._by[role, action].append(rule)

    def may(self, actor: Actor, action: Action, resource: Resource = _NOWHERE) -> bool:
        """Whether they may do this to that resource."""
        return self.filter(actor, action).admits(resource)

    def filter(self, actor: Actor, action: Action) -> Filter:
        """To which resources they may do this; false when to none."""
        found = Filter()
        for rule, grant in self._applicable(actor, action):
            found |= rule.filter(actor, grant)
        return found

    def why(self, actor: Actor, action: Action, resource: Resource = _NOWHERE) -> Reason:
        """The first rule that allows it, or why none does."""
        applicable = self._applicable(actor, action)
        for rule, grant in applicable:
            if rule.filter(actor, grant).admits(resource):
                return Reason(True, rule.name, rule.why)
        refusal = "elsewhere" if applicable else "no-role"
        text = self._refusals[refusal].filled(action=self.actions[action].title, roles=self._titles(action))
        return Reason(False, refusal, text)

    def rule_of(self, actor: Actor, action: Action) -> Reason:
        """The first rule that opens any resource at all, for what is done under a filter."""
        for rule, grant in self._applicable(actor, action):
            if rule.filter(actor, grant):
                return Reason(True, rule.name, rule.why)
        return self.why(actor, action)

    def check_grant(self, grant: Grant) -> Role:
        """The role of a grant to an account; InputError when there is none such, or the grant names too much or too little."""
        role = self.roles.get(grant.role)
        if role is None or role.implied:
            raise InputError(
                f"there is no role {grant.role[:64]!r} to give", hint=f"one of {', '.join(self.grantable())}"
            )
        named = {"site": bool(grant.site), "person": grant.person is not None}
        wanted = {kind: kind == role.bound for kind in named}
        if named != wanted:
            needs = f"for one {role.bound}" if role.bound else "for no site or person in particular"
            raise InputError(f"the role {role.name} is given {needs}")
        return role

    def parse_grant(self, text: str) -> Grant:
        """A grant as people write it: `auditor`, `registrar:clinic-a`, `patient:4711`; InputError as `check_grant`."""
        name, _, bound = text.strip().partition(":")
        role = self.roles.get(name)
        if bound and role is not None and role.bound == "person":
            if not re.fullmatch(r"-?[0-9]{1,19}", bound):
                raise InputError(f"the role {name} is given for a person's number")
            grant = Grant(name, person=int(bound))
        else:
            grant = Grant(name, check_site(bound) if bound else "")
        self.check_grant(grant)
        return grant

    def grantable(self) -> list[str]:
        """Names of the roles an account can be given."""
        return [role.name for role in self.roles.values() if not role.implied]

    def needs_second_factor(self, grants: Iterable[Grant]) -> bool:
        """Whether one of the roles reaches so far that signing in takes two factors."""
        return any(self._role(grant).second_factor for grant in grants)

    def _applicable(self, actor: Actor, action: Action) -> list[tuple[Rule, Grant]]:
        if action not in self.actions:
            raise InputError(f"there is no action {str(action)[:64]!r}")
        return [(rule, g) for g in actor.all_grants for rule in self._by[self._role(g).name, action]]

    def _role(self, grant: Grant) -> Role:
        """An unknown role is an error, not a role without rights: something granted it, and that must be found."""
        if grant.role not in self.roles:
            raise InputError(
                f"there is no role {grant.role[:64]!r}", hint="the policy no longer has it; revoke the grant"
            )
        return self.roles[grant.role]

    def _titles(self, action: Action) -> Text:
        held = [self.roles[name].title for name in sorted(self.roles) if self._by[name, action]]
        return Text(", ".join(title.en for title in held), ", ".join(title.ru for title in held))


@cache
def default() -> Policy:
    """The policy Lakmus comes with."""
    return read(files("lakmus.access").joinpath("policy.toml").read_text("utf-8"))


def read(text: str, source: str = "policy.toml") -> Policy:
    """A policy from its table; InputError names what does not fit: unknown names, scopes without their bound, missing words."""
    try:
        tree = tomllib.loads(text)
        roles = {name: _role(name, row) for name, row in tree["roles"].items()}
        actions = {Action(name): _action(name, row) for name, row in tree["actions"].items()}
        rules = tuple(_rule(name, row) for name, row in tree["rules"].items())
        refusals = {name: Text(**row) for name, row in tree["refusals"].items()}
    except (KeyError, ValueError, TypeError) as error:
        raise InputError(f"the policy cannot be read: {error}", place=Place(source)) from None
    for rule in rules:
        _check(rule, roles, actions, source)
    if missing := set(Action) - set(actions):
        raise InputError(f"the policy does not describe {', '.join(sorted(missing))}", place=Place(source))
    return Policy(roles, actions, rules, refusals)


def _role(name: str, row: Mapping[str, Any]) -> Role:
    bound, implied = row.get("bound", ""), row.get("implied", False)
    return Role(
        name, Text(**row["title"]), Text(**row["about"]), bound, implied, row.get("second_factor", False)
    )


def _action(name: str, row: Mapping[str, Any]) -> Described:
    identified = {"": False, "identified": True}[row.get("zone", "")]
    return Described(
        Action(name), Text(**row["title"]), identified, row.get("audited", False), row["subject"]
    )


def _rule(name: str, row: Mapping[str, Any]) -> Rule:
    actions = frozenset(Action(action) for action in row["actions"])
    return Rule(name, frozenset(row["roles"]), actions, row["scope"], Text(**row["why"]))


def _check(rule: Rule, roles: Mapping[str, Role], actions: Mapping[Action, Described], source: str) -> None:
    place = Place(source, path=f"rules.{rule.name}")
    if unknown := rule.roles - set(roles):
        raise InputError(f"there is no role {', '.join(sorted(unknown))}", place=place)
    if rule.scope not in ("all", "site", "person", "own"):
        raise InputError(f"there is no scope {rule.scope!r}", place=place)
    if rule.scope in _BOUND_BY and any(roles[name].bound != _BOUND_BY[rule.scope] for name in rule.roles):
        raise InputError(f"a rule of scope {rule.scope} takes roles bound to one {rule.scope}", place=place)
    if any(actions[action].identified for action in rule.actions) and "visitor" in rule.roles:
        raise InputError("visitors may not reach the identified zone", place=place)
