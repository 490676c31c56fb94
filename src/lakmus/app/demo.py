"""The whole way on one machine: records in, a data set out, and a portal to look at it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from lakmus.access import Action, Resource
from lakmus.app import publishing, quality
from lakmus.app.installation import App
from lakmus.core.errors import ConflictError, InputError, RefusedError
from lakmus.intake.batch import BatchReceipt
from lakmus.lake.maintenance import compact
from lakmus.ops import Grant
from lakmus.synth import Region, generate

SETTINGS = """# A demonstration on this machine alone: sign-in without a second factor.
data = {data}

[server]
name = "Lakmus demo"

[sign_in]
second_factor = false
"""
RECIPES = ("population-basics", "hypertension-cohort")
SITE = "demo"  # of records that come in no folder per site
Report = Callable[[float, str], None]
Progress = Callable[[str], AbstractContextManager[Report]]


@dataclass(frozen=True)
class Demo:
    """A demonstration in a folder: installation, and what is said and shown while it is made."""

    app: App
    folder: Path
    say: Callable[[str], None]
    progress: Progress

    def run(self, records: Path | None, patients: int) -> None:
        """Takes records in (a made region's, if none are given), counts, publishes, makes accounts."""
        if not self.app.has_lake:
            self.app.create_lake(buckets=max(1, patients // 10_000)).close()
        self.app.keys.ensure("quarantine")
        source = records or self._region(patients)
        for site, place, title in sites_of(source):
            self._take_in(site, place, title)
        compact(self.app.lake)
        self._count()
        for name in RECIPES:
            self._publish(name)
        self._accounts()

    def _region(self, patients: int) -> Path:
        folder = self.folder / f"region-{patients}"
        if (folder / "manifest.json").exists():
            return folder
        with self.progress("making a synthetic region") as report:
            made = generate(
                Region(patients=patients), folder, lambda done, of: report(done / of, f"{done} patients")
            )
        self.say(
            f"made a synthetic region: {made.patients} patients, {made.resources} resources, {made.bytes / 1e6:.0f} MB"
        )
        return folder

    def _take_in(self, site: str, place: Path, title: str) -> None:
        if site not in [known.code for known in self.app.sites.all()]:
            self.app.sites.add(site, title)
        self.app.may(Action.SEND_RECORDS, Resource(site=site))
        began = self.app.clock.now()
        with self.progress(f"taking in {site}") as report:
            done, _ = quality.take_in(self.app, place, site, report)
        seconds = (self.app.clock.now() - began).total_seconds()
        self.say(_received(site, done, seconds))

    def _count(self) -> None:
        with self.progress("counting data quality") as report:
            found = quality.count_of(self.app, report)
        flagged = sum(flag.flagged for one in found.values() for flag in one.flags)
        self.say(f"counted data quality of {len(found)} sites: plausibility rules flagged {flagged} records")

    def _publish(self, name: str) -> None:
        wanted = publishing.recipe(self.app, name)
        try:
            with self.progress(f"building {wanted.id}") as report:
                made = publishing.publish(self.app, wanted, report=report)
        except ConflictError:
            self.say(f"published before: {wanted.id}")
        except RefusedError as refused:  # the risk is above the bound: that is an answer, too
            self.say(f"not published: {wanted.id}: {refused}")
        else:
            rows = ", ".join(f"{table} {made.table(table).num_rows}" for table in wanted.views)
            self.say(f"published {made.id}: {rows} rows")

    def _accounts(self) -> None:
        """An account per role that has pages; their passwords are in a file of the owner."""
        known = {account.login for account in self.app.people.all()}
        site = next(iter(sorted(one.code for one in self.app.sites.all())), SITE)
        roles = {"admin": Grant("administrator"), "registrar": Grant("registrar", site)}
        roles |= {"custodian": Grant("data-custodian"), "auditor": Grant("auditor")}
        for login, grant in roles.items():
            if login not in known:
                chosen = secrets.token_urlsafe(9)
                self.app.people.add(login, f"Demo {login}", roles=[grant], password=chosen)
                self._remember(login, chosen)

    def _remember(self, login: str, password: str) -> None:
        self.passwords.touch(mode=0o600)
        with self.passwords.open("a", encoding="utf-8") as file:
            file.write(f"{login} {password}\n")

    @property
    def passwords(self) -> Path:
        return self.folder / "accounts.txt"


def prepare(folder: Path) -> App:
    """The installation of a demonstration: its settings file is written once and then yours to change."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / "lakmus.toml"
    if not file.exists():
        # A JSON string is a TOML string, too.
        file.write_text(SETTINGS.format(data=json.dumps(str(folder.resolve()))), encoding="utf-8")
    return App.at(folder)


def sites_of(source: Path) -> Iterator[tuple[str, Path, str]]:
    """Code, folder and title of each site: a made region has a folder per site, anything else is one site's."""
    manifest = source / "manifest.json"
    if not source.exists():
        raise InputError(f"there is nothing at {source}", hint="DATA names a folder of FHIR files")
    if not manifest.exists() or not (source / "sites").is_dir():
        yield SITE, source, "Demo"
        return
    titles = _titles(json.loads(manifest.read_text("utf-8")))
    for folder in sorted((source / "sites").iterdir()):
        yield folder.name, folder, titles.get(folder.name, folder.name)


def _titles(manifest: Mapping[str, Mapping[str, list[Mapping[str, str]]]]) -> dict[str, str]:
    return {clinic["site"]: clinic["title"] for clinic in manifest["region"]["clinics"]}


def _received(site: str, done: BatchReceipt, seconds: float) -> str:
    counts = done.receipt
    refused = f", refused {counts.refused} (lakmus quarantine list)" if counts.refused else ""
    return f"took in {site}: accepted {counts.accepted}{refused} in {seconds:.1f} s"
