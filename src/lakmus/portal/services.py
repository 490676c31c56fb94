"""What the portal is given: rooms behind it as values, and small interfaces for what the composition root assembles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from lakmus.access import AuditLog, Csrf, Filter, Gate, Signer
from lakmus.access.oidc import OidcSignIn
from lakmus.core.clock import Clock
from lakmus.lake.batches import Batch
from lakmus.lake.quarantine import Item
from lakmus.opendata.catalogue import Catalogue
from lakmus.ops import Job, Jobs, People, Sessions, SignIn, Sites


@dataclass(frozen=True)
class Submitted:
    """A submission received: its job takes it in, `batch` is the name under which its receipt will be found."""

    job: Job
    batch: str


@dataclass(frozen=True)
class Taken:
    """A submission taken in: records now in the lake, records refused, and the OperationOutcomes of those."""

    batch: str
    accepted: int
    refused: int
    outcomes: tuple[Mapping[str, Any], ...]


class Reception(Protocol):
    """Where submissions come in and what became of them is asked. Filters are answers of the access policy."""

    def submit(self, site: str, filename: str, stream: BinaryIO, *, owner: str) -> Submitted:
        """Keeps the stream and queues its intake; InputError when there is nothing to read in it."""

    def take_in(self, site: str, filename: str, stream: BinaryIO) -> Taken:
        """Takes a small submission in at once."""

    def batches(self, allowed: Filter) -> Sequence[Batch]:
        """Batches of these sites, the newest first."""

    def batch(self, name: str) -> Batch:
        """One batch; NotFoundError until its first records are committed."""

    def quarantine(self, allowed: Filter, *, batch: str | None = None) -> Sequence[Item]:
        """Refused documents of these sites that wait."""

    def item(self, name: str) -> tuple[Item, Mapping[str, Any]]:
        """One refused document and its OperationOutcome; NotFoundError."""

    def original(self, name: str) -> bytes:
        """The refused bytes, unsealed; the caller has asked the gate."""

    def retry(self, item: Item) -> bool:
        """Tries one refused document again; whether it was taken in."""


@dataclass(frozen=True)
class Flag:
    """A plausibility rule and how many of the records it looked at it flagged. `title` by language."""

    rule: str
    title: Mapping[str, str]
    severity: str
    flagged: int
    seen: int


@dataclass(frozen=True)
class Filled:
    """How many records of a type have an element."""

    element: str  # such as Patient.birthDate
    filled: int
    total: int


@dataclass(frozen=True)
class QualityReport:
    """Data quality of a site in numbers, as counted at a snapshot: what came, when it happened, what is filled in, and
    the plausibility rules that flagged any."""

    site: str
    snapshot: int
    records: Mapping[str, int]
    flags: tuple[Flag, ...]
    filled: tuple[Filled, ...] = ()
    years: Mapping[str, int] = field(default_factory=dict)  # records by the year in which they happened
    measured: int = 0
    without_unit: int = 0


class Quality(Protocol):
    """Data quality, counted."""

    def report(self, site: str) -> QualityReport:
        """The report of one site; NotFoundError when nothing was counted yet."""


@dataclass(frozen=True)
class Services:
    """Everything behind the portal."""

    clock: Clock
    people: People
    sign_in: SignIn
    sessions: Sessions
    sites: Sites
    jobs: Jobs
    gate: Gate
    audit: AuditLog
    csrf: Csrf
    signer: Signer
    catalogue: Catalogue
    reception: Reception
    quality: Quality | None = None
    oidc: OidcSignIn | None = None
    ready: Callable[[], None] = lambda: None  # raises when a part does not answer


@dataclass(frozen=True)
class PortalSettings:
    """What an installation says about its portal. `metrics_token` lets a scraper read /metrics without an account."""

    name: str = "Lakmus"
    version: str = ""
    locale: str = "en"
    base_url: str = "http://127.0.0.1:8000"
    secure_cookies: bool = False
    local_sign_in: bool = True
    second_factor: bool = True
    oidc_title: str = "OpenID Connect"
    max_upload_bytes: int = 4096 << 20
    metrics_token: str = ""
    sign_ins_per_minute: int = 20
    temporary: Path | None = None  # where request bodies are spooled; None is the system's folder
