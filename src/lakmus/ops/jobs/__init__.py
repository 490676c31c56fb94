"""Long work: a queue in the operations database, workers that survive being killed, progress and cancel."""

from lakmus.ops.jobs.kinds import JobKind, Progress
from lakmus.ops.jobs.queue import Job, Jobs
from lakmus.ops.jobs.states import State
from lakmus.ops.jobs.worker import Cancelled, Worker

__all__ = ["Cancelled", "Job", "JobKind", "Jobs", "Progress", "State", "Worker"]
