"""The tables of operational state. Their history is in `migrations/`; a test compares the two.

Instants are stored as UTC text of fixed length, so that SQLite and PostgreSQL order and hash them alike.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
)

INSTANT_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


class Instant(TypeDecorator[datetime]):
    """A moment, given and taken back in UTC with microseconds."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> str | None:
        return None if value is None else instant_text(value)

    def process_result_value(self, value: Any | None, dialect: Any) -> datetime | None:
        return None if value is None else datetime.strptime(value, INSTANT_FORMAT).replace(tzinfo=UTC)


def instant_text(moment: datetime) -> str:
    """27 characters, such as 2026-11-23T04:05:06.000007Z."""
    assert moment.tzinfo is not None, "an instant without a time zone is no instant"
    return moment.astimezone(UTC).strftime(INSTANT_FORMAT)


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("login", String(128), nullable=False, unique=True),
    Column("name", String(256), nullable=False),
    Column("email", String(256), nullable=False),
    Column("locale", String(8), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("password", String(256)),
    Column("totp", LargeBinary),
    Column("totp_confirmed", Boolean, nullable=False),
    Column("totp_step", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("locked_until", Instant),
    Column("created", Instant, nullable=False),
    Column("last_sign_in", Instant),
)

grants = Table(
    "grants",
    metadata,
    Column("account", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("role", String(64), primary_key=True),
    Column("site", String(64), primary_key=True),
    Column("person", String(20), primary_key=True),
    Column("granted", Instant, nullable=False),
    Column("granted_by", String(64), nullable=False),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("account", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("digest", String(64), primary_key=True),
)

identities = Table(
    "identities",
    metadata,
    Column("issuer", String(256), primary_key=True),
    Column("subject", String(256), primary_key=True),
    Column("account", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False, index=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("account", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("second_factor", Boolean, nullable=False),
    Column("created", Instant, nullable=False),
    Column("seen", Instant, nullable=False),
    Column("expires", Instant, nullable=False),
)

sites = Table(
    "sites",
    metadata,
    Column("code", String(64), primary_key=True),
    Column("name", String(256), nullable=False),
    Column("region", String(128), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created", Instant, nullable=False),
)

credentials = Table(
    "credentials",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("site", ForeignKey("sites.code", ondelete="CASCADE"), nullable=False, index=True),
    Column("label", String(128), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("created", Instant, nullable=False),
    Column("expires", Instant),
    Column("revoked", Instant),
    Column("last_used", Instant),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(64), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("site", String(64), nullable=False),
    Column("parameters", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("progress", Float, nullable=False),
    Column("step", String(64), nullable=False),
    Column("cancel", Boolean, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("worker", String(128), nullable=False),
    Column("created", Instant, nullable=False),
    Column("started", Instant),
    Column("heartbeat", Instant),
    Column("finished", Instant),
    Column("result", JSON, nullable=False),
    Column("error", String(2048), nullable=False),
    CheckConstraint("progress >= 0 AND progress <= 1", name="progress"),
    Index(None, "state", "created"),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("time", String(27), nullable=False),
    Column("actor", String(128), nullable=False),
    Column("action", String(64), nullable=False),
    Column("objects", String, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("reason", String(128), nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("key", String(80), nullable=False),
    Column("mac", String(64), nullable=False),
    UniqueConstraint("hash"),
)
