"""The portal and the job workers of an installation."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from lakmus import __version__
from lakmus.access import Csrf, Signer
from lakmus.access.oidc import OidcProvider, OidcSignIn
from lakmus.app import quality
from lakmus.app.installation import App
from lakmus.app.quality import CountedQuality
from lakmus.core.errors import InputError
from lakmus.ops import JobKind, Lockout, Sealer, Sessions, SignIn, Worker
from lakmus.portal import LakeReception, PortalSettings, Services, create_app

RETURN = "/sign-in/oidc/return"  # where a provider sends the browser back to


def portal(app: App) -> FastAPI:
    """The web application of an installation."""
    return create_app(services(app, reception(app)), portal_settings(app))


def serve(app: App, on_start: Any = lambda: None) -> None:
    """Serves until the process is told to stop; job workers run beside, as many as the settings say."""
    given = app.settings.server
    config = uvicorn.Config(
        portal(app),
        host=given.host,
        port=given.port,
        proxy_headers=bool(given.proxies),
        forwarded_allow_ips=list(given.proxies),
        access_log=False,  # addresses of pages may name persons' numbers; what was read is in the audit log
        server_header=False,
        log_level="warning",
    )
    with ExitStack() as running:
        for number in range(app.settings.ops.workers):
            running.enter_context(worker(app, f"server-{number}").in_thread())
        on_start()
        uvicorn.Server(config).run()


def worker(app: App, name: str) -> Worker:
    """A worker for all kinds of job of this installation."""
    silence = timedelta(seconds=app.settings.ops.stale_seconds)
    return Worker(app.jobs, kinds(app), name, silence=silence)


def kinds(app: App) -> tuple[JobKind, ...]:
    """What workers can do."""
    return reception(app).job_kind(), *quality.job_kinds(app)


def reception(app: App) -> LakeReception:
    """Where submissions come in; what came in is judged and counted by jobs."""
    return LakeReception(
        app.intake,
        app.jobs,
        app.settings.server.spool,
        app.sealer.open,
        lambda batch: quality.submit(app, batch),
    )


def services(app: App, desk: LakeReception) -> Services:
    """The rooms behind the portal, joined."""
    browser = app.keys.ensure("browser")
    return Services(
        clock=app.clock,
        people=app.people,
        sign_in=_sign_in(app),
        sessions=_sessions(app),
        sites=app.sites,
        jobs=app.jobs,
        gate=app.gate,
        audit=app.audit,
        csrf=Csrf(browser),
        signer=Signer(browser, "oidc"),
        catalogue=app.catalogue,
        reception=desk,
        quality=CountedQuality(app.settings.data),
        oidc=_oidc(app),
        ready=lambda: _ready(app),
    )


def portal_settings(app: App) -> PortalSettings:
    server, sign_in = app.settings.server, app.settings.sign_in
    return PortalSettings(
        name=server.name,
        version=__version__,
        locale=app.settings.locale,
        base_url=server.base_url,
        secure_cookies=app.settings.secure_cookies,
        local_sign_in=sign_in.local,
        second_factor=sign_in.second_factor,
        oidc_title=sign_in.oidc_title,
        max_upload_bytes=server.max_upload_mb << 20,
        metrics_token=server.metrics_token,
    )


def _sign_in(app: App) -> SignIn:
    given = app.settings.sign_in
    lockout = Lockout(given.lockout_failures, given.lockout_minutes)
    return SignIn(app.database, app.clock, Sealer(app.keys, "totp"), lockout=lockout)


def _sessions(app: App) -> Sessions:
    given = app.settings.sign_in
    return Sessions(app.database, app.clock, idle_minutes=given.session_minutes, hours=given.session_hours)


def _oidc(app: App) -> OidcSignIn | None:
    given = app.settings.sign_in
    if not given.oidc_issuer:
        return None
    provider = OidcProvider(
        issuer=given.oidc_issuer,
        client_id=given.oidc_client,
        client_secret=_secret(Path(given.oidc_secret_file)),
        redirect=app.settings.server.base_url.rstrip("/") + RETURN,
        title=given.oidc_title,
    )
    return OidcSignIn(provider, app.clock)


def _secret(file: Path) -> str:
    try:
        return file.read_text("utf-8").strip()
    except OSError:
        raise InputError(
            f"the secret of the sign-in provider cannot be read from {file}",
            hint="LAKMUS_SIGN_IN_OIDC_SECRET_FILE",
        ) from None


def _ready(app: App) -> None:
    app.database.check()
    app.lake.snapshot()


@contextmanager
def stopping() -> Iterator[threading.Event]:
    """An event that is set when the process is told to stop (SIGTERM, Ctrl-C)."""
    stop = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
