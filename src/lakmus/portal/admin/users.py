"""Accounts and the roles granted to them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response

from lakmus.access import Action
from lakmus.core.errors import InputError
from lakmus.ops import Grant
from lakmus.portal.visit import Posting, Visit, Visiting

router = APIRouter(prefix="/admin/users")
Short = Annotated[str, Form(max_length=256)]


@router.get("")
def users(visit: Visiting) -> Response:
    visit.check(Action.MANAGE_USERS)
    return visit.page(
        "admin/users.html", users=visit.services.people.all(), policy=visit.services.gate.policy
    )


@router.post("")
def add(visit: Posting, login: Short, name: Short, password: Short, email: Short = "") -> Response:
    visit.check(Action.MANAGE_USERS)
    made = visit.services.people.add(
        login, name, password=password, email=email, locale=visit.locale, by=visit.actor.id
    )
    return visit.go(f"/admin/users/{made.id}")


@router.get("/{account}")
def user(visit: Visiting, account: str) -> Response:
    visit.check(Action.MANAGE_USERS)
    found = visit.services.people.get(account)
    policy = visit.services.gate.policy
    return visit.page("admin/user.html", user=found, policy=policy, sites=visit.services.sites.all())


@router.post("/{account}/grant")
def grant(visit: Posting, account: str, role: Short, site: Short = "", person: Short = "") -> Response:
    _check(visit, account)
    visit.services.people.grant(account, _grant(role, site, person), by=visit.actor.id)
    return visit.go(f"/admin/users/{account}")


@router.post("/{account}/revoke")
def revoke(visit: Posting, account: str, role: Short, site: Short = "", person: Short = "") -> Response:
    _check(visit, account)
    visit.services.people.revoke(account, _grant(role, site, person))
    return visit.go(f"/admin/users/{account}")


@router.post("/{account}/active")
def active(visit: Posting, account: str, active: bool = Form()) -> Response:
    _check(visit, account)
    people = visit.services.people
    (people.activate if active else people.deactivate)(account)
    return visit.go(f"/admin/users/{account}")


@router.post("/{account}/password")
def password(visit: Posting, account: str, new: Short) -> Response:
    _check(visit, account)
    visit.services.people.set_password(account, new)
    return visit.go(f"/admin/users/{account}")


@router.post("/{account}/second-factor")
def remove_second_factor(visit: Posting, account: str) -> Response:
    """For who lost the authenticator and every recovery code."""
    _check(visit, account)
    visit.services.sign_in.remove_second_factor(account)
    visit.services.sessions.end_all(account)
    return visit.go(f"/admin/users/{account}")


def _check(visit: Visit, account: str) -> None:
    found = visit.services.people.get(account) if visit.may(Action.MANAGE_USERS) else None
    visit.check(Action.MANAGE_USERS, objects=[f"account:{found.id}"] if found else [])


def _grant(role: str, site: str, person: str) -> Grant:
    if person and not person.isdecimal():
        raise InputError("a person is named by the lake's number")
    return Grant(role, site, int(person) if person else None)
