"""Figures of requests, as Prometheus reads them.

Labels are bounded: names of routes, statuses, names of gateway keys, codes of gRPC. What counts for a label is looked
up once and kept, so that a request costs a few additions.

Where `PROMETHEUS_MULTIPROC_DIR` is set, each worker keeps its figures in a file there, and whichever is asked sums up
those of all. The variable has to be set before the process starts.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

    from xaiwire_server.gateway.http.exchange import Exchange

__all__ = ["Metrics"]

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)
"""Upper bounds in seconds: an answer of a reasoning model may take minutes."""

TASK_SECONDS = 5.0
"""How often a worker notes the number of its tasks, for whichever is asked cannot look into the others."""


class Metrics:
    """Counts what happens to requests."""

    def __init__(self) -> None:
        """Begin at zero; in a worker, at what its file says."""
        # How its values are kept is decided where this is imported.
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self._shared = bool(os.environ.get("PROMETHEUS_MULTIPROC_DIR"))
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "xaiwire_gateway_requests_total", "Requests that are over.", ("route", "status"), registry=registry
        )
        self._seconds = Histogram(
            "xaiwire_gateway_request_seconds",
            "How long requests took, to the last byte.",
            ("route",),
            registry=registry,
            buckets=BUCKETS,
        )
        self._first_event = Histogram(
            "xaiwire_gateway_first_event_seconds",
            "How long the first event of a stream took.",
            ("route",),
            registry=registry,
            buckets=BUCKETS,
        )
        self._tokens = Counter(
            "xaiwire_gateway_tokens_total", "Tokens that were used.", ("kind", "caller"), registry=registry
        )
        self._gone = Counter(
            "xaiwire_gateway_client_gone_total",
            "Requests whose client left before the end.",
            ("route",),
            registry=registry,
        )
        self._broken = Counter(
            "xaiwire_gateway_broken_streams_total",
            "Streams that ended with an error event.",
            ("route",),
            registry=registry,
        )
        self._upstream_errors = Counter(
            "xaiwire_gateway_upstream_errors_total",
            "Requests that failed because of what the API answered, or did not answer.",
            ("code",),
            registry=registry,
        )
        self._open = Gauge(
            "xaiwire_gateway_open_requests",
            "Requests that are under way, this one among them.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._tasks = Gauge(
            "xaiwire_gateway_tasks",
            "Tasks of the event loops.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._tasks_noted = 0.0
        self._routes: dict[str, _RouteFigures] = {}
        self._callers: dict[str, tuple[Counter, Counter]] = {}
        if not self._shared:
            _add_process_figures(registry, self._tasks)

    def begin(self) -> None:
        """A request came."""
        self._open.inc()

    def end(self, exchange: Exchange, route: str) -> None:
        """A request is over.

        Args:
            exchange: the request.
            route: the name of its route.
        """
        self._open.dec()
        figures = self._routes.get(route) or self._add_route(route)
        figures.count(exchange.status)
        seconds = exchange.seconds
        figures.seconds.observe(seconds)
        if exchange.first_event:
            figures.first_event.observe(exchange.first_event)
        if exchange.is_gone:
            figures.gone.inc()
        if exchange.failed is not None:
            self._count_failure(exchange, figures)
        if exchange.caller is not None and (exchange.usage.prompt or exchange.usage.completion):
            prompt, completion = self._of_caller(exchange.caller.name)
            prompt.inc(exchange.usage.prompt)
            completion.inc(exchange.usage.completion)
        if self._shared:
            self._note_tasks()

    def show(self, accept: str) -> tuple[bytes, str]:
        """The figures as text.

        Args:
            accept: the request's header of that name.

        Returns:
            The text and its media type.
        """
        from prometheus_client import CollectorRegistry
        from prometheus_client.exposition import choose_encoder
        from prometheus_client.multiprocess import MultiProcessCollector

        try:
            encode, content_type = choose_encoder(accept)
        except (TypeError, ValueError):
            # It takes a version for numbers, whatever it says.
            encode, content_type = choose_encoder("")
        if not self._shared:
            return encode(self._registry), content_type
        self._tasks.set(len(asyncio.all_tasks()))
        summed = CollectorRegistry()
        MultiProcessCollector(summed)  # type: ignore[no-untyped-call]
        return encode(summed), content_type

    def _add_route(self, route: str) -> _RouteFigures:
        figures = self._routes[route] = _RouteFigures(
            name=route,
            requests=self._requests,
            seconds=self._seconds.labels(route),
            first_event=self._first_event.labels(route),
            gone=self._gone.labels(route),
            broken=self._broken.labels(route),
        )
        return figures

    def _of_caller(self, name: str) -> tuple[Counter, Counter]:
        found = self._callers.get(name)
        if found is None:
            found = self._callers[name] = (self._tokens.labels("prompt", name), self._tokens.labels("completion", name))
        return found

    def _count_failure(self, exchange: Exchange, figures: _RouteFigures) -> None:
        failed = exchange.failed
        assert failed is not None  # noqa: S101 - the caller has looked
        if exchange.is_streaming and exchange.status == 200:
            figures.broken.inc()
        if failed.grpc is not None:
            self._upstream_errors.labels(failed.grpc.name.lower()).inc()
        elif failed.code == "upstream_silent":
            self._upstream_errors.labels(failed.code).inc()

    def _note_tasks(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._tasks_noted >= TASK_SECONDS:
            self._tasks_noted = now
            self._tasks.set(len(asyncio.all_tasks()))


@dataclass(slots=True, kw_only=True)
class _RouteFigures:
    """What is counted for a route."""

    name: str
    requests: Counter
    seconds: Histogram
    first_event: Histogram
    gone: Counter
    broken: Counter
    _statuses: dict[int, Counter] = field(default_factory=dict)

    def count(self, status: int) -> None:
        """Count a request that ended with a status; 0 where there was no answer."""
        counter = self._statuses.get(status)
        if counter is None:
            counter = self._statuses[status] = self.requests.labels(self.name, str(status) if status else "none")
        counter.inc()


def _add_process_figures(registry: CollectorRegistry, tasks: Gauge) -> None:
    """Figures that are looked up when they are asked for, of this process alone."""
    from prometheus_client import ProcessCollector

    ProcessCollector(registry=registry)
    tasks.set_function(lambda: len(asyncio.all_tasks()))
