"""`lakmus quality`: data quality per site in figures."""

from __future__ import annotations

from typing import Annotated

import typer

from lakmus.access import Action, Resource
from lakmus.app.quality import CountedQuality, count_of
from lakmus.cli.common import installation, progress, say, show
from lakmus.portal.services import QualityReport


def register(app: typer.Typer) -> None:
    app.command()(quality)


def quality(
    site: Annotated[str | None, typer.Argument(help="only of this site")] = None,
    recount: Annotated[bool, typer.Option("--count", help="count again over the newest records")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines")] = False,
) -> None:
    """Records, plausibility rules that flagged any, and what is filled in, by site. No values of persons."""
    app = installation()
    app.may(Action.SEE_QUALITY, Resource(site=site))
    kept = CountedQuality(app.settings.data)
    if recount or not kept.sites():
        with progress("counting") as report:
            count_of(app, report)
    for name in [site] if site else kept.sites():
        _show(kept.report(name), as_json)


def _show(report: QualityReport, as_json: bool) -> None:
    if as_json:
        show([report], (), as_json=True)
        return
    say(f"\n{report.site}: {sum(report.records.values())} records (snapshot {report.snapshot})")
    say("  " + ", ".join(f"{name} {number}" for name, number in report.records.items()))
    if report.measured:
        say(f"  {report.measured} numbers, {report.without_unit} without a unit")
    if report.flags:
        flags = [
            {"rule": f.rule, "severity": f.severity, "flagged": f.flagged, "of": f.seen} for f in report.flags
        ]
        show(flags, ("rule", "severity", "flagged", "of"))
    missing = [one for one in report.filled if one.filled < one.total]
    show(
        [{"element": f.element, "filled": f"{f.filled / f.total:.1%}", "of": f.total} for f in missing],
        ("element", "filled", "of"),
    )
