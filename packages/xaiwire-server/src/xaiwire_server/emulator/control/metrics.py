"""Figures for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

__all__ = ["Metrics"]

_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)


class Metrics:
    """The figures of one emulator."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._calls = Counter(
            "xaiwire_emulator_calls", "Calls that ended", ("service", "method", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "xaiwire_emulator_call_seconds",
            "How long calls took",
            ("service", "method"),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._unknown = Counter(
            "xaiwire_emulator_unknown_fields",
            "Fields of requests that the contract does not have",
            ("field",),
            registry=self._registry,
        )
        self.open = Gauge("xaiwire_emulator_open_calls", "Calls under way", registry=self._registry)

    def ended(self, service: str, method: str, status: str, seconds: float) -> None:
        """A call ended."""
        self._calls.labels(service, method, status).inc()
        self._seconds.labels(service, method).observe(seconds)

    def unknown(self, field: str) -> None:
        """A field came that the contract does not have."""
        self._unknown.labels(field).inc()

    def text(self) -> bytes:
        """All figures, as Prometheus reads them."""
        return generate_latest(self._registry)
