"""What a kind of job is, and the handle its function is given.

No value of a patient can get into a job's public part by construction: progress is a number and one of the steps the kind
declared, results are numbers and names of files or versions, and of an error only what our own errors say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from lakmus.core.errors import InputError, LakmusError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@:/+-]{0,255}")

Result = Mapping[str, int | float | bool | str | None]


class Progress(Protocol):
    """Given to a job's function, which calls it often: each call is also where a cancelled job stops."""

    job: str
    attempt: int

    def at(self, fraction: float, step: str = "") -> None:
        """How far it is, 0 to 1, and which declared step it is in; raises Cancelled when the job is to stop."""


@dataclass(frozen=True)
class JobKind:
    """A kind of job: its name, the steps it goes through (message ids) and its function.

    `run(progress, parameters)` gives a mapping of counts and names. A `resumable` function, started again with the same
    parameters after its worker was killed, finishes what it began; others fail when that happens.
    """

    name: str
    run: Callable[[Progress, Mapping[str, Any]], Result | None]
    steps: tuple[str, ...] = ()
    resumable: bool = False
    attempts: int = 3

    def check_step(self, step: str) -> str:
        assert not step or step in self.steps, f"{self.name} declares no step {step!r}"
        return step


def check_result(result: Result | None) -> dict[str, Any]:
    """The result as it is stored; our own bug (AssertionError) when it holds anything but numbers and names."""
    for name, value in (result or {}).items():
        plain = value is None or isinstance(value, (int, float)) or bool(_NAME.fullmatch(str(value)))
        assert plain, f"the result {name!r} is neither a number nor a name"
        assert _NAME.fullmatch(name), "a result has a plain name"
    return dict(result or {})


def error_text(error: BaseException) -> str:
    """What a failed job says. Messages of foreign errors may quote records, so they are not passed on."""
    if isinstance(error, LakmusError):
        return str(error)[:2048]
    return f"internal error: {type(error).__name__}"


def by_name(kinds: tuple[JobKind, ...]) -> dict[str, JobKind]:
    """Kinds under their names, each once."""
    found = {kind.name: kind for kind in kinds}
    if len(found) != len(kinds):
        raise InputError("two kinds of job have one name")
    return found
