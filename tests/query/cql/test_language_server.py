"""The language server, driven as an editor drives it: a process at the other end of two pipes."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from lakmus.query.language_server import serve
from tests.query.cql.lsp_client import COMMAND, Client, frame

COMMON = """\
library Common version '1'
using FHIR version '4.0.1'
valueset "Office": 'urn:office'
context Patient
// How old a child may be.
define "Oldest Child": 17
define fluent function "is old"(age Integer): age > 80
define function "is old"(age Decimal): 'perhaps'
"""
MAIN = """\
library Main
using FHIR version '4.0.1'
include Common called C
parameter "Period" Interval<DateTime>
context Patient
define "Visits": [Encounter: C."Office"]
define "Limit": C."Oldest Child" + 1
define "Very old": "Limit".\"is old\"()
define "During": "Visits" V where start of "Period" is null return V.status
"""


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    found = Client()
    found.start()
    yield found
    assert found.stop() == 0


@pytest.fixture
def uri(client: Client, tmp_path: Path) -> Iterator[str]:
    """Main, opened; Common lies beside it."""
    (tmp_path / "Common.cql").write_text(COMMON)
    found = client.open(tmp_path / "Main.cql", MAIN)
    yield found
    client.close(found)


def range_(line: int, start: int, end: int) -> dict[str, dict[str, int]]:
    return {"start": {"line": line, "character": start}, "end": {"line": line, "character": end}}


# Diagnostics


def test_a_right_library_has_no_diagnostics(client: Client, uri: str) -> None:
    assert client.diagnostics(uri) == []


def test_every_error_is_told_with_its_range_and_hint(client: Client, uri: str) -> None:
    client.change(uri, MAIN + 'define A: "Visit"\ndefine B: 1 + true\n')
    first, second = client.diagnostics(uri)
    assert first["range"] == range_(9, 10, 17)
    assert first["severity"] == 1
    assert "did you mean `Visits`?" in first["message"]
    assert second["range"]["start"]["line"] == 10
    client.change(uri, MAIN)
    assert client.diagnostics(uri) == []


def test_columns_are_counted_in_utf_16_units(client: Client, uri: str) -> None:
    client.change(uri, "define A: '🙂' + \"Nothing\"")
    assert client.diagnostics(uri)[0]["range"] == range_(0, 17, 26)


def test_errors_of_form(client: Client, uri: str) -> None:
    client.change(uri, "define A: (1 + 2\ndefine B: \n")
    found = client.diagnostics(uri)
    assert [each["range"]["start"]["line"] for each in found] == [1, 2]


def test_an_error_in_an_included_library_is_told_at_the_include(client: Client, uri: str) -> None:
    Path(uri.removeprefix("file://")).with_name("Common.cql").write_text("library Common\ndefine A: Nothing")
    client.change(uri, MAIN)
    (found,) = client.diagnostics(uri)
    assert found["range"] == range_(2, 0, 7)
    assert found["message"].startswith("in `Common`, line 2: ")


def test_an_included_library_is_the_one_in_the_editor(client: Client, uri: str) -> None:
    assert client.diagnostics(uri) == []
    other = client.open(Path(uri.removeprefix("file://")).with_name("Common.cql"), "library Common")
    assert "Office" in client.diagnostics(uri)[0]["message"]
    client.close(other)
    assert client.diagnostics(other) == []
    assert client.diagnostics(uri) == []


def test_closing_takes_the_diagnostics_away(client: Client, tmp_path: Path) -> None:
    uri = client.open(tmp_path / "A.cql", "define A: ")
    assert client.diagnostics(uri)
    client.close(uri)
    assert client.diagnostics(uri) == []


# Hover

HOVERS = [
    (6, 8, 'define Limit: Integer'),
    (6, 22, '// How old a child may be.\ndefine "Oldest Child": Integer'),
    (5, 33, "valueset Office: 'urn:office'"),
    (8, 45, "parameter Period Interval<DateTime>"),
    (8, 20, "define Visits: List<FHIR.Encounter>"),
    (7, 30, 'define fluent function "is old"(age Integer): Boolean'),
    (2, 24, "library Common version '1'"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "character", "text"), HOVERS)
def test_hover(client: Client, uri: str, line: int, character: int, text: str) -> None:
    found = client.at("textDocument/hover", uri, line, character)
    assert found["contents"] == {"kind": "markdown", "value": f"```cql\n{text}\n```"}


@pytest.mark.parametrize(("line", "character"), [(5, 18), (8, 70), (999, 0), (0, 10_000)])
def test_nothing_is_said_about_other_words(client: Client, uri: str, line: int, character: int) -> None:
    assert client.at("textDocument/hover", uri, line, character) is None


def test_types_are_those_of_the_last_right_text(client: Client, uri: str) -> None:
    client.diagnostics(uri)
    client.change(uri, MAIN + "define Broken: (")
    found = client.at("textDocument/hover", uri, 6, 8)
    assert "define Limit: Integer" in found["contents"]["value"]


def test_a_comment_cannot_leave_its_box(client: Client, uri: str) -> None:
    client.change(uri, "// ```\n// [click](command:evil)\ndefine A: 1\ndefine B: A")
    value = client.at("textDocument/hover", uri, 3, 10)["contents"]["value"]
    assert value == "```cql\n// '''\n// [click](command:evil)\ndefine A: Integer\n```"


# Definitions, symbols, formatting

DEFINITIONS = [
    (6, 22, [("Common.cql", range_(5, 7, 21))]),
    (5, 33, [("Common.cql", range_(2, 9, 17))]),
    (7, 30, [("Common.cql", range_(6, 23, 31))]),
    (8, 20, [("Main.cql", range_(5, 7, 15))]),
    (8, 45, [("Main.cql", range_(3, 10, 18))]),
    (5, 29, [("Common.cql", range_(0, 0, 0))]),
    (5, 18, []),
]


@pytest.mark.parametrize(("line", "character", "wanted"), DEFINITIONS)
def test_definition(client: Client, uri: str, line: int, character: int, wanted: list[Any]) -> None:
    found = client.at("textDocument/definition", uri, line, character)
    assert [(each["uri"].rpartition("/")[2], each["range"]) for each in found] == wanted


def test_symbols(client: Client, uri: str) -> None:
    found = client.ask("textDocument/documentSymbol", {"textDocument": {"uri": uri}})["result"]
    assert [each["name"] for each in found] == ["Period", "Visits", "Limit", "Very old", "During"]
    assert found[1]["selectionRange"] == range_(5, 7, 15)


def test_formatting(client: Client, uri: str) -> None:
    asked = {"textDocument": {"uri": uri}, "options": {"tabSize": 2, "insertSpaces": True}}
    client.change(uri, "define A:1+1 // two\n")
    (edit,) = client.ask("textDocument/formatting", asked)["result"]
    assert edit == {
        "range": {"start": {"line": 0, "character": 0}, "end": {"line": 1, "character": 0}},
        "newText": "define A:\n  1 + 1 // two\n",
    }
    client.change(uri, edit["newText"])
    assert client.ask("textDocument/formatting", asked)["result"] == []
    client.change(uri, "define A: (")
    assert client.ask("textDocument/formatting", asked)["result"] is None


# What may be read


@pytest.mark.parametrize("name", ['"../Secret"', '"a/Secret"', "Link", '".Secret"'])
def test_nothing_is_read_outside_the_folder(client: Client, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "work"
    (folder / "a").mkdir(parents=True)
    for place in (tmp_path, folder / "a"):
        (place / "Secret.cql").write_text("library Secret\ndefine A: 1")
    (folder / ".Secret.cql").write_text("library Secret")
    (folder / "Link.cql").symlink_to(tmp_path / "Secret.cql")
    uri = client.open(folder / "Main.cql", f"include {name} called S\ndefine A: S.A")
    assert "there is no library" in client.diagnostics(uri)[0]["message"]
    assert client.at("textDocument/definition", uri, 1, 12) == []
    client.close(uri)


def test_a_model_lies_beside_the_library(client: Client, shared: Path, tmp_path: Path) -> None:
    text = "using USCore version '6.1.0'\ncontext Patient\ndefine P: [PatientProfile]"
    uri = client.open(tmp_path / "A.cql", text)
    assert "put `uscore-modelinfo-6.1.0.xml` beside the library" in client.diagnostics(uri)[0]["message"]
    information = "uscore-modelinfo-6.1.0.xml"
    shutil.copy(shared / "conformance" / "modelinfo" / information, tmp_path / information)
    client.change(uri, text)
    assert client.diagnostics(uri) == []
    client.close(uri)


# Hostile clients


def test_requests_that_cannot_be_answered(client: Client, uri: str) -> None:
    codes = [
        client.ask(method, params)["error"]["code"]
        for method, params in (
            ("no/such", {}),
            ("textDocument/hover", None),
            ("textDocument/hover", {"textDocument": {"uri": "file:///etc/passwd"}, "position": {}}),
            ("textDocument/hover", {"textDocument": {"uri": uri}, "position": {"line": "1", "character": 0}}),
            ("textDocument/hover", {"textDocument": {"uri": uri}, "position": {"line": -1, "character": 0}}),
        )
    ]
    assert codes == [-32601, -32602, -32602, -32602, -32602]


@pytest.mark.parametrize("content", [b"{", b"[" * 100_000, b'"\xff"'])
def test_what_is_no_json_is_refused_and_the_next_is_read(client: Client, content: bytes) -> None:
    client.send(frame(content))
    assert client.answer(None)["error"]["code"] == -32700
    assert client.ask("no/such", {})["error"]["code"] == -32601


@pytest.mark.parametrize("content", [b"1", b"[]", b'{"id": {}}', b'{"method": 1, "id": 1.5}'])
def test_what_is_no_message_is_refused(client: Client, content: bytes) -> None:
    client.send(frame(content))
    assert client.answer(None)["error"]["code"] == -32600


def test_notices_without_sense_are_passed_over(client: Client) -> None:
    for params in (None, [], {"textDocument": 1}, {"textDocument": {"uri": 1, "text": "x"}}):
        for method in ("textDocument/didOpen", "textDocument/didChange", "textDocument/didClose", "$/x"):
            client.tell(method, params)
    assert client.ask("no/such", {})["error"]["code"] == -32601


@pytest.mark.parametrize(
    "text",
    ["/*" * 100_000, "(" * 30_000, '"' * 100_001, "define A: " + "1+" * 10_000 + "1", "\\" * 1000, "\ud800"],
    ids=["comments", "parentheses", "quotes", "a chain", "escapes", "half a character"],
)
def test_hostile_texts_are_diagnosed(client: Client, tmp_path: Path, text: str) -> None:
    uri = client.open(tmp_path / "A.cql", text)
    assert client.diagnostics(uri)
    assert client.ask("textDocument/formatting", {"textDocument": {"uri": uri}})["result"] is None
    assert client.at("textDocument/hover", uri, 0, 5) is None
    client.close(uri)


@pytest.mark.parametrize(
    "uri", ["untitled:1", "http://[", "file://elsewhere/A.cql", "file:A.cql", "file:///%00"]
)
def test_documents_that_are_no_files_include_nothing(client: Client, uri: str) -> None:
    client.tell("textDocument/didOpen", {"textDocument": {"uri": uri, "text": "include Common"}})
    assert "there is no library" in client.diagnostics(uri)[0]["message"]
    client.close(uri)


# The life of a server


def test_what_it_can_do() -> None:
    client = Client()
    assert client.ask("textDocument/hover", {})["error"]["code"] == -32002
    assert client.start()["capabilities"]["hoverProvider"] is True
    assert client.stop() == 0


@pytest.mark.parametrize(
    "last", [b"", b"Content-Length: 99999999\r\n\r\n", b"no header\r\n" * 30, b"x" * 30_000, b"\r\n"]
)
def test_it_ends_with_its_input_and_on_frames_that_are_none(last: bytes) -> None:
    back = BytesIO()
    assert serve(BytesIO(frame(b'{"id": 1, "method": "no/such"}') + last), back) == 1
    assert back.getvalue().count(b"Content-Length") == 1


# An editor

NVIM = """\
local start = vim.lsp.start_client({ name = "lakmus", cmd = vim.fn.json_decode([==[COMMAND]==]), root_dir = "FOLDER" })
vim.lsp.buf_attach_client(0, start)
vim.wait(20000, function() return #vim.diagnostic.get(0) > 0 end, 50)
local function ask(method, params)
  params.textDocument = vim.lsp.util.make_text_document_params(0)
  return vim.lsp.buf_request_sync(0, method, params, 20000)[start].result
end
local found = {
  errors = vim.tbl_map(function(each) return each.lnum .. ": " .. each.message end, vim.diagnostic.get(0)),
  hover = ask("textDocument/hover", { position = { line = 2, character = 12 } }),
  places = ask("textDocument/definition", { position = { line = 2, character = 12 } }),
}
vim.lsp.util.apply_text_edits(ask("textDocument/formatting", {}), 0, "utf-16")
found.text = vim.api.nvim_buf_get_lines(0, 0, -1, false)
vim.fn.writefile({ vim.fn.json_encode(found) }, "FOLDER/found.json")
"""


def test_neovim(tmp_path: Path) -> None:
    nvim = shutil.which("nvim")
    if nvim is None:
        pytest.skip("nvim is not installed")
    (tmp_path / "A.cql").write_text("include B\ndefine A:1\ndefine C: B.X + A\ndefine D: Nothing\n")
    (tmp_path / "B.cql").write_text("library B\ndefine X: 2")
    script = NVIM.replace("COMMAND", json.dumps(COMMAND)).replace("FOLDER", str(tmp_path))
    (tmp_path / "run.lua").write_text(script)
    arguments = [
        "--clean",
        "--headless",
        str(tmp_path / "A.cql"),
        "-c",
        f"luafile {tmp_path / 'run.lua'}",
        "-c",
        "qa!",
    ]
    subprocess.run([nvim, *arguments], check=True, timeout=90, capture_output=True)
    found = json.loads((tmp_path / "found.json").read_text())
    assert found["errors"] == ["3: there is nothing called `Nothing` here"]
    assert "define X: Integer" in found["hover"]["contents"]["value"]
    assert found["places"][0]["uri"].endswith("/B.cql")
    assert found["text"][:4] == ["include B", "", "define A:", "  1"]
