"""Signing in and out, and one's own settings."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response

from lakmus.core.errors import InputError, RefusedError
from lakmus.ops import Account, SecondFactorNeeded, Session, WrongSignIn
from lakmus.portal.visit import LANGUAGE, SESSION, Posting, Visit, Visiting, local_path

router = APIRouter()
OIDC = "lakmus_oidc"
OIDC_SECONDS = 600
Short = Annotated[str, Form(max_length=256)]


@router.get("/sign-in")
def sign_in_page(visit: Visiting, next: str = "/") -> Response:
    if visit.session is not None:
        return visit.go(local_path(next))
    return _sign_in_page(visit, next, "")


@router.post("/sign-in")
def sign_in(
    visit: Posting, login: Short = "", password: Short = "", code: Short = "", next: Short = "/"
) -> Response:
    """Login, password and code in one form: the answer is the same whichever was wrong."""
    if not visit.settings.local_sign_in:
        raise RefusedError("local accounts may not sign in here")
    _count_try(visit, login)
    try:
        found = visit.services.sign_in.with_password(login, password, code.strip() or None)
    except (WrongSignIn, SecondFactorNeeded):
        message = visit.gettext("Login, password or code is wrong, or the account is locked for a while.")
        return _sign_in_page(visit, next, message, 401)
    _start(visit, found.account, second_factor=found.second_factor)
    return visit.go(local_path(next))


@router.post("/sign-out")
def sign_out(visit: Posting) -> Response:
    visit.services.sessions.end(visit.request.cookies.get(SESSION, ""))
    visit.keep(SESSION, "")
    return visit.go("/")


@router.get("/sign-in/oidc")
def oidc_begin(visit: Visiting) -> Response:
    """Off to the provider; what must be known when coming back is in a signed cookie."""
    if visit.services.oidc is None:
        raise RefusedError("no sign-in provider is configured")
    _count_try(visit, "")
    begun = visit.services.oidc.begin()
    visit.keep(OIDC, visit.services.signer.sign(dict(begun.cookie)))
    return visit.go(begun.address)


@router.get("/sign-in/oidc/return")
def oidc_return(visit: Visiting) -> Response:
    """Back from the provider: only subjects linked to an account come in."""
    if visit.services.oidc is None:
        raise RefusedError("no sign-in provider is configured")
    cookie = visit.services.signer.read(visit.request.cookies.get(OIDC, ""), seconds=OIDC_SECONDS)
    identity = visit.services.oidc.finish(dict(visit.request.query_params), cookie)
    account = visit.services.people.by_identity(identity.issuer, identity.subject)
    if account is None:
        raise RefusedError("no account here belongs to this sign-in", hint="ask the administrator to link it")
    _start(visit, account, second_factor=identity.second_factor)
    visit.keep(OIDC, "")
    return visit.go("/")


@router.get("/settings")
def settings_page(visit: Visiting, said: str = "") -> Response:
    session = visit.must_be_signed_in()
    return _settings(visit, session, said=said)


@router.post("/settings/language")
def language(visit: Posting, language: Short) -> Response:
    session = visit.must_be_signed_in()
    visit.services.people.set_locale(session.account.id, language)
    visit.keep(LANGUAGE, language)
    return visit.go("/settings", said="language")


@router.post("/settings/password")
def password(visit: Posting, current: Short, new: Short) -> Response:
    """Changing it ends all sessions; this one begins anew."""
    session = visit.must_be_signed_in()
    _prove(visit, session.account, current)
    visit.services.people.set_password(session.account.id, new)
    _start(visit, session.account, second_factor=session.second_factor)
    return visit.go("/settings", said="password")


@router.post("/settings/second-factor")
def enrol(visit: Posting, current: Short) -> Response:
    session = visit.must_be_signed_in()
    _prove(visit, session.account, current)
    address = visit.services.sign_in.enrol(session.account.id, visit.settings.name)
    return _settings(visit, session, address=address)


@router.post("/settings/second-factor/confirm")
def confirm(visit: Posting, code: Short) -> Response:
    """The recovery codes are shown now and never again; the session counts as two-factored from here."""
    session = visit.must_be_signed_in()
    codes = visit.services.sign_in.confirm(session.account.id, code.strip())
    visit.services.sessions.end(visit.request.cookies.get(SESSION, ""))
    _start(visit, session.account, second_factor=True)
    return visit.page("account/recovery.html", codes=codes)


def _sign_in_page(visit: Visit, next: str, message: str, status: int = 200) -> Response:
    return visit.page("account/sign_in.html", status, next=local_path(next), message=message)


def _settings(visit: Visit, session: Session, *, said: str = "", address: str = "") -> Response:
    roles = [(visit.services.gate.policy.roles[grant.role], grant) for grant in session.account.grants]
    return visit.page(
        "account/settings.html", account=session.account, roles=roles, said=said, address=address
    )


def _start(visit: Visit, account: Account, *, second_factor: bool) -> None:
    visit.keep(SESSION, visit.services.sessions.start(account.id, second_factor=second_factor))


def _prove(visit: Visit, account: Account, password: str) -> None:
    """The current password again; the second factor was given at sign-in."""
    _count_try(visit, account.login)
    try:
        visit.services.sign_in.with_password(account.login, password)
    except SecondFactorNeeded:
        return
    except WrongSignIn:
        raise InputError("the current password is wrong") from None


def _count_try(visit: Visit, login: str) -> None:
    """Tries are counted by address and by login, whichever comes first."""
    limit, client = visit.request.app.state.sign_in_limit, visit.request.client
    limit.count(f"address {client.host if client else ''}")
    if login:
        limit.count(f"login {login.strip().lower()}")
