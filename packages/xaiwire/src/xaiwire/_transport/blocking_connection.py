"""A connection on a blocking socket, which carries one call at a time."""

from __future__ import annotations

import os
import select
import socket
import ssl
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from xaiwire._transport.dial import check_protocol, failure_of, place, prepare_socket
from xaiwire._transport.http2 import Http2
from xaiwire._transport.proxy import Proxy, connect_request, find_proxy, read_answer
from xaiwire._transport.status import deadline_failure

if TYPE_CHECKING:
    from xaiwire._transport.model import ChannelOptions, Endpoint

__all__ = ["Connection", "dial"]

_CHUNK = 1 << 16

MOST_LEFTOVERS = 256
"""Reads that the rest of an earlier response may take, before a new connection is the better way."""

_HAS_POLL = hasattr(select, "poll")


class Connection:
    """A connection.

    Attributes:
        http2: its state.
        pid: the process that made it; no other may speak on it.
        last_news: when something came last, by time.monotonic().
        idle_since: when its last call ended, by time.monotonic().
        wrote: something of the present call was sent.
    """

    __slots__ = (
        "_options",
        "_ping_at",
        "_pipe",
        "_poll",
        "_sock",
        "_tls",
        "_unsent",
        "http2",
        "idle_since",
        "last_news",
        "pid",
        "wrote",
    )

    def __init__(self, sock: socket.socket, options: ChannelOptions) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._tls = isinstance(sock, ssl.SSLSocket)
        self._options = options
        self._ping_at = 0.0
        self._unsent = b""
        self._poll = None
        if _HAS_POLL:
            self._poll = select.poll()
            self._poll.register(sock, select.POLLIN)
        self.wrote = False
        self.pid = os.getpid()
        self.http2 = Http2()
        self.last_news = self.idle_since = time.monotonic()

    def read(self, deadline: float | None) -> None:
        """Send what is to be sent, wait for bytes and take them.

        A connection that breaks fails its streams, which is where the caller sees it.

        Raises:
            Failure: DEADLINE_EXCEEDED.
        """
        if not self.write(deadline):
            self._wait(deadline, write=False)
            self.take()

    def take(self) -> None:
        """Take the bytes that have come, without waiting."""
        try:
            data = self._sock.recv(_CHUNK)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        except OSError as error:
            self._lost(error)
            return
        if not data:
            self.http2.lost("the server closed the connection", unprocessed=not self.wrote)
            return
        self.last_news = time.monotonic()
        self.http2.feed(data)

    def take_if_ready(self) -> None:
        """Take the bytes that have come, if there are any."""
        if self._ready(write=False, timeout=0.0):
            self.take()

    def write(self, deadline: float | None) -> bool:
        """Send what is to be sent, and take what comes while that has to wait.

        Returns:
            Whether something may have come: whoever waits for news has to look first.

        Raises:
            Failure: DEADLINE_EXCEEDED.
        """
        took = False
        while not self._write_some():
            self._wait(deadline, write=True)
            self.take()
            took = True
        return took

    def write_at_once(self) -> None:
        """Send what can be sent without waiting; the connection breaks if that is not all."""
        if not self._write_some():
            self.http2.lost("the connection does not take what is sent")

    def _write_some(self) -> bool:
        """Send what can be sent without waiting; whether that is all."""
        output = self.http2.take_output()
        if self._unsent:
            output = self._unsent + output
            self._unsent = b""
        if not output or self.http2.broken is not None:
            return True
        try:
            sent = self._sock.send(output)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            sent = 0
        except OSError as error:
            # The server's last words tell more: a GOAWAY, or an early answer.
            self.take()
            self._lost(error)
            return True
        self.wrote = self.wrote or sent > 0
        self._unsent = output[sent:]
        return not self._unsent

    def alive(self) -> bool:
        """Whether a new call may go over this connection: takes what has come since the last one."""
        http2 = self.http2
        for _ in range(MOST_LEFTOVERS):
            if not http2.usable or not self._ready(write=False, timeout=0.0):
                return http2.usable
            self.take()
        return False

    def probe(self) -> None:
        """Ask for a sign of life along with the next call, for the network may have forgotten the connection."""
        self.http2.ping()
        self._ping_at = time.monotonic()

    def interrupt(self) -> None:
        """Break the connection from another thread: who waits for it wakes up."""
        with suppress(OSError):
            # Not SSLSocket's: it would take the TLS away from under the other thread.
            socket.socket.shutdown(self._sock, socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connection; in a forked process, only the file descriptor, for the other one speaks on."""
        if self.pid == os.getpid():
            self.http2.leave()
            output = self._unsent + self.http2.take_output()
            # As far as it goes: a server that closed the connection, or does not read, need not know.
            with suppress(OSError):
                self._sock.send(output)
        self.abandon()

    def abandon(self) -> None:
        """Close the file descriptor, and say nothing."""
        self.http2.lost("the connection is closed")
        fd = self._sock.detach()
        if fd >= 0:
            socket.close(fd)

    def _lost(self, error: OSError) -> None:
        self.http2.lost(f"the connection broke: {error.strerror or error}", unprocessed=not self.wrote)

    def __del__(self) -> None:
        # Of a channel that nobody closed, in the process that has it.
        self.abandon()

    def _wait(self, deadline: float | None, *, write: bool) -> None:
        """Wait until something can be read, or written; ping a server that is silent for long.

        Raises:
            Failure: DEADLINE_EXCEEDED.
        """
        interval = self._options.keepalive_interval
        http2 = self.http2
        while http2.broken is None:
            now = time.monotonic()
            if deadline is not None and now >= deadline:
                raise deadline_failure()
            until = None
            if http2.pings:
                until = max(self._ping_at, self.last_news) + self._options.keepalive_timeout
            elif interval is not None:
                until = max(self.last_news, self.idle_since) + interval
            if deadline is not None and (until is None or deadline < until):
                until = deadline
            if self._ready(write=write, timeout=None if until is None else until - now):
                return
            now = time.monotonic()
            if http2.pings and now >= max(self._ping_at, self.last_news) + self._options.keepalive_timeout:
                http2.lost("the server does not answer a ping")
                return
            if not http2.pings and interval is not None and now >= max(self.last_news, self.idle_since) + interval:
                self.probe()
                if not write:
                    self.write_at_once()

    def _ready(self, *, write: bool, timeout: float | None) -> bool:
        """Whether something can be read (or written) within so many seconds."""
        if self._tls and self._sock.pending():  # type: ignore[attr-defined]
            # What TLS has decrypted already, no poll tells of.
            return True
        if timeout is not None and timeout < 0:
            timeout = 0.0
        if self._poll is None:
            found = select.select([self._sock], [self._sock] if write else [], [], timeout)
            return bool(found[0] or found[1])
        if write:
            poll = select.poll()
            poll.register(self._sock, select.POLLIN | select.POLLOUT)
        else:
            poll = self._poll
        # Rounded up: a deadline is over when it is over.
        return bool(poll.poll(None if timeout is None else -int(-timeout * 1000 // 1)))


def dial(
    endpoint: Endpoint, options: ChannelOptions, context: ssl.SSLContext | None, deadline: float | None
) -> Connection:
    """Make a connection.

    Args:
        endpoint: where to.
        options: the channel's.
        context: how TLS is spoken, with ALPN set; None for plain text.
        deadline: by time.monotonic().

    Raises:
        Failure: UNAVAILABLE, with the reason; DEADLINE_EXCEEDED.
    """
    now = time.monotonic()
    limit = now + options.connect_timeout
    if deadline is not None:
        limit = min(limit, deadline)
    where = place(endpoint)
    sock: socket.socket | None = None
    try:
        proxy = find_proxy(endpoint)
        if proxy is None:
            sock = _connected(endpoint.host, endpoint.port, limit)
        else:
            where = f"the proxy {proxy.host}:{proxy.port}"
            sock = _connected(proxy.host, proxy.port, limit)
            _open_tunnel(sock, proxy, endpoint, limit)
            where = place(endpoint)
        prepare_socket(sock)
        if context is not None:
            sock = context.wrap_socket(sock, server_hostname=endpoint.host, do_handshake_on_connect=False)
            sock.settimeout(_remaining(limit))
            sock.do_handshake()
            check_protocol(endpoint, sock.selected_alpn_protocol())
        return Connection(sock, options)
    except BaseException as error:
        if sock is not None:
            sock.close()
        if isinstance(error, TimeoutError) and deadline is not None and time.monotonic() >= deadline:
            raise deadline_failure() from error
        if isinstance(error, OSError):
            raise failure_of(where, error) from error
        raise


def _open_tunnel(sock: socket.socket, proxy: Proxy, endpoint: Endpoint, limit: float) -> None:
    """Have a proxy connect to the server."""
    sock.settimeout(_remaining(limit))
    sock.sendall(connect_request(proxy, endpoint))
    answer = b""
    while not read_answer(proxy, answer):
        sock.settimeout(_remaining(limit))
        # Nothing comes behind the answer before TLS has begun, which this side does.
        part = sock.recv(4096)
        if not part:
            raise ConnectionResetError("it closed the connection")
        answer += part


def _remaining(limit: float) -> float:
    remaining = limit - time.monotonic()
    if remaining <= 0:
        raise TimeoutError
    return remaining


def _connected(host: str, port: int, limit: float) -> socket.socket:
    """A socket that is connected to the first of the host's addresses that answers."""
    last: OSError = OSError("the name has no addresses")
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        try:
            sock = socket.socket(family, kind, protocol)
        except OSError as error:
            # Such as an IPv6 address where there is no IPv6.
            last = error
            continue
        try:
            sock.settimeout(_remaining(limit))
            sock.connect(address)
        except BaseException as error:
            sock.close()
            if not isinstance(error, OSError):
                raise
            last = error
        else:
            return sock
    raise last
