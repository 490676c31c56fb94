"""The methods of the protocol, and the loop that answers them one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Queue
from threading import Thread
from typing import Any, BinaryIO

from lakmus.core.errors import InputError
from lakmus.query.language_server import messages
from lakmus.query.language_server.answers import diagnostics
from lakmus.query.language_server.workspace import Workspace

_UNREADABLE, _INVALID, _UNKNOWN, _PARAMETERS, _OWN_FAULT, _NOT_YET = (
    -32700,
    -32600,
    -32601,
    -32602,
    -32603,
    -32002,
)
CAPABILITIES = {
    "positionEncoding": "utf-16",
    "textDocumentSync": {"openClose": True, "change": 1},
    "hoverProvider": True,
    "definitionProvider": True,
    "documentSymbolProvider": True,
    "documentFormattingProvider": True,
}


class RequestError(Exception):
    """What a request is refused with."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class Session:
    """One client, from its first message to its last."""

    outgoing: BinaryIO
    workspace: Workspace = field(default_factory=Workspace)
    started: bool = False
    stopped: bool = False

    def answer(self, message: Any) -> None:
        match message:
            case {"method": str(method), "id": int() | str() as id_}:
                self._reply(id_, method, message.get("params"))
            case {"method": str(method)}:
                self._notice(method, message.get("params"))
            case _:
                self.refuse(None, RequestError(_INVALID, "this is neither a request nor a notification"))

    def refuse(self, id_: int | str | None, error: RequestError) -> None:
        messages.write(self.outgoing, {"id": id_, "error": {"code": error.code, "message": str(error)}})

    def _reply(self, id_: int | str, method: str, params: Any) -> None:
        try:
            result = self._result(method, params)
        except RequestError as error:
            return self.refuse(id_, error)
        except InputError as error:
            return self.refuse(id_, RequestError(_PARAMETERS, error.message))
        except Exception:  # our own bug: the editor goes on working, and is shown no traceback
            return self.refuse(id_, RequestError(_OWN_FAULT, "the language server failed"))
        return messages.write(self.outgoing, {"id": id_, "result": result})

    def _result(self, method: str, params: Any) -> Any:
        if self.stopped:
            raise RequestError(_INVALID, "the server was shut down")
        if method == "initialize":
            self.started = True
            return {"capabilities": CAPABILITIES, "serverInfo": {"name": "lakmus"}}
        if not self.started:
            raise RequestError(_NOT_YET, "`initialize` comes first")
        if method == "shutdown":
            self.stopped = True
            return None
        if method not in REQUESTS:
            raise RequestError(_UNKNOWN, "there is no such method here")
        return REQUESTS[method](self.workspace, params)

    def _notice(self, method: str, params: Any) -> None:
        """What cannot be understood is passed over: nobody waits for an answer."""
        try:
            if self.started and method in NOTICES:
                NOTICES[method](self.workspace, params)
        except InputError:
            return

    def publish(self) -> None:
        """What is wrong with the documents that have changed."""
        for uri in self.workspace.changed():
            found = self.workspace.documents.get(uri)
            try:
                errors = diagnostics(found, self.workspace.analysis(uri)) if found else []
            except Exception:  # our own bug: the editor goes on working
                errors = []
            version = {"version": found.version} if found and found.version is not None else {}
            params = {"uri": uri, "diagnostics": errors, **version}
            messages.write(self.outgoing, {"method": "textDocument/publishDiagnostics", "params": params})


REQUESTS: dict[str, Callable[[Workspace, Any], Any]] = {
    "textDocument/hover": Workspace.hover,
    "textDocument/definition": Workspace.definition,
    "textDocument/documentSymbol": Workspace.symbols,
    "textDocument/formatting": Workspace.formatted,
}
NOTICES: dict[str, Callable[[Workspace, Any], None]] = {
    "textDocument/didOpen": Workspace.opened,
    "textDocument/didChange": Workspace.altered,
    "textDocument/didClose": Workspace.closed,
}


def serve(incoming: BinaryIO, outgoing: BinaryIO) -> int:
    """Answers until `exit` or the end of the input; the code to exit with (LSP 3.17, "Exit Notification")."""
    session, waiting = Session(outgoing), Queue[Any](maxsize=100)
    Thread(target=_receive, args=(incoming, waiting)).start()
    while True:
        message = waiting.get()
        if isinstance(message, messages.UnreadableError):
            session.refuse(None, RequestError(_UNREADABLE, message.message))
        elif _is_last(message):
            return 0 if session.stopped else 1
        else:
            session.answer(message)
        if waiting.empty():
            # Not after every key: only the newest text is looked at.
            session.publish()


def _is_last(message: Any) -> bool:
    return message is messages.END or (isinstance(message, dict) and message.get("method") == "exit")


def _receive(incoming: BinaryIO, waiting: Queue[Any]) -> None:
    """Messages into the queue, up to the last."""
    message: Any = None
    while not _is_last(message):
        try:
            message = messages.read(incoming)
        except messages.UnreadableError as error:
            message = error
        except (InputError, OSError):
            message = messages.END
        waiting.put(message)
