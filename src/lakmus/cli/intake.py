"""`lakmus init`, `intake`, `batches`: records come in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lakmus.access import Action, Resource
from lakmus.app import quality
from lakmus.cli.common import installation, progress, say, show
from lakmus.core.identifiers import check_site
from lakmus.lake import batches as known
from lakmus.lake import withdrawal


def register(app: typer.Typer) -> None:
    app.command()(init)
    app.command("intake")(take_in)
    app.command()(batches)
    app.command()(withdraw)


def init(
    buckets: Annotated[int, typer.Option(help="hash buckets of persons: one per 10,000 of them")] = 1,
) -> None:
    """Make the lake, the operations database and the keys."""
    app = installation()
    app.create_lake(buckets=buckets).close()
    app.keys.ensure("quarantine")
    app.database.close()
    say(f"made an installation in {app.settings.data}")


def take_in(
    path: Annotated[Path, typer.Argument(help="a file or folder: NDJSON, JSON, XML; plain, gzip or zip")],
    site: Annotated[str, typer.Option(help="whose records these are")],
) -> None:
    """Take in a submission. Run again after an interruption it goes on where it stopped."""
    app = installation()
    app.may(Action.SEND_RECORDS, Resource(site=check_site(site)))
    with progress("taking in") as report:
        done, flags = quality.take_in(app, path, site, report)
    counts = done.receipt
    before = " (taken in before; this is its receipt)" if done.known else " (resumed)" if done.resumed else ""
    say(f"batch {done.batch} of {site}{before}")
    say(
        f"  accepted {counts.accepted}: {counts.created} new, {counts.changed} changed, {counts.unchanged} unchanged"
    )
    say(
        f"  kept beside: {counts.superseded} older versions; deleted {counts.deleted}; of forgotten {counts.forgotten}"
    )
    say(f"  flagged {flags}, all of them in the lake; `lakmus quality` says what by")
    say(f"  refused {counts.refused}" + ("; `lakmus quarantine list` says why" if counts.refused else ""))


def batches(
    site: Annotated[str | None, typer.Option(help="only of this site")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines")] = False,
) -> None:
    """Batches, the newest first."""
    app = installation()
    app.may(Action.SEE_BATCHES, Resource(site=site))
    rows = [
        {"batch": b.name, "site": b.site, "complete": b.complete, "accepted": b.receipt.accepted}
        | {"refused": b.receipt.refused, "files": b.files, "last": b.last.isoformat(timespec="seconds")}
        for b in known.batches(app.lake, site=site)
    ]
    show(rows, ("batch", "site", "complete", "accepted", "refused", "files", "last"), as_json=as_json)


def withdraw(batch: Annotated[str, typer.Argument(help="name of the batch")]) -> None:
    """Take a batch back: its records go, and what they replaced comes back."""
    app = installation()
    app.may(Action.WITHDRAW_BATCH, objects=[f"batch:{batch}"])
    say(f"withdrawn: {withdrawal.withdraw_batch(app.lake, batch)} records")
