"""Takes real records through the whole house and writes down what came out: docs/walkthrough.md and its pictures.

python tools/walkthrough.py SHARED          # the folder that holds data/mimic-iv-demo-fhir and data/synthea-r4-bundles

Every figure of the page was printed by a command named beside it, in one run. Nothing on it is about one person.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PAGE, PICTURES = ROOT / "docs" / "walkthrough.md", ROOT / "docs" / "pictures"
LAKMUS = Path(sys.executable).with_name("lakmus")
PORT = 8765
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]

MIMIC, SYNTHEA = "data/mimic-iv-demo-fhir/fhir", "data/synthea-r4-bundles"
VIEW = """{
  "resourceType": "ViewDefinition", "name": "blood_pressure", "resource": "Observation", "status": "active",
  "select": [
    {"column": [{"name": "patient", "path": "subject.getReferenceKey(Patient)"}]},
    {"forEach": "component", "column": [
      {"name": "code", "path": "code.coding.code.first()"},
      {"name": "value", "path": "value.ofType(Quantity).value"}]}]
}"""
LOAD = """import lakmus

release = lakmus.load("hypertension-cohort@1", "http://127.0.0.1:8000")
patients, observations = release["patients"].polars(), release["observations"].polars()
print(patients.group_by("sex", "age").len().sort("sex", "age"))
print(observations.height, "observations of", patients.height, "patients")"""

RULES = (
    ("PressureControl", "Interval[@2019-01-01, @2020-12-31]"),
    ("DiabetesControl", "Interval[@2010-01-01, @2020-12-31]"),
    ("HospitalStays", ""),
)

INTRO = """# Walkthrough: real records in, open data out

<!-- Printed by tools/walkthrough.py in one run; change the tool, not this page. -->

Two sets of records that nobody here wrote go through the whole house: 70 patients of an American intensive-care unit
(*MIMIC-IV Clinical Database Demo on FHIR*) and 413 synthetic patients with whole lives (*Synthea*). What is printed below came out of
the commands above it, on {machine}. `make demo` does the same with a synthetic region and needs none of these files.

"""
CREDIT = """
## Where the records are from

- Bennett A, Ulrich H, Wiedekopf J, Szul P, Grimes J, Johnson A. *MIMIC-IV Clinical Database Demo on FHIR*, version 2.1.0. PhysioNet, 2025.
  https://doi.org/10.13026/c2f9-3y63. Open Database License 1.0; a database derived from it stays under that licence, and so would a release built from it.
