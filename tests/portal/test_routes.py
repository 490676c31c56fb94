"""The matrix of routes and roles: complete, and true for every role and for visitors."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from httpx import Client, Response

from lakmus.access import Action, Actor, Filter, Resource
from lakmus.ops import Grant
from tests.portal.conftest import Browse
from tests.portal.world import POLICY, ROLES, SITE, World, grant

MATRIX: dict[str, str] = tomllib.loads((Path(__file__).parent / "routes.toml").read_text("utf-8"))
# What a form takes, so that what is refused is refused for who asks, not for what is missing.
FORMS = {
    "POST /settings/language": {"language": "en"},
    "POST /settings/password": {"current": "not the password", "new": "quite another password"},
    "POST /settings/second-factor": {"current": "not the password"},
    "POST /settings/second-factor/confirm": {"code": "000000"},
    "POST /admin/users": {"login": "new", "name": "New", "password": "quite another password"},
    "POST /admin/users/{account}/grant": {"role": "developer"},
    "POST /admin/users/{account}/revoke": {"role": "rollout-manager"},
    "POST /admin/users/{account}/active": {"active": "true"},
    "POST /admin/users/{account}/password": {"new": "quite another password"},
    "POST /admin/sites": {"code": "clinic-c", "name": "Clinic C"},
    "POST /admin/sites/{code}/revoke": {"credential": "none"},
    "POST /admin/sites/{code}/active": {"active": "true"},
}
# Refusals that are not the policy's: a wrong password, no provider configured.
OTHERWISE = {"POST /sign-in": 401, "GET /sign-in/oidc": 403, "GET /sign-in/oidc/return": 403}


def routes_of(world: World) -> set[str]:
    """Every route of the application, however deep its router is."""
    found, waiting = set(), list(world.app.routes)
    while waiting:
        route = waiting.pop()
        inner = getattr(route, "original_router", None)
        waiting += inner.routes if inner is not None else []
        for method in (getattr(route, "methods", None) or set()) - {"HEAD"}:
            found.add(f"{method} {_path(route)}")
    return found


def _path(route: object) -> str:
    return str(getattr(route, "path", ""))


def addresses(world: World, owner: str) -> dict[str, str]:
    """Names of things at the registrar's own site, and a job of the asker's own."""
    own = Filter(sites=frozenset({SITE}))
    job = world.services.jobs.submit("intake", {"batch": "none"}, owner=owner, site=SITE)
    world.services.jobs.cancel(job.id)
    return {
        "/data/{name}": "/data/small-cohort", "/catalogue/{name}": "/catalogue/small-cohort", "{version}": "1.0.0",
        "{path:path}": "manifest.json", "/batches/{name}": f"/batches/{world.reception.batches(own)[0].name}",
        "/quarantine/{name}": f"/quarantine/{world.reception.quarantine(own)[0].item}",
        "{account}": world.accounts["developer"], "{code}": SITE, "{job}": job.id,
    }  # fmt: skip


def ask(client: Client, world: World, route: str, session: str | None, owner: str) -> bool:
    """Whether a route refuses this client; forms carry their token and what they take."""
    method, path = route.split(" ")
    for name, value in addresses(world, owner).items():
        path = path.replace(name, value)
    if method == "GET":
        return refuses(route, client.get(path))
    digest = world.services.sessions.find(session).digest if session else "visitor"  # type: ignore[union-attr]
    client.cookies.set("lakmus_visitor", "visitor", domain="127.0.0.1")
    form = {"csrf": world.services.csrf.token(digest), **FORMS.get(route, {})}
    return refuses(route, client.post(path, data=form))


def refuses(route: str, answer: Response) -> bool:
    """Sent to the sign-in page, not known, or not allowed."""
    assert answer.status_code < 500 or answer.status_code == 501, route
    to_sign_in = answer.headers.get("location", "").startswith("/sign-in")
    return to_sign_in or (answer.status_code in (401, 403) and OTHERWISE.get(route) != answer.status_code)


def test_every_route_is_in_the_matrix(world: World) -> None:
    """A route that nobody put into the table fails the build, and so does a line for a route that is gone."""
    assert routes_of(world) == set(MATRIX)


@pytest.mark.parametrize("role", [None, *ROLES])
def test_each_role_reaches_what_the_matrix_says(world: World, browse: Browse, role: str | None) -> None:
    wrong = []
    for route, needs in MATRIX.items():
        client, session, owner = browse(None), None, "visitor"
        if role:
            session, owner = world.session(role), world.accounts[role]
            client.cookies.set("lakmus_session", session, domain="127.0.0.1")
        if ask(client, world, route, session, owner) == may(role, needs, owner):
            wrong.append(f"{route} for {role or 'visitor'}")
    assert not wrong


def may(role: str | None, needs: str, owner: str) -> bool:
    """What the matrix and the policy say together, for things at one's own site and jobs of one's own."""
    if needs in ("open", "token", "account"):
        return needs == "open" or (needs == "account" and role is not None)
    actor = Actor(owner, (Grant("account"), grant(role))) if role else Actor.visitor()
    return POLICY.may(actor, Action(needs), Resource(site=SITE, owner=owner))
