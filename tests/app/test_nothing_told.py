"""No value of a patient in a log, an error, an address or a metric: the whole way with planted names, everything said is searched."""

from __future__ import annotations

import html
import json
import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from lakmus import cli
from lakmus.app import App
from lakmus.app.serving import portal, reception, services, worker
from lakmus.ops import Grant
from lakmus.portal.visit import SESSION
from tests.portal.serving import served

NAME, NUMBER, PHONE, STREET = "Zhukovskaya", "4471-AX-90210", "+79005550199", "Tuchkov-lane"
PLANTED = (NAME, NUMBER, PHONE, PHONE.lstrip("+"), STREET, "1971-03-17")
ROLES = ("registrar", "data-custodian", "administrator", "auditor")
ADDRESS = re.compile(r'(?:href|src|action|content|data-[a-z-]+)="([^"]*)"')


def patient(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": "p1",
        "name": [{"family": NAME, "given": [NAME]}],
        "birthDate": "1971-03-17",
        "telecom": [{"system": "phone", "value": PHONE}],
        "address": [{"line": [STREET]}],
        "identifier": [{"system": "urn:ssn", "value": NUMBER}],
        **more,
    }


# Each faulty in its own way, the planted text where the fault is.
FAULTY = [
    patient(id="a", gender=NAME),
    patient(id="b", birthDate=NAME),
    patient(id="c", **{NAME: NUMBER}),
    patient(id="d", active=PHONE),
    patient(id="e", generalPractitioner=[{"reference": f"{NAME} {NUMBER}"}]),
    patient(id="f", multipleBirthInteger=NUMBER, deceasedBoolean=PHONE),
    patient(id=f"{NAME} {NUMBER}"),
    patient(id="g", meta={"lastUpdated": STREET}),
    patient(id="h", photo=[{"data": STREET, "size": NUMBER}]),
    {"resourceType": NAME, "id": "i"},
    {"resourceType": "Bundle", "type": NAME, "entry": [{"resource": patient(id="j")}]},
    {"resourceType": "Bundle", "type": "transaction", "entry": [{"fullUrl": NAME, "resource": patient(gender=NAME)}]},
    {"resourceType": "Bundle", "type": "batch", "entry": [
        {"request": {"method": "PUT", "url": f"Patient?phone={PHONE}"}, "resource": patient(id="k")}]},
    {"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "PATCH", "url": f"Patient/{NAME}"}}]},
]  # fmt: skip
BROKEN = [f'{{"resourceType":"Patient","id":"{NAME}",', f"{NAME} {NUMBER}", f'{{"id":"x","id":"{NAME}"}}']
VIEWS = [  # each raises
    {"resource": "Patient", "select": [{"column": [{"name": "x", "path": "name.given | name.family | telecom.value"}]}]},
    {"resource": "Patient", "select": [{"column": [{"name": "x", "path": "(name.given | telecom.value).single()"}]}]},
    {"resource": "Patient", "select": [{"column": [{"name": "x", "path": "name.given.toInteger() + 1 / birthDate"}]}]},
]  # fmt: skip


@pytest.fixture
def said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Iterator[list[str]]:
    """What commands print, with every log at its most talkative."""
    monkeypatch.setenv("LAKMUS_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    yield told
    told += [record.getMessage() for record in caplog.records]
    told += [str(record.exc_info) for record in caplog.records if record.exc_info]
    assert not faults_of(told)


def faults_of(told: list[str]) -> list[str]:
    return [f"{text}: {line[:200]}" for line in told for text in PLANTED if text.lower() in line.lower()]


def run(told: list[str], capfd: pytest.CaptureFixture[str], *arguments: str | Path) -> None:
    """A command; what it prints, and what it says when it fails, is kept."""
    texts = [str(argument) for argument in arguments]
    old, sys.argv = sys.argv, ["lakmus", *texts]
    try:
        cli.main()
    except SystemExit:
        pass
    finally:
        sys.argv = old
    printed = capfd.readouterr()
    told += [*printed.out.splitlines(), *printed.err.splitlines()]


@pytest.fixture
def taken_in(said: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Iterator[App]:
    """An installation with a good record, one that flags, and all the faulty ones."""
    lines = [*map(json.dumps, [patient(), *FAULTY]), *BROKEN]
    for number, line in enumerate(lines):
        (tmp_path / "sent").mkdir(exist_ok=True)
        (tmp_path / "sent" / f"{number}.ndjson").write_text(line + "\n")
    for command in (
        ["upgrade"],
        ["site", "add", "north", "--name", "North"],
        ["intake", "sent", "--site", "north"],
    ):
        run(said, capfd, *command)
    app = App.at(tmp_path / "data")
    yield app
    app.close()


def test_commands_and_logs(
    taken_in: App, said: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert len(list(taken_in.lake.resources("Patient"))) >= 1
    run(said, capfd, "quarantine", "list")
    refused = items(said)
    assert len(refused) >= len(FAULTY)
    for item in refused:
        run(said, capfd, "quarantine", "show", item)
    run(said, capfd, "quarantine", "retry", refused[0])
    for number, view in enumerate(VIEWS):
        (tmp_path / f"{number}.json").write_text(json.dumps({**view, "status": "active"}))
        run(said, capfd, "view", "run", f"{number}.json", "--to", "out.csv")
    for command in (
        ["quality"],
        ["quality", "--json"],
        ["batches", "--json"],
        ["lake", "info"],
        ["audit", "show"],
    ):
        run(said, capfd, *command)
    assert sum("Error" in line or "error" in line for line in said) >= len(VIEWS)
    assert not faults_of(said)


def items(told: list[str]) -> list[str]:
    """Names of refused documents among what was printed."""
    return sorted({found for line in told for found in re.findall(r"\b[0-9a-f]{16}\b", line)})


def test_addresses_and_metrics(taken_in: App, said: list[str]) -> None:
    token = taken_in.sites.issue("north", "gateway")
    headers = {"authorization": f"Bearer {token}", "content-type": "application/fhir+ndjson"}
    addresses: list[str] = []
    with served(portal(taken_in)) as address:
        for document in FAULTY:
            answer = httpx.post(f"{address}/fhir", content=json.dumps(document), headers=headers)
            said += [answer.text, str(answer.headers), str(answer.url)]
        at_work = worker(taken_in, "test")
        while at_work.run_one():
            pass
        for role in ROLES:
            addresses += crawl(taken_in, address, role, said)
        said.append(httpx.get(f"{address}/metrics").text)
    assert len(set(addresses)) > 20
    assert not faults_of([*said, *addresses])


def crawl(app: App, address: str, role: str, told: list[str]) -> list[str]:
    """Every address that pages of a role name, and those they send to; the other language of a page is left out."""
    grant = Grant(role, "north" if role == "registrar" else "")
    account = app.people.add(f"{role}@x", role, roles=[grant], password="a long password here")
    session = services(app, reception(app)).sessions.start(account.id, second_factor=True)
    waiting, seen, named = ["/"], set[str](), list[str]()
    with httpx.Client(base_url=address, cookies={SESSION: session}) as client:
        while waiting:
            path = waiting.pop()
            seen.add(path)
            answer = client.get(path)
            told.append(str(answer.headers))
            is_page = "html" in answer.headers.get("content-type", "")
            found = [html.unescape(a) for a in ADDRESS.findall(answer.text)] if is_page else []
            named += [path, *found]
            waiting += {a for a in found if a.startswith("/") and "language=" not in a} - seen - set(waiting)
    return named
