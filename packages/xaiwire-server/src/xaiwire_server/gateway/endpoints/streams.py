"""Streams of events that are made of streams of the contract's messages."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Protocol, TypeVar

from xaiwire_server.gateway.convert.chat_response import count_usage
from xaiwire_server.gateway.http.error_bodies import openai_event
from xaiwire_server.gateway.http.events import data_event, send_events

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from xaiwire.proto import usage_pb2
    from xaiwire_server.gateway.http.exchange import Exchange

__all__ = ["ChunkMaker", "Counting", "events_of", "send_chunks"]

C = TypeVar("C")
C_contra = TypeVar("C_contra", contravariant=True)

_DONE = b"data: [DONE]\n\n"


class Counting(Protocol):
    """What notes how much a stream took."""

    @property
    def usage(self) -> usage_pb2.SamplingUsage | None:
        """What it took so far; None where the API did not say."""


class ChunkMaker(Counting, Protocol[C_contra]):
    """What makes the chunks of a stream of OpenAI's older APIs."""

    def chunk(self, chunk: C_contra, /) -> object:
        """A chunk."""

    def last(self) -> object | None:
        """The one behind the last one; None for none."""


async def events_of(
    chunks: AsyncGenerator[C, None],
    write: Callable[[C], bytes],
    end: Callable[[], bytes],
    counting: Counting,
    exchange: Exchange,
) -> AsyncGenerator[bytes, None]:
    """The events of a stream.

    Args:
        chunks: the API's stream; it is closed.
        write: makes the events of a chunk; empty where it has none.
        end: makes the events behind the last chunk.
        counting: what noted the usage.
        exchange: the request, whose usage it is.
    """
    try:
        async with aclosing(chunks):
            async for chunk in chunks:
                if events := write(chunk):
                    yield events
    finally:
        # Also where the client left: what was made is paid for.
        count_usage(counting.usage, exchange.usage)
    yield end()


async def send_chunks(exchange: Exchange, chunks: AsyncGenerator[C, None], maker: ChunkMaker[C]) -> None:
    """Answer with a stream of OpenAI's older APIs.

    Args:
        exchange: the request.
        chunks: the API's stream.
        maker: makes its chunks.

    Raises:
        ApiError: the first event could not be made; nothing was sent.
    """

    def write(chunk: C) -> bytes:
        return data_event(maker.chunk(chunk))

    def end() -> bytes:
        last = maker.last()
        return _DONE if last is None else data_event(last) + _DONE

    await send_events(exchange, events_of(chunks, write, end, maker, exchange), failed=openai_event)
