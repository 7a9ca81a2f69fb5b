"""What every call goes through: the journal, faults, keys, its handler."""

from __future__ import annotations

import asyncio
import errno
import logging
import sqlite3
import time
import uuid
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Protocol

from xaiwire import StatusCode
from xaiwire_server.emulator.context import Context
from xaiwire_server.emulator.state.keys import Key
from xaiwire_server.rpc.refusal import Cut, Refusal, waiting_trailers
from xaiwire_server.rpc.unknown_fields import unknown_fields

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping

    from protobuf import Message

    from xaiwire_server.emulator.context import Handler
    from xaiwire_server.emulator.control.faults import Fault, Faults
    from xaiwire_server.emulator.control.journal import Entry, Journal
    from xaiwire_server.emulator.control.metrics import Metrics
    from xaiwire_server.emulator.state.keys import Keys
    from xaiwire_server.rpc.call import Call
    from xaiwire_server.rpc.methods import Rpc

__all__ = ["Dispatcher", "Elsewhere"]

MANAGEMENT = frozenset({"collections.Collections"})
"""The services that take a management key; all others take an API key."""

_ENDPOINTS = {
    "xai_api.Chat": "chat",
    "xai_api.Documents": "documents",
    "xai_api.Embedder": "embed",
    "xai_api.Files": "files",
    "xai_api.Image": "image",
    "xai_api.Models": "models",
    "xai_api.Sample": "sample",
    "xai_api.Tokenize": "tokenize",
}
_AUTH = "xai_api.Auth"
_LOG = logging.getLogger("xaiwire_server.calls")
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Elsewhere(Protocol):
    """Who answers calls in place of the emulator: another server, or a recording of one."""

    def responses(self, call: Call, request: Any) -> AsyncIterator[Message[Any]]:  # noqa: ANN401 - of any RPC
        """The responses of a call."""

    async def close(self) -> None:
        """Close what is open."""


