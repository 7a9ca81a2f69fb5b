"""One HTTP request and its answer, on ASGI's two channels."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import suppress
from secrets import token_hex
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from xaiwire import CallInfo
from xaiwire_server.gateway.http.decoding import decode_json
from xaiwire_server.gateway.http.failures import ApiError, ClientGoneError
from xaiwire_server.wire.model import GONE

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, MutableMapping

    from xaiwire_server.gateway.settings import KeySettings, Settings

__all__ = ["Caller", "Exchange", "Usage"]

T = TypeVar("T")

WARNING_HEADER = b"x-gateway-warning"
MOST_WARNINGS = 20
DISCARDED_BYTES = 16 << 20
DISCARD_SECONDS = 5.0

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")
_JSON = (b"content-type", b"application/json")


class Caller(msgspec.Struct, frozen=True):
    """Who made a request.

    Attributes:
        key: what xAI's API is called with.
        management_key: the same for the management API; None where there is none.
        gateway_key: the gateway key; None where the caller's own key is passed on.
    """

    key: str
    management_key: str | None
    gateway_key: KeySettings | None = None

    def __repr__(self) -> str:
        return f"Caller({self.name!r})"

    @property
    def name(self) -> str:
        """What logs and figures call the caller."""
        return self.gateway_key.name if self.gateway_key is not None else "pass-through"


class Usage(msgspec.Struct):
    """What an answer took, as far as it is known.

    Attributes:
        prompt: tokens of the prompt.
        completion: tokens of the answer, with those of reasoning.
        total: what budgets are charged with.
    """

    prompt: int = 0
    completion: int = 0
    total: int = 0


class Exchange:
    """One request and its answer.

    Attributes:
        scope: ASGI's.
        settings: the gateway's.
        method: HTTP's, in capitals.
        path: what was asked for, decoded.
        params: the parts of the path that stand for something.
        query: the query's parameters that the route knows; a list of values where one may be there several times.
        headers: by name in lower case; of several with one name the first.
        request_id: what the request is called, here and upstream.
        call_info: filled in by the calls upstream.
        caller: who made it; None until that is known, and on routes that need no key.
        model: the model it names; empty where it names none.
        usage: what the answer took so far.
        status: the answer's; 0 until it was begun.
        is_gone: the client left.
        is_streaming: the answer is a stream of events.
        first_event: seconds until the first of them was there; 0 where there was none.
        bytes_sent: what of the answer was sent, without its head.
        failed: why the answer is an error, or broke off; None where it is neither.
        cut_by: why it was to end before it was whole; None where it was not.
        on_cut: lets a stream end for that reason; None where the answer is no stream.
        extra_headers: further headers of the answer.
    """

    __slots__ = (
        "_connection",
        "_is_ending",
        "_receive",
        "_send",
        "_started",
        "_task",
        "_warnings",
        "_watcher",
        "bytes_sent",
        "call_info",
        "caller",
        "cut_by",
        "extra_headers",
        "failed",
        "first_event",
        "headers",
        "is_gone",
        "is_streaming",
        "method",
        "model",
        "on_cut",
        "params",
        "path",
        "query",
        "request_id",
        "scope",
        "settings",
        "status",
        "usage",
    )

    def __init__(self, scope: MutableMapping[str, Any], receive: Any, send: Any, settings: Settings) -> None:  # noqa: ANN401 - ASGI's channels
        """Read what came before the body."""
        self.scope = scope
        self.settings = settings
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.params: Mapping[str, str] = {}
        self.query: Mapping[str, Any] = {}
        self.headers: dict[bytes, bytes] = dict(reversed(scope["headers"]))
        self.request_id = _request_id(self.headers.get(b"x-request-id", b""))
        self.call_info = CallInfo()
        self.caller: Caller | None = None
        self.model = ""
        self.usage = Usage()
        self.status = 0
        self.is_gone = False
        self.is_streaming = False
        self.first_event = 0.0
        self.bytes_sent = 0
        self.failed: ApiError | None = None
        self.cut_by: ApiError | None = None
        self.on_cut: Callable[[], None] | None = None
        self.extra_headers: list[tuple[bytes, bytes]] = []
        self._receive = receive
        self._send = send
        self._is_ending = False
        self._warnings: list[str] = []
        self._task = asyncio.current_task()
        self._watcher: asyncio.Task[None] | None = None
        self._connection: asyncio.Future[None] | None = None
        self._started = time.perf_counter()

    # The request.

    @property
    def seconds(self) -> float:
        """How long it has been going on."""
        return time.perf_counter() - self._started

    async def json(self, kind: type[T]) -> T:
        """The body, as the type that it is to be; fields that the type does not have become warnings.

        Raises:
            ApiError: it is too large, too slow, no JSON or not of this type; or `strict` refuses an unknown field.
            ClientGoneError: the client left.
        """
        self._check_is_json()
        return self._decoded(await self.body(self.settings.max_body_bytes), kind)

    async def optional_json(self, kind: type[T]) -> T | None:
        """The same; None where there is no body.

        Raises:
            ApiError: as above.
            ClientGoneError: as above.
        """
        content = await self.body(self.settings.max_body_bytes)
        if not content:
            return None
        self._check_is_json()
        return self._decoded(content, kind)

    def _check_is_json(self) -> None:
        kind = self.headers.get(b"content-type", b"application/json").partition(b";")[0].strip().lower()
        if kind != b"application/json" and not kind.endswith(b"+json"):
            raise ApiError(415, "the request's content-type is to be application/json", code="unsupported_media_type")

    def _decoded(self, content: bytes, kind: type[T]) -> T:
        value, unknown = decode_json(content, kind)
        for path in unknown:
            self.leave_out(path, "unknown field")
        return value

    def leave_out(self, param: str, reason: str) -> None:
        """Say that a part of the request is not passed on.

        Args:
            param: its path from the request.
            reason: why.

        Raises:
            ApiError: 400, where `strict` is set.
        """
        self.warn(param, reason, "; it was left out")

    def warn(self, param: str, reason: str, result: str = "") -> None:
        """Say that a part of the request has not the effect that it was meant to have.

        Args:
            param: its path from the request.
            reason: why.
            result: what became of it, where the request is not refused.

        Raises:
            ApiError: 400, where `strict` is set.
        """
        if self.settings.strict:
            raise ApiError(400, f"{param}: {reason}", code="unknown_parameter", param=param)
        self._warnings.append(f"{param}: {reason}{result}")

    async def body(self, limit: int) -> bytes:
        """The whole body.

        Args:
            limit: bytes that it may have.

        Raises:
            ApiError: 408 or 413.
            ClientGoneError: the client left.
        """
        parts = [part async for part in self.parts(limit)]
        self.watch()
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def parts(self, limit: int) -> AsyncGenerator[bytes, None]:
        """The body, as it comes.

        Args:
            limit: bytes that it may have.

        Raises:
            ApiError: 408 or 413.
            ClientGoneError: the client left.
        """
        if b"content-encoding" in self.headers:
            raise ApiError(415, "the request is to come without content-encoding", code="unsupported_media_type")
        declared = self.headers.get(b"content-length", b"")
        if declared.isdigit() and int(declared) > limit:
            raise await self._too_large(limit)
        came = 0
        more = True
        while more:
            try:
                async with asyncio.timeout(self.settings.read_timeout):
                    event = await self._receive()
            except TimeoutError:
                raise ApiError(
                    408,
                    f"nothing of the request came for {self.settings.read_timeout:g} s",
                    code="request_timeout",
                    headers=(("connection", "close"),),
                ) from None
            if event["type"] == "http.disconnect":
                self.is_gone = True
                raise ClientGoneError
            part, more = event.get("body", b""), event.get("more_body", False)
            came += len(part)
            if came > limit:
                raise await self._too_large(limit) if more else self._too_much(limit)
            if part or not more:
                yield part

    @staticmethod
    def _too_much(limit: int) -> ApiError:
        return ApiError(
            413,
            f"the request has more than {limit:,} bytes",
            code="request_too_large",
            headers=(("connection", "close"),),
        )

    async def _too_large(self, limit: int) -> ApiError:
        """413; a while, what still comes is read, since many clients read no answer before all is sent."""
        discarded = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(DISCARD_SECONDS):
                while discarded < DISCARDED_BYTES:
                    event = await self._receive()
                    discarded += len(event.get("body", b""))
                    if not event.get("more_body", False):
                        break
        return self._too_much(limit)

    def watch(self) -> None:
        """From now on, cancel what answers the request when the client leaves. The body has to be read before."""
        self.watch_connection()
        if self._connection is None and self._watcher is None:
            self._watcher = asyncio.get_running_loop().create_task(self._read_on())

    def watch_connection(self) -> None:
        """The same while the body is still to be read, where the server says that the connection is lost."""
        if self._connection is None:
            self._connection = self.scope.get("extensions", {}).get(GONE)
            if self._connection is not None:
                self._connection.add_done_callback(self._left)

    async def _read_on(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._left()

    def _left(self, _connection: asyncio.Future[None] | None = None) -> None:
        if self._task is not None and not self._task.done() and not self._is_ending:
            self.is_gone = True
            self._task.cancel()

    def cut(self, reason: ApiError) -> None:
        """End the request before its answer is whole: a stream with an error event, any other by cancelling it.

        Args:
            reason: what the client is told, as far as it can still be.
        """
        self.cut_by = reason
        if self.on_cut is not None:
            self.on_cut()
        elif self._task is not None:
            self._task.cancel()

    def close(self) -> None:
        """The answer is over."""
        self._task = None
        self.on_cut = None
        if self._watcher is not None:
            self._watcher.cancel()
        if self._connection is not None:
            self._connection.remove_done_callback(self._left)

    # Calls upstream.

    def options(self, **more: object) -> dict[str, Any]:
        """What is said of each call upstream: the key, the request's id, where to note what came beside the answer."""
        assert self.caller is not None  # noqa: S101 - routes that call upstream have looked at the key
        return self._options(self.caller.key, more)

    def management_options(self, **more: object) -> dict[str, Any]:
        """The same for the management API.

        Raises:
            ApiError: 403, the gateway key has no key for it.
        """
        assert self.caller is not None  # noqa: S101 - as above
        if self.caller.management_key is None:
            raise ApiError(403, "this gateway key has no key for the management API", code="no_management_key")
        return self._options(self.caller.management_key, more)

    def _options(self, key: str, more: dict[str, object]) -> dict[str, Any]:
        metadata = [("authorization", f"Bearer {key}"), ("x-request-id", self.request_id)]
        return {"metadata": metadata, "call_info": self.call_info, **more}

    # The answer.

    @property
    def has_begun(self) -> bool:
        """Whether the answer's head was sent."""
        return self.status != 0

    async def begin(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Send the answer's head."""
        self.status = status
        await self._send({"type": "http.response.start", "status": status, "headers": [*headers, *self._own_headers()]})

    async def send(self, content: bytes, *, more: bool) -> None:
        """Send a part of the answer's body.

        Args:
            content: the part.
            more: whether there will be another.
        """
        # From its last part on, the server says that the client is not there any more, whether it left or not.
        self._is_ending = not more
        await self._send({"type": "http.response.body", "body": content, "more_body": more})
        self.bytes_sent += len(content)

    async def answer(self, value: object, *, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> None:
        """Answer with JSON.

        Args:
            value: whatever msgspec encodes.
            status: HTTP's.
            headers: further headers.
        """
        await self.answer_bytes(msgspec.json.encode(value), _JSON, status=status, headers=headers)

    async def answer_bytes(
        self,
        content: bytes,
        content_type: tuple[bytes, bytes] | None,
        *,
        status: int = 200,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """Answer with bytes.

        Args:
            content: the body.
            content_type: the header; None for none.
            status: HTTP's.
            headers: further headers.
        """
        head = [(b"content-length", str(len(content)).encode())]
        if content_type is not None:
            head.append(content_type)
        head.extend((name.encode(), _UNPRINTABLE.sub("?", value).encode()) for name, value in headers)
        await self.begin(status, head)
        await self.send(content, more=False)

    def _own_headers(self) -> list[tuple[bytes, bytes]]:
        headers = [(b"x-request-id", self.request_id.encode()), *self.extra_headers]
        upstream = self.call_info.request_id
        if upstream and upstream != self.request_id:
            headers.append((b"x-upstream-request-id", _UNPRINTABLE.sub("?", upstream).encode()))
        for warning in self._warnings[:MOST_WARNINGS]:
            headers.append((WARNING_HEADER, _UNPRINTABLE.sub("?", warning)[:300].encode()))
        if (more := len(self._warnings) - MOST_WARNINGS) > 0:
            headers.append((WARNING_HEADER, f"and {more} more".encode()))
        return headers


def _request_id(given: bytes) -> str:
    """The caller's own name of the request, where it can be one; else a new one."""
    return given.decode() if _REQUEST_ID.fullmatch(given) else token_hex(16)
