"""`lakmus user` and `lakmus site`: who may sign in, who may send."""

from __future__ import annotations

import secrets
from typing import Annotated

import typer

from lakmus.access import Action
from lakmus.app import App
from lakmus.cli.common import installation, say, show
from lakmus.core.errors import InputError
from lakmus.ops import Grant

Login = Annotated[str, typer.Argument(help="the login")]
Role = Annotated[
    str,
    typer.Argument(help="role, role:site for roles of one site, patient:NUMBER for a person (docs/roles.md)"),
]
Code = Annotated[str, typer.Argument(help="the site's code")]


def register(app: typer.Typer) -> None:
    user = typer.Typer(no_args_is_help=True, help="People who may sign in.")
    user.command("list")(list_users)
    for command in (add, grant, revoke, password, close, reopen, link):
        user.command()(command)
    app.add_typer(user, name="user")
    site = typer.Typer(no_args_is_help=True, help="Sites that may send records.")
    site.command("list")(list_sites)
    site.command("add")(add_site)
    site.command("token")(new_token)
    site.command("tokens")(list_tokens)
    site.command("revoke-token")(revoke_token)
    app.add_typer(site, name="site")


def add(
    login: Login,
    name: Annotated[str, typer.Option(help="the person's name")],
    role: Annotated[
        list[str] | None, typer.Option(help="role, role:site; may be given several times")
    ] = None,
    email: Annotated[str, typer.Option(help="address for messages")] = "",
    locale: Annotated[str, typer.Option(help="en or ru")] = "en",
    ask: Annotated[
        bool, typer.Option("--ask-password", help="type the password instead of a made one")
    ] = False,
) -> None:
    """Add an account. Prints a password to be changed at the first sign-in."""
    app = _managing(Action.MANAGE_USERS, f"login:{login}")
    chosen = _typed() if ask else secrets.token_urlsafe(12)
    grants = [read_grant(text) for text in role or ()]
    app.people.add(login, name, roles=grants, password=chosen, email=email, locale=locale, by=app.actor.id)
    say(f"added {login}" + ("" if ask else f"; password: {chosen}"))


def list_users() -> None:
    """All accounts and their roles."""
    rows = [
        {"login": a.login, "name": a.name, "roles": ", ".join(map(str, a.grants))}
        | {"active": a.active, "second factor": a.has_second_factor}
        for a in _managing(Action.MANAGE_USERS).people.all()
    ]
    show(rows, ("login", "name", "roles", "active", "second factor"))


def grant(login: Login, role: Role) -> None:
    """Give a role."""
    app = _managing(Action.MANAGE_USERS, f"login:{login}")
    app.people.grant(app.people.find(login).id, read_grant(role), by=app.actor.id)
    say(f"{login} is now {role}")


def revoke(login: Login, role: Role) -> None:
    """Take a role away; the account's sessions end."""
    app = _managing(Action.MANAGE_USERS, f"login:{login}")
    app.people.revoke(app.people.find(login).id, read_grant(role))
    say(f"{login} is no longer {role}")


def password(login: Login) -> None:
    """Set a new password, made here; the account's sessions end."""
    app = _managing(Action.MANAGE_USERS, f"login:{login}")
    chosen = secrets.token_urlsafe(12)
    app.people.set_password(app.people.find(login).id, chosen)
    say(f"password of {login}: {chosen}")


def close(login: Login) -> None:
    """Close an account; nothing it did is forgotten."""
    app = _managing(Action.MANAGE_USERS, f"login:{login}")
    app.people.deactivate(app.people.find(login).id)
    say(f"closed {login}")


def reopen(login: Login) -> None:
    """Open a closed account again."""
    app = _managing(Action.MANAGE_USERS, f"login:{login}")
    app.people.activate(app.people.find(login).id)
    say(f"opened {login}")


def link(login: Login, subject: str) -> None:
    """Let a subject of the configured OpenID Connect issuer sign in as this account."""
    app = _managing(Action.MANAGE_USERS, f"login:{login}")
    issuer = app.settings.sign_in.oidc_issuer
    if not issuer:
        raise InputError("no OpenID Connect issuer is configured", hint="LAKMUS_SIGN_IN_OIDC_ISSUER")
    app.people.link(app.people.find(login).id, issuer, subject)
    say(f"linked {login}")


def add_site(
    code: Code,
    name: Annotated[str, typer.Option(help="its name")],
    region: Annotated[str, typer.Option(help="its region")] = "",
) -> None:
    """Add a site and issue its first token, which is shown once."""
    app = _managing(Action.MANAGE_SITES, f"site:{code}")
    site = app.sites.add(code, name, region or app.settings.region)
    say(f"added {site.code}; token: {app.sites.issue(site.code, 'first')}")


def list_sites() -> None:
    """All sites."""
    show(_managing(Action.SEE_SITES).sites.all(), ("code", "name", "region", "active"))


def new_token(
    code: Code,
    label: Annotated[str, typer.Option(help="what it is for")] = "",
    days: Annotated[int | None, typer.Option(help="valid so long; without, until revoked")] = None,
) -> None:
    """Issue another token, which is shown once."""
    app = _managing(Action.MANAGE_SITES, f"site:{code}")
    say(f"token: {app.sites.issue(code, label, days=days)}")


def list_tokens(code: Code) -> None:
    """A site's tokens, without their secrets."""
    found = _managing(Action.SEE_SITES).sites.credentials(code)
    show(found, ("id", "label", "created", "expires", "revoked", "last_used"))


def revoke_token(token: Annotated[str, typer.Argument(help="id, as `tokens` shows it")]) -> None:
    """Revoke a token."""
    app = _managing(Action.MANAGE_SITES, f"token:{token}")
    app.sites.revoke(token)
    say(f"revoked {token}")


def read_grant(text: str) -> Grant:
    """`registrar:north`, `patient:12`, `auditor`."""
    role, _, scope = text.partition(":")
    if role == "patient" and scope.isdecimal():
        return Grant(role, person=int(scope))
    return Grant(role, scope)


def _managing(action: Action, *objects: str) -> App:
    app = installation()
    app.may(action, objects=objects)
    return app


def _typed() -> str:
    return str(typer.prompt("password", hide_input=True, confirmation_prompt=True))
