"""For who sends records: upload, receipts, what was refused and why, data quality."""

from lakmus.portal.registrar.routes import router

__all__ = ["router"]
