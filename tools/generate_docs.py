"""Writes the reference pages that are printed from the code; `--check` only says which are out of date (exit code 1)."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from lakmus.access import policy
from lakmus.core import settings
from lakmus.query.engines.duckdb import DUCKDB
from lakmus.query.frontends import fhirpath

sys.path.insert(0, str(Path(__file__).resolve().parent))
from pages import architecture, cli

DOCS = Path(__file__).resolve().parent.parent / "docs"
NOTE = "<!-- Printed from the code by tools/generate_docs.py; change the code, not this page. -->"


def settings_page() -> str:
    """`docs/settings.md`: every setting with its variable, kind, default and meaning."""
    return "\n".join(
        [
            "# Settings",
            "",
            NOTE,
            "",
            f"A setting is an environment variable or a line of the TOML file that `{settings.FILE_VARIABLE}` names; the variable wins.",
            "Relative paths are under `data`. An unknown variable that begins with `LAKMUS_` is an error, so that a slip of the pen is found.",
            "Variables of the tests (`LAKMUS_SHARED`, `LAKMUS_TEST_*`, `LAKMUS_BENCH_*`) are no settings.",
            "",
            *_settings_rows(),
            "",
        ]
    )


def _settings_rows() -> Iterator[str]:
    group = None
    for entry in settings.describe():
        if entry.group != group:
            group = entry.group
            about = (
                (settings.GROUPS[group].__doc__ or "").strip()
                if group
                else "What everything else starts from."
            )
            yield from ("", f"## {f'[{group}]' if group else 'Top level'}", "", about, "")
            yield from ("| line | variable | kind | default | meaning |", "|---|---|---|---|---|")
        kind = " or ".join(entry.among) or entry.kind
        yield f"| `{entry.name}` | `{entry.variable}` | {kind} | {_default(entry.default)} | {entry.about} |"


def _default(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = ",".join(value) if isinstance(value, tuple) else str(value)
    return f"`{text}`" if text else "(empty)"


def roles_page() -> str:
    """`docs/roles.md`: who may do what and why, from the policy."""
    found = policy.default()
    lines = [
        "# Roles and rights",
        "",
        NOTE,
        "",
        "## Roles",
        "",
        "| role | given for | who | two factors |",
        "|---|---|---|---|",
    ]
    for role in found.roles.values():
        bound = f"one {role.bound}" if role.bound else "all"
        given = f"{bound}, without a grant" if role.implied else bound
        lines.append(
            f"| `{role.name}` | {given} | {role.title.en}: {role.about.en} | {'yes' if role.second_factor else ''} |"
        )
    lines += ["", "## Rules", "", "| rule | roles | may | where | because |", "|---|---|---|---|---|"]
    for rule in found.rules:
        may = "; ".join(sorted(found.actions[action].title.en for action in rule.actions))
        where = {"all": "everywhere", "site": "own site", "person": "own person", "own": "what they began"}[
            rule.scope
        ]
        lines.append(f"| `{rule.name}` | {', '.join(sorted(rule.roles))} | {may} | {where} | {rule.why.en} |")
    lines += ["", "## Actions", "", "| action | identified records | every use audited |", "|---|---|---|"]
    for action, described in found.actions.items():
        lines.append(f"| `{action.value}` | {_yes(described.identified)} | {_yes(described.audited)} |")
    return "\n".join([*lines, ""])


def _yes(value: bool) -> str:
    return "yes" if value else ""


def fhirpath_page() -> str:
    """`docs/fhirpath.md`: what the language has, and what the set-based engine answers of it."""
    return "\n".join(
        [
            "# FHIRPath",
            "",
            NOTE,
            "",
            "Functions of FHIRPath N1, FHIR R4 and SQL on FHIR, by chapter of the specification. The reference engine answers all of them",
            "over one record; what the DuckDB engine answers over a population is the second table. What it does not answer is an error when",
            "a view is compiled, never a wrong result.",
            "",
            "## Functions",
            "",
            fhirpath.table().rstrip(),
            "",
            "## Operations the DuckDB engine answers",
            "",
            DUCKDB.table().rstrip(),
            "",
        ]
    )


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "roles.md": roles_page,
    "architecture.md": lambda: architecture.page(NOTE),
    "cli.md": lambda: cli.page(NOTE),
    "fhirpath.md": fhirpath_page,
}


def stale(folder: Path = DOCS) -> list[str]:
    """Pages whose file is not what the code prints."""
    return [
        name
        for name, page in PAGES.items()
        if not (folder / name).is_file() or (folder / name).read_text("utf-8") != page()
    ]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a page is out of date")
    if parser.parse_args(arguments).check:
        for name in (found := stale()):
            print(f"docs/{name} is out of date: run tools/generate_docs.py", file=sys.stderr)
        return 1 if found else 0
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
