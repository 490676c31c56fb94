"""A release built from a recipe and pinned snapshot of the identified lake."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lakmus.access import Action
from lakmus.app.installation import App
from lakmus.core.errors import NotFoundError
from lakmus.lake import OpenLake, location
from lakmus.opendata.releases import Recipe, Release, build, packaged, read_recipe_file, views_over
from lakmus.ops.keys import pseudonyms
from lakmus.privacy import ReleaseKey

Report = Callable[[float, str], None]


def recipe(app: App, name: str) -> Recipe:
    """A recipe by file, by name in the folder of recipes, or among those that come with Lakmus."""
    file = Path(name)
    if file.suffix in (".yaml", ".yml"):
        return read_recipe_file(file)
    own = app.settings.release.recipes / f"{name}.yaml"
    if own.exists():
        return read_recipe_file(own)
    if name in packaged():
        return read_recipe_file(packaged()[name])
    raise NotFoundError(
        f"there is no recipe {name}", hint=f"a file, or one of {', '.join(sorted(packaged()))}"
    )


def publish(
    app: App, wanted: Recipe, *, snapshot: int | None = None, report: Report = lambda part, step: None
) -> Release:
    """Builds and publishes; the gate is asked, so who did it over which snapshot is in the audit log."""
    at = app.lake.snapshot() if snapshot is None else snapshot
    app.may(Action.BUILD_RELEASE, objects=[f"release:{wanted.id}", f"snapshot:{at}"])
    app.may(Action.PUBLISH_RELEASE, objects=[f"release:{wanted.id}"])
    key = ReleaseKey(app.keys.ensure(pseudonyms(wanted.family)).secret)
    folder = app.settings.release.path
    folder.mkdir(parents=True, exist_ok=True)
    release = build(wanted, at, views_over(app.lake, at), key, folder, report)
    with _open_lake(app) as lake:
        lake.publish(release.id, {name: release.table(name) for name in wanted.views})
    return release


def _open_lake(app: App) -> OpenLake:
    folder = app.settings.lake.open_path
    return OpenLake.open(folder) if (folder / location.FILE).exists() else OpenLake.create(folder)
