"""The states of a job and every way from one to another."""

from __future__ import annotations

from enum import StrEnum

from lakmus.core.errors import ConflictError


class State(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Event(StrEnum):
    """What can happen to a job."""

    START = "start"  # a worker took it
    FINISH = "finish"  # its function returned
    FAIL = "fail"  # its function raised, or its worker was lost and it cannot be resumed
    STOP = "stop"  # its function stopped because it was asked to, or it never began
    REQUEUE = "requeue"  # its worker was lost or went away; another one resumes it


TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.QUEUED, Event.START): State.RUNNING,
    (State.QUEUED, Event.STOP): State.CANCELLED,
    (State.RUNNING, Event.FINISH): State.DONE,
    (State.RUNNING, Event.FAIL): State.FAILED,
    (State.RUNNING, Event.STOP): State.CANCELLED,
    (State.RUNNING, Event.REQUEUE): State.QUEUED,
}


def after(state: State, event: Event) -> State:
    """The next state; ConflictError when the event cannot happen in this one."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise ConflictError(f"a job that is {state} cannot {event}") from None


def is_over(state: State) -> bool:
    return not any(before == state for before, _ in TRANSITIONS)
