"""`lakmus release`: de-identified, versioned data sets out of a snapshot."""

from __future__ import annotations

from typing import Annotated

import typer

from lakmus.app import publishing
from lakmus.cli.common import installation, progress, say, show
from lakmus.opendata.releases import Release, list_releases, packaged, read, verify

Wanted = Annotated[str, typer.Argument(help="name or name@version; without a version the newest")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Data sets that leave.")
    group.command()(build)
    group.command("list")(list_all)
    group.command("show")(show_one)
    group.command("verify")(verify_one)
    group.command()(recipes)
    app.add_typer(group, name="release")


def build(
    recipe: Annotated[str, typer.Argument(help="a recipe's file, or the name of one (`release recipes`)")],
    snapshot: Annotated[int | None, typer.Option(help="of this snapshot; the newest without")] = None,
) -> None:
    """Build a release and publish it, unless its risk is above the recipe's bound."""
    app = installation()
    wanted = publishing.recipe(app, recipe)
    with progress("building the release") as report:
        made = publishing.publish(app, wanted, snapshot=snapshot, report=report)
    rows = {name: made.table(name).num_rows for name in wanted.views}
    say(f"published {made.id} in {made.folder}")
    say("  " + ", ".join(f"{name} {number} rows" for name, number in rows.items()))


def list_all() -> None:
    """Published releases."""
    found = list_releases(installation().settings.release.path)
    show([{"release": one.id, "folder": one.folder} for one in found], ("release", "folder"))


def show_one(release: Wanted) -> None:
    """The data card of a release."""
    say((_release(release).folder / "README.md").read_text("utf-8"))


def verify_one(release: Wanted) -> None:
    """Check every sum and the risk figures of a release again."""
    found = _release(release)
    problems = verify(found)
    for problem in problems:
        typer.secho(f"  {problem}", fg=typer.colors.RED, err=True)
    say(f"{found.id}: {len(problems)} faults")
    if problems:
        raise typer.Exit(1)


def recipes() -> None:
    """Recipes that come with Lakmus, and those in the folder of recipes."""
    own = installation().settings.release.recipes
    found = {**packaged(), **{file.stem: file for file in sorted(own.glob("*.yaml"))}}
    show([{"recipe": name, "file": file} for name, file in found.items()], ("recipe", "file"))


def _release(wanted: str) -> Release:
    name, _, version = wanted.partition("@")
    return read(installation().settings.release.path, name, version)
