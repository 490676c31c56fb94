"""Settings: where they come from, which wins, and what is said about a line that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakmus.core import settings
from lakmus.core.errors import InputError, ManyErrors


def test_without_anything_all_paths_are_under_one_folder() -> None:
    read = settings.read({})
    paths = [read.lake.path, read.lake.open_path, read.ops.keys, read.ops.anchor, read.release.path]
    assert all(path.parts[0] == "lakmus-data" for path in paths)
    assert read.ops_url == "sqlite:///lakmus-data/ops.sqlite"


# What is given: variables, file; and what is read.
GIVEN = [
    ({"LAKMUS_SERVER_PORT": "9000"}, "", "server.port", 9000),
    ({}, "[server]\nport = 9000", "server.port", 9000),
    ({"LAKMUS_SERVER_PORT": "9001"}, "[server]\nport = 9000", "server.port", 9001),
    ({"LAKMUS_DATA": "/srv/lakmus"}, "", "lake.path", Path("/srv/lakmus/lake")),
    ({}, 'data = "/srv"\n[lake]\npath = "/fast/lake"', "lake.path", Path("/fast/lake")),
    ({"LAKMUS_SIGN_IN_LOCAL": "no"}, "", "sign_in.local", False),
    ({}, "[sign_in]\nlocal = false", "sign_in.local", False),
    ({"LAKMUS_SERVER_PROXIES": "10.0.0.1, 10.0.0.2"}, "", "server.proxies", ("10.0.0.1", "10.0.0.2")),
    ({}, '[server]\nproxies = ["10.0.0.1"]', "server.proxies", ("10.0.0.1",)),
    ({"LAKMUS_LOCALE": "ru"}, "", "locale", "ru"),
    ({"LAKMUS_OPS_URL": "postgresql://db/ops"}, "", "ops_url", "postgresql://db/ops"),
    ({"LAKMUS_SHARED": "/data", "LAKMUS_TEST_X": "1", "PATH": "/bin"}, "", "locale", "en"),
]


@pytest.mark.parametrize(("environ", "text", "name", "value"), GIVEN)
def test_the_environment_wins_over_the_file(
    environ: dict[str, str], text: str, name: str, value: object
) -> None:
    found: object = settings.read(environ, text)
    for part in name.split("."):
        found = getattr(found, part)
    assert found == value


FAULTS = [
    ({"LAKMUS_SERVER_PROT": "1"}, "", "did you mean LAKMUS_SERVER_PORT"),
    ({}, "[server]\nprot = 1", "did you mean server.port"),
    ({}, "[server]\nport = true", "it is a number: port the server listens on"),
    ({"LAKMUS_SERVER_PORT": "-1"}, "", "it is a number"),
    ({"LAKMUS_SIGN_IN_LOCAL": "perhaps"}, "", "it is a yes/no"),
    ({"LAKMUS_LOCALE": "fr"}, "", "it is a en or ru"),
    ({}, "[server]\nproxies = [1]", "it is a list"),
    ({}, "[lake]\npath = 3", "it is a path"),
    ({}, "lake = 3", "no setting lake"),
    ({"LAKMUS_LAKE_PATH": "a\0b"}, "", "it is a path"),
]


@pytest.mark.parametrize(("environ", "text", "words"), FAULTS)
def test_what_cannot_be_read_is_named_with_what_to_do(environ: dict[str, str], text: str, words: str) -> None:
    with pytest.raises(ManyErrors, match=words):
        settings.read(environ, text)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(ManyErrors) as caught:
        settings.read({"LAKMUS_X": "1", "LAKMUS_Y": "2"}, "[server]\nport = 'x'")
    assert len(caught.value.errors) == 3


def test_a_file_that_is_no_toml_names_the_line() -> None:
    with pytest.raises(InputError, match="line 2"):
        settings.read({}, "locale = 'en'\n= what", source="lakmus.toml")


def test_secrets_are_not_printed() -> None:
    read = settings.read(
        {"LAKMUS_OPS_URL": "postgresql://u:hunter2@db/ops", "LAKMUS_LAKE_CATALOG": "postgres:hunter2"}
    )
    assert "hunter2" not in repr(read)


def test_every_setting_says_what_it_is_for() -> None:
    described = settings.describe()
    assert len({entry.variable for entry in described}) == len(described)
    assert all(len(entry.about) > 10 for entry in described)
