"""The control API: what tests ask of the emulator, and tell it."""

from __future__ import annotations

import asyncio
import hmac
import re
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from xaiwire_server.emulator.answers.script import ScriptError, read_script
from xaiwire_server.emulator.control.faults import Fault
from xaiwire_server.emulator.state.keys import ALL_ACLS, TEAM_ID
from xaiwire_server.wire.hosts import is_local_name

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from xaiwire_server.emulator.app import Emulator
    from xaiwire_server.emulator.state.keys import Key

__all__ = ["control_routes"]

PREFIX = "/_emulator"
MAX_BODY = 4 << 20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
T = TypeVar("T")


class _ClockChange(msgspec.Struct, forbid_unknown_fields=True):
    advance: float | None = None
    set: float | None = None
    frozen: bool | None = None
    reset: bool = False


class _NewKey(msgspec.Struct, forbid_unknown_fields=True):
    key: str
    kind: str = "api"
    name: str = "test"
    acls: tuple[str, ...] = ALL_ACLS
    team_id: str = TEAM_ID


class _KeyChange(msgspec.Struct, forbid_unknown_fields=True):
    acls: tuple[str, ...] | None = None
    blocked: bool | None = None
    team_blocked: bool | None = None
    disabled: bool | None = None


class _Named(msgspec.Struct, forbid_unknown_fields=True):
    name: str = "default"


def control_routes(emulator: Emulator) -> list[BaseRoute]:
    """The routes."""
    control = _Control(emulator)
    routes: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
        ("GET", "/state", control.state),
        ("GET", "/requests", control.requests),
        ("DELETE", "/requests", control.forget_requests),
        ("GET", "/requests/{number:int}", control.request),
        ("GET", "/live", control.live),
        ("POST", "/reset", control.reset),
        ("GET", "/snapshots", control.snapshots),
        ("POST", "/snapshot", control.snapshot),
        ("POST", "/restore", control.restore),
        ("GET", "/clock", control.clock),
        ("POST", "/clock", control.set_clock),
        ("GET", "/faults", control.faults),
        ("POST", "/faults", control.add_fault),
        ("DELETE", "/faults", control.clear_faults),
        ("DELETE", "/faults/{identity}", control.remove_fault),
        ("PUT", "/script", control.set_script),
        ("DELETE", "/script", control.remove_script),
        ("GET", "/keys", control.keys),
        ("POST", "/keys", control.add_key),
        ("PATCH", "/keys/{identity}", control.change_key),
    ]
    return [Route(PREFIX + path, _guarded(emulator, handler), methods=[method]) for method, path, handler in routes]


def _guarded(
    emulator: Emulator, handler: Callable[[Request], Awaitable[Response]]
) -> Callable[[Request], Awaitable[Response]]:
    @wraps(handler)
    async def guarded(request: Request) -> Response:
        token = emulator.settings.admin_token
        if token is not None:
            said = request.headers.get("authorization", "").removeprefix("Bearer ")
            if not hmac.compare_digest(said.encode(), token.encode()):
                raise HTTPException(401, "the control API wants the admin token: Authorization: Bearer TOKEN")
        else:
            _check_local(request)
        return await handler(request)

    return guarded


def _check_local(request: Request) -> None:
    """Let no page of another site act through a browser on this machine."""
    host = request.url.hostname or ""
    if not is_local_name(host):
        raise HTTPException(403, f"the control API is not for the host {host!r}; ask for it by address, or set a token")
    origin = request.headers.get("origin")
    if origin is not None and origin != f"{request.url.scheme}://{request.url.netloc}":
        raise HTTPException(403, "the control API is not for pages of other sites")


async def _content(request: Request) -> bytes:
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > MAX_BODY:
            raise HTTPException(413, f"the request has more than {MAX_BODY:,} bytes")
    return bytes(content)


