"""Recipes: what is refused, with the place; and those that come with Lakmus."""

import copy

import pytest
import yaml

from lakmus.core.errors import InputError, LakmusError, ManyErrors, NotFoundError
from lakmus.opendata.releases import packaged, read_recipe, read_recipe_file
from lakmus.opendata.releases.recipe import LARGEST
from tests.opendata.conftest import RECIPE


def test_it_reads_its_own_copy(recipe):
    assert read_recipe(recipe.text).sha256 == recipe.sha256


def put(document, path, value):
    changed = copy.deepcopy(document)
    part = changed
    for name in path[:-1]:
        part = part[name]
    if value is None:
        part.pop(path[-1])
    else:
        part[path[-1]] = value
    return yaml.safe_dump(changed)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["name"], "Not a name", "the name of a recipe is"),
        (["name"], "con", "the name of a recipe is"),
        (["version"], 1.0, "in quotes"),
        (["version"], "../1", "in quotes"),
        (["title"], None, "says its title"),
        (["licence"], "", "says its licence"),
        (["secret"], 1, "no such field"),
        (["ages", "at"], "soon", "this is a date"),
        (["ages", "last", "column"], "kind", "a column of dates"),
        (["ages", "last", "view"], "none", "a column of dates"),
        (["dates", "days"], 0, "1 to 3650"),
        (["dates", "days"], "many", "1 to 3650"),
        (["risk", "k"], 1, "from 2 to 1000"),
        (["risk", "suppressed"], 2, "shares from 0 to 1"),
        (["risk", "view"], "none", "names a view"),
        (["risk", "quasi_identifiers"], ["name"], "columns of it that leave"),
        (["risk", "quasi_identifiers"], [], "names a view"),
        (["risk", "unknown"], 1, "mapping with the fields"),
        (["cohort"], {"resource": "Patients"}, "R4 resource type"),
        (["views", "Bad Name"], {"resource": "Patient"}, "a view's name"),
        (["views", "visits"], "../../etc/passwd", "lies beside the recipe"),
        (["views", "visits"], "visits.json", "comes without files"),
        (["rules", "others"], {}, "there is no such view"),
        (["rules", "visits", "kind"], None, "nobody decided whether the column kind of visits may leave"),
        (["rules", "visits", "patient"], {"do": "drop", "why": "not needed"}, "no subject|says whose record"),
    ],
)
def test_what_is_wrong_is_said(document, path, value, message):
    with pytest.raises(LakmusError, match=message):
        read_recipe(put(document, path, value))


def test_all_at_once(document):
    document |= {"name": "", "licence": "", "version": ""}
    with pytest.raises(ManyErrors) as raised:
        read_recipe(yaml.safe_dump(document))
    assert {str(e.place) for e in raised.value.errors} >= {"name", "licence", "version"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "a: [",
        "a: &x [1]\nb: *x",
        "!!python/object/apply:os.system ['true']",
        "a: " + "[" * 5000,
        "\x00",
    ],
)
def test_what_is_no_recipe(text):
    with pytest.raises(InputError):
        read_recipe(text)


def test_views_from_files(tmp_path, document):
    (tmp_path / "visits.json").write_text(__import__("json").dumps(document["views"]["visits"]))
    document["views"]["visits"] = "visits.json"
    (tmp_path / "r.yaml").write_text(yaml.safe_dump(document))
    assert read_recipe_file(tmp_path / "r.yaml").sha256 == read_recipe(RECIPE).sha256


def test_files_that_are_no_recipe(tmp_path):
    with pytest.raises(NotFoundError, match="no recipe"):
        read_recipe_file(tmp_path / "none.yaml")
    (tmp_path / "large.yaml").write_bytes(b"#" * (LARGEST + 1))
    with pytest.raises(InputError, match="larger"):
        read_recipe_file(tmp_path / "large.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(InputError, match="UTF-8"):
        read_recipe_file(tmp_path / "latin.yaml")


@pytest.mark.parametrize("name", packaged())
def test_packaged_recipes_are_right(name):
    recipe = read_recipe_file(packaged()[name])
    assert recipe.name == name
    assert recipe.risk.bound.k >= 5
    assert not [
        c
        for rules in recipe.rules.values()
        for c, r in rules.leaving
        if c.type == "string" and r.action == "keep"
    ]
