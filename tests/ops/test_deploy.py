"""The files of `deploy/`: their settings exist, the units are sound and closed as far as they say."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from lakmus.core import settings

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
KNOWN = {entry.variable for entry in settings.describe()}


@pytest.mark.parametrize(
    "path", sorted(file for file in DEPLOY.iterdir() if file.is_file()), ids=lambda path: path.name
)
def test_every_setting_a_file_names_exists(path: Path) -> None:
    assert set(re.findall(r"LAKMUS_[A-Z_]*[A-Z]", path.read_text("utf-8"))) <= KNOWN


def test_the_environment_file_is_read_as_settings() -> None:
    lines = (DEPLOY / "lakmus.env.example").read_text().splitlines()
    environ = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert settings.read(environ).secure_cookies


def test_the_compose_file_gives_settings_that_are_read_and_no_password() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    portal = compose["services"]["portal"]
    assert settings.read(portal["environment"]).ops.workers == 0
    assert (portal["read_only"], portal["cap_drop"]) == (True, ["ALL"])
    for service in compose["services"].values():
        assert not [
            name for name in service.get("environment", {}) if name.endswith(("PASSWORD", "SECRET", "TOKEN"))
        ]
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            assert source in compose["volumes"] or (DEPLOY / source).is_file()


needs_systemd = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed"
)


@needs_systemd
@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_systemd_finds_nothing_wrong_with_the_units(unit: Path, tmp_path: Path) -> None:
    there = shutil.which("true")
    copy = tmp_path / unit.name
    copy.write_text(
        unit.read_text()
        .replace("/opt/lakmus/bin/lakmus", str(there))
        .replace("=lakmus\nGroup=lakmus", "=root\nGroup=root")
    )
    done = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", str(copy)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert [line for line in done.stderr.splitlines() if unit.name in line] == []


@needs_systemd
@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_the_units_leave_little_exposed(unit: Path) -> None:
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=25", "--no-pager", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-400:] + done.stderr
