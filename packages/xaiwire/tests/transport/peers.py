"""Servers for tests of the transport: raw sockets with a script, HTTP/2 by h2; and calls to them over both channels."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import grpc
import h2.events
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.exceptions import H2Error
from h2.settings import SettingCodes, Settings

from xaiwire._transport import aio, blocking
from xaiwire._transport.endpoint import parse_host
from xaiwire._transport.model import ChannelOptions, Failure, Pairs

RESPONSE = ((":status", "200"), ("content-type", "application/grpc"))
OK = (("grpc-status", "0"),)
PATH = "/a.B/C"


def envelope(content: bytes, flag: int = 0) -> bytes:
    return struct.pack(">BI", flag, len(content)) + content


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return struct.pack(">BHBBI", len(payload) >> 16, len(payload) & 0xFFFF, kind, flags, stream) + payload


SETTINGS = frame(4, 0, 0)


class Script:
    """The server's side of one HTTP/2 connection, step by step."""

    def __init__(self, sock: socket.socket, settings: dict[int, int] | None = None) -> None:
        self.sock = sock
        self.h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        if settings:
            self.h2.local_settings = Settings(client=False, initial_values=settings)
        self.h2.initiate_connection()
        self.events: list[Any] = []
        self.body: dict[int, bytearray] = {}
        self.flush()

    def flush(self) -> None:
        self.sock.sendall(self.h2.data_to_send())

    def pump(self) -> bool:
        """Read once; False at the end."""
        data = self.sock.recv(65536)
        if not data:
            return False
        for event in self.h2.receive_data(data):
            if isinstance(event, h2.events.DataReceived):
                self.body.setdefault(event.stream_id, bytearray()).extend(event.data)
            self.events.append(event)
        # A client that has said its last word need not hear the answer.
        with suppress(OSError):
            self.flush()
        return True

    def wait(self, kind: type, stream: int | None = None) -> Any:
        """The next event of a kind, which is taken out."""
        while True:
            for at, event in enumerate(self.events):
                if isinstance(event, kind) and (stream is None or event.stream_id == stream):
                    return self.events.pop(at)
            if not self.pump():
                raise ConnectionError(f"the client closed before {kind.__name__}")

    def request(self) -> int:
        """The number of the next stream, of which the request is whole."""
        stream = self.wait(h2.events.RequestReceived).stream_id
        self.wait(h2.events.StreamEnded, stream)
        return stream

    def headers(self, stream: int, *, headers: Iterable[tuple[str, str]] = RESPONSE, end: bool = False) -> None:
        self.h2.send_headers(stream, list(headers), end_stream=end)
        self.flush()

    def data(self, stream: int, data: bytes, *, end: bool = False) -> None:
        self.h2.send_data(stream, data, end_stream=end)
        self.flush()

    def answer(self, stream: int, *messages: bytes, trailers: Iterable[tuple[str, str]] = OK) -> None:
        self.h2.send_headers(stream, list(RESPONSE))
        for message in messages:
            self.h2.send_data(stream, envelope(message))
        self.h2.send_headers(stream, list(trailers), end_stream=True)
        self.flush()

    def reset(self, stream: int, code: int) -> None:
        self.h2.reset_stream(stream, code)
        self.flush()

    def goaway(self, last: int, code: int = 0, text: bytes = b"") -> None:
        # Not h2's: it takes nothing behind its own GOAWAY.
        self.raw(frame(7, 0, 0, struct.pack(">II", last, code) + text))

    def raw(self, data: bytes) -> None:
        self.sock.sendall(data)

    def drain(self) -> None:
        """Read until the client closes."""
        with suppress(OSError):
            while self.sock.recv(65536):
                pass


@dataclass
class RawServer:
    """A server on a raw socket.

    Attributes:
        address: where it is.
        accepted: how many connections came.
        errors: what the handlers raised.
    """

    address: str
    accepted: int = 0
    errors: list[BaseException] = field(default_factory=list)


@contextmanager
def raw_server(
    handler: Callable[[socket.socket], None], *, context: ssl.SSLContext | None = None
) -> Iterator[RawServer]:
    """Serve each connection with a function in a thread."""
    listener = socket.create_server(("127.0.0.1", 0))
    served = RawServer(f"127.0.0.1:{listener.getsockname()[1]}")
    threads: list[threading.Thread] = []
    open_sockets: list[socket.socket] = []

    def work(sock: socket.socket) -> None:
        try:
            with sock:
                sock.settimeout(20)
                if context is not None:
                    with context.wrap_socket(sock, server_side=True) as secure:
                        open_sockets.append(secure)
                        handler(secure)
                else:
                    handler(sock)
        except (OSError, EOFError, H2Error):
            # Such as answering a client that has left.
            pass
        except BaseException as error:
            served.errors.append(error)

    def accept() -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            served.accepted += 1
            open_sockets.append(sock)
            thread = threading.Thread(target=work, args=(sock,), daemon=True)
            threads.append(thread)
            thread.start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield served
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for sock in open_sockets:
            with suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
        acceptor.join(5)
        for thread in threads:
            thread.join(5)
    assert not served.errors, served.errors