class Dispatcher:
    """Serves calls. A `CallServer`."""

    def __init__(
        self,
        *,
        rpcs: Mapping[str, Rpc],
        handlers: Mapping[str, Handler],
        open_services: frozenset[str],
        keys: Keys,
        faults: Faults,
        journal: Journal,
        metrics: Metrics,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        """Begin.

        Args:
            rpcs: what there is to call, by path.
            handlers: who serves it.
            open_services: the services that want no key.
            keys: whom calls may be from.
            faults: what goes wrong on purpose.
            journal: remembers calls.
            metrics: counts them.
            elsewhere: answers the contract's RPCs in place of the handlers, and of the keys; None where nothing does.
        """
        self._rpcs = rpcs
        self._handlers = handlers
        self._open = open_services
        self._keys = keys
        self._faults = faults
        self._journal = journal
        self._metrics = metrics
        self._elsewhere = elsewhere

    def find(self, path: str) -> Rpc | None:
        """The RPC at a path; None if there is none."""
        return self._rpcs.get(path)

    async def responses(
        self, call: Call, request: Message[Any] | AsyncIterator[Message[Any]]
    ) -> AsyncIterator[Message[Any]]:
        """Serve a call."""
        call.request_id = str(uuid.uuid4())
        call.response_metadata.append(("x-request-id", call.request_id))
        entry = self._journal.open(call)
        started = time.perf_counter()
        self._metrics.open.inc()
        try:
            fault = self._faults.take(call.rpc)
            if fault is not None:
                entry.fault = fault.id
                await _suffer(fault)
            async with aclosing(self._served(call, entry, request)) as responses:
                async for response in responses:
                    if fault is not None:
                        await _suffer_cut(fault, entry.response_count)
                    entry.went(response)
                    yield response
            if fault is not None:
                await _suffer_cut(fault, entry.response_count)
            entry.status = "OK"
        except Refusal as refusal:
            entry.status, entry.message = refusal.code.name, refusal.message
            raise
        except Cut as cut:
            entry.status, entry.message = "CUT", str(cut)
            raise
        except (asyncio.CancelledError, GeneratorExit):
            entry.status = "CANCELLED"
            raise
        except Exception:
            entry.status = "INTERNAL"
            _LOG.exception("bug", extra={"rpc": call.rpc.path, "request_id": call.request_id})
            raise
        finally:
            entry.seconds = time.perf_counter() - started
            self._ended(entry)

    async def _served(
        self, call: Call, entry: Entry, request: Message[Any] | AsyncIterator[Message[Any]]
    ) -> AsyncGenerator[Message[Any]]:
        rpc = call.rpc
        elsewhere = None if rpc.service in self._open else self._elsewhere
        # Who answers elsewhere, looks at the key himself.
        key = _NOBODY if elsewhere is not None else self._key(call, entry)
        given = self._noted_all(entry, request) if rpc.client_streams else self._noted(entry, request)
        if elsewhere is not None:
            async with aclosing(elsewhere.responses(call, given)) as responses:  # type: ignore[type-var]
                async for response in responses:
                    yield response
            return
        handler, context = self._handlers[rpc.path], Context(call, key)
        try:
            if rpc.server_streams:
                async with aclosing(handler(given, context)) as responses:
                    async for response in responses:
                        yield response
            else:
                yield await handler(given, context)
        except (sqlite3.OperationalError, OSError) as error:
            if _disk_is_full(error):
                raise Refusal(StatusCode.RESOURCE_EXHAUSTED, "the disk of the emulator's folder is full") from error
            raise

    def _noted(self, entry: Entry, request: Any) -> Any:  # noqa: ANN401 - of any RPC
        data = request.to_binary()
        entry.came(data)
        entry.unknown.extend(name for name in unknown_fields(request, data) if name not in entry.unknown)
        return request

    async def _noted_all(self, entry: Entry, requests: Any) -> AsyncIterator[Message[Any]]:  # noqa: ANN401 - as above
        async for request in requests:
            yield self._noted(entry, request)

    def _key(self, call: Call, entry: Entry) -> Key:
        service = call.rpc.service
        if service in self._open:
            return _NOBODY
        scheme, _, secret = call.metadata.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            raise Refusal(StatusCode.UNAUTHENTICATED, "there is no key: the metadata `authorization` says `Bearer KEY`")
        key = self._keys.find(secret.strip())
        if key is None:
            raise Refusal(StatusCode.UNAUTHENTICATED, "the key is not known")
        entry.key = key.redacted
        wanted = "management" if service in MANAGEMENT else "api"
        if key.kind != wanted:
            raise Refusal(
                StatusCode.PERMISSION_DENIED,
                f"{service} takes {'a management' if wanted == 'management' else 'an API'} key; "
                f"{key.redacted} is {'a management' if key.kind == 'management' else 'an API'} key",
            )
        if service == _AUTH:
            # Whoever is blocked can still see that he is.
            return key
        for state, what in (
            (key.blocked, "blocked"),
            (key.disabled, "disabled"),
            (key.team_blocked, "of a blocked team"),
        ):
            if state:
                raise Refusal(StatusCode.PERMISSION_DENIED, f"the key {key.redacted} is {what}")
        endpoint = _ENDPOINTS.get(service)
        if endpoint is not None and not key.may("endpoint", endpoint):
            raise Refusal(StatusCode.PERMISSION_DENIED, f"the key {key.redacted} may not use the endpoint {endpoint!r}")
        return key

    def _ended(self, entry: Entry) -> None:
        rpc = entry.call.rpc
        self._metrics.open.dec()
        self._metrics.ended(rpc.service, rpc.name, entry.status, entry.seconds)
        for field in entry.unknown:
            self._metrics.unknown(field)
        self._journal.close(entry)
        if _LOG.isEnabledFor(logging.INFO):
            # `message` is what logging calls its own.
            said = entry.summary()
            _LOG.info("call", extra=said | {"status_message": said.pop("message")})


_NOBODY = Key("", "api", "", "", "", "", (), 0, 0, "")


def _disk_is_full(error: sqlite3.OperationalError | OSError) -> bool:
    if isinstance(error, OSError):
        return error.errno in _FULL
    return error.sqlite_errorcode in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE)


async def _suffer(fault: Fault) -> None:
    if fault.delay:
        await asyncio.sleep(fault.delay)
    if fault.status:
        message = fault.message or f"fault {fault.id}"
        raise Refusal(StatusCode[fault.status], message, trailers=waiting_trailers(fault.retry_after))
    await _suffer_cut(fault, 0)


async def _suffer_cut(fault: Fault, count: int) -> None:
    if fault.cut_after is not None and count >= fault.cut_after:
        if count:
            # What was said before is to reach the caller.
            await asyncio.sleep(0)
        raise Cut(connection=fault.cut == "connection")
