"""Each command on an installation with one good record and one refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from lakmus import cli
from lakmus.core.errors import ConflictError, InputError, NotFoundError
from tests.cli.conftest import FAULTY, Run


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_every_command_is_listed_with_the_file_it_is_in() -> None:
    for file, commands in cli.SERVER.items():
        app = cli.build([commands[0]])
        names = {
            c.name or c.callback.__name__.replace("_", "-") for c in app.registered_commands if c.callback
        }
        names |= {group.name for group in app.registered_groups}
        assert names == {*commands, "get"}, file


def test_every_command_has_help(lakmus: Run) -> None:
    for commands in cli.SERVER.values():
        for command in commands:
            assert "Usage" in lakmus(command, "--help")


def test_version_as_a_module() -> None:
    asked = subprocess.run(
        [sys.executable, "-m", "lakmus", "--version"], capture_output=True, text=True, check=True
    )
    assert asked.stdout.startswith("lakmus 0.")


def test_an_error_is_its_message_and_its_exit_code(lakmus: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["lakmus", "lake", "info"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == NotFoundError.exit_code


class TestIntake:
    def test_a_receipt_is_told_again(self, installed: Run, sent: Path) -> None:
        told = installed("intake", sent, "--site", "north")
        assert "accepted 1: 1 new" in told
        assert "taken in before" in told
        (batch,) = lines(installed("batches", "--json"))[:1]
        assert (batch["site"], batch["complete"]) == ("north", True)

    def test_quarantine_tells_path_and_rule_but_no_value(self, installed: Run) -> None:
        (item,) = lines(installed("quarantine", "list", "--json"))
        outcome = installed("quarantine", "show", str(item["item"]))
        assert "Patient.gender" in outcome
        assert "SECRETVALUE" not in outcome + json.dumps(item)

    def test_the_original_is_shown_only_when_asked_for_and_audited(self, installed: Run) -> None:
        (item,) = lines(installed("quarantine", "list", "--json"))
        original = installed("quarantine", "show", str(item["item"]), "--original")
        assert json.loads(original) == FAULTY
        (line,) = lines(installed("audit", "show", "--action", "read-quarantined-original", "--json"))
        assert line["objects"] == [f"quarantine:{item['item']}"]

    def test_retry_refuses_again(self, installed: Run) -> None:
        assert "tried 1, taken in 0" in installed("quarantine", "retry")

    def test_a_site_name_that_cannot_be(self, installed: Run, sent: Path) -> None:
        with pytest.raises(InputError):
            installed("intake", sent, "--site", "../north")

    def test_withdrawn(self, installed: Run) -> None:
        (batch,) = lines(installed("batches", "--json"))
        assert "1 records" in installed("withdraw", str(batch["batch"]))

    def test_forgotten(self, installed: Run, sent: Path) -> None:
        installed("person", "forget", "north", "p1", "--purge")
        assert "of forgotten 1" in installed("intake", _again(sent), "--site", "north")


def _again(sent: Path) -> Path:
    file = sent.with_name("again.ndjson")
    file.write_bytes(sent.read_bytes() + b"\n")
    return file


VIEW = {
    "resourceType": "ViewDefinition",
    "resource": "Patient",
    "status": "active",
    "select": [{"column": [{"name": "id", "path": "id"}, {"name": "born", "path": "birthDate"}]}],
}


class TestViews:
    @pytest.fixture
    def view(self, tmp_path: Path) -> Path:
        file = tmp_path / "view.json"
        file.write_text(json.dumps(VIEW))
        return file

    @pytest.mark.parametrize("ending", ["parquet", "csv", "ndjson"])
    def test_a_view_into_a_file(self, installed: Run, view: Path, tmp_path: Path, ending: str) -> None:
        to = tmp_path / f"out.{ending}"
        assert "1 rows" in installed("view", "run", view, "--to", to)
        assert b"p1" in to.read_bytes() or pq.read_table(to)["id"].to_pylist() == ["p1"]

    def test_an_unknown_element_is_an_error_with_a_suggestion(
        self, installed: Run, view: Path, tmp_path: Path
    ) -> None:
        view.write_text(json.dumps(VIEW).replace("birthDate", "birthdate"))
        with pytest.raises(InputError, match="birthDate"):
            installed("view", "run", view, "--to", tmp_path / "out.csv")

    def test_what_is_not_json(self, installed: Run, view: Path) -> None:
        view.write_text("{")
        with pytest.raises(InputError, match="is not JSON"):
            installed("view", "check", view)


class TestUpkeep:
    def test_lake(self, installed: Run) -> None:
        assert "Patient" in installed("lake", "info")
        assert "files" in installed("lake", "compact")
        assert "0 snapshots" in installed("lake", "expire")
        assert "files deleted" in installed("lake", "orphans")

    def test_quality(self, installed: Run) -> None:
        told = installed("quality", "--count", "north")
        assert "1 records" in told
        assert "Patient.name.family" in told

    def test_accounts(self, installed: Run) -> None:
        told = installed("user", "add", "anna", "--name", "Anna", "--role", "registrar:north")
        assert "password" in told
        installed("user", "grant", "anna", "auditor")
        assert "auditor" in installed("user", "list")
        installed("user", "revoke", "anna", "auditor")
        installed("user", "close", "anna")
        with pytest.raises(InputError, match="role"):
            installed("user", "grant", "anna", "no-such-role")

    def test_tokens(self, installed: Run) -> None:
        assert "token" in installed("site", "token", "north", "--label", "second")
        assert "second" in installed("site", "tokens", "north")

    def test_backup_and_restore(
        self, installed: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert "keys and releases are not in it" in installed("backup", tmp_path / "copy")
        monkeypatch.setenv("LAKMUS_OPS_KEYS", str(tmp_path / "data" / "keys"))
        monkeypatch.setenv("LAKMUS_DATA", str(tmp_path / "again"))
        installed("restore", tmp_path / "copy")
        assert "whole" in installed("audit", "verify")
        assert "Patient" in installed("lake", "info")
        (item,) = lines(installed("quarantine", "list", "--json"))
        assert json.loads(installed("quarantine", "show", str(item["item"]), "--original")) == FAULTY
        with pytest.raises(ConflictError):
            installed("restore", tmp_path / "copy")

    def test_upgrade_again_changes_nothing(self, installed: Run) -> None:
        assert "made a lake" not in installed("upgrade")


def test_every_use_is_in_an_audit_log_that_verifies(installed: Run) -> None:
    installed("batches")
    assert "whole" in installed("audit", "verify")
    actions = {line["action"] for line in lines(installed("audit", "show", "--json"))}
    assert {"send-records", "manage-sites", "maintain"} <= actions


def test_units(lakmus: Run) -> None:
    assert lakmus("terminology", "convert", "1", "kg", "g").strip() == "1000 g"
    with pytest.raises(InputError):
        lakmus("terminology", "convert", "1", "kg", "mmol/L")
