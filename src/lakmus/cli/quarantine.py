"""`lakmus quarantine`: what was refused, why, and again."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from lakmus.access import Action, Resource
from lakmus.cli.common import installation, say, show
from lakmus.intake.retry import retry as try_again
from lakmus.lake import quarantine


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="What was refused, why, and again.")
    group.command("list")(list_items)
    group.command("show")(show_item)
    group.command("retry")(retry)
    app.add_typer(group, name="quarantine")


def list_items(
    site: Annotated[str | None, typer.Option(help="only of this site")] = None,
    batch: Annotated[str | None, typer.Option(help="only of this batch")] = None,
    limit: Annotated[int, typer.Option(help="at most so many")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines")] = False,
) -> None:
    """Refused documents that wait, with file, line and the rules they break."""
    app = installation()
    app.may(Action.SEE_QUARANTINE, Resource(site=site))
    found = quarantine.items(app.lake, site=site, batch=batch, limit=limit)
    show(found, ("item", "site", "file", "line", "resource_type", "reason", "bytes"), as_json=as_json)


def show_item(
    item: Annotated[str, typer.Argument(help="as `list` names it")],
    original: Annotated[
        bool, typer.Option("--original", help="the refused bytes as they came: records of a person, audited")
    ] = False,
) -> None:
    """The OperationOutcome of a refused document: path and rule, never a value."""
    app = installation()
    named = [f"quarantine:{item}"]
    if original:
        app.may(Action.READ_QUARANTINED_ORIGINAL, objects=named)
        sys.stdout.buffer.write(app.sealer.open(quarantine.sealed_original(app.lake, item)))
        return
    app.may(Action.SEE_QUARANTINE, objects=named)
    say(json.dumps(quarantine.outcome(app.lake, item), indent=2, ensure_ascii=False))


def retry(
    batch: Annotated[str | None, typer.Option(help="only of this batch")] = None,
    item: Annotated[str | None, typer.Option(help="only this document")] = None,
) -> None:
    """Try refused documents again, for instance after a rule was corrected."""
    app = installation()
    app.may(Action.RETRY_QUARANTINE, objects=[f"quarantine:{item}"] if item else [])
    chosen = (
        [quarantine.find(app.lake, item)]
        if item
        else quarantine.items(app.lake, batch=batch, limit=1_000_000)
    )
    done = try_again(app.intake, app.sealer.open, chosen)
    say(f"tried {done.tried}, taken in {done.taken_in}, refused again {done.tried - done.taken_in}")
