"""What the parts of a proof hand to each other: vectors, jobs, what a runtime reports, and stages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

__all__ = ["Figure", "MessageVectors", "Rpc", "RuntimeReport", "Stage", "StageStatus", "Vector", "VectorFailure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """One message as bytes and as JSON.

    Attributes:
        name: unique in its message, such as `model/boundary/empty`: the field, what is tried, and which value.
        input: the bytes to decode.
        output: the bytes that every runtime writes, under deterministic encoding, after decoding `input`; often equal.
        json: the message's canonical JSON, by the ProtoJSON rules; None where it has none.
        lossy_json: whether JSON leaves something out that the bytes hold, such as unknown fields, so that only the
            direction from bytes to JSON can be held against it.
    """

    name: str
    input: bytes
    output: bytes
    json: str | None
    lossy_json: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageVectors:
    """All vectors of one message.

    Attributes:
        message: the message's full name.
        file: the name of the `.proto` file that declares it.
        vectors: in a fixed order.
    """

    message: str
    file: str
    vectors: tuple[Vector, ...]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Rpc:
    """One RPC, as the reference has it or as some generated code makes it.

    Attributes:
        path: the full path, such as `/xai_api.Files/ListFiles`.
        input: full name of the request message.
        output: full name of the response message.
        client_streaming: whether requests are a stream.
        server_streaming: whether responses are a stream.
    """

    path: str
    input: str
    output: str
    client_streaming: bool
    server_streaming: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorFailure:
    """A vector that a runtime does not handle as it should.

    Attributes:
        message: full name of the message.
        vector: name of the vector.
        check: `decode`, `encode`, `to-json` or `from-json`.
        detail: what came out instead, in one line.
    """

    message: str
    vector: str
    check: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeReport:
    """What one runtime did with the vectors, and which RPCs its stubs make.

    Attributes:
        runtime: such as `google-protobuf`, `protobuf-py`, `go`.
        versions: the versions of what took part, by name.
        passed: message to the number of its vectors that pass every check.
        failures: the vectors that do not; at most the first thousand.
        missing: messages that the runtime's code does not have.
        rpcs: place, such as `python client stubs`, to the RPCs found there.
        seconds: how long it took.
    """

    runtime: str
    versions: Mapping[str, str]
    passed: Mapping[str, int]
    failures: tuple[VectorFailure, ...] = ()
    missing: tuple[str, ...] = ()
    rpcs: Mapping[str, tuple[Rpc, ...]] = field(default_factory=lambda: MappingProxyType({}))
    seconds: float = 0.0


class StageStatus(Enum):
    """How a stage of a proof ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Figure:
    """How many of something hold, such as messages 108 of 108.

    Attributes:
        name: what is counted, in the plural.
        proved: how many hold.
        total: how many there are.
    """

    name: str
    proved: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage of a proof.

    Attributes:
        name: such as `structure`, `wire: google-protobuf`, `rpcs: go client stubs`.
        status: how it ended.
        reason: why it was skipped, or a sentence on how it failed; empty where it passed.
        figures: what was counted.
        findings: what is wrong, one line each, the cause first; empty where it passed.
        seconds: how long it took.
    """

    name: str
    status: StageStatus
    reason: str = ""
    figures: tuple[Figure, ...] = ()
    findings: tuple[str, ...] = ()
    seconds: float = 0.0
