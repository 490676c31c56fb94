"""For machines that watch: health, readiness, metrics."""

from lakmus.portal.system.routes import router

__all__ = ["router"]
