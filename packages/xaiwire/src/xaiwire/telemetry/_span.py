"""The span of a call. Imported only where somebody sees it."""

from __future__ import annotations

import os
import time
from functools import lru_cache
from typing import TYPE_CHECKING

from opentelemetry.trace import SpanKind, set_span_in_context
from opentelemetry.trace.status import Status
from opentelemetry.trace.status import StatusCode as SpanStatus

from xaiwire._logging import DEBUG, logger_for
from xaiwire._services.calls import StreamingKind
from xaiwire._version import version
from xaiwire.errors import RpcError, StatusCode
from xaiwire.telemetry._answer import Answer
from xaiwire.telemetry._request import operation_of, request_attributes, rpc_attributes

if TYPE_CHECKING:
    from typing import Any

    from opentelemetry.trace import Span as OtelSpan
    from opentelemetry.trace import Tracer, TracerProvider

    from xaiwire._services.calls import Method
    from xaiwire._transport.model import Endpoint, Pairs

__all__ = ["Span", "note_defect", "open_span"]

_STREAMS = frozenset((StreamingKind.SERVER_STREAM, StreamingKind.BIDI_STREAM))


class Span:
    """The span of one call. None of its methods raises.

    Attributes:
        metadata: what carries the span's context to the server; empty unless asked for.
    """

    __slots__ = ("_answer", "_chunks", "_first", "_new", "_old", "_span", "_started", "metadata")

    def __init__(self, span: OtelSpan, answer: Answer | None, metadata: Pairs, *, chunks: bool) -> None:
        self.metadata = metadata
        self._span = span
        self._answer = answer
        self._chunks = chunks
        self._first: float | None = None
        self._started = time.perf_counter()
        self._old, self._new = _conventions()

    def received(self, message: Any) -> None:  # noqa: ANN401 - any message of the contract
        """A response came."""
        if self._chunks and self._first is None:
            self._first = time.perf_counter() - self._started
        if self._answer is not None:
            try:
                self._answer.add(message)
            except Exception as error:  # noqa: BLE001 - telemetry never breaks a call
                self._answer = None
                note_defect(error)

    def retried(self, attempt: int, code: StatusCode, delay: float) -> None:
        """An attempt failed, and another one follows.

        Args:
            attempt: the number of the one that failed.
            code: how it failed.
            delay: seconds until the next.
        """
        try:
            self._span.add_event("retry", {"attempt": attempt, "code": code.name, "delay_seconds": delay})
        except Exception as error:  # noqa: BLE001 - telemetry never breaks a call
            note_defect(error)

    def end(self, attempts: int, code: StatusCode, error: BaseException | None = None) -> None:
        """The call is over.

        Args:
            attempts: how many were made.
            code: how the last one ended.
            error: what is raised; a GeneratorExit, where a stream is closed early, is no error.
        """
        try:
            self._end(attempts, code, error)
        except Exception as defect:  # noqa: BLE001 - telemetry never breaks a call
            note_defect(defect)

    def _end(self, attempts: int, code: StatusCode, error: BaseException | None) -> None:
        span = self._span
        try:
            if self._old:
                span.set_attribute("rpc.grpc.status_code", int(code))
            if self._new:
                span.set_attribute("rpc.response.status_code", code.name)
            if attempts > 1:
                span.set_attribute("xaiwire.attempts", attempts)
            if self._first is not None:
                span.set_attribute("gen_ai.response.time_to_first_chunk", self._first)
            if error is not None and not isinstance(error, GeneratorExit):
                # Texts of errors can repeat what was sent, a key among it.
                kind = code.name if isinstance(error, RpcError) else type(error).__qualname__
                span.set_attribute("error.type", kind)
                span.set_status(Status(SpanStatus.ERROR, kind))
            if self._answer is not None:
                span.set_attributes(self._answer.attributes())
        finally:
            span.end()


def open_span(
    provider: TracerProvider,
    method: Method[Any, Any],
    request: object,
    endpoint: Endpoint | None,
    conversation: str | None,
    *,
    content: bool,
    propagate: bool,
) -> Span:
    """Open the span of a call, below the one that is current.

    Args:
        provider: makes the span.
        method: the RPC.
        request: the request; None where requests are a stream.
        endpoint: where the server is, if that is known.
        conversation: groups the spans of several calls.
        content: whether the span holds what messages say.
        propagate: whether the call carries the span's context.
    """
    old, new = _conventions()
    operation = operation_of(method)
    streams = method.streaming in _STREAMS
    attributes = rpc_attributes(method, endpoint, old=old, new=new)
    attributes |= request_attributes(method, request, conversation, content=content)
    if operation and streams:
        attributes["gen_ai.request.stream"] = True
    model = attributes.get("gen_ai.request.model")
    name = f"{operation} {model}" if operation and model else operation or method.path[1:]
    span = _tracer(provider).start_span(name, kind=SpanKind.CLIENT, attributes=attributes)
    answer = Answer(method.path, content=content) if span.is_recording() else None
    return Span(span, answer, _carried(span) if propagate else (), chunks=bool(operation) and streams)


def note_defect(error: Exception) -> None:
    """Say once that telemetry failed; its text is left out, for it may hold what messages say."""
    logger = logger_for(DEBUG)
    if logger is not None and not _Process.told:
        _Process.told = True
        logger.debug("telemetry failed with %s; calls go on without it", type(error).__name__)


class _Process:
    """What holds for the whole process: a defect is told once."""

    told = False


@lru_cache(maxsize=4)
def _tracer(provider: TracerProvider) -> Tracer:
    return provider.get_tracer("xaiwire", version())


def _conventions() -> tuple[bool, bool]:
    """Whether to use the old names of `rpc.*`, and the new ones.

    https://opentelemetry.io/docs/specs/semconv/non-normative/rpc-migration/
    """
    chosen = {part.strip() for part in os.environ.get("OTEL_SEMCONV_STABILITY_OPT_IN", "").split(",")}
    if "rpc/dup" in chosen:
        return True, True
    return ("rpc" not in chosen), ("rpc" in chosen)


def _carried(span: OtelSpan) -> Pairs:
    """The span's context as metadata; of what a propagator gives, only what can be sent."""
    from opentelemetry import propagate

    carrier: dict[str, str] = {}
    propagate.inject(carrier, set_span_in_context(span))
    return tuple(
        (name.lower(), value)
        for name, value in carrier.items()
        if name.isascii() and value.isascii() and value.isprintable() and name.replace("-", "").isalnum()
    )