- Synthea sample data (SMART on FHIR), Apache-2.0. The patients are made up.
"""


class Walk:
    """An installation in a folder, and the page that grows with what its commands print."""

    def __init__(self, folder: Path, shared: Path) -> None:
        self.folder, self.shared, self.parts = folder, shared, [INTRO.format(machine=_machine())]
        self.environ = {name: v for name, v in os.environ.items() if not name.startswith("LAKMUS_")}
        self.environ |= {"LAKMUS_DATA": str(folder / "data"), "LAKMUS_SERVER_PORT": str(PORT)}
        self.environ |= {"LAKMUS_SIGN_IN_SECOND_FACTOR": "no", "COLUMNS": "130"}

    def say(self, text: str) -> None:
        self.parts.append(text + "\n\n")

    def run(self, *commands: str, timed: bool = False) -> None:
        """Runs commands as a reader would type them and shows what they print."""
        shown = []
        for command in commands:
            began = time.perf_counter()
            printed = self._printed(command)
            seconds = time.perf_counter() - began
            shown.append(f"$ {command}\n{printed}".rstrip())
            if timed:
                shown.append(f"# {seconds:.0f} s, start of the process included")
        self.parts.append("```text\n" + "\n".join(shown) + "\n```\n\n")

    def quietly(self, command: str) -> str:
        return self._printed(command)

    def _printed(self, command: str) -> str:
        real = command.replace("../shared", str(self.shared)).replace("lakmus ", f"{LAKMUS} ", 1)
        done = subprocess.run(
            real, shell=True, env=self.environ, cwd=self.folder, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout.replace(str(self.folder) + "/", "")

    def python(self, code: str) -> None:
        real = code.replace("8000", str(PORT))
        environ = self.environ | {"HOME": str(self.folder)}
        done = subprocess.run(
            [sys.executable, "-c", real], env=environ, capture_output=True, text=True, check=True
        )
        self.parts.append(f"```python\n{code}\n```\n\n```text\n{done.stdout.rstrip()}\n```\n\n")

    def text(self) -> str:
        return "".join(self.parts).rstrip() + "\n"


def walk(made: Walk) -> None:
    made.say("## An installation")
    made.run("lakmus upgrade")
    made.quietly("lakmus site add mimic --name 'MIMIC-IV demo'")
    made.quietly("lakmus site add synthea --name Synthea")
    made.say("Each site is added with `lakmus site add`, which prints its token once.")
    made.say("## Records in")
    made.run(
        f"lakmus intake ../shared/{MIMIC} --site mimic",
        f"lakmus intake ../shared/{SYNTHEA} --site synthea",
        timed=True,
    )
    made.say(f"Largest memory of any of these processes: {_peak()} MB. Sent again, nothing changes:")
    made.run(f"lakmus intake ../shared/{MIMIC} --site mimic")
    made.say(
        "*Older versions*: Synthea sends some hospitals and doctors many times with other content; the last one counts, the others are kept."
    )
    made.run("lakmus lake compact", "lakmus lake info")
    made.say("## What was refused, and what deserves a second look")
    made.run("lakmus quarantine list", "lakmus quality --count", timed=True)
    made.say(
        "MIMIC's dates were moved a hundred years ahead to protect its patients, so the rules about the future flag nearly everything: they are"
        " right, and nothing is refused for it. Its diagnoses carry no date and no status, which the completeness figures show."
    )
    made.say("## Asking")
    made.say(f"With this view in `view.json`:\n\n```json\n{VIEW}\n```")
    (made.folder / "view.json").write_text(VIEW)
    made.run("lakmus view run view.json --to blood-pressure.parquet", timed=True)
    made.say("## Rules")
    made.say(
        "Three libraries of CQL are in `docs/examples`: control of blood pressure and of diabetes, hospital stays. Each is asked of everybody at"
        " once; `true` and `false` count persons of whom it is known."
    )
    for name, period in RULES:
        shutil.copy(ROOT / "docs" / "examples" / f"{name}.cql", made.folder)
        given = f' --parameter "Period={period}"' if period else ""
        made.run(f"lakmus cql run {name}.cql{given}", timed=True)
    made.say("## Open data out")
    made.run(
        "lakmus release build population-basics",
        "lakmus release build hypertension-cohort",
        "lakmus release verify hypertension-cohort",
        timed=True,
    )
    made.say("Every step is in the audit log:")
    made.run("lakmus audit verify")


def look(made: Walk) -> None:
    """The portal as its visitors and a registrar see it, and the client that loads from it."""
    told = made.quietly("lakmus user add anna --name Anna --role registrar:mimic")
    password = told.rpartition("password: ")[2].strip()
    with served(made) as address, chromium() as browser:
        made.say("## Loaded by a developer\n\nWith `lakmus serve` running:")
        made.python(LOAD)
        made.say("## The catalogue")
        page = browser.new_page(viewport={"width": 1100, "height": 900})
        for name, path, about in (
            ("catalogue", "/catalogue", "The catalogue"),
            ("data-set", "/catalogue/hypertension-cohort", "A data set: what, how many, charts, risk"),
        ):
            page.goto(address + path)
            picture(made, page, name, about)
        made.say("## Data quality, as the registrar of one site sees it")
        page.goto(f"{address}/sign-in")
        page.fill("input[name=login]", "anna")
        page.fill("input[name=password]", password)
        page.click("main button[type=submit], main form button")
        page.goto(f"{address}/registrar/quality")
        picture(made, page, "quality", "Data quality of a site")


def picture(made: Walk, page: object, name: str, about: str) -> None:
    page.screenshot(path=PICTURES / f"{name}.png")  # type: ignore[attr-defined]
    made.say(f"![{about}](pictures/{name}.png)")


@contextmanager
def served(made: Walk) -> Iterator[str]:
    server = subprocess.Popen([LAKMUS, "serve"], env=made.environ, cwd=made.folder)
    address = f"http://127.0.0.1:{PORT}"
    try:
        for _ in range(120):
            try:
                httpx.get(f"{address}/ready").raise_for_status()
                break
            except httpx.HTTPError:
                time.sleep(0.5)
        yield address
    finally:
        server.terminate()
        server.wait()


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


def _machine() -> str:
    return f"{os.cpu_count()} cores and Python {sys.version.split()[0]}"


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="lakmus-walk-") as scratch:
        made = Walk(Path(scratch), Path(sys.argv[1]).resolve())
        walk(made)
        look(made)
    PAGE.write_text(made.text() + CREDIT, encoding="utf-8")


if __name__ == "__main__":
    main()
