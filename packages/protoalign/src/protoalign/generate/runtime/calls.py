"""What the service wrappers stand on: what a method is, what may be said of one call, and who makes calls.

A wrapper builds a request and hands it to a caller with the method and the call's options. A caller is whatever has the
four methods of `Caller` or `AsyncCaller`: one that connects to a server (see `connect`), one with retries around
another, or one that plays a server in a test.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Generator, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, Protocol, TypeAlias, TypedDict, TypeVar

from protobuf import Message, Oneof

__all__ = [
    "AsyncCaller",
    "CallOptions",
    "Caller",
    "Idempotency",
    "Metadata",
    "Method",
    "RepeatedPageError",
    "RetryClass",
    "StreamingKind",
    "iterate_pages",
    "iterate_pages_async",
    "one_of",
    "texts",
]

Req = TypeVar("Req", bound="Message[Any]")
Res = TypeVar("Res", bound="Message[Any]")
Item = TypeVar("Item")
Text = TypeVar("Text", str, bytes)

Metadata: TypeAlias = Mapping[str, str | bytes] | Sequence[tuple[str, str | bytes]]
"""Names to values, or pairs of them where a name occurs twice; a name that ends in `-bin` takes bytes."""


class StreamingKind(Enum):
    """Which sides of an RPC are streams."""

    UNARY = "unary"
    CLIENT_STREAM = "client-stream"
    SERVER_STREAM = "server-stream"
    BIDI_STREAM = "bidi-stream"


class Idempotency(Enum):
    """What a second call with the same request does: unknown, nothing, or what the first one did."""

    UNKNOWN = "unknown"
    NO_SIDE_EFFECTS = "no-side-effects"
    IDEMPOTENT = "idempotent"


class RetryClass(Enum):
    """When a failed call may be made again.

    `ALWAYS`: after any passing failure. `UNPROCESSED`: only where the server cannot have begun. `NEVER`: not at all.
    """

    ALWAYS = "always"
    UNPROCESSED = "unprocessed"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Method(Generic[Req, Res]):
    """An RPC.

    Attributes:
        path: its full path, such as `/package.Service/Method`.
        input: the class of its requests.
        output: the class of its responses.
        streaming: which sides are streams.
        idempotency: what a second call does.
        retry: when a failed call may be made again.
        timeout: the limit of a call in seconds where nobody sets another; None for none.
        host: a label for the host that serves it; empty where there is only one.
    """

    path: str
    input: type[Req]
    output: type[Res]
    streaming: StreamingKind
    idempotency: Idempotency = Idempotency.UNKNOWN
    retry: RetryClass = RetryClass.UNPROCESSED
    timeout: float | None = None
    host: str = ""

    @property
    def service(self) -> str:
        """The full name of the service, such as `package.Service`."""
        return self.path.split("/")[1]

    @property
    def name(self) -> str:
        """The name of the RPC in its service."""
        return self.path.split("/")[2]


class CallOptions(TypedDict, total=False):
    """What may be said of one call.

    Attributes:
        timeout: the limit of the call in seconds, from its start to the last response; None for none.
        metadata: what to send beside the request.
    """

    timeout: float | None
    metadata: Metadata


class Caller(Protocol):
    """Makes calls and waits for them.

    Closing a generator of responses before its end cancels the call.
    """

    def unary(self, method: Method[Req, Res], request: Req, options: CallOptions, /) -> Res:
        """One request, one response."""
        ...

    def server_stream(
        self, method: Method[Req, Res], request: Req, options: CallOptions, /
    ) -> Generator[Res, None, None]:
        """One request, a stream of responses."""
        ...

    def client_stream(self, method: Method[Req, Res], requests: Iterable[Req], options: CallOptions, /) -> Res:
        """A stream of requests, one response."""
        ...

    def bidi_stream(
        self, method: Method[Req, Res], requests: Iterable[Req], options: CallOptions, /
    ) -> Generator[Res, None, None]:
        """A stream of requests, a stream of responses."""
        ...


class AsyncCaller(Protocol):
    """Makes calls in an event loop.

    Closing a generator of responses before its end cancels the call.
    """

    async def unary(self, method: Method[Req, Res], request: Req, options: CallOptions, /) -> Res:
        """One request, one response."""
        ...

    def server_stream(
        self, method: Method[Req, Res], request: Req, options: CallOptions, /
    ) -> AsyncGenerator[Res, None]:
        """One request, a stream of responses."""
        ...

    async def client_stream(
        self, method: Method[Req, Res], requests: AsyncIterable[Req] | Iterable[Req], options: CallOptions, /
    ) -> Res:
        """A stream of requests, one response."""
        ...

    def bidi_stream(
        self, method: Method[Req, Res], requests: AsyncIterable[Req] | Iterable[Req], options: CallOptions, /
    ) -> AsyncGenerator[Res, None]:
        """A stream of requests, a stream of responses."""
        ...


class RepeatedPageError(RuntimeError):
    """A server that names as the next page one that it has given already: going on would never end."""


def iterate_pages(
    fetch: Callable[[Req], Res],
    request: Req,
    *,
    field: str,
    token: Callable[[Res], Text],
    items: Callable[[Res], Iterable[Item]],
) -> Generator[Item, None, None]:
    """Iterate over the things on all pages, from the page that the request asks for.

    Args:
        fetch: gets one page.
        request: asks for the first page; it is not changed.
        field: the request's attribute that takes the token of a page.
        token: takes the token of the next page out of a response; empty on the last one.
        items: takes the things out of a response.

    Yields:
        Each thing; a page is fetched when the things of the one before are used up.

    Raises:
        RepeatedPageError: a token comes a second time.
    """
    seen = {getattr(request, field)}
    while True:
        response = fetch(request)
        yield from items(response)
        following = token(response)
        if not following:
            return
        request = _next_page(request, field, following, seen)


async def iterate_pages_async(
    fetch: Callable[[Req], Awaitable[Res]],
    request: Req,
    *,
    field: str,
    token: Callable[[Res], Text],
    items: Callable[[Res], Iterable[Item]],
) -> AsyncGenerator[Item, None]:
    """Like `iterate_pages`, in an event loop."""
    seen = {getattr(request, field)}
    while True:
        response = await fetch(request)
        for item in items(response):
            yield item
        following = token(response)
        if not following:
            return
        request = _next_page(request, field, following, seen)


def one_of(name: str, *members: tuple[str, object]) -> Any:  # noqa: ANN401 - the type differs with the oneof
    """The value of a oneof from keyword arguments of which at most one may be given.

    Args:
        name: the oneof's name.
        *members: each member's name and its value, None where it is not given.

    Returns:
        The member that is given; None where none is.

    Raises:
        ValueError: two are given; the message names them.
    """
    given = [(member, value) for member, value in members if value is not None]
    if len(given) > 1:
        names = " and ".join(member for member, _ in given)
        raise ValueError(f"{names} exclude each other: only one field of the oneof {name} can be set")
    return Oneof(*given[0]) if given else None


def texts(name: str, values: Iterable[Text]) -> list[Text]:
    """The values of a repeated string or bytes field.

    Args:
        name: the field's name.
        values: its values.

    Returns:
        The values as a list.

    Raises:
        TypeError: one string or bytes object is given, which would be taken apart into its letters or numbers.
    """
    if isinstance(values, str | bytes | bytearray | memoryview):
        raise TypeError(f"{name} takes several values: put the one into a list")
    return list(values)


def _next_page(request: Req, field: str, token: str | bytes, seen: set[str | bytes]) -> Req:
    if token in seen:
        raise RepeatedPageError(f"the token {token!r} of {field} comes a second time; the pages would never end")
    seen.add(token)
    following = copy(request)
    setattr(following, field, token)
    return following
