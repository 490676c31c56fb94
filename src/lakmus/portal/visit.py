"""One request: who asks, in which language, and the way to answer with a page."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

from fastapi import Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from lakmus.access import Action, Actor, Filter, Resource
from lakmus.core.errors import LakmusError
from lakmus.ops import Grant, Session
from lakmus.portal.i18n import LOCALES, preferred, translations
from lakmus.portal.pages import render
from lakmus.portal.services import PortalSettings, Services

SESSION, VISITOR, LANGUAGE = "lakmus_session", "lakmus_visitor", "lakmus_language"
YEAR = 365 * 24 * 3600
_NOWHERE = Resource()


class SignInNeeded(LakmusError):
    """Nobody is signed in, and somebody must be."""

    http_status = 401


@dataclass
class Visit:
    """A request as handlers see it."""

    request: Request
    services: Services
    settings: PortalSettings
    session: Session | None
    locale: str
    visitor: str
    fresh: dict[str, str] = field(default_factory=dict)  # cookies to set

    @property
    def weak(self) -> bool:
        """Whether the account holds roles that take a second factor, and signed in without one."""
        if self.session is None or self.session.second_factor or not self.settings.second_factor:
            return False
        return self.services.gate.policy.needs_second_factor(self.session.account.grants)

    @property
    def actor(self) -> Actor:
        if self.session is None:
            return Actor.visitor()
        if self.weak:
            return Actor(self.session.account.id, (Grant("account"),))
        return Actor.of(self.session.account)

    @property
    def csrf(self) -> str:
        return self.services.csrf.token(self.session.digest if self.session else self.visitor)

    def check_csrf(self, token: str | None) -> None:
        self.services.csrf.check(self.session.digest if self.session else self.visitor, token)

    # -- access: every question goes to the gate ------------------------------------------------------------------

    def check(self, action: Action, resource: Resource = _NOWHERE, objects: Iterable[str] = ()) -> None:
        """Refused unless the policy allows it; visitors are asked to sign in."""
        self._not_a_visitor(action)
        self.services.gate.check(self.actor, action, resource, objects)

    def filter(self, action: Action) -> Filter:
        """The resources to which the policy allows it."""
        self._not_a_visitor(action)
        return self.services.gate.filter(self.actor, action)

    def may(self, action: Action) -> bool:
        """For menus: whether there is anything at all they may do this to."""
        return bool(self.services.gate.policy.filter(self.actor, action))

    def must_be_signed_in(self) -> Session:
        if self.session is None:
            raise SignInNeeded("sign in first")
        return self.session

    def _not_a_visitor(self, action: Action) -> None:
        if self.session is None and not self.may(action):
            raise SignInNeeded("sign in first")

    # -- answers --------------------------------------------------------------------------------------------------

    def gettext(self, message: str) -> str:
        return translations(self.locale).gettext(message)

    def page(self, template: str, /, status: int = 200, **values: Any) -> HTMLResponse:
        """A page of the portal; `values` are the template's."""
        answer = HTMLResponse(render(template, self.locale, {"visit": self, **values}), status)
        self._set_cookies(answer)
        return answer

    def go(self, address: str, **query: str) -> Response:
        """See other, after a form; htmx is told in its own way."""
        target = address + (f"?{urlencode(query)}" if query else "")
        answer: Response = RedirectResponse(target, 303)
        if self.request.headers.get("hx-request"):
            answer = Response(status_code=204, headers={"hx-redirect": target})
        self._set_cookies(answer)
        return answer

    def keep(self, name: str, value: str) -> None:
        """Sets a cookie with the answer; an empty value removes it."""
        self.fresh[name] = value

    def address(self, **query: str) -> str:
        """This page's address with some of its query changed, without scheme and host."""
        return f"{self.request.url.path}?{urlencode({**self.request.query_params, **query})}"

    def _set_cookies(self, answer: Response) -> None:
        for name, value in self.fresh.items():
            answer.set_cookie(
                name,
                value,
                max_age=(YEAR if name == LANGUAGE else None) if value else 0,
                path="/",
                secure=self.settings.secure_cookies,
                httponly=True,
                samesite="lax",
            )


def visit_of(request: Request) -> Visit:
    """The visit of a request; made once, also for error pages."""
    if not hasattr(request.state, "visit"):
        request.state.visit = _make(request)
    found: Visit = request.state.visit
    return found


def checked_visit(
    visit: Annotated[Visit, Depends(visit_of)], csrf: Annotated[str, Form(max_length=512)] = ""
) -> Visit:
    """The visit of a form that carries its token."""
    visit.check_csrf(csrf)
    return visit


Visiting = Annotated[Visit, Depends(visit_of)]
Posting = Annotated[Visit, Depends(checked_visit)]


def local_path(address: str) -> str:
    """Where to go after signing in: a path of ours, or home. No other site can be named."""
    parts = urlsplit(address)
    ours = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if ours and not parts.netloc and not parts.scheme and address.isprintable() else "/"


def _make(request: Request) -> Visit:
    services: Services = request.app.state.services
    settings: PortalSettings = request.app.state.settings
    token = request.cookies.get(SESSION, "")
    session = services.sessions.find(token) if token else None
    visitor = request.cookies.get(VISITOR, "")
    visit = Visit(request, services, settings, session, "en", visitor)
    visit.locale = _locale(visit, request.query_params.get("language", ""), request.cookies)
    if not visitor:
        visit.visitor = secrets.token_urlsafe(24)
        visit.keep(VISITOR, visit.visitor)
    return visit


def _locale(visit: Visit, asked: str, cookies: Mapping[str, str]) -> str:
    """The language asked for now, chosen before, of the account, of the browser; in this order."""
    if asked in LOCALES:
        visit.keep(LANGUAGE, asked)
        return asked
    if cookies.get(LANGUAGE) in LOCALES:
        return cookies[LANGUAGE]
    if visit.session is not None:
        return visit.session.account.locale
    return preferred(visit.request.headers.get("accept-language", ""), visit.settings.locale)