async def _body(request: Request, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(await _content(request) or b"{}", type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise HTTPException(400, str(error)) from error


class _Control:
    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    # What there is.

    async def state(self, _request: Request) -> Response:
        emulator = self._emulator
        database = emulator.store.database
        counts = {
            table: database.rows(f"SELECT COUNT(*) FROM {table}")[0][0]  # noqa: S608 - names of our own
            for table in ("files", "collections", "documents", "completions", "deferred")
        }
        return JSONResponse(
            {
                "address": emulator.address,
                "engine": emulator.engine.name,
                "folder": str(emulator.settings.folder) if emulator.settings.folder is not None else None,
                "clock": self._clock(),
                "counts": counts,
                "unknown_fields": dict(emulator.journal.unknown),
                "faults": len(emulator.faults.all()),
            }
        )

    # The journal.

    async def requests(self, request: Request) -> Response:
        query = request.query_params
        rpc, status, key = query.get("rpc", ""), query.get("status", ""), query.get("key", "")
        limit = _integer(query.get("limit", "100"), "limit", 1, 1000)
        since = _integer(query.get("since", "0"), "since", 0, 2**62)
        whole = query.get("details", "") in ("1", "true")
        found: list[dict[str, Any]] = []
        for entry in self._emulator.journal.entries():
            if entry.number <= since or len(found) == limit:
                break
            if rpc in entry.call.rpc.full_name and (not status or entry.status == status) and key in entry.key:
                found.append(entry.details() if whole else entry.summary())
        return JSONResponse({"requests": found})

    async def request(self, request: Request) -> Response:
        entry = self._emulator.journal.find(request.path_params["number"])
        if entry is None:
            raise HTTPException(404, "there is no such request in the journal")
        return JSONResponse(entry.details())

    async def forget_requests(self, _request: Request) -> Response:
        self._emulator.journal.clear()
        return Response(status_code=204)

    async def live(self, request: Request) -> Response:
        return StreamingResponse(
            self._events(request), media_type="text/event-stream", headers={"cache-control": "no-store"}
        )

    async def _events(self, request: Request) -> AsyncIterator[bytes]:
        journal = self._emulator.journal
        queue = journal.listen()
        try:
            yield b": listening\n\n"
            while not await request.is_disconnected():
                try:
                    entry = await asyncio.wait_for(queue.get(), 1.0)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                if entry is None:
                    return
                yield b"data: " + msgspec.json.encode(entry.summary()) + b"\n\n"
        finally:
            journal.ignore(queue)

    # The state.

    async def reset(self, _request: Request) -> Response:
        self._emulator.reset()
        return Response(status_code=204)

    async def snapshots(self, _request: Request) -> Response:
        return JSONResponse({"snapshots": self._emulator.store.snapshots()})

    async def snapshot(self, request: Request) -> Response:
        name = _checked((await _body(request, _Named)).name)
        await asyncio.to_thread(self._emulator.store.snapshot, name)
        return JSONResponse({"name": name}, status_code=201)

    async def restore(self, request: Request) -> Response:
        name = _checked((await _body(request, _Named)).name)
        if not self._emulator.store.restore(name):
            raise HTTPException(404, f"there is no snapshot {name!r}")
        return JSONResponse({"name": name})

    # The clock.

    def _clock(self) -> dict[str, Any]:
        clock = self._emulator.clock
        return {"now": clock.now() / 1e6, "frozen": clock.frozen}

    async def clock(self, _request: Request) -> Response:
        return JSONResponse(self._clock())

    async def set_clock(self, request: Request) -> Response:
        change = await _body(request, _ClockChange)
        clock = self._emulator.clock
        if change.reset:
            clock.reset()
        if change.frozen:
            clock.freeze()
        if change.set is not None:
            clock.set(round(_bounded(change.set) * 1e6))
        if change.advance is not None:
            clock.advance(_bounded(change.advance))
        if change.frozen is False:
            clock.resume()
        return JSONResponse(self._clock())

    # Faults.

    async def faults(self, _request: Request) -> Response:
        return _json({"faults": self._emulator.faults.all()})

    async def add_fault(self, request: Request) -> Response:
        fault = await _body(request, Fault)
        self._emulator.faults.add(fault)
        return _json(fault, status=201)

    async def clear_faults(self, _request: Request) -> Response:
        self._emulator.faults.clear()
        return Response(status_code=204)

    async def remove_fault(self, request: Request) -> Response:
        if not self._emulator.faults.remove(request.path_params["identity"]):
            raise HTTPException(404, "there is no such fault")
        return Response(status_code=204)

    # Scripts.

    async def set_script(self, request: Request) -> Response:
        try:
            text = (await _content(request)).decode()
            self._emulator.play(read_script(text, "script"))
        except (ScriptError, UnicodeDecodeError) as error:
            raise HTTPException(400, str(error)) from error
        return Response(status_code=204)

    async def remove_script(self, _request: Request) -> Response:
        self._emulator.stop_playing()
        return Response(status_code=204)

    # Keys.

    async def keys(self, _request: Request) -> Response:
        return JSONResponse({"keys": [_shown(key) for key in self._emulator.store.keys.all()]})

    async def add_key(self, request: Request) -> Response:
        new = await _body(request, _NewKey)
        if not new.key or not new.key.isascii() or not new.key.isprintable():
            raise HTTPException(400, "key: it is one or more letters of ASCII")
        if new.kind not in ("api", "management"):
            raise HTTPException(400, f"kind: {new.kind!r} is neither api nor management")
        kind = "management" if new.kind == "management" else "api"
        key = self._emulator.store.keys.add(new.key, kind, name=new.name, acls=new.acls, team_id=new.team_id)  # type: ignore[arg-type]
        return JSONResponse(_shown(key), status_code=201)

    async def change_key(self, request: Request) -> Response:
        change = await _body(request, _KeyChange)
        key = self._emulator.store.keys.change(
            request.path_params["identity"],
            acls=change.acls,
            blocked=change.blocked,
            team_blocked=change.team_blocked,
            disabled=change.disabled,
        )
        if key is None:
            raise HTTPException(404, "there is no key of this id")
        return JSONResponse(_shown(key))


def _shown(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "kind": key.kind,
        "name": key.name,
        "redacted": key.redacted,
        "team_id": key.team_id,
        "acls": list(key.acls),
        "blocked": key.blocked,
        "team_blocked": key.team_blocked,
        "disabled": key.disabled,
    }


def _json(content: Any, status: int = 200) -> Response:  # noqa: ANN401 - what msgspec writes
    return Response(msgspec.json.encode(content), status_code=status, media_type="application/json")


def _integer(text: str, name: str, low: int, high: int) -> int:
    if not (text.isascii() and text.isdigit() and low <= int(text[:20]) <= high):
        raise HTTPException(400, f"{name}: {text!r} is no number between {low} and {high}")
    return int(text)


def _bounded(seconds: float) -> float:
    if not -1e10 < seconds < 1e11:
        raise HTTPException(400, f"{seconds:g} seconds are too many")
    return seconds


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise HTTPException(
            400, "name: it is up to 64 letters, digits, '.', '_' and '-', and begins with a letter or digit"
        )
    return name
