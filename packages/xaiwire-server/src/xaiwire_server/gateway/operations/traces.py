"""Traces by OpenTelemetry: a span for each request, and below it those of its calls to the API.

Names and attributes are those of the conventions for HTTP servers:
https://opentelemetry.io/docs/specs/semconv/http/http-spans/. Where spans go, and which are kept, OpenTelemetry's own
variables say, such as `OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_SERVICE_NAME` and `OTEL_TRACES_SAMPLER`.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import threading
from typing import TYPE_CHECKING

from xaiwire_server.gateway.operations.access_log import logged_path

if TYPE_CHECKING:
    from contextvars import Token
    from typing import Any

    from opentelemetry.context import Context
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span

    from xaiwire.telemetry import Telemetry
    from xaiwire_server.gateway.http.exchange import Exchange
    from xaiwire_server.gateway.routing import Route

__all__ = ["Traced", "Traces", "TracesError", "no_spans", "span_exporter"]

CLOSE_SECONDS = 3.0

_METHODS = frozenset({"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"})
_PROTOCOL = "http/protobuf"
_PROTOCOL_VARIABLES = ("OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
_CARRIED = ("traceparent", "tracestate")
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]{1,253})(?::([0-9]{1,5}))?")


class TracesError(ValueError):
    """Traces cannot be made; the text says why, and what to do about it."""


class Traced:
    """A request's span, while it is the current one.

    Attributes:
        span: the span.
    """

    __slots__ = ("_token", "span")

    def __init__(self, span: Span, token: Token[Context]) -> None:
        self.span = span
        self._token = token

    @property
    def trace_id(self) -> str:
        """The trace that it is part of, in hexadecimal; empty where it is not kept."""
        context = self.span.get_span_context()
        return f"{context.trace_id:032x}" if context.is_valid else ""

    def end(self, exchange: Exchange) -> None:
        """The request is over."""
        from opentelemetry.context import detach
        from opentelemetry.trace import Status, StatusCode

        detach(self._token)
        span, failed = self.span, exchange.failed
        if exchange.status:
            span.set_attribute("http.response.status_code", exchange.status)
        if exchange.caller is not None:
            span.set_attribute("xaiwire.caller", exchange.caller.name)
        broke_off = exchange.is_streaming and failed is not None and exchange.status == 200
        if exchange.is_gone:
            span.set_attribute("error.type", "client_gone")
        elif failed is not None:
            kind = failed.code or str(failed.status)
            span.set_attribute("error.type", kind)
            # A server's span has no error where the client is to blame.
            if broke_off or failed.status >= 500:
                span.set_status(Status(StatusCode.ERROR, kind))
        span.end()


class Traces:
    """Makes the spans of requests.

    Attributes:
        telemetry: how the API's client makes its spans.
    """

    def __init__(self, kind: str) -> None:
        """Set them up.

        Args:
            kind: `otlp` or `console`.

        Raises:
            TracesError: a package is missing, or OpenTelemetry's variables ask for what there is not.
        """
        self._exporter = span_exporter(kind)
        try:
            from opentelemetry.sdk.resources import SERVICE_NAME, Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
            from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
        except ImportError:
            raise _missing(kind) from None
        from xaiwire.telemetry import Telemetry

        named = os.environ.get("OTEL_SERVICE_NAME") or SERVICE_NAME in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
        resource = Resource.create({} if named else {SERVICE_NAME: "xaiwire-gateway"})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        try:
            self._provider.add_span_processor(
                SimpleSpanProcessor(self._exporter) if kind == "console" else BatchSpanProcessor(self._exporter)
            )
        except ValueError as error:
            raise TracesError(f"OpenTelemetry's variables ask for what cannot be: {error}") from error
        self._tracer = self._provider.get_tracer("xaiwire_server.gateway")
        self._propagator = TraceContextTextMapPropagator()
        self.telemetry: Telemetry = Telemetry(self._provider, propagate=True)

    def begin(self, exchange: Exchange, route: Route | None) -> Traced:
        """Open the span of a request, and make it the current one of this task.

        Args:
            exchange: the request.
            route: what it is for.
        """
        from opentelemetry.context import Context, attach
        from opentelemetry.trace import SpanKind, set_span_in_context

        carried = {name: value.decode("latin-1") for name in _CARRIED if (value := exchange.headers.get(name.encode()))}
        parent = self._propagator.extract(carried, Context()) if carried else Context()
        method = exchange.method if exchange.method in _METHODS else "HTTP"
        span = self._tracer.start_span(
            f"{method} {route.path}" if route is not None else method,
            context=parent,
            kind=SpanKind.SERVER,
            attributes=_attributes(exchange, route),
        )
        return Traced(span, attach(set_span_in_context(span, parent)))

    async def close(self) -> None:
        """Send what was not sent yet; what cannot be sent in a few seconds is lost."""
        sending = threading.Thread(target=self._provider.shutdown, daemon=True)
        sending.start()
        if not await _ended(sending, CLOSE_SECONDS):
            # It would try again for half a minute.
            self._exporter.shutdown()
            await _ended(sending, 1.0)


async def _ended(thread: threading.Thread, seconds: float) -> bool:
    loop = asyncio.get_running_loop()
    limit = loop.time() + seconds
    while thread.is_alive() and loop.time() < limit:
        await asyncio.sleep(0.01)
    return not thread.is_alive()


def span_exporter(kind: str) -> SpanExporter:
    """What sends spans away.

    Args:
        kind: `otlp` or `console`.

    Raises:
        TracesError: a package is missing, or OpenTelemetry's variables ask for what there is not.
    """
    try:
        if kind == "console":
            from opentelemetry.sdk.trace.export import ConsoleSpanExporter

            return ConsoleSpanExporter(out=sys.stdout)
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError:
        raise _missing(kind) from None
    if {os.environ.get(name, _PROTOCOL) for name in _PROTOCOL_VARIABLES} != {_PROTOCOL}:
        raise TracesError(f"OTEL_EXPORTER_OTLP_PROTOCOL: the gateway sends traces by {_PROTOCOL} alone")
    return OTLPSpanExporter()


def no_spans() -> Telemetry:
    """What makes no spans any more, where some were made before."""
    from opentelemetry.trace import NoOpTracerProvider

    from xaiwire.telemetry import Telemetry

    return Telemetry(NoOpTracerProvider())


def _missing(kind: str) -> TracesError:
    return TracesError(f"traces = {kind} needs OpenTelemetry: pip install 'xaiwire-server[telemetry]'")


def _attributes(exchange: Exchange, route: Route | None) -> dict[str, Any]:
    scope = exchange.scope
    attributes: dict[str, Any] = {
        "http.request.method": exchange.method if exchange.method in _METHODS else "_OTHER",
        "url.path": logged_path(exchange),
        "url.scheme": scope.get("scheme", "http"),
        "network.protocol.version": scope.get("http_version", "1.1"),
        "xaiwire.request_id": exchange.request_id,
    }
    if route is not None:
        attributes["http.route"] = route.path
    if client := scope.get("client"):
        attributes["client.address"] = client[0]
    if named := _HOST.fullmatch(exchange.headers.get(b"host", b"").decode("latin-1")):
        attributes["server.address"] = named[1].strip("[]")
        if named[2]:
            attributes["server.port"] = int(named[2])
    elif server := scope.get("server"):
        attributes["server.address"], attributes["server.port"] = server[0], server[1]
    return attributes
