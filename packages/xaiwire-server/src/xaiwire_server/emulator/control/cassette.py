"""Recordings: what a real server said, to be said again later. Secrets never get into one."""

from __future__ import annotations

import asyncio
import hashlib
import time
from typing import TYPE_CHECKING, Any

import msgspec
from protobuf import message_from_json_value, message_to_json_value

from xaiwire import StatusCode
from xaiwire_server.emulator.control.journal import without_secrets
from xaiwire_server.rpc.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from protobuf import Message

    from xaiwire_server.rpc.call import Call
    from xaiwire_server.rpc.methods import Rpc
    from xaiwire_server.rpc.upstream import Upstream

__all__ = ["CassetteError", "Player", "Recorder"]

FORMAT = 1


class CassetteError(Exception):
    """A recording cannot be used; the text says why."""


class _Said(msgspec.Struct, forbid_unknown_fields=True):
    after: float
    message: Any


class _Recorded(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    format: int
    rpc: str
    requests: list[Any]
    responses: list[_Said] = []
    status: str = "OK"
    message: str = ""
    trailers: list[tuple[str, str]] = []
    seconds: float = 0.0


class Recorder:
    """Passes calls on to a server, and writes down what was said."""

    def __init__(self, path: Path, upstream: Upstream) -> None:
        """Open the recording; what is in it stays, and what is recorded comes behind it.

        Args:
            path: one JSON object a line.
            upstream: the server.

        Raises:
            CassetteError: the file cannot be written.
        """
        self._upstream = upstream
        try:
            self._file = path.open("ab")
        except OSError as error:
            raise CassetteError(f"{path}: it cannot be written: {error.strerror or error}") from error

    async def responses(self, call: Call, request: Any) -> AsyncIterator[Message[Any]]:  # noqa: ANN401 - of any RPC
        """What the server answers."""
        requests: list[Any] = []
        recorded = _Recorded(FORMAT, call.rpc.full_name, requests)
        began = time.perf_counter()
        if call.rpc.client_streams:
            given: Any = _noted(request, requests)
        else:
            requests.append(_plain(request))
            given = request
        try:
            async for message in self._upstream.responses(call, given):
                recorded.responses.append(_Said(round(time.perf_counter() - began, 4), _plain(message)))
                yield message
        except Refusal as refusal:
            recorded.status, recorded.message = refusal.code.name, refusal.message
            recorded.trailers = list(refusal.trailers)
            raise
        except (asyncio.CancelledError, GeneratorExit):
            # The caller did not want the rest; a part of an answer is no recording.
            recorded.status = ""
            raise
        finally:
            if recorded.status:
                recorded.seconds = round(time.perf_counter() - began, 4)
                self._file.write(msgspec.json.encode(recorded) + b"\n")
                self._file.flush()

    async def close(self) -> None:
        """Close the recording and the connections."""
        self._file.close()
        await self._upstream.close()


class Player:
    """Says what was recorded: to the same requests the same answers, in their order, and the last one from then on."""

    def __init__(self, path: Path, rpcs: Mapping[str, Rpc], *, timing: bool) -> None:
        """Read a recording.

        Args:
            path: what a Recorder has written.
            rpcs: what there is to call.
            timing: wait as long as the server had.

        Raises:
            CassetteError: it is none; with the line.
        """
        self._timing = timing
        self._recorded: dict[str, list[_Recorded]] = {}
        self._at: dict[str, int] = {}
        try:
            lines = path.read_bytes().splitlines()
        except OSError as error:
            raise CassetteError(f"{path}: it cannot be read: {error.strerror or error}") from error
        for number, line in enumerate(lines, 1):
            try:
                recorded = msgspec.json.decode(line, type=_Recorded)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise CassetteError(f"{path}:{number}: this is no recorded call: {error}") from error
            rpc = rpcs.get(f"/{recorded.rpc}")
            known = recorded.format == FORMAT and rpc is not None
            if not known or recorded.status not in StatusCode.__members__:
                raise CassetteError(f"{path}:{number}: this is no call that this release can replay")
            try:
                for said in recorded.responses:
                    said.message = message_from_json_value(rpc.output, said.message)  # type: ignore[union-attr]
            except Exception as error:
                raise CassetteError(f"{path}:{number}: a response is none of {recorded.rpc}: {error}") from error
            self._recorded.setdefault(_digest(recorded.rpc, recorded.requests), []).append(recorded)

    async def responses(self, call: Call, request: Any) -> AsyncIterator[Message[Any]]:  # noqa: ANN401 - of any RPC
        """What was recorded."""
        rpc = call.rpc.full_name
        requests = [_plain(each) async for each in request] if call.rpc.client_streams else [_plain(request)]
        digest = _digest(rpc, requests)
        takes = self._recorded.get(digest)
        if takes is None:
            raise Refusal(StatusCode.FAILED_PRECONDITION, f"no call of {rpc} with this request was recorded")
        at = self._at.get(digest, 0)
        self._at[digest] = at + 1
        recorded = takes[min(at, len(takes) - 1)]
        began = time.perf_counter()
        for said in recorded.responses:
            if self._timing:
                await asyncio.sleep(max(0.0, said.after - (time.perf_counter() - began)))
            yield said.message
        if self._timing:
            await asyncio.sleep(max(0.0, recorded.seconds - (time.perf_counter() - began)))
        if recorded.status != "OK":
            raise Refusal(StatusCode[recorded.status], recorded.message, trailers=recorded.trailers)

    async def close(self) -> None:
        """Nothing is open."""


async def _noted(requests: AsyncIterator[Message[Any]], into: list[Any]) -> AsyncIterator[Message[Any]]:
    async for request in requests:
        into.append(_plain(request))
        yield request


def _plain(message: Message[Any]) -> Any:  # noqa: ANN401 - JSON
    return without_secrets(message_to_json_value(message, use_proto_field_name=True))


def _digest(rpc: str, requests: list[Any]) -> str:
    content = msgspec.json.encode([rpc, requests], order="deterministic")
    return hashlib.sha256(content).hexdigest()
