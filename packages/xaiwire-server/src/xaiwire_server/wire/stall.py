"""Clients that do not read what waits for them."""

from __future__ import annotations

import asyncio

__all__ = ["Stall"]


class Stall:
    """Ends a connection whose client reads nothing for a time; one that reads slowly may take its time."""

    __slots__ = ("_seconds", "_timer", "_transport", "_unread")

    def __init__(self, seconds: float) -> None:
        """Begin with no connection.

        Args:
            seconds: how long nothing may be read.
        """
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        self._unread = 0

    def watch(self, transport: asyncio.Transport) -> None:
        """Watch over this connection.

        Args:
            transport: the connection.
        """
        self._transport = transport

    def begin(self) -> None:
        """So much waits that nothing more is written."""
        if self._timer is None and self._transport is not None:
            self._unread = self._transport.get_write_buffer_size()
            self._set()

    def end(self) -> None:
        """The client has read, or the connection is over."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._transport is None:
            return
        unread = self._transport.get_write_buffer_size()
        if unread < self._unread:
            self._unread = unread
            self._set()
        else:
            self._transport.abort()
