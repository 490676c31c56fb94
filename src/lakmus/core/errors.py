"""The one tree of errors.

    LakmusError
    ├── InputError          your input: message, place, hint            exit 2, HTTP 400
    │   ├── NotFoundError   a name that does not exist here             exit 2, HTTP 404
    │   └── ConflictError   it clashes with what is there               exit 2, HTTP 409
    ├── UnsupportedError    a feature this engine does not have         exit 3, HTTP 501
    ├── RefusedError        refused by policy, with the reason          exit 4, HTTP 403
    └── TemporaryError      try again later (a lock, a server)          exit 5, HTTP 503

Anything else that escapes is our own bug: an assertion with its traceback, exit 1, HTTP 500.
Foreign exceptions are translated where the foreign library is called. No message ever holds a value of a
patient: messages name paths, rules, counts, files, lines and identifiers of jobs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Where in the user's input: a file or name, a line and a column (both counted from 1), a path."""

    source: str = ""
    line: int | None = None
    column: int | None = None
    path: str = ""

    def __str__(self) -> str:
        position = ":".join(str(n) for n in (self.line, self.column) if n is not None)
        return " ".join(
            part for part in (":".join(p for p in (self.source, position) if p), self.path) if part
        )


class LakmusError(Exception):
    """Base of all errors a user can meet. `str(error)` is message, place and hint in that order."""

    exit_code = 1
    http_status = 500

    def __init__(self, message: str, *, place: Place | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.hint = hint

    def __str__(self) -> str:
        where = f" (at {self.place})" if self.place and str(self.place) else ""
        hint = f"\n  {self.hint}" if self.hint else ""
        return f"{self.message}{where}{hint}"


class InputError(LakmusError):
    """The input is at fault: say what, where, and what to do."""

    exit_code = 2
    http_status = 400


class NotFoundError(InputError):
    """A name that does not exist here."""

    http_status = 404


class ConflictError(InputError):
    """It clashes with what is already there."""

    http_status = 409


class ManyErrors(InputError):
    """All errors a compiler or validator collected, each with its place."""

    def __init__(self, errors: Sequence[LakmusError]) -> None:
        super().__init__("\n".join(str(error) for error in errors))
        self.errors = tuple(errors)


class UnsupportedError(LakmusError):
    """A feature this engine does not have; `reference` is the section of the standard."""

    exit_code = 3
    http_status = 501

    def __init__(
        self,
        feature: str,
        *,
        engine: str = "",
        reference: str = "",
        place: Place | None = None,
        hint: str = "",
    ) -> None:
        by = f" by the {engine} engine" if engine else ""
        see = f" [{reference}]" if reference else ""
        super().__init__(f"{feature} is not supported{by}{see}", place=place, hint=hint)
        self.feature = feature
        self.engine = engine
        self.reference = reference


class RefusedError(LakmusError):
    """Refused by policy; the message is the reason and names nobody."""

    exit_code = 4
    http_status = 403


class TemporaryError(LakmusError):
    """It may work when tried again."""

    exit_code = 5
    http_status = 503
