"""A release folder made by hand, and a real server of it that can be told to misbehave."""

import hashlib
import json
import socket
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from lakmus.client import Patience

ROWS = 50_000


def publish(folder: Path, name="cohort", version="1.0.0", rows=ROWS) -> Path:
    release = folder / name / version
    (release / "data").mkdir(parents=True)
    people = pa.table({"patient": [f"p{n}" for n in range(rows)], "age": list(range(rows))})
    pq.write_table(people, release / "data/people.parquet", compression="none")
    (release / "schema.json").write_text('[{"name": "people", "columns": []}]')
    files = [
        {"path": p, "bytes": (release / p).stat().st_size, "sha256": hashlib.sha256((release / p).read_bytes()).hexdigest()}
        for p in ("data/people.parquet", "schema.json")
    ]  # fmt: skip
    (release / "manifest.json").write_text(json.dumps({"name": name, "version": version, "files": files}))
    return release


@dataclass
class Misbehaving:
    """A server of a folder. `cut_after` bytes a file's answer breaks off, `cuts` times; `replies` come before the truth."""

    folder: Path
    cut_after: int = 0
    cuts: int = 0
    replies: list[Response] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""

    def catalogue(self, request):
        found = [{"name": p.parts[-3], "version": p.parts[-2]} for p in self.folder.glob("*/*/manifest.json")]
        return JSONResponse({"releases": found})

    def manifest(self, request):
        return self._next(request) or FileResponse(
            self.folder / "{name}/{version}/manifest.json".format(**request.path_params)
        )

    def file(self, request):
        self.asked.append((request.path_params["path"], request.headers.get("range", "")))
        path = self.folder / "{name}/{version}/{path}".format(**request.path_params)
        if self.cuts > 0:
            self.cuts -= 1
            return self._cut(request, path)
        return self._next(request) or FileResponse(path)

    def _next(self, request):
        return self.replies.pop(0) if self.replies else None

    def _cut(self, request, path):
        """States the whole length and closes the connection after some of it."""
        content = path.read_bytes()
        start = int(request.headers.get("range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        headers = {"content-length": str(len(content) - start)}
        if start:
            headers["content-range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"

        async def some():
            yield content[start : start + self.cut_after]
            raise ConnectionAbortedError

        return StreamingResponse(some(), 206 if start else 200, headers)

    def app(self):
        return Starlette(
            routes=[
                Route("/data/", self.catalogue),
                Route("/data/{name}/{version}/", self.manifest),
                Route("/data/{name}/{version}/files/{path:path}", self.file),
            ]
        )


@pytest.fixture
def releases(tmp_path):
    publish(tmp_path / "releases")
    return tmp_path / "releases"


@pytest.fixture
def server(releases):
    behaviour = Misbehaving(releases)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(behaviour.app(), log_level="critical", lifespan="off", ws="none")
        running = uvicorn.Server(config)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not running.started:
            time.sleep(0.01)
        behaviour.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        yield behaviour
        running.should_exit = True
        thread.join(10)


@pytest.fixture
def patience():
    """Waits for nothing, and remembers for how long it would have."""
    slept = []
    made = Patience(attempts=3, sleep=slept.append)
    object.__setattr__(made, "slept", slept)
    return made
