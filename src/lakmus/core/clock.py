"""Time is an argument: whoever needs "now" is given a clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol


class Clock(Protocol):
    """Answers what time it is, always with a time zone."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True)
class FixedClock:
    """A clock that stands still: for tests, replays and reproducible releases."""

    instant: datetime

    def __post_init__(self) -> None:
        assert self.instant.tzinfo is not None, "an instant without a time zone is no instant"

    def now(self) -> datetime:
        return self.instant

    @property
    def today(self) -> date:
        return self.instant.date()
