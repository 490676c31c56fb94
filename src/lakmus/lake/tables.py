"""The lake's own tables, beside one table per resource type: schema `lk` of the catalog."""

from __future__ import annotations

CATALOG = "lake"  # what the lake is attached as
LAKE_FORMAT = 3  # see formats.py

RESULTS = "results"  # the schema of result tables, one for each question; see results.py
INLINED = ("settings", "progress", "receipts")  # hold no value of a patient

TABLES: dict[str, str] = {
    # How the lake is laid out: format version, number of buckets, salt of the forgotten ledger, whose turn it is to write.
    "settings": "name VARCHAR, value VARCHAR",
    # Who is who: each patient of each site, and the person they are counted as.
    "persons": "site VARCHAR, patient VARCHAR, person BIGINT, own BIGINT",
    # Keyed digests of national identifiers by which persons of two sites are linked.
    "tokens": "token VARCHAR, site VARCHAR, patient VARCHAR, rule VARCHAR",
    # Every linking and unlinking, so that it can be undone and explained.
    "links": "site VARCHAR, patient VARCHAR, person BIGINT, previous BIGINT, rule VARCHAR, batch VARCHAR, "
    "happened TIMESTAMPTZ",
    # How far each file of a batch is, written in the same transaction as its records; the largest `up_to` counts.
    "progress": "batch VARCHAR, site VARCHAR, file VARCHAR, up_to BIGINT, lines BIGINT, done BOOLEAN",
    # What became of each committed chunk, in records.
    "receipts": "batch VARCHAR, site VARCHAR, created BIGINT, changed BIGINT, unchanged BIGINT, superseded BIGINT, "
    "refused BIGINT, deleted BIGINT, forgotten BIGINT, committed TIMESTAMPTZ",
    # What was refused: the original is sealed before it comes here; the outcome names path and rule, never a value.
    # `patients` are the ids at its site of those it may be about, separated by blanks.
    "quarantine": "item VARCHAR, batch VARCHAR, site VARCHAR, file VARCHAR, line BIGINT, resource_type VARCHAR, "
    "reason VARCHAR, outcome VARCHAR, original BLOB, bytes BIGINT, patients VARCHAR, received TIMESTAMPTZ, "
    "state VARCHAR",
    # Versions that came when a newer one was held already, in the lake's JSON.
    "superseded": "resource_type VARCHAR, site VARCHAR, id VARCHAR, record VARCHAR, digest UUID, batch VARCHAR, "
    "file VARCHAR, line BIGINT, person BIGINT",
    # Digests of people who opted out, so that they stay out when sent again.
    "forgotten": "token VARCHAR, happened TIMESTAMPTZ, certificate VARCHAR",
    # Plausibility flags: a record with a flag is in the lake all the same.
    "flags": "site VARCHAR, resource_type VARCHAR, id VARCHAR, rule VARCHAR, batch VARCHAR",
    # Each time a question was asked whose answers are kept: what was asked, of which snapshot, and the table that has them.
    # `definitions` is a list, `parameters` an object, in JSON; `asked` counts the persons whose answers were found anew.
    "runs": "run VARCHAR, question VARCHAR, library VARCHAR, version VARCHAR, digest VARCHAR, definitions VARCHAR, "
    "parameters VARCHAR, moment TIMESTAMPTZ, snapshot BIGINT, asked BIGINT, persons BIGINT, committed TIMESTAMPTZ",
    # Which version of the program brought the lake to which format, and when.
    "upgrades": "format INTEGER, version VARCHAR, happened TIMESTAMPTZ",
}


def statements(catalog: str) -> list[str]:
    """What makes an empty catalog a lake."""
    made = [f"CREATE SCHEMA IF NOT EXISTS {catalog}.lk"]
    made.append(f"CREATE SCHEMA IF NOT EXISTS {catalog}.{RESULTS}")
    made += [
        f"CREATE TABLE IF NOT EXISTS {catalog}.lk.{name} ({columns})" for name, columns in TABLES.items()
    ]
    return made
