"""For whoever has an account: sign in, sign out, language, password, second factor."""

from lakmus.portal.account.routes import router

__all__ = ["router"]
