"""What a command opened is closed when it ends, however it ends."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Protocol, TypeVar


class Closes(Protocol):
    def close(self) -> None: ...


Opened = TypeVar("Opened", bound=Closes)
_opened = ExitStack()


def closed_at_the_end(opened: Opened) -> Opened:
    _opened.callback(opened.close)
    return opened


def end() -> None:
    _opened.close()
