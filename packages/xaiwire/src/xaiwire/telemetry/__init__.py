"""OpenTelemetry: a span for each call, with what the conventions for generative AI say of it.

An application that has set up OpenTelemetry gets the spans without doing anything; where it has not, this costs a
look into a dictionary, and `opentelemetry` is not even imported. Only its API is needed (`pip install
"xaiwire[telemetry]"`); what exports spans is the application's. An error in here never breaks a call: it is logged
once, as a debug line of the logger `xaiwire`.

Names and attributes:

- Spans are named `chat grok-4`, `embeddings …`, `text_completion …` and `generate_content …` (images); those of other
  RPCs `xai_api.Files/ListFiles`. A span lasts until the last response.
- `gen_ai.*`: https://github.com/open-telemetry/semantic-conventions-genai. The provider's name is `x_ai`.
- `rpc.*`: `rpc.system`, `rpc.service`, `rpc.method`, `rpc.grpc.status_code`. With
  `OTEL_SEMCONV_STABILITY_OPT_IN=rpc` their successors `rpc.system.name`, `rpc.method` in full and
  `rpc.response.status_code`; with `rpc/dup` both.
- `server.address`, `server.port`, `error.type`; each retry is an event `retry`.

What messages say is left out unless asked for: `Telemetry(content=True)`, or
`OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true`. Keys, metadata and the texts of errors are never in a span.

The official client's switches work: `XAI_SDK_DISABLE_TRACING=1` for no spans at all, and
`XAI_SDK_DISABLE_SENSITIVE_TELEMETRY_ATTRIBUTES=1` for no content, whatever else asks for it.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from xaiwire.errors import ConfigurationError

if TYPE_CHECKING:
    from typing import Any

    from opentelemetry.sdk.trace import TracerProvider as SdkTracerProvider
    from opentelemetry.trace import Tracer, TracerProvider

    from xaiwire._services.calls import Method
    from xaiwire._transport.model import Endpoint
    from xaiwire.telemetry._span import Span

__all__ = ["Span", "Telemetry", "begin_span", "get_tracer", "should_disable_sensitive_attributes"]


class Telemetry:
    """How spans are made.

    The last one made holds for all clients of the process that were not given one of their own
    (`Client(telemetry=…)`). None has to be made where the application has set up OpenTelemetry.

    Example:
        telemetry = Telemetry()
        telemetry.setup_console_exporter()

    Args:
        provider: what makes spans; None for that of the process. If the process has none when an exporter is set up,
            one is made for it, as the official client does.
        content: whether spans hold what messages say; None for what the environment says.
        propagate: whether calls carry the span's context (`traceparent`) to the server.
    """

    __slots__ = ("_content", "_provider", "propagate")

    def __init__(
        self, provider: TracerProvider | None = None, *, content: bool | None = None, propagate: bool = False
    ) -> None:
        self._provider = provider
        self._content = content
        self.propagate = propagate
        _Process.telemetry = self

    @property
    def provider(self) -> TracerProvider:
        """What makes spans: the given provider, else that of the process, which is made if there is none.

        Raises:
            ConfigurationError: one has to be made, and the package opentelemetry-sdk is not installed.
        """
        provider = self._provider or _process_provider()
        return provider if provider is not None else _new_provider()

    @property
    def content(self) -> bool:
        """Whether spans hold what messages say."""
        return _with_content(self._content)

    def setup_otlp_exporter(self, **kwargs: Any) -> None:  # noqa: ANN401 - what the exporter takes
        """Send spans to where OpenTelemetry's environment variables or the arguments say, in batches.

        Args:
            **kwargs: for OTLPSpanExporter, such as `endpoint` and `headers`.

        Raises:
            ConfigurationError: a package is missing, the provider is not the SDK's, or `OTEL_EXPORTER_OTLP_PROTOCOL`
                says neither `http/protobuf` nor `grpc`.
        """
        protocol = os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf").lower()
        if protocol not in ("http/protobuf", "grpc"):
            raise ConfigurationError(
                f"OTEL_EXPORTER_OTLP_PROTOCOL is {protocol[:40]!r}; it can be 'http/protobuf' or 'grpc'"
            )
        package = f"opentelemetry-exporter-otlp-proto-{protocol.partition('/')[0]}"
        try:
            exporters = import_module(f"opentelemetry.exporter.otlp.proto.{protocol.partition('/')[0]}.trace_exporter")
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
        except ImportError:
            raise _missing(package) from None
        self._sdk_provider().add_span_processor(BatchSpanProcessor(exporters.OTLPSpanExporter(**kwargs)))

    def setup_console_exporter(self, **kwargs: Any) -> None:  # noqa: ANN401 - what the exporter takes
        """Print spans as they end, for development.

        Args:
            **kwargs: for ConsoleSpanExporter, such as `out`.

        Raises:
            ConfigurationError: the package opentelemetry-sdk is missing, or the provider is not the SDK's.
        """
        try:
            from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor
        except ImportError:
            raise _missing("opentelemetry-sdk") from None
        self._sdk_provider().add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(**kwargs)))

    def _sdk_provider(self) -> SdkTracerProvider:
        from opentelemetry.sdk.trace import TracerProvider as SdkTracerProvider

        provider = self.provider
        if not isinstance(provider, SdkTracerProvider):
            raise ConfigurationError(
                f"exporters can be added to the provider of opentelemetry-sdk alone, and this is a "
                f"{type(provider).__name__}"
            )
        return provider


class _Process:
    """What holds where a client was given no Telemetry: OpenTelemetry's provider is the process's as well."""

    telemetry: Telemetry | None = None


def begin_span(
    telemetry: Telemetry | None,
    method: Method[Any, Any],
    request: object,
    endpoint: Endpoint | None,
    conversation: str | None,
) -> Span | None:
    """Open the span of a call.

    Args:
        telemetry: the client's own; None for the process's.
        method: the RPC.
        request: the request; None where requests are a stream.
        endpoint: where the server is, if that is known.
        conversation: groups the spans of several calls.

    Returns:
        The span; None where nobody would see it.
    """
    # Who has set OpenTelemetry up has imported this.
    if "opentelemetry.trace" not in sys.modules:
        return None
    try:
        telemetry = telemetry or _Process.telemetry
        provider = (telemetry._provider if telemetry is not None else None) or _process_provider()
        if provider is None or _is_on("XAI_SDK_DISABLE_TRACING"):
            return None
        from xaiwire.telemetry._span import open_span

        return open_span(
            provider,
            method,
            request,
            endpoint,
            conversation,
            content=_with_content(telemetry._content if telemetry is not None else None),
            propagate=telemetry is not None and telemetry.propagate,
        )
    except Exception as error:  # noqa: BLE001 - telemetry never breaks a call
        from xaiwire.telemetry._span import note_defect

        note_defect(error)
        return None


def get_tracer(name: str) -> Tracer:
    """The tracer of a name; one that does nothing where `XAI_SDK_DISABLE_TRACING` is set.

    Raises:
        ConfigurationError: the package opentelemetry-api is missing.
    """
    try:
        from opentelemetry import trace
    except ImportError:
        raise _missing("opentelemetry-api") from None
    return trace.NoOpTracer() if _is_on("XAI_SDK_DISABLE_TRACING") else trace.get_tracer(name)


def should_disable_sensitive_attributes() -> bool:
    """Whether `XAI_SDK_DISABLE_SENSITIVE_TELEMETRY_ATTRIBUTES` forbids content in spans."""
    return _is_on("XAI_SDK_DISABLE_SENSITIVE_TELEMETRY_ATTRIBUTES")


def _is_on(variable: str) -> bool:
    return os.environ.get(variable, "").strip().lower() in ("1", "true")


def _with_content(asked: bool | None) -> bool:
    if should_disable_sensitive_attributes():
        return False
    return _is_on("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT") if asked is None else asked


def _process_provider() -> TracerProvider | None:
    """The process's provider; None where nobody has set one."""
    if "opentelemetry.trace" not in sys.modules:
        return None
    from opentelemetry import trace

    provider = trace.get_tracer_provider()
    return None if isinstance(provider, trace.ProxyTracerProvider | trace.NoOpTracerProvider) else provider


def _new_provider() -> TracerProvider:
    try:
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider as SdkTracerProvider
    except ImportError:
        raise _missing("opentelemetry-sdk") from None
    from opentelemetry import trace

    named = os.environ.get("OTEL_SERVICE_NAME") or SERVICE_NAME in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    own = {} if named else {SERVICE_NAME: "xaiwire"}
    provider = SdkTracerProvider(resource=Resource.create(own))
    trace.set_tracer_provider(provider)
    return provider


def _missing(package: str) -> ConfigurationError:
    return ConfigurationError(f"this needs the package {package}: pip install {package}")


def __getattr__(name: str) -> object:
    if name == "Span":
        from xaiwire.telemetry._span import Span

        return Span
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
