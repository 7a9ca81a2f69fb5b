"""What the service wrappers of all languages are made from: services and methods with their names and classes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protobuf import DescField, DescMethod, DescService

__all__ = ["Idempotency", "MethodModel", "Page", "RetryClass", "ServiceModel", "StreamingKind"]


class StreamingKind(Enum):
    """Which sides of an RPC are streams."""

    UNARY = "unary"
    CLIENT_STREAM = "client-stream"
    SERVER_STREAM = "server-stream"
    BIDI_STREAM = "bidi-stream"


class Idempotency(Enum):
    """What a second call with the same request does; the names are those of `MethodOptions.IdempotencyLevel`."""

    UNKNOWN = "unknown"
    NO_SIDE_EFFECTS = "no-side-effects"
    IDEMPOTENT = "idempotent"


class RetryClass(Enum):
    """When a failed call may be made again.

    `ALWAYS`: after any passing failure, for a second call changes nothing. `UNPROCESSED`: only where the server cannot
    have begun, or says that it has not. `NEVER`: not at all, for the request cannot be sent twice.
    """

    ALWAYS = "always"
    UNPROCESSED = "unprocessed"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """How a method that lists things a page at a time is asked for the next one.

    Attributes:
        request: the request's field that takes the token.
        response: the response's field that holds the token of the next page; empty or absent on the last one.
        items: the response's repeated field with the things.
    """

    request: DescField
    response: DescField
    items: DescField


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodModel:
    """One RPC and its wrapper.

    Attributes:
        desc: the method's descriptor, with its input and output messages.
        path: the RPC's full path, such as `/xai_api.Files/ListFiles`.
        name: the wrapper's name in snake_case, before a language's own rules and escapes.
        streaming: which sides are streams.
        idempotency: what a second call does.
        retry: when a failed call may be made again.
        timeout: the default limit of a call in seconds; None for none.
        host: which host serves it, a label of the settings such as `api`; empty where there is only one.
        page: how further pages are asked for; None where there are none.
        comment: the contract's comment on it, without comment signs; empty for none.
    """

    desc: DescMethod
    path: str
    name: str
    streaming: StreamingKind
    idempotency: Idempotency
    retry: RetryClass
    timeout: float | None
    host: str
    page: Page | None
    comment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceModel:
    """One service and its wrapper.

    Attributes:
        desc: the service's descriptor.
        full_name: such as `xai_api.Files`.
        name: the wrapper's name in snake_case: `files` is the class `Files` in the module `files`.
        methods: its RPCs, in the contract's order.
        comment: the contract's comment on it; empty for none.
    """

    desc: DescService
    full_name: str
    name: str
    methods: tuple[MethodModel, ...]
    comment: str
