"""For hospitals' systems: FHIR R4 over HTTP, the part of it that takes records in."""

from lakmus.portal.fhir.routes import router

__all__ = ["router"]
