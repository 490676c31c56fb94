"""A small installation of real rooms behind the portal: database, lake, intake, releases, one account per role."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pyotp
from fastapi import FastAPI

from lakmus.access import AuditLog, Csrf, Gate, Signer, default
from lakmus.app.quality import CountedQuality, count
from lakmus.core.clock import SystemClock
from lakmus.intake.batch import Intake
from lakmus.lake import IdentifiedLake
from lakmus.opendata.catalogue import Catalogue
from lakmus.opendata.releases import build, read_recipe
from lakmus.ops import Database, Grant, Jobs, KeyStore, People, Sealer, Sessions, SignIn, Sites, Worker
from lakmus.portal import LakeReception, PortalSettings, Services, create_app
from lakmus.privacy import ReleaseKey
from lakmus.terminology import Units
from tests.opendata.conftest import RECIPE, TYPES, Region, people, visits

PASSWORD = "correct horse battery"
SITE, ELSEWHERE = "clinic-a", "clinic-b"
POLICY = default()
ROLES = tuple(POLICY.grantable())
PATIENT = {"resourceType": "Patient", "id": "p1", "gender": "female", "name": [{"family": "SECRETNAME"}]}
FAULTY = {"resourceType": "Patient", "id": "p2", "gender": "SECRETVALUE", "birthDate": "1980-01-01"}


@dataclass
class World:
    """The parts tests look at."""

    app: FastAPI
    services: Services
    reception: LakeReception
    tokens: dict[str, str]  # of sites
    accounts: dict[str, str]  # role to account id
    worker: Worker

    def session(self, role: str) -> str:
        """The session token of somebody with this role, signed in with two factors."""
        return self.services.sessions.start(self.accounts[role], second_factor=True)


def grant(role: str) -> Grant:
    bound = POLICY.roles[role].bound
    return Grant(role, SITE if bound == "site" else "", 5 if bound == "person" else None)


def make(folder: Path, settings: PortalSettings | None = None) -> World:
    """Everything under `folder`: two sites, an account per role, a batch with a faulty record, two versions of a release."""
    clock, keys = SystemClock(), KeyStore(folder / "keys")
    database = Database.open(f"sqlite:///{folder / 'ops.sqlite'}")
    database.upgrade()
    sites, jobs = Sites(database, clock), Jobs(database, clock)
    staff = People(database, clock, POLICY.check_grant)
    for code, name in ((SITE, "Clinic A"), (ELSEWHERE, "Clinic B")):
        sites.add(code, name, "North")
    tokens = {code: sites.issue(code, "gateway") for code in (SITE, ELSEWHERE)}
    accounts = {
        role: staff.add(role, f"Anna {role}", roles=[grant(role)], password=PASSWORD).id for role in ROLES
    }
    sealer = Sealer(keys, "quarantine")
    lake = IdentifiedLake.create(folder / "lake", threads=2)
    reception = LakeReception(
        Intake(lake, clock, sealer.seal, workers=1), jobs, folder / "spool", sealer.open
    )
    counted = CountedQuality(folder)
    audit = AuditLog(database, clock, keys, folder / "anchor")
    browser = keys.ensure("browser")
    services = Services(
        clock=clock, people=staff, sign_in=SignIn(database, clock, Sealer(keys, "totp")), sessions=Sessions(database, clock),
        sites=sites, jobs=jobs, gate=Gate(POLICY, audit), audit=audit, csrf=Csrf(browser), signer=Signer(browser, "oidc"),
        catalogue=Catalogue(folder / "releases"), reception=reception,
        quality=counted,
    )  # fmt: skip
    releases(folder / "releases")
    seed(folder, reception)
    count(lake, Units(), counted)
    app = create_app(services, settings or PortalSettings(version="0.1.0", sign_ins_per_minute=1000))
    worker = Worker(jobs, (reception.job_kind(),), "tests")
    return World(app, services, reception, tokens, accounts, worker)


def releases(folder: Path) -> None:
    import random

    rng = random.Random(2)
    patients = list(people())
    region = Region({"Patient": patients, "Encounter": [v for p in patients for v in visits(p, rng)]}, TYPES)
    for version in ("1.0.0", "1.1.0"):
        recipe = read_recipe(RECIPE.replace('"1.0.0"', f'"{version}"'))
        build(recipe, 1, region.run_view, ReleaseKey(b"k" * 32), folder)


def seed(folder: Path, reception: LakeReception) -> None:
    """One batch at each site, each with a record that is refused."""
    for site in (SITE, ELSEWHERE):
        file = folder / f"{site}.ndjson"
        file.write_text(json.dumps(PATIENT) + "\n" + json.dumps(FAULTY) + "\n")
        reception.intake.take_in(file, site)


def code_of(address: str) -> str:
    """The code an authenticator shows now for an otpauth address."""
    return pyotp.parse_uri(address).now()
