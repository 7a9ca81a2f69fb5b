"""The report file that a runtime writes, read with suspicion: generated code and its process may write anything."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from protoalign.errors import InputError
from protoalign.prove.model import Rpc, VectorFailure

__all__ = ["CHECKS", "MessageResult", "RawReport", "one_line", "read_report"]

FORMAT = 1
CHECKS = ("decode", "encode", "to-json", "from-json")
"""What a runtime checks of each vector, in this order."""

MAX_BYTES = 512 << 20
MAX_LINE = 600
MAX_ERRORS = 200

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageResult:
    """What a runtime did with one message's vectors.

    Attributes:
        vectors: how many it tried.
        failures: what failed, several of one vector perhaps.
        json: vector name to the runtime's own JSON text.
        encoded: vector name to the bytes that it wrote instead of the expected ones, as far as it tells them.
    """

    vectors: int
    failures: tuple[VectorFailure, ...]
    json: Mapping[str, str]
    encoded: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class RawReport:
    """What a runtime reports, before it is judged.

    Attributes:
        runtime: its name.
        versions: the versions of what took part, by name.
        messages: full name of each message to what was done with its vectors.
        missing: messages that the runtime's code does not have.
        rpcs: place, such as `python client stubs`, to the RPCs found there.
        errors: what else went wrong, such as a module that does not import.
    """

    runtime: str
    versions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    messages: Mapping[str, MessageResult] = field(default_factory=lambda: MappingProxyType({}))
    missing: tuple[str, ...] = ()
    rpcs: Mapping[str, tuple[Rpc, ...]] = field(default_factory=lambda: MappingProxyType({}))
    errors: tuple[str, ...] = ()


def read_report(path: Path, runtime: str) -> RawReport:
    """Read a report.

    Args:
        path: the file.
        runtime: the name that the report has to bear.

    Raises:
        InputError: there is none, it is too large, or it is not of the form that a runtime writes; it says in what.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"the report is larger than {MAX_BYTES >> 20} MiB")
        data = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise InputError("no report was written") from None
    except OSError as error:
        raise InputError(f"the report cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"the report is no JSON: {one_line(str(error))}") from error
    root = _table(data, "the report")
    if root.get("format") != FORMAT:
        raise InputError(f"the report has format {one_line(repr(root.get('format')))}, not {FORMAT}")
    if root.get("runtime") != runtime:
        raise InputError(f"the report is of {one_line(repr(root.get('runtime')))}, not of {runtime}")
    return RawReport(
        runtime=runtime,
        versions=_tables(root, "versions", lambda value, where: one_line(_text(value, where))),
        messages=_tables(root, "messages", _message),
        missing=tuple(one_line(_text(each, "missing")) for each in _list(root.get("missing", []), "missing")),
        rpcs=_tables(root, "rpcs", _rpcs),
        errors=tuple(one_line(_text(each, "errors")) for each in _list(root.get("errors", []), "errors")[:MAX_ERRORS]),
    )


def one_line(text: str) -> str:
    """Text of others as one printable line of bounded length."""
    if len(text) > 4 * MAX_LINE:
        text = text[: 4 * MAX_LINE]
    line = "".join(character if character.isprintable() else " " for character in text)
    line = " ".join(line.split())
    return line if len(line) <= MAX_LINE else f"{line[: MAX_LINE - 2]} …"


def _message(data: object, where: str) -> MessageResult:
    table = _table(data, where)
    vectors = table.get("vectors")
    if type(vectors) is not int or vectors < 0:
        raise InputError(f"in the report, the vectors of {where} are no number")
    name = where.partition(".")[2]
    told = _list(table.get("failures", []), f"{where}.failures")
    failures = tuple(_failure(each, name) for each in told)
    encoded = {
        failure.vector: _bytes(each["bytes"], f"{where}.failures")
        for failure, each in zip(failures, told, strict=True)
        if failure.check == "encode" and isinstance(each, dict) and "bytes" in each
    }
    texts = _table(table.get("json", {}), f"{where}.json")
    return MessageResult(
        vectors=vectors,
        failures=failures,
        json=MappingProxyType({key: _text(text, f"{where}.json") for key, text in texts.items()}),
        encoded=MappingProxyType(encoded),
    )


def _failure(data: object, message: str) -> VectorFailure:
    where = f"messages.{message}.failures"
    table = _table(data, where)
    check = table.get("check")
    if check not in CHECKS:
        raise InputError(f"in the report, {where} has the check {one_line(repr(check))}")
    return VectorFailure(
        message=message,
        vector=_text(table.get("vector"), where),
        check=str(check),
        detail=one_line(_text(table.get("detail"), where)),
    )


def _rpcs(data: object, where: str) -> tuple[Rpc, ...]:
    return tuple(sorted(_rpc(each, where) for each in _list(data, where)))


def _rpc(data: object, where: str) -> Rpc:
    table = _table(data, where)
    streaming = [table.get(side) for side in ("client_streaming", "server_streaming")]
    if not all(isinstance(side, bool) for side in streaming):
        raise InputError(f"in the report, an RPC of {where} does not say what streams")
    path, request, response = (one_line(_text(table.get(key), where)) for key in ("path", "input", "output"))
    return Rpc(
        path=path,
        input=request,
        output=response,
        client_streaming=bool(streaming[0]),
        server_streaming=bool(streaming[1]),
    )


def _tables(root: Mapping[str, object], key: str, read: Callable[[object, str], T]) -> Mapping[str, T]:
    table = _table(root.get(key, {}), key)
    return MappingProxyType({one_line(name): read(value, f"{key}.{one_line(name)}") for name, value in table.items()})


def _table(value: object, where: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise InputError(f"in the report, {where} is no object")
    return value


def _list(value: object, where: str) -> list[object]:
    if not isinstance(value, list):
        raise InputError(f"in the report, {where} is no array")
    return value


def _bytes(value: object, where: str) -> bytes:
    try:
        return bytes.fromhex(_text(value, where))
    except ValueError:
        raise InputError(f"in the report, {where} holds bytes that are no hex") from None


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise InputError(f"in the report, {where} holds what is no string")
    return value
