"""What every answer carries, how large a request may be, how often one may try to sign in."""

from __future__ import annotations

from collections import OrderedDict, deque
from datetime import timedelta

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lakmus.core.clock import Clock
from lakmus.core.errors import InputError, TemporaryError

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
SMALL = 256 * 1024  # bytes of an ordinary form
UPLOADS = ("/registrar/upload", "/fhir")
WINDOW = timedelta(minutes=1)
REMEMBERED = 10_000


class TooLarge(InputError):
    """The request's body is larger than this route takes."""

    http_status = 413


class TooOften(TemporaryError):
    """Tried too often in a short time."""

    http_status = 429


class SecurityHeaders:
    """Adds the headers to every answer; pages are not kept by caches unless they say otherwise."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self.app = app
        self.headers = HEADERS | (
            {"strict-transport-security": "max-age=31536000; includeSubDomains"} if https else {}
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def adding(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}
                ours = {**self.headers, "cache-control": "no-store"}
                message["headers"] = [
                    *message["headers"],
                    *((k.encode(), v.encode()) for k, v in ours.items() if k.encode() not in given),
                ]
            await send(message)

        return await self.app(scope, receive, adding)


class BoundedBodies:
    """Stops reading a body beyond what its route takes, whatever its Content-Length says."""

    def __init__(self, app: ASGIApp, *, largest_upload: int) -> None:
        self.app, self.largest_upload = app, largest_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        bound, seen = self.largest_upload if scope["path"] in UPLOADS else SMALL, 0

        async def counting() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > bound:
                raise TooLarge(
                    f"the request is larger than {bound >> 10} KiB", hint="send it in several parts"
                )
            return message

        return await self.app(scope, counting, send)


class RateLimit:
    """At most so many tries of a key in a minute; remembers the last 10,000 keys."""

    def __init__(self, clock: Clock, tries: int) -> None:
        self._clock, self._tries = clock, tries
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    def count(self, key: str) -> None:
        """Counts a try; TooOften when there were too many."""
        now = self._clock.now().timestamp()
        tries = self._seen.setdefault(key, deque(maxlen=self._tries))
        self._seen.move_to_end(key)
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        if len(tries) == self._tries and now - tries[0] < WINDOW.total_seconds():
            raise TooOften("too many tries in a short time", hint="wait a minute")
        tries.append(now)
