"""The access log: a line for each request when it is over. No content, no keys, no query, no headers."""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

if TYPE_CHECKING:
    from xaiwire_server.gateway.http.exchange import Exchange

__all__ = ["AccessLog", "Entry", "logged_path"]

MOST_CHARACTERS = 256
"""What of a text that a client chose is shown."""

_UNFIT = re.compile(r"[^\x21-\x7e]")


class Entry(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A line of the log.

    Attributes:
        time: when the request was over.
        event: always `request`, so that these lines can be told from others.
        method: HTTP's.
        path: as it was sent, without the query.
        route: the name of its route; none where there is no such route.
        status: HTTP's; 499 where the client left, 0 where there was no answer.
        seconds: how long it took.
        request_id: what it is called, in the answer's headers, too.
        upstream_request_id: what the API calls it, where that differs.
        caller: the name of the gateway key, or `pass-through`.
        client: the address that the connection came from.
        model: the model that was named.
        stream: the answer was a stream of events.
        first_event_seconds: how long its first event took.
        prompt_tokens: tokens of the prompt.
        completion_tokens: tokens of the answer.
        bytes: what of the answer was sent, without its head.
        error: the code of the error, where the request failed or its stream broke off.
        grpc_status: what the API answered, where that is why.
        trace_id: the trace that its span is part of.
    """

    time: datetime
    event: str
    method: str
    path: str
    status: int
    seconds: float
    request_id: str
    route: str = ""
    upstream_request_id: str = ""
    caller: str = ""
    client: str = ""
    model: str = ""
    stream: bool = False
    first_event_seconds: float | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    bytes: int = 0
    error: str = ""
    grpc_status: str = ""
    trace_id: str = ""


class AccessLog:
    """Writes the log to standard error."""

    def __init__(self, form: str) -> None:
        """Begin.

        Args:
            form: `text` or `json`.
        """
        self._encode = _as_text if form == "text" else _as_json

    def write(self, exchange: Exchange, route: str, trace_id: str) -> None:
        """Write the line of a request that is over.

        Args:
            exchange: the request.
            route: the name of its route; empty where there is none.
            trace_id: of its span; empty where there is none.
        """
        line = self._encode(_entry(exchange, route, trace_id))
        # Where the line cannot be written, nobody could be told, and the request is answered all the same.
        with suppress(OSError, ValueError):
            sys.stderr.write(line)
            sys.stderr.flush()


def logged_path(exchange: Exchange) -> str:
    """The path as it was sent, without the query, in characters that can stand in a line."""
    raw: bytes | None = exchange.scope.get("raw_path")
    text = raw.partition(b"?")[0].decode("latin-1") if raw else quote(exchange.path)
    return _plain(text)


def _plain(text: str) -> str:
    return _UNFIT.sub("?", text[:MOST_CHARACTERS])


def _entry(exchange: Exchange, route: str, trace_id: str) -> Entry:
    failed = exchange.failed
    upstream_id = exchange.call_info.request_id or ""
    client = exchange.scope.get("client")
    return Entry(
        time=datetime.now(UTC),
        event="request",
        method=_plain(exchange.method),
        path=logged_path(exchange),
        status=exchange.status,
        seconds=round(exchange.seconds, 6),
        request_id=exchange.request_id,
        route=route,
        upstream_request_id=_plain(upstream_id) if upstream_id != exchange.request_id else "",
        caller=exchange.caller.name if exchange.caller is not None else "",
        client=client[0] if client else "",
        model=_plain(exchange.model),
        stream=exchange.is_streaming,
        first_event_seconds=round(exchange.first_event, 6) if exchange.first_event else None,
        prompt_tokens=exchange.usage.prompt,
        completion_tokens=exchange.usage.completion,
        bytes=exchange.bytes_sent,
        error=(failed.code or failed.kind) if failed is not None else "",
        grpc_status=failed.grpc.name if failed is not None and failed.grpc is not None else "",
        trace_id=trace_id,
    )


_encode_json = msgspec.json.Encoder().encode


def _as_json(entry: Entry) -> str:
    return _encode_json(entry).decode() + "\n"


def _as_text(entry: Entry) -> str:
    moment = entry.time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    line = f"{moment} {entry.client or '-'} {entry.method} {entry.path} {entry.status} {entry.seconds:.3f}s"
    notes = [f"id={entry.request_id}"]
    for name in ("caller", "model", "error", "grpc_status", "upstream_request_id", "trace_id"):
        if value := getattr(entry, name):
            notes.append(f"{name}={_plain(value)}")
    if entry.prompt_tokens or entry.completion_tokens:
        notes.append(f"tokens={entry.prompt_tokens}+{entry.completion_tokens}")
    if entry.first_event_seconds is not None:
        notes.append(f"first_event={entry.first_event_seconds:.3f}s")
    notes.append(f"bytes={entry.bytes}")
    return f"{line} {' '.join(notes)}\n"
