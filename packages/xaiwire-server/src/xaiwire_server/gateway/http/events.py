"""Server-sent events.

One task makes events, another sends them. What is made while nothing has to be waited for goes out in one write, so
that a burst of words upstream is not a burst of packets; an event that comes alone goes out at once. Where the client
reads slowly, the maker waits, and with it the server upstream.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import msgspec

from xaiwire_server.gateway.http.failures import ApiError, meaning, upstream_silent

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from xaiwire_server.gateway.http.exchange import Exchange

__all__ = ["data_event", "named_event", "send_events"]

HIGH_WATER = 1 << 16
"""Bytes that wait to be sent before the maker of events has to."""

_HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    # nginx would gather the events before it passes them on.
    (b"x-accel-buffering", b"no"),
)
_COMMENT = b": keep-alive\n\n"
_encode = msgspec.json.Encoder().encode


def data_event(value: object) -> bytes:
    """An event without a name, as OpenAI's older APIs have them.

    Args:
        value: whatever msgspec encodes.
    """
    return b"data: " + _encode(value) + b"\n\n"


def named_event(name: str, value: object) -> bytes:
    """An event with a name, as the other APIs have them.

    Args:
        name: its name.
        value: whatever msgspec encodes.
    """
    return b"event: " + name.encode() + b"\n" + data_event(value)


async def send_events(
    exchange: Exchange, events: AsyncGenerator[bytes, None], *, failed: Callable[[ApiError], bytes]
) -> None:
    """Answer with a stream of events.

    The head is sent with the first event, so that a call that fails at once has a status of its own; where the first
    event takes longer than the keep-alive time, a comment goes first, and later errors are events. A stream that breaks
    off ends with an error event, and without what marks a good end.

    Args:
        exchange: the request; its body has been read.
        events: the events, each with its empty line; at least one.
        failed: makes the event of an error.

    Raises:
        ApiError: making the first event failed; nothing was sent.
    """
    exchange.is_streaming = True
    silence = asyncio.timeout(None)
    outbox = _Outbox(exchange, silence)
    sender = asyncio.get_running_loop().create_task(outbox.send_all())
    exchange.on_cut = outbox.give_up
    try:
        try:
            async with silence, aclosing(events):
                async for event in events:
                    if outbox.put(event):
                        await outbox.room(sender)
                    if sender.done():
                        break
        except Exception as error:
            given_up = exchange.cut_by or upstream_silent(exchange.settings.stream_silence)
            meant = given_up if silence.expired() else meaning(error)
            if not exchange.has_begun:
                outbox.drop()
                if meant is None:
                    raise
                raise meant from error
            outbox.put(failed(meant or ApiError(500, "a bug of the gateway", code="internal_error")))
            outbox.end()
            await sender
            exchange.failed = meant
            if meant is None:
                raise
        else:
            outbox.end()
            await sender
    finally:
        exchange.on_cut = None
        if not sender.done():
            sender.cancel()
            await asyncio.wait((sender,))


class _Outbox:
    """What waits to be sent."""

    __slots__ = ("_bell", "_content", "_ended", "_exchange", "_free", "_silence")

    def __init__(self, exchange: Exchange, silence: asyncio.Timeout) -> None:
        self._exchange = exchange
        self._silence = silence
        self._content = bytearray()
        self._bell = asyncio.Event()
        self._free = asyncio.Event()
        self._ended = False

    def put(self, event: bytes) -> bool:
        """Add an event; whether the maker has to wait."""
        if not self._exchange.first_event:
            self._exchange.first_event = self._exchange.seconds
        self._content += event
        self._bell.set()
        return len(self._content) >= HIGH_WATER

    def end(self) -> None:
        """There will be no more."""
        self._ended = True
        self._bell.set()

    def drop(self) -> None:
        """Send nothing."""
        self._content.clear()
        self.end()

    def give_up(self) -> None:
        """Let the maker of events stop, if it has not."""
        if not self._ended and not self._silence.expired():
            self._silence.reschedule(0)

    async def room(self, sender: asyncio.Task[None]) -> None:
        """Wait until the client has read, or nothing is sent any more."""
        while len(self._content) >= HIGH_WATER and not sender.done():
            self._free.clear()
            freed = asyncio.ensure_future(self._free.wait())
            try:
                await asyncio.wait((freed, sender), return_when=asyncio.FIRST_COMPLETED)
            finally:
                freed.cancel()

    async def send_all(self) -> None:
        """Send what comes, until the end; a comment where nothing does."""
        exchange, settings = self._exchange, self._exchange.settings
        tick = min(settings.keep_alive, settings.stream_silence)
        silent = 0.0
        while True:
            if not self._content and not self._ended:
                self._bell.clear()
                try:
                    async with asyncio.timeout(tick):
                        await self._bell.wait()
                    silent = 0.0
                except TimeoutError:
                    silent += tick
                    if silent >= settings.stream_silence:
                        self.give_up()
                    self._content += _COMMENT
            if not self._content and not exchange.has_begun:
                return
            if not exchange.has_begun:
                await exchange.begin(200, _HEADERS)
            content, self._content = bytes(self._content), bytearray()
            self._free.set()
            over = self._ended
            if content or over:
                await exchange.send(content, more=not over)
            if over:
                return
