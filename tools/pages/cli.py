"""`docs/cli.md`: all commands, read from the command line itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from lakmus import cli


def page(note: str) -> str:
    """Groups in the order of `lakmus --help`, each command with its arguments and options."""
    root = typer.main.get_command(cli.build())
    lines = [
        "# Commands",
        "",
        note,
        "",
        "`lakmus COMMAND --help` says the same. An error ends with a message of what, where, what to do,",
    ]
    lines += [
        "and an exit code: 2 input, 3 not supported, 4 refused by policy, 5 try again later, 1 our own fault.",
        "",
    ]
    for name, command in sorted(root.commands.items()):
        lines += [*_section(f"lakmus {name}", command)]
    return "\n".join(lines)


def _section(name: str, command: Any) -> Iterator[str]:
    if hasattr(command, "commands"):
        yield from (f"## {name}", "", (command.help or "").strip(), "")
        for inner in sorted(command.commands):
            yield from _command(f"{name} {inner}", command.commands[inner], "###")
        return
    yield from _command(name, command, "##")


def _command(name: str, command: Any, level: str) -> Iterator[str]:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and p.name != "help"]
    yield from (f"{level} {' '.join([name, *(str(a.name).upper() for a in arguments)])}", "")
    yield from ((command.help or "").strip(), "")
    for parameter in (*arguments, *options):
        yield _parameter(parameter)
    if arguments or options:
        yield ""


def _parameter(parameter: Any) -> str:
    about = getattr(parameter, "help", None) or ""
    if parameter.param_type_name == "argument":
        return (
            f"- `{str(parameter.name).upper()}`: {about}" if about else f"- `{str(parameter.name).upper()}`"
        )
    names = ", ".join((*parameter.opts, *parameter.secondary_opts))
    shown = (
        ""
        if parameter.default in (None, False, "", ()) or callable(parameter.default)
        else f" (default {parameter.default})"
    )
    return f"- `{names}`{' (required)' if parameter.required else ''}: {about}{shown}"
