"""Releases: built from a recipe and a snapshot, then never changed."""

from lakmus.opendata.releases.build import build
from lakmus.opendata.releases.lake_views import views_over
from lakmus.opendata.releases.recipe import Recipe, packaged
from lakmus.opendata.releases.recipe import read as read_recipe
from lakmus.opendata.releases.recipe import read_file as read_recipe_file
from lakmus.opendata.releases.staging import RunView
from lakmus.opendata.releases.store import Release, list_releases, must_verify, read, verify

__all__ = [
    "Recipe",
    "Release",
    "RunView",
    "build",
    "list_releases",
    "must_verify",
    "packaged",
    "read",
    "read_recipe",
    "read_recipe_file",
    "verify",
    "views_over",
]
