"""Web pages and HTTP APIs, one folder per audience; no rules of its own."""

from lakmus.portal.app import create_app
from lakmus.portal.reception import LakeReception
from lakmus.portal.services import (
    Flag,
    PortalSettings,
    Quality,
    QualityReport,
    Reception,
    Services,
    Submitted,
    Taken,
)

__all__ = [
    "Flag",
    "LakeReception",
    "PortalSettings",
    "Quality",
    "QualityReport",
    "Reception",
    "Services",
    "Submitted",
    "Taken",
    "create_app",
]
