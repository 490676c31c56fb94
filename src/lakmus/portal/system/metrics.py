"""Counts of requests and jobs for Prometheus. Labels are route patterns, methods and states: never what was asked for."""

from __future__ import annotations

import time
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lakmus.ops import Jobs


class Metrics:
    """The registry of one application."""

    def __init__(self, jobs: Jobs) -> None:
        self.registry = CollectorRegistry()
        labels = ("route", "method", "status")
        self.requests = Counter("lakmus_requests", "Requests answered.", labels, registry=self.registry)
        self.seconds = Histogram(
            "lakmus_request_seconds", "Time to answer.", ("route",), registry=self.registry
        )
        self.registry.register(_JobStates(jobs))

    def text(self) -> bytes:
        return generate_latest(self.registry)


class _JobStates:
    """Asks the queue when scraped."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    def describe(self) -> Iterator[GaugeMetricFamily]:
        yield GaugeMetricFamily("lakmus_jobs", "Jobs by state.", labels=["state"])

    def collect(self) -> Iterator[GaugeMetricFamily]:
        family = GaugeMetricFamily("lakmus_jobs", "Jobs by state.", labels=["state"])
        for state, count in self._jobs.counts().items():
            family.add_metric([state.value], count)
        yield family


class Measured:
    """Counts every request under the pattern of its route."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        began, status = time.perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            return await self.app(scope, receive, noting)
        finally:
            self._note(scope, status, time.perf_counter() - began)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "none")
        method = scope["method"] if scope["method"] in ("GET", "HEAD", "POST") else "other"
        self.metrics.requests.labels(route, method, str(status)).inc()
        self.metrics.seconds.labels(route).observe(seconds)
