"""HTTP/2 by hand: clients that do not read, give up too often, or stay for nothing."""

import socket
import time
from contextlib import contextmanager

import h2.config
import h2.connection
import h2.events
import pytest
from running import running_gateway

from xaiwire_server.wire import http2


class Client:
    """A client of HTTP/2 that does as it is told."""

    def __init__(self, gateway, window=65_535):
        host, _, port = gateway.url.removeprefix("http://").partition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=10)
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
        self.h2.initiate_connection()
        self.h2.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window})
        self.flush()

    def flush(self):
        self.socket.sendall(self.h2.data_to_send())

    def ask(self, method="GET", path="/nope", end=True):
        stream = self.h2.get_next_available_stream_id()
        headers = [(":method", method), (":path", path), (":scheme", "http"), (":authority", "a")]
        self.h2.send_headers(stream, headers, end_stream=end)
        self.flush()
        return stream

    def events(self, kind, seconds=10):
        """Wait for an event of a kind; None where the connection ended before."""
        self.socket.settimeout(seconds)
        while data := self.socket.recv(1 << 16):
            for event in self.h2.receive_data(data):
                if isinstance(event, kind):
                    return event
            self.flush()
        return None


@contextmanager
def client(gateway, **options):
    made = Client(gateway, **options)
    try:
        yield made
    finally:
        made.socket.close()


@pytest.fixture
def quick(xaiwire_emulator, xaiwire_emulator_thread, monkeypatch):
    """A gateway that looks after its connections ten times a second."""
    monkeypatch.setattr(http2, "LOOK_SECONDS", 0.1)
    loop = xaiwire_emulator_thread._loop
    with running_gateway(loop, xaiwire_emulator.address, write_timeout=0.3) as gateway:
        yield gateway


def test_an_answer_to_head_has_no_body(gateway):
    with client(gateway) as http:
        http.ask("HEAD", "/healthz")
        assert http.events(h2.events.ResponseReceived) is not None
        http.ask("GET", "/healthz")
        assert http.events(h2.events.DataReceived).data == b"ok\n"


def test_a_whole_answer_that_is_not_read_is_cut_off(quick):
    with client(quick, window=0) as http:
        http.ask()
        assert http.events(h2.events.StreamReset) is not None


def test_a_connection_of_no_use_is_ended(quick, monkeypatch):
    monkeypatch.setattr(http2, "IDLE_LOOKS", 3)
    with client(quick) as http:
        assert http.events(h2.events.ConnectionTerminated) is not None


def test_a_flood_of_requests_that_are_given_up(gateway, monkeypatch):
    monkeypatch.setattr(http2, "MAX_RESETS", 50)
    with client(gateway) as http, pytest.raises(OSError):  # noqa: PT011 - reset, or broken pipe
        for _ in range(100_000):
            stream = http.ask("POST", "/v1/chat/completions", end=False)
            http.h2.reset_stream(stream)
            http.flush()
    with gateway.http() as other:
        assert other.get("/healthz").text == "ok\n"


def test_one_that_asks_and_asks_and_reads_nothing(quick):
    with client(quick) as http:
        http.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        end = time.monotonic() + 20
        with pytest.raises(OSError):  # noqa: PT011 - reset, or broken pipe
            while time.monotonic() < end:
                for _ in range(1000):
                    http.h2.ping(b"12345678")
                http.flush()
