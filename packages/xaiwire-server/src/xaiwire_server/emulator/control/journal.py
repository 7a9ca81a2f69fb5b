"""The journal: the last calls, with what was said, without secrets."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from xaiwire_server.emulator.state.keys import redacted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protobuf import Message

    from xaiwire_server.rpc.call import Call

__all__ = ["Entry", "Journal", "without_secrets"]

DEFAULT_ENTRIES = 1000
MAX_BODY_BYTES = 1 << 16
"""Bytes of requests, and of responses, that an entry keeps."""

_SECRET = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key"})


@dataclass(slots=True, eq=False)
class Entry:
    """A call.

    Attributes:
        number: counts the calls.
        call: the call itself.
        started: when it came, in seconds since 1970.
        key: the caller's key, redacted; empty if it is not known.
        requests: what came, as bytes, as far as it is kept.
        responses: what went.
        request_count: how many messages came.
        response_count: how many went.
        status: how it ended; empty while it is under way.
        message: the status's message.
        seconds: how long it took.
        unknown: fields that the contract does not have.
        fault: the fault that hit it.
    """

    number: int
    call: Call
    started: float
    key: str = ""
    requests: list[bytes] = field(default_factory=list)
    responses: list[bytes] = field(default_factory=list)
    request_count: int = 0
    response_count: int = 0
    request_size: int = 0
    response_size: int = 0
    status: str = ""
    message: str = ""
    seconds: float = 0.0
    unknown: list[str] = field(default_factory=list)
    fault: str = ""

    def came(self, data: bytes) -> None:
        """A request came; these are its bytes."""
        self.request_count += 1
        self.request_size += len(data)
        if self.request_size <= MAX_BODY_BYTES:
            self.requests.append(data)

    def went(self, message: Message[Any]) -> None:
        """A response went."""
        self.response_count += 1
        if self.response_size <= MAX_BODY_BYTES:
            data = message.to_binary()
            self.response_size += len(data)
            if self.response_size <= MAX_BODY_BYTES:
                self.responses.append(data)

    def summary(self) -> dict[str, Any]:
        """What a list shows of it."""
        return {
            "number": self.number,
            "request_id": self.call.request_id,
            "rpc": self.call.rpc.full_name,
            "started": self.started,
            "seconds": round(self.seconds, 6),
            "status": self.status,
            "message": self.message,
            "protocol": self.call.protocol,
            "peer": self.call.peer,
            "key": self.key,
            "requests": self.request_count,
            "responses": self.response_count,
            "unknown_fields": self.unknown,
            "fault": self.fault,
        }

    def details(self) -> dict[str, Any]:
        """All of it, decoded."""
        rpc = self.call.rpc
        metadata = {
            name: _redacted(name, value) for name, value in self.call.metadata.items() if not name.startswith(":")
        }
        return self.summary() | {
            "metadata": metadata,
            "request_messages": [_decoded(rpc.input, data) for data in self.requests],
            "response_messages": [_decoded(rpc.output, data) for data in self.responses],
            "requests_left_out": self.request_count - len(self.requests),
            "responses_left_out": self.response_count - len(self.responses),
        }


def _redacted(name: str, value: str) -> str:
    if name not in _SECRET:
        return value
    scheme, space, secret = value.partition(" ")
    return f"{scheme} {redacted(secret)}" if space else redacted(value)


def _decoded(kind: type[Message[Any]], data: bytes) -> Any:  # noqa: ANN401 - JSON
    from protobuf import message_to_json_value

    value = message_to_json_value(kind.from_binary(data), use_proto_field_name=True)
    return without_secrets(value)


def without_secrets(value: Any) -> Any:  # noqa: ANN401 - JSON
    """A message, as JSON, without what opens other servers: a tool of a request can hold their keys."""
    if isinstance(value, list):
        return [without_secrets(each) for each in value]
    if not isinstance(value, dict):
        return value
    result = {key: without_secrets(each) for key, each in value.items()}
    if "server_url" in result:
        if "authorization" in result:
            result["authorization"] = "...."
        if "extra_headers" in result:
            result["extra_headers"] = dict.fromkeys(result["extra_headers"], "....")
    return result


class Journal:
    """The last calls, and what has been counted since the start.

    Attributes:
        unknown: how often fields came that the contract does not have.
    """

    def __init__(self, size: int = DEFAULT_ENTRIES) -> None:
        """Begin empty.

        Args:
            size: how many calls are kept.
        """
        self._entries: deque[Entry] = deque(maxlen=size)
        self._numbers = itertools.count(1)
        self._listeners: set[asyncio.Queue[Entry | None]] = set()
        self.unknown: Counter[str] = Counter()

    def open(self, call: Call) -> Entry:
        """A call has come."""
        entry = Entry(next(self._numbers), call, time.time())
        self._entries.append(entry)
        return entry

    def close(self, entry: Entry) -> None:
        """A call is over."""
        if entry.unknown:
            self.unknown.update(entry.unknown)
        self._tell(entry)

    def leave(self) -> None:
        """There will be no more calls: whoever listens, learns it by a None."""
        self._tell(None)

    def _tell(self, entry: Entry | None) -> None:
        for listener in self._listeners:
            if listener.full():
                # Who does not keep up, misses the oldest.
                listener.get_nowait()
            listener.put_nowait(entry)

    def entries(self) -> Iterator[Entry]:
        """The calls that are kept, the newest first."""
        return reversed(self._entries)

    def find(self, number: int) -> Entry | None:
        """A call; None if it is not kept."""
        return next((entry for entry in self._entries if entry.number == number), None)

    def clear(self) -> None:
        """Forget all calls."""
        self._entries.clear()
        self.unknown.clear()

    def listen(self) -> asyncio.Queue[Entry | None]:
        """Calls that end from now on, and None at the end of all; to be given back to `ignore`."""
        queue: asyncio.Queue[Entry | None] = asyncio.Queue(maxsize=1000)
        self._listeners.add(queue)
        return queue

    def ignore(self, queue: asyncio.Queue[Entry | None]) -> None:
        """Listen no longer."""
        self._listeners.discard(queue)
