"""An HTTP/2 server that writes down what arrives, header by header, and answers gRPC calls with what it was given."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded, StreamReset
from h2.exceptions import ProtocolError

Responder = Callable[[str], Sequence[bytes]]
"""Gets an RPC's path, gives the messages of the answer."""


@dataclass(frozen=True)
class Recorded:
    """A call as it was on the wire.

    Attributes:
        path: the RPC's path.
        headers: all headers, in order.
        messages: the messages, without their envelopes.
    """

    path: str
    headers: tuple[tuple[str, str], ...]
    messages: tuple[bytes, ...]


@dataclass
class WireRecorder:
    """The server.

    Attributes:
        address: such as `127.0.0.1:50123`.
        calls: what arrived, in the order in which the requests ended.
    """

    address: str
    calls: list[Recorded] = field(default_factory=list)


@contextmanager
def wire_recorder(respond: Responder) -> Iterator[WireRecorder]:
    """Serve on a free port of the loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        recorder = WireRecorder(f"127.0.0.1:{listener.getsockname()[1]}")
        threading.Thread(target=_accept, args=(listener, recorder, respond), daemon=True).start()
        try:
            yield recorder
        finally:
            # A thread that waits in accept() is woken by this, not by closing.
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, recorder: WireRecorder, respond: Responder) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_serve, args=(connection, recorder, respond), daemon=True).start()


def _serve(connection: socket.socket, recorder: WireRecorder, respond: Responder) -> None:
    http2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
    http2.initiate_connection()
    headers: dict[int, tuple[tuple[str, str], ...]] = {}
    bodies: dict[int, bytearray] = {}
    with connection, suppress(OSError, ProtocolError):
        connection.sendall(http2.data_to_send())
        while received := connection.recv(65536):
            for event in http2.receive_data(received):
                if isinstance(event, RequestReceived):
                    headers[event.stream_id] = tuple((str(name), str(value)) for name, value in event.headers or ())
                    bodies[event.stream_id] = bytearray()
                elif isinstance(event, DataReceived):
                    bodies[event.stream_id] += event.data or b""
                    http2.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id)
                elif isinstance(event, StreamEnded):
                    path = dict(headers[event.stream_id])[":path"]
                    messages = tuple(_messages(bytes(bodies.pop(event.stream_id))))
                    recorder.calls.append(Recorded(path, headers.pop(event.stream_id), messages))
                    _answer(http2, event.stream_id, respond(path))
                elif isinstance(event, StreamReset):
                    bodies.pop(event.stream_id, None)
            connection.sendall(http2.data_to_send())


def _answer(http2: H2Connection, stream: int, messages: Sequence[bytes]) -> None:
    http2.send_headers(stream, [(":status", "200"), ("content-type", "application/grpc")])
    for message in messages:
        http2.send_data(stream, b"\0" + len(message).to_bytes(4, "big") + message)
    http2.send_headers(stream, [("grpc-status", "0")], end_stream=True)


def _messages(body: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(body):
        size = int.from_bytes(body[start + 1 : start + 5], "big")
        yield body[start + 5 : start + 5 + size]
        start += 5 + size
