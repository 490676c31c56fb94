"""A client of the language server as an editor is one: a process, frames, requests and what comes unasked."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, BinaryIO

COMMAND = [sys.executable, "-m", "lakmus.query.language_server"]


def frame(content: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%b" % (len(content), content)


class Client:
    """`told` are the newest diagnostics by document, of its newest text."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdin
        assert self.process.stdout
        self.to: BinaryIO = self.process.stdin  # type: ignore[assignment]
        self.back: BinaryIO = self.process.stdout  # type: ignore[assignment]
        self.count = 0
        self.told: dict[str, list[Any]] = {}
        self.versions: dict[str, int] = {}

    def start(self) -> Any:
        found = self.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        self.tell("initialized", {})
        return found["result"]

    def stop(self) -> int:
        self.ask("shutdown", None)
        self.tell("exit", None)
        return self.end()

    def end(self) -> int:
        self.to.close()
        code = self.process.wait(10)
        self.back.close()
        return code

    def send(self, content: bytes) -> None:
        self.to.write(content)
        self.to.flush()

    def tell(self, method: str, params: Any) -> None:
        self.send(frame(json.dumps({"jsonrpc": "2.0", "method": method, "params": params}).encode()))

    def ask(self, method: str, params: Any) -> Any:
        self.count += 1
        message = {"jsonrpc": "2.0", "id": self.count, "method": method, "params": params}
        self.send(frame(json.dumps(message).encode()))
        return self.answer(self.count)

    def answer(self, id_: int | None) -> Any:
        while True:
            message = self.read()
            if "method" not in message and message["id"] == id_:
                return message

    def read(self) -> Any:
        length = 0
        while (line := self.back.readline().strip()) or not length:
            assert line, "the server has ended"
            length = int(line.partition(b":")[2]) if line.lower().startswith(b"content-length") else length
        message = json.loads(self.back.read(length))
        if message.get("method") == "textDocument/publishDiagnostics":
            params = message["params"]
            if params.get("version") == self.versions.get(params["uri"]):
                self.told[params["uri"]] = params["diagnostics"]
        return message

    # Documents

    def open(self, file: Path, text: str) -> str:
        uri = file.as_uri()
        document = {"uri": uri, "languageId": "cql", "version": self._next(uri), "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})
        return uri

    def _next(self, uri: str) -> int:
        self.count += 1
        self.versions[uri] = self.count
        return self.count

    def change(self, uri: str, text: str) -> None:
        document = {"uri": uri, "version": self._next(uri)}
        self.tell("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})

    def close(self, uri: str) -> None:
        self.versions.pop(uri, None)
        self.tell("textDocument/didClose", {"textDocument": {"uri": uri}})

    def diagnostics(self, uri: str) -> list[Any]:
        """What is said next about a document."""
        self.told.pop(uri, None)
        while uri not in self.told:
            self.read()
        return self.told[uri]

    def at(self, method: str, uri: str, line: int, character: int) -> Any:
        position = {"line": line, "character": character}
        return self.ask(method, {"textDocument": {"uri": uri}, "position": position})["result"]
