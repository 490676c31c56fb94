"""For everybody: home, catalogue, data sets, and the data API that clients load releases from."""

from lakmus.portal.public.routes import router

__all__ = ["router"]
