"""The frames of the protocol: a header that says how long the JSON behind it is (LSP 3.17, "Base Protocol")."""

from __future__ import annotations

import json
import re
from typing import Any, BinaryIO

from lakmus.core.errors import InputError

# A library of the greatest length that is parsed, every character of it escaped.
LONGEST = 32_000_000
_LONGEST_LINE = 1000
_MOST_LINES = 20
_LENGTH = re.compile(rb"content-length: *([0-9]{1,9})\s*", re.IGNORECASE)


# What is read where nothing more comes; JSON has no such value.
END = object()


class UnreadableError(InputError):
    """The content of a frame is no JSON; the next frame may be read."""


def read(stream: BinaryIO) -> Any:
    """The next message, or END. InputError where no further message can be found."""
    length = _header(stream)
    if length is None:
        return END
    if length > LONGEST:
        raise InputError(f"a message of {length:,} bytes", hint=f"at most {LONGEST:,} are read")
    content = stream.read(length)
    if len(content) < length:
        return END
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise UnreadableError("a message that is no JSON") from None


def _header(stream: BinaryIO) -> int | None:
    length = None
    for _ in range(_MOST_LINES):
        line = stream.readline(_LONGEST_LINE)
        if not line:
            return None
        if not line.strip():
            break
        found = _LENGTH.fullmatch(line)
        length = int(found[1]) if found else length
    if length is None:
        raise InputError("a message without its length")
    return length


def write(stream: BinaryIO, message: dict[str, Any]) -> None:
    content = json.dumps({"jsonrpc": "2.0", **message}).encode()
    stream.write(b"Content-Length: %d\r\n\r\n%b" % (len(content), content))
    stream.flush()