def scripted(*steps: Callable[[Script], None], settings: dict[int, int] | None = None) -> Callable[[Any], None]:
    """A handler for raw_server: the nth connection is served by the nth step, later ones by the last."""
    counter = iter(range(1000))

    def handler(sock: socket.socket) -> None:
        step = steps[min(next(counter), len(steps) - 1)]
        step(Script(sock, settings))

    return handler


WINDOW = {SettingCodes.INITIAL_WINDOW_SIZE: 1 << 20}


def options(**more: Any) -> ChannelOptions:
    return ChannelOptions(user_agent="test/1", **more)


@dataclass
class Outcome:
    """What came of a call."""

    messages: list[bytes] = field(default_factory=list)
    headers: Pairs = ()
    trailers: Pairs = ()
    failure: Failure | None = None
    error: BaseException | None = None
    seconds: float = 0.0

    @property
    def code(self) -> str:
        return self.failure.code.name if self.failure is not None else "OK"

    @property
    def text(self) -> str:
        return self.failure.message if self.failure is not None else ""


class Blocking:
    """Calls over the blocking channel."""

    name = "blocking"

    def __init__(self, address: str, **more: Any) -> None:
        self.channel = blocking.Channel(parse_host(address), options(**more))

    def call(self, messages: Any = b"request", *, timeout: float | None = 10.0, metadata: Pairs = ()) -> Outcome:
        outcome = Outcome()
        began = time.monotonic()
        deadline = None if timeout is None else began + timeout
        try:
            exchange = self.channel.start(PATH, metadata, messages, deadline)
            try:
                while (message := exchange.receive()) is not None:
                    outcome.messages.append(message)
            finally:
                outcome.headers, outcome.trailers = exchange.headers, exchange.trailers
        except Failure as failure:
            outcome.failure = failure
        except Exception as error:
            outcome.error = error
        outcome.seconds = time.monotonic() - began
        return outcome

    def close(self) -> None:
        self.channel.close()


class Aio:
    """Calls over the asyncio channel, in a loop of its own."""

    name = "aio"

    def __init__(self, address: str, **more: Any) -> None:
        self.channel = aio.Channel(parse_host(address), options(**more))
        self.runner = asyncio.Runner()

    def call(self, messages: Any = b"request", *, timeout: float | None = 10.0, metadata: Pairs = ()) -> Outcome:
        return self.runner.run(self.acall(messages, timeout, metadata))

    async def acall(self, messages: Any, timeout: float | None, metadata: Pairs) -> Outcome:
        outcome = Outcome()
        began = time.monotonic()
        deadline = None if timeout is None else began + timeout
        try:
            exchange = await self.channel.start(PATH, metadata, messages, deadline)
            try:
                while (message := await exchange.receive()) is not None:
                    outcome.messages.append(message)
            finally:
                outcome.headers, outcome.trailers = exchange.headers, exchange.trailers
        except Failure as failure:
            outcome.failure = failure
        except Exception as error:
            outcome.error = error
        outcome.seconds = time.monotonic() - began
        return outcome

    def close(self) -> None:
        self.runner.run(self.channel.close())
        self.runner.close()


Caller = Blocking | Aio


@contextmanager
def grpcio_server(
    handler: Callable[[Any, Any], Any], *, kind: str = "unary_unary", credentials: Any = None, limit: int = 20 << 20
) -> Iterator[str]:
    """Serve every path with one function of raw bytes, by grpcio; gives the address."""
    make = getattr(grpc, f"{kind}_rpc_method_handler")

    class Handlers(grpc.GenericRpcHandler):
        def service(self, details: Any) -> Any:
            return make(handler)

    with ThreadPoolExecutor(16) as executor:
        server = grpc.server(executor, options=(("grpc.max_receive_message_length", limit),))
        server.add_generic_rpc_handlers((Handlers(),))
        if credentials is None:
            port = server.add_insecure_port("127.0.0.1:0")
        else:
            port = server.add_secure_port("127.0.0.1:0", credentials)
        server.start()
        try:
            yield f"127.0.0.1:{port}"
        finally:
            server.stop(None).wait()
