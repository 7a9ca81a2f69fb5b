"""Notes what happens to requests: figures, the access log, traces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xaiwire_server.gateway.operations.access_log import AccessLog
from xaiwire_server.gateway.operations.metrics import Metrics

if TYPE_CHECKING:
    from xaiwire.telemetry import Telemetry
    from xaiwire_server.gateway.http.exchange import Exchange
    from xaiwire_server.gateway.operations.traces import Traced, Traces
    from xaiwire_server.gateway.routing import Route
    from xaiwire_server.gateway.settings import Settings

__all__ = ["NO_ROUTE", "Noted", "Observer"]

NO_ROUTE = "none"
"""What figures call the route of a request for which there is none."""


class Noted:
    """What was begun for a request, and is to be ended with it."""

    __slots__ = ("counted", "traced")

    def __init__(self, *, counted: bool, traced: Traced | None) -> None:
        self.counted = counted
        self.traced = traced


_COUNTED = Noted(counted=True, traced=None)
_NOTHING = Noted(counted=False, traced=None)


class Observer:
    """Told of each request's begin and end.

    Attributes:
        metrics: the figures; they go on where settings change.
        telemetry: how the API's client is to make its spans; None where it is to do as it does by itself.
    """

    def __init__(self, settings: Settings) -> None:
        """Begin.

        Args:
            settings: the gateway's.

        Raises:
            TracesError: traces are wished for, and cannot be made.
        """
        self.metrics = Metrics()
        self._counts = settings.metrics
        self._traces_kind = "off"
        self._traces: Traces | None = None
        self.telemetry: Telemetry | None = None
        self._retired: list[Traces] = []
        self.use(settings)

    def use(self, settings: Settings) -> None:
        """Go on with other settings; requests that are under way end as they were begun.

        Args:
            settings: the gateway's.

        Raises:
            TracesError: as above; nothing has changed.
        """
        if settings.traces != self._traces_kind:
            self._change_traces(settings.traces)
        self._counts = settings.metrics
        self._log = AccessLog(settings.access_log) if settings.access_log != "none" else None

    def _change_traces(self, kind: str) -> None:
        if kind == "off":
            from xaiwire_server.gateway.operations.traces import no_spans

            begun, self.telemetry = None, no_spans()
        else:
            from xaiwire_server.gateway.operations.traces import Traces

            begun = Traces(kind)
            self.telemetry = begun.telemetry
        if self._traces is not None:
            self._retired.append(self._traces)
        self._traces, self._traces_kind = begun, kind

    def begin(self, exchange: Exchange, route: Route | None) -> Noted:
        """A request came.

        Args:
            exchange: the request.
            route: what it is for; None where there is no such route.

        Returns:
            What `end` is to be given.
        """
        if self._counts:
            self.metrics.begin()
        # Probes and scrapes come every few seconds and call nothing: a trace of one says nothing.
        if self._traces is not None and (route is None or route.needs_key):
            return Noted(counted=self._counts, traced=self._traces.begin(exchange, route))
        return _COUNTED if self._counts else _NOTHING

    def end(self, exchange: Exchange, route: Route | None, noted: Noted) -> None:
        """The request is over, by an answer, an error, or the client's leaving: see the exchange.

        Args:
            exchange: the request.
            route: as at its begin.
            noted: what `begin` gave.
        """
        name = route.name if route is not None else ""
        if noted.counted:
            self.metrics.end(exchange, name or NO_ROUTE)
        traced = noted.traced
        if traced is not None:
            traced.end(exchange)
        if self._log is not None:
            self._log.write(exchange, name, traced.trace_id if traced is not None else "")

    async def close(self) -> None:
        """Send the spans that were not sent yet."""
        if self._traces is not None:
            self._retired.append(self._traces)
            self._traces, self._traces_kind = None, "off"
        while self._retired:
            await self._retired.pop().close()
