"""Setting telemetry up: exporters, the process's provider, and what is missing."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from xaiwire import telemetry
from xaiwire.errors import ConfigurationError
from xaiwire.telemetry import Telemetry


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telemetry._Process, "telemetry", None)
    for name in ("OTEL_EXPORTER_OTLP_PROTOCOL", "XAI_SDK_DISABLE_TRACING", "OTEL_SERVICE_NAME"):
        monkeypatch.delenv(name, raising=False)


def run(code: str, **environment: str) -> str:
    """What a process of its own prints: the provider of a process can be set once only."""
    import os

    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **environment},
    ).stdout


def test_spans_go_to_the_console() -> None:
    provider = TracerProvider(shutdown_on_exit=False)
    out = io.StringIO()
    Telemetry(provider).setup_console_exporter(out=out)
    with provider.get_tracer("x").start_as_current_span("a span"):
        pass
    assert '"name": "a span"' in out.getvalue()


def test_a_given_provider_is_the_provider() -> None:
    provider = TracerProvider(shutdown_on_exit=False)
    assert Telemetry(provider).provider is provider
    assert trace.get_tracer_provider() is not provider


CONSOLE = """
from opentelemetry import trace
from xaiwire.telemetry import Telemetry
made = Telemetry()
made.setup_console_exporter()
assert trace.get_tracer_provider() is made.provider
with trace.get_tracer("app").start_as_current_span("a span"):
    pass
"""


def test_without_a_provider_one_is_made_for_the_process() -> None:
    printed = run(CONSOLE)
    assert '"name": "a span"' in printed
    assert '"service.name": "xaiwire"' in printed


@pytest.mark.parametrize(
    "environment", [{"OTEL_SERVICE_NAME": "mine"}, {"OTEL_RESOURCE_ATTRIBUTES": "service.name=mine"}]
)
def test_the_environments_service_name_stays(environment: dict[str, str]) -> None:
    assert '"service.name": "mine"' in run(CONSOLE, **environment)


def test_the_processes_provider_is_kept() -> None:
    code = """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
own = TracerProvider()
trace.set_tracer_provider(own)
from xaiwire.telemetry import Telemetry
made = Telemetry()
made.setup_console_exporter()
print(made.provider is own)
"""
    assert run(code).strip() == "True"


class OtherProvider(trace.TracerProvider):
    def get_tracer(self, *_arguments: Any, **_options: Any) -> Any:
        return trace.NoOpTracer()


def test_exporters_need_the_sdks_provider() -> None:
    with pytest.raises(ConfigurationError, match="this is a OtherProvider"):
        Telemetry(OtherProvider()).setup_console_exporter()


class Exporter:
    """Stands for the exporter's package, which is not installed here."""

    made: list[dict[str, Any]] = []  # noqa: RUF012

    def __init__(self, **options: Any) -> None:
        self.made.append(options)

    def export(self, _spans: Any) -> Any:
        return None

    def shutdown(self) -> None:
        pass


@pytest.mark.parametrize(("protocol", "package"), [(None, "http"), ("http/protobuf", "http"), ("grpc", "grpc")])
def test_spans_go_out_by_otlp(monkeypatch: pytest.MonkeyPatch, protocol: str | None, package: str) -> None:
    import types

    module: Any = types.ModuleType("trace_exporter")
    module.OTLPSpanExporter = Exporter
    monkeypatch.setitem(sys.modules, f"opentelemetry.exporter.otlp.proto.{package}.trace_exporter", module)
    if protocol is not None:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
    Exporter.made.clear()
    provider = TracerProvider(shutdown_on_exit=False)
    Telemetry(provider).setup_otlp_exporter(endpoint="https://spans")
    assert Exporter.made == [{"endpoint": "https://spans"}]
    provider.shutdown()


@pytest.mark.parametrize(("protocol", "package"), [("http/protobuf", "http"), ("GRPC", "grpc")])
def test_a_missing_exporter_is_named(monkeypatch: pytest.MonkeyPatch, protocol: str, package: str) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
    monkeypatch.setitem(sys.modules, f"opentelemetry.exporter.otlp.proto.{package}.trace_exporter", None)
    with pytest.raises(ConfigurationError, match=f"pip install opentelemetry-exporter-otlp-proto-{package}"):
        Telemetry(TracerProvider(shutdown_on_exit=False)).setup_otlp_exporter()


def test_an_unknown_protocol_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "carrier-pigeon")
    with pytest.raises(ConfigurationError, match="carrier-pigeon"):
        Telemetry().setup_otlp_exporter()


def test_a_missing_sdk_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace.export", None)
    with pytest.raises(ConfigurationError, match="needs the package opentelemetry-sdk"):
        Telemetry().setup_console_exporter()


def test_a_missing_sdk_is_named_where_a_provider_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telemetry, "_process_provider", lambda: None)
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.resources", None)
    with pytest.raises(ConfigurationError, match="needs the package opentelemetry-sdk"):
        _ = Telemetry().provider


def test_a_missing_api_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(ConfigurationError, match="needs the package opentelemetry-api"):
        telemetry.get_tracer("x")


def test_the_official_helpers_work(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not telemetry.should_disable_sensitive_attributes()
    assert isinstance(telemetry.get_tracer("x"), trace.Tracer)
    monkeypatch.setenv("XAI_SDK_DISABLE_TRACING", "1")
    assert isinstance(telemetry.get_tracer("x"), trace.NoOpTracer)
    monkeypatch.setenv("XAI_SDK_DISABLE_SENSITIVE_TELEMETRY_ATTRIBUTES", "true")
    assert telemetry.should_disable_sensitive_attributes()


def test_nothing_is_imported_where_nobody_looks() -> None:
    code = """
import sys
from xaiwire._services import files
from xaiwire.telemetry import Telemetry, begin_span
made = Telemetry(content=True)
assert begin_span(None, files.GET, files.GET.input(), None, None) is None
assert begin_span(made, files.GET, files.GET.input(), None, None) is None
print([name for name in sys.modules if name.startswith("opentelemetry")])
"""
    assert run(code).strip() == "[]"


def test_the_span_class_can_be_named() -> None:
    from xaiwire.telemetry._span import Span

    assert telemetry.Span is Span
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = telemetry.nothing


def test_a_provider_that_is_made_is_the_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    monkeypatch.setattr(telemetry, "_process_provider", lambda: None)
    monkeypatch.setattr(trace, "set_tracer_provider", made.append)
    provider = Telemetry().provider
    assert made == [provider]
    assert isinstance(provider, TracerProvider)
    assert provider.resource.attributes["service.name"] == "xaiwire"
    provider.shutdown()


def test_where_opentelemetry_is_not_loaded_there_is_no_span(monkeypatch: pytest.MonkeyPatch) -> None:
    from xaiwire._services import files

    monkeypatch.delitem(sys.modules, "opentelemetry.trace")
    assert telemetry.begin_span(None, files.GET, files.GET.input(), None, None) is None
    assert telemetry._process_provider() is None
