"""Where the buckets of a question are worked on: in this process, or on the machines of a cluster.

What is asked is one function over some buckets of an open lake. Its rows are the same wherever it runs, because it is the same
statements over the same snapshot; what differs is who opens the lake.
"""

from lakmus.query.cluster.here import Here
from lakmus.query.cluster.opened import Cluster, on, opened
from lakmus.query.cluster.work import Report, Scheduler, Work

__all__ = ["Cluster", "Here", "Report", "Scheduler", "Work", "on", "opened"]
