"""The ways through the portal: sign in, send, see what became of it, download; and what must not work."""

from __future__ import annotations

import json
import re

import httpx
import pytest

from lakmus.core.clock import FixedClock, SystemClock
from lakmus.portal.security import HEADERS, RateLimit, TooOften
from lakmus.portal.visit import local_path
from tests.portal.conftest import Browse
from tests.portal.world import ELSEWHERE, FAULTY, PASSWORD, PATIENT, SITE, World, code_of

FHIR = {"content-type": "application/fhir+json"}


def form_token(page: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found
    return found[1]


def bearer(world: World, site: str = SITE) -> dict[str, str]:
    return {"authorization": f"Bearer {world.tokens[site]}"}


def bundle(kind: str, *records: dict[str, object]) -> dict[str, object]:
    entries = [
        {"fullUrl": f"urn:uuid:00000000-0000-4000-8000-{place:012d}", "resource": record,
         "request": {"method": "PUT", "url": f"{record['resourceType']}/{record['id']}"}}
        for place, record in enumerate(records)
    ]  # fmt: skip
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


# -- signing in -------------------------------------------------------------------------------------------------------


def sign_in(client: httpx.Client, login: str, password: str, **more: str) -> httpx.Response:
    form = {"csrf": form_token(client.get("/sign-in")), "login": login, "password": password, **more}
    return client.post("/sign-in", data=form)


def test_password_then_second_factor_opens_the_roles(browse: Browse) -> None:
    client = browse(None)
    assert sign_in(client, "epidemiologist", PASSWORD).headers["location"] == "/"
    assert client.get("/registrar/quality").status_code == 403  # the role takes a second factor
    token = form_token(client.get("/settings"))
    page = client.post("/settings/second-factor", data={"csrf": token, "current": PASSWORD})
    address = re.search(r"otpauth://[^<\s]+", page.text)
    assert address
    uri = address[0].replace("&amp;", "&")
    done = client.post("/settings/second-factor/confirm", data={"csrf": token, "code": code_of(uri)})
    assert done.status_code == 200
    assert client.get("/registrar/quality").status_code == 200
    client.post("/sign-out", data={"csrf": form_token(client.get("/settings"))})
    assert client.get("/settings").status_code == 303


@pytest.mark.parametrize(("login", "password"), [("developer", "wrong"), ("nobody", PASSWORD), ("", "")])
def test_a_wrong_sign_in_says_the_same_whatever_was_wrong(browse: Browse, login: str, password: str) -> None:
    answer = sign_in(browse(None), login, password)
    assert answer.status_code == 401
    assert "Login, password or code is wrong" in answer.text


def test_a_form_without_its_token_does_nothing(browse: Browse) -> None:
    answer = browse("administrator").post("/admin/sites", data={"code": "x", "name": "X", "csrf": "forged"})
    assert answer.status_code == 403


def test_tries_are_limited() -> None:
    clock = SystemClock()
    limit = RateLimit(FixedClock(clock.now()), 3)
    for _ in range(3):
        limit.count("login anna")
    with pytest.raises(TooOften):
        limit.count("login anna")
    limit.count("login boris")


@pytest.mark.parametrize(
    "address", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", ""]
)
def test_no_other_site_is_gone_to_after_signing_in(address: str) -> None:
    assert local_path(address) == "/"


# -- every answer -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/static/lakmus.css", "/fhir/metadata", "/health", "/data/"]
)
def test_every_answer_carries_the_headers(browse: Browse, path: str) -> None:
    answer = browse(None).get(path)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


def test_pages_hold_no_inline_script_or_style(browse: Browse) -> None:
    page = browse("registrar").get("/catalogue/small-cohort").text
    assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=|javascript:", page)


