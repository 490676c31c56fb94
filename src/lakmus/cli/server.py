"""`lakmus serve`, `worker`: the installation at work."""

from __future__ import annotations

import os
import socket

import typer

from lakmus.app import serving
from lakmus.cli.common import installation, say


def register(app: typer.Typer) -> None:
    for command in (serve, worker):
        app.command()(command)


def serve() -> None:
    """Start the portal, its APIs and the job workers (LAKMUS_SERVER_*, LAKMUS_OPS_WORKERS)."""
    app = installation()
    given = app.settings.server
    _ = app.lake  # a missing lake is told before the port is taken
    serving.serve(app, lambda: say(f"{given.name} listens on http://{given.host}:{given.port}"))


def worker() -> None:
    """Run jobs in a process of its own, until told to stop; the job at hand is queued again."""
    app = installation()
    with serving.stopping() as stop:
        serving.worker(app, f"{socket.gethostname()}-{os.getpid()}").run(stop)
