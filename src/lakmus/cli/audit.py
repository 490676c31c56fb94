"""`lakmus audit`: what was done, and whether the log is whole."""

from __future__ import annotations

from typing import Annotated

import typer

from lakmus.access import Action
from lakmus.cli.common import installation, say, show


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Who did what, and whether the log is whole.")
    group.command()(verify)
    group.command("show")(show_lines)
    app.add_typer(group, name="audit")


def verify() -> None:
    """Check the chain of the log against its keys and its anchor; exit code 1 and the line when it is broken."""
    app = installation()
    app.may(Action.VERIFY_AUDIT)
    found = app.audit.verify()
    if not found.ok:
        typer.secho(f"the audit log is broken: {found.fault}", fg=typer.colors.RED, err=True)
        raise typer.Exit(1)
    say(
        f"the audit log is whole: {found.entries} lines" + (f", head {found.head.hash}" if found.head else "")
    )


def show_lines(
    actor: Annotated[str | None, typer.Option(help="only of this actor")] = None,
    action: Annotated[str | None, typer.Option(help="only this action")] = None,
    about: Annotated[str | None, typer.Option(help="only about this object, such as person:5")] = None,
    limit: Annotated[int, typer.Option(help="at most so many")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines")] = False,
) -> None:
    """Lines of the log, the newest first."""
    app = installation()
    app.may(Action.SEE_AUDIT)
    found = app.audit.show(actor=actor, action=action, about=about, limit=limit)
    show(found, ("seq", "time", "actor", "action", "objects", "outcome", "reason"), as_json=as_json)