def test_a_form_too_large_is_refused(browse: Browse) -> None:
    answer = browse(None).post(
        "/sign-in", content=b"x" * 300_000, headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code == 413


def test_language_is_asked_for_kept_or_preferred(browse: Browse) -> None:
    client = browse(None)
    assert 'lang="ru"' in client.get("/", headers={"accept-language": "ru-RU"}).text
    assert 'lang="en"' in client.get("/").text
    client.get("/?language=ru")
    assert 'lang="ru"' in client.get("/about").text


# -- releases ---------------------------------------------------------------------------------------------------------


def test_files_come_whole_and_in_parts(browse: Browse) -> None:
    client = browse(None)
    manifest = client.get("/data/small-cohort/1.0.0/").json()
    entry = max(manifest["files"], key=lambda file: file["bytes"])
    address = f"/data/small-cohort/1.0.0/files/{entry['path']}"
    whole, part = client.get(address).content, client.get(address, headers={"range": "bytes=10-19"})
    assert len(whole) == entry["bytes"]
    assert (part.status_code, part.content) == (206, whole[10:20])
    for climbing in ("../manifest.json", "%2e%2e/manifest.json", "recipe.json/../../x"):
        assert client.get(f"/data/small-cohort/1.0.0/files/{climbing}").status_code == 404


def test_every_chart_has_its_table(browse: Browse) -> None:
    page = browse(None).get("/catalogue/small-cohort").text
    assert page.count("<figure>") == page.count("<summary>As a table") > 0


# -- records come in --------------------------------------------------------------------------------------------------


def test_upload_receipt_quarantine_retry(world: World, browse: Browse) -> None:
    client = browse("registrar")
    lines = [PATIENT | {"id": "u1"}, FAULTY | {"id": "u2"}]
    file = ("ward.ndjson", "\n".join(json.dumps(line) for line in lines).encode())
    form = {"csrf": form_token(client.get("/registrar/upload")), "site": SITE}
    sent = client.post("/registrar/upload", data=form, files={"file": file})
    job = sent.headers["location"]
    assert sent.status_code == 303
    assert "queued" in client.get(job).text
    assert world.worker.run_one()
    done = client.get(job).text
    batch = re.search(r"/registrar/batches/([0-9a-f]+)", done)
    assert batch
    assert not list(world.reception.spool.iterdir())
    assert "Refused records by reason" in client.get(f"/registrar/batches/{batch[1]}").text
    listed = client.get(f"/registrar/quarantine?batch={batch[1]}").text
    item = re.search(r"/registrar/quarantine/([0-9a-f]{16})", listed)
    assert item
    page = client.get(f"/registrar/quarantine/{item[1]}")
    assert "SECRETVALUE" not in listed + page.text + done
    token = {"csrf": form_token(page)}
    original = client.post(f"/registrar/quarantine/{item[1]}/original", data=token)
    assert json.loads(original.content)["gender"] == "SECRETVALUE"
    again = client.post(f"/registrar/quarantine/{item[1]}/retry", data=token)
    assert again.headers["location"].endswith("said=refused")
    logged = [line.action for line in world.services.audit.show(actor=world.accounts["registrar"])]
    assert {"send-records", "read-quarantined-original", "retry-quarantine"} <= set(logged)


def test_nothing_is_sent_for_another_site(browse: Browse) -> None:
    client = browse("registrar")
    form = {"csrf": form_token(client.get("/registrar/upload")), "site": ELSEWHERE}
    assert client.post("/registrar/upload", data=form, files={"file": ("a.ndjson", b"{}")}).status_code == 403


def test_a_transaction_is_answered_entry_by_entry(world: World, browse: Browse) -> None:
    sent = bundle("transaction", PATIENT | {"id": "t1"}, PATIENT | {"id": "t2"})
    answer = browse(None).post("/fhir", json=sent, headers=bearer(world) | FHIR)
    assert answer.status_code == 200
    assert answer.json()["type"] == "transaction-response"
    assert len(answer.json()["entry"]) == 2


def test_a_refused_transaction_names_rules_and_no_values(world: World, browse: Browse) -> None:
    sent = bundle("transaction", PATIENT | {"id": "t3"}, FAULTY)
    answer = browse(None).post("/fhir", json=sent, headers=bearer(world) | FHIR)
    assert answer.status_code == 422
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert "SECRET" not in answer.text


def test_ndjson_is_queued_and_its_receipt_asked_for(world: World, browse: Browse) -> None:
    client, body = browse(None), json.dumps(PATIENT | {"id": "n1"})
    headers = bearer(world) | {"content-type": "application/fhir+ndjson"}
    answer = client.post("/fhir", content=body, headers=headers)
    where = answer.headers["content-location"]
    assert (answer.status_code, client.get(where, headers=bearer(world)).status_code) == (202, 202)
    assert world.worker.run_one()
    assert client.get(where, headers=bearer(world)).status_code == 200
    assert client.get(where, headers=bearer(world, ELSEWHERE)).status_code == 403


@pytest.mark.parametrize(
    ("headers", "body", "status", "code"),
    [
        ({}, b"{}", 401, "login"),
        ({"authorization": "Bearer lks_forged"}, b"{}", 401, "login"),
        ({"content-type": "text/plain"}, b"{}", 415, "not-supported"),
        ({}, b"not json", 400, "invalid"),
    ],
)
def test_errors_are_operation_outcomes(
    world: World, browse: Browse, headers: dict[str, str], body: bytes, status: int, code: str
) -> None:
    known = bearer(world) if status not in (401,) else {}
    answer = browse(None).post("/fhir", content=body, headers=FHIR | known | headers)
    assert answer.status_code == status
    assert answer.json()["issue"][0]["code"] == code


# -- watching ---------------------------------------------------------------------------------------------------------


def test_metrics_name_routes_and_never_what_was_asked_for(browse: Browse) -> None:
    client = browse("administrator")
    client.get("/registrar/batches/SECRETNAME")
    text = client.get("/metrics").text
    assert 'lakmus_jobs{state="queued"}' in text
    assert "SECRETNAME" not in text


# -- data quality -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "heading"), [("en", "Completeness"), ("ru", "Полнота")])
def test_data_quality_of_a_site_in_figures(browse: Browse, language: str, heading: str) -> None:
    page = browse("registrar").get(f"/registrar/quality?language={language}").text
    assert heading in page
    assert "Patient.birthDate" in page
    assert "SECRETNAME" not in page
