"""`lakmus lake` and `lakmus person`: keeping the lake in shape, and people's wishes."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from lakmus.access import Action, Resource
from lakmus.app import App
from lakmus.cli.common import installation, progress, say
from lakmus.core.errors import NotFoundError
from lakmus.lake import maintenance, people, withdrawal

Days = Annotated[int, typer.Option(help="older than so many days")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Keep the lake in shape.")
    for command in (info, compact, expire, orphans, rebucket, rotate_keys):
        group.command()(command)
    app.add_typer(group, name="lake")
    person = typer.Typer(no_args_is_help=True, help="Who is who, and who wants to be forgotten.")
    for one in (unlink, forget):
        person.command()(one)
    app.add_typer(person, name="person")


def info() -> None:
    """Snapshot, types, files."""
    lake = _keeping().lake
    files = maintenance.files(lake)
    say(
        f"snapshot {lake.snapshot()}, {lake.bucket_count} buckets, {files.files} files, {files.bytes / 1e6:.1f} MB"
    )
    say("types: " + ", ".join(lake.resource_types()))


def compact() -> None:
    """Merge small files and apply deletions; answers stay the same."""
    app = _keeping()
    with progress("compacting") as report:
        files = maintenance.compact(app.lake, report)
    say(f"{files.files} files, {files.bytes / 1e6:.1f} MB")


def expire(days: Days = 90) -> None:
    """Drop old snapshots and the files only they need."""
    app = _keeping()
    say(f"{maintenance.expire(app.lake, app.clock.now() - timedelta(days=days))} snapshots dropped")


def orphans(days: Days = 1) -> None:
    """Delete files left by processes that were killed before they committed."""
    app = _keeping()
    say(f"{maintenance.remove_orphans(app.lake, app.clock.now() - timedelta(days=days))} files deleted")


def rebucket(count: Annotated[int, typer.Argument(help="buckets: one per 10,000 persons")]) -> None:
    """Spread persons over another number of buckets."""
    maintenance.rebucket(_keeping().lake, count)
    say(f"{count} buckets")


def rotate_keys() -> None:
    """Write every file again under a fresh key; older snapshots go."""
    app = _keeping()
    with progress("rotating keys") as report:
        count = maintenance.rotate_keys(app.lake, app.clock.now(), report)
    app.keys.rotate("quarantine")
    say(f"{count} files written under fresh keys")


def unlink(site: str, patient: str) -> None:
    """Undo the linking of a site's patient to a person of another site."""
    app = installation()
    app.may(Action.LINK_PERSONS, _person(app, site, patient))
    with app.lake.transaction() as cursor:
        people.unlink(cursor, site, patient, app.clock.now())
    say("unlinked")


def forget(
    site: str,
    patient: str,
    purge: Annotated[
        bool, typer.Option(help="expire all older snapshots now and prove that nothing is left")
    ] = False,
) -> None:
    """Forget a person: gone from current data, kept out when sent again."""
    app = installation()
    resource = _person(app, site, patient)
    app.may(Action.FORGET_PERSON, resource)
    person = resource.person
    assert person is not None
    say(withdrawal.describe(withdrawal.forget(app.lake, person, app.clock.now())))
    if purge:
        proof = withdrawal.purge(app.lake, person, app.clock.now())
        say(f"looked through {len(proof.snapshots)} kept snapshots: {proof.rows_found} rows found")


def _keeping() -> App:
    app = installation()
    app.may(Action.MAINTAIN)
    return app


def _person(app: App, site: str, patient: str) -> Resource:
    """The person behind a site's patient; the audit log gets the lake's number, not the site's."""
    person = app.lake.person_of(site, patient)
    if person is None:
        raise NotFoundError("that site has no such patient")
    return Resource(site=site, person=person)
