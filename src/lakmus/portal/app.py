"""The web application: routers of each audience, middleware, errors."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from lakmus.portal import account, admin, errors, fhir, public, registrar, system
from lakmus.portal.security import BoundedBodies, RateLimit, SecurityHeaders
from lakmus.portal.services import PortalSettings, Services
from lakmus.portal.system.metrics import Measured, Metrics

DEFAULTS = PortalSettings()
STATIC = Path(__file__).parent / "static"
ROUTERS = (public.router, account.router, registrar.router, admin.router, fhir.router, system.router)


def create_app(services: Services, settings: PortalSettings = DEFAULTS) -> FastAPI:
    """The portal of an installation; all it can do is in `services`."""
    app = FastAPI(title=settings.name, openapi_url=None, docs_url=None, redoc_url=None)
    app.state.services, app.state.settings = services, settings
    app.state.sign_in_limit = RateLimit(services.clock, settings.sign_ins_per_minute)
    app.state.metrics = Metrics(services.jobs)
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    errors.install(app)
    app.add_middleware(BoundedBodies, largest_upload=settings.max_upload_bytes)
    app.add_middleware(Measured, metrics=app.state.metrics)
    app.add_middleware(SecurityHeaders, https=settings.secure_cookies)
    return app
