"""Operational state: database, people, sites, jobs, and the keys that seal.

`Database` is opened once per process; `People`, `SignIn`, `Sessions`, `Sites` and `Jobs` are made over it.
"""

from lakmus.ops.database import Database
from lakmus.ops.jobs import Job, JobKind, Jobs, Progress, Worker
from lakmus.ops.keys import Key, KeyStore
from lakmus.ops.people import Account, Grant, People
from lakmus.ops.sealing import Sealer
from lakmus.ops.sessions import Session, Sessions
from lakmus.ops.signin import Lockout, SecondFactorNeeded, SignedIn, SignIn, WrongSignIn
from lakmus.ops.sites import Credential, Site, Sites, WrongToken

__all__ = [
    "Account",
    "Credential",
    "Database",
    "Grant",
    "Job",
    "JobKind",
    "Jobs",
    "Key",
    "KeyStore",
    "Lockout",
    "People",
    "Progress",
    "Sealer",
    "SecondFactorNeeded",
    "Session",
    "Sessions",
    "SignIn",
    "SignedIn",
    "Site",
    "Sites",
    "Worker",
    "WrongSignIn",
    "WrongToken",
]
