"""`docs/architecture.md`: the rooms of the house, read from the code."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "lakmus"
PROSE = Path(__file__).with_suffix(".md")
ROOM = re.compile(r"lakmus\.([a-z_]+)")


def page(note: str) -> str:
    """The hand-written part, the ranks, then every room with its files."""
    lines = [*PROSE.read_text("utf-8").rstrip().replace("{note}", note).splitlines(), ""]
    lines += ["## Ranks", "", *_ranks(), "", "## Rooms", ""]
    for room in _rooms():
        lines += [*_room(room), ""]
    return "\n".join(lines)


def _layers() -> list[list[str]]:
    """Rooms by rank, the highest first; names in brackets are rooms to come."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    (contract,) = project["tool"]["importlinter"]["contracts"]
    return [ROOM.findall(layer) for layer in contract["layers"]]


def _here(name: str) -> bool:
    return (SOURCE / name).is_dir()


def _ranks() -> Iterator[str]:
    yield "A room imports only from rooms of a lower rank; rooms of one rank do not import each other. The build checks it."
    yield ""
    yield "| rank | rooms |"
    yield "|---|---|"
    layers = _layers()
    for place, names in enumerate(layers):
        shown = [f"[`{name}`](#{name})" for name in names if _here(name)]
        if shown:
            yield f"| {len(layers) - place - 1} | {' · '.join(shown)} |"


def _rooms() -> list[str]:
    return [name for layer in reversed(_layers()) for name in layer if _here(name)]


def _room(name: str) -> Iterator[str]:
    folder = SOURCE / name
    yield f"### {name}"
    yield ""
    yield _about(folder / "__init__.py").replace("\n", " ")
    yield ""
    yield "| file | what it is |"
    yield "|---|---|"
    for file in _files(folder):
        yield f"| `{file.relative_to(folder).as_posix()}` | {_first(file)} |"


def _files(folder: Path) -> Iterator[Path]:
    """Files with something to say: folders first by their own page, generated tables and migrations' scripts left out."""
    for file in sorted(folder.rglob("*.py")):
        parts = file.relative_to(folder).parts
        hidden = "generated" in parts or "versions" in parts
        if not hidden and file != folder / "__init__.py" and _about(file):
            yield file


def _about(file: Path) -> str:
    """The first paragraph of a file's docstring."""
    text = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or "" if file.exists() else ""
    return text.split("\n\n")[0]


def _first(file: Path) -> str:
    return _about(file).replace("\n", " ").replace("|", "\\|")
