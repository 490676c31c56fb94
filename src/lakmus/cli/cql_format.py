"""`lakmus cql fmt` and `lakmus cql lsp`: for people who write CQL."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from lakmus.cli.common import say
from lakmus.core.errors import InputError, ManyErrors
from lakmus.query.frontends.cql.formatting import format_text


def register(group: typer.Typer) -> None:
    """Adds the commands to the group of `lakmus cql`."""
    group.command()(fmt)
    group.command()(lsp)


def fmt(
    files: Annotated[list[Path], typer.Argument(help="libraries of CQL")],
    check: Annotated[
        bool, typer.Option("--check", help="write nothing; exit code 1 if a file would change")
    ] = False,
) -> None:
    """Lay out libraries in the one form; comments stay where they are."""
    texts = {file: _read(file) for file in files}
    formatted = {file: _formatted(file, text) for file, text in texts.items()}
    changed = [file for file in texts if formatted[file] != texts[file]]
    for file in changed:
        if not check:
            file.write_text(formatted[file], "utf-8", newline="")
        say(f"{'would change' if check else 'changed'} {file}")
    if check and changed:
        raise typer.Exit(1)


def _read(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except (OSError, ValueError):
        raise InputError(f"{file} is no readable text") from None


def _formatted(file: Path, text: str) -> str:
    """All files are read before the first is written: one that is wrong changes nothing."""
    try:
        return format_text(text)
    except ManyErrors as errors:
        shown = "\n".join(f"{file}: {error}" for error in errors.errors)
        raise InputError(f"{file} cannot be laid out while it cannot be read\n{shown}") from None


def lsp() -> None:
    """Start the language server that editors speak to over standard input and output."""
    from lakmus.query.language_server import serve

    raise typer.Exit(serve(sys.stdin.buffer, sys.stdout.buffer))
