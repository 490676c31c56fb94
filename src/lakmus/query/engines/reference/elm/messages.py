"""Message (CQL 1.5, appendix B, "Errors and Messages")."""

from __future__ import annotations

from typing import Any

from lakmus.core.errors import InputError
from lakmus.query.engines.reference.elm.rows import Call, row


@row("Message", nulls=True)
def _message(
    call: Call,
    source: Any,
    condition: bool | None = None,
    code: str | None = None,
    severity: str | None = None,
    message: str | None = None,
) -> Any:
    """The source, whatever is said of it; InputError when the condition is true and the severity is `Error`."""
    if condition is not True:
        return source
    if severity == "Error":
        raise InputError(message or "the library reports an error", hint=f"code {code}" if code else "")
    call.context.message(severity or "Message", code or "", message or "")
    return source
