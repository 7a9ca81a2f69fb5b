"""What can go wrong, as one tree.

    XaiError
    ├── ConfigurationError          a key, a host or an option that cannot be used; also a ValueError
    ├── ValidationError             arguments that the contract rules out; also a ValueError
    ├── DeferredTimeoutError        a deferred completion was not ready in time; also a TimeoutError
    ├── DeferredExpiredError        a deferred completion is gone
    ├── DocumentFailedError         a document of a collection could not be processed; has its metadata
    ├── DocumentTimeoutError        a document was not processed in time; also a TimeoutError
    ├── StructuredOutputError       the model's text is not what was asked for; has the text and the response
    ├── ImageError                  an image did not come in the form that is read, or cannot be fetched
    ├── ToolError                   a tool that the model called cannot be run
    └── RpcError                    a call failed: code, message, details, request id, RPC, and what to do
        ├── CancelledError          CANCELLED
        ├── UnknownError            UNKNOWN
        ├── InvalidArgumentError    INVALID_ARGUMENT
        ├── DeadlineExceededError   DEADLINE_EXCEEDED; also a TimeoutError
        ├── NotFoundError           NOT_FOUND
        ├── AlreadyExistsError      ALREADY_EXISTS
        ├── PermissionDeniedError   PERMISSION_DENIED; also a PermissionError
        ├── ResourceExhaustedError  RESOURCE_EXHAUSTED
        ├── FailedPreconditionError FAILED_PRECONDITION
        ├── AbortedError            ABORTED
        ├── OutOfRangeError         OUT_OF_RANGE
        ├── UnimplementedError      UNIMPLEMENTED
        ├── InternalError           INTERNAL
        ├── UnavailableError        UNAVAILABLE; also a ConnectionError
        ├── DataLossError           DATA_LOSS
        └── UnauthenticatedError    UNAUTHENTICATED

A status code that gRPC does not have makes an UnknownError.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xaiwire._calls.call_info import CallInfo

__all__ = [
    "AbortedError",
    "AlreadyExistsError",
    "CancelledError",
    "ConfigurationError",
    "DataLossError",
    "DeadlineExceededError",
    "DeferredExpiredError",
    "DeferredTimeoutError",
    "DocumentFailedError",
    "DocumentTimeoutError",
    "ErrorDetail",
    "FailedPreconditionError",
    "ImageError",
    "InternalError",
    "InvalidArgumentError",
    "NotFoundError",
    "OutOfRangeError",
    "PermissionDeniedError",
    "ResourceExhaustedError",
    "RpcError",
    "StatusCode",
    "StructuredOutputError",
    "ToolError",
    "UnauthenticatedError",
    "UnavailableError",
    "UnimplementedError",
    "UnknownError",
    "ValidationError",
    "XaiError",
    "rpc_error",
]


class StatusCode(IntEnum):
    """gRPC's status codes: https://grpc.io/docs/guides/status-codes/."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


@dataclass(frozen=True, slots=True)
class ErrorDetail:
    """A message that a server attached to an error.

    Attributes:
        type_name: the full name of its type, such as `google.rpc.RetryInfo`.
        content: the message's bytes.
    """

    type_name: str
    content: bytes


class XaiError(Exception):
    """The base of all errors of this package."""


class ConfigurationError(XaiError, ValueError):
    """A key, a host or an option that cannot be used."""


class ValidationError(XaiError, ValueError):
    """Arguments that the contract rules out; nothing was sent."""


class DeferredTimeoutError(XaiError, TimeoutError):
    """A deferred completion was not ready in time; it goes on at the server.

    Attributes:
        request_id: what to ask for it with.
    """

    def __init__(self, message: str, *, request_id: str) -> None:
        super().__init__(message)
        self.request_id = request_id


class DeferredExpiredError(XaiError):
    """A deferred completion is gone: it was not taken in time, or it was taken before.

    Attributes:
        request_id: what it was asked for with.
    """

    def __init__(self, message: str, *, request_id: str) -> None:
        super().__init__(message)
        self.request_id = request_id


class DocumentFailedError(XaiError):
    """A document of a collection could not be processed; the server says why in its metadata.

    Attributes:
        metadata: the document's metadata, with its status and error_message.
    """

    def __init__(self, message: str, *, metadata: Any) -> None:  # noqa: ANN401 - collections' DocumentMetadata
        super().__init__(message)
        self.metadata = metadata


class DocumentTimeoutError(XaiError, TimeoutError):
    """A document was not processed in time; the server goes on with it.

    Attributes:
        metadata: what was last known of the document; None where nothing is.
    """

    def __init__(self, message: str, *, metadata: Any = None) -> None:  # noqa: ANN401 - collections' DocumentMetadata
        super().__init__(message)
        self.metadata = metadata


class StructuredOutputError(XaiError, ValueError):
    """The model's text is not what was asked for.

    Attributes:
        text: the text.
        response: the response that it came in.
    """

    def __init__(self, message: str, *, text: str, response: Any = None) -> None:  # noqa: ANN401 - chat's Response
        super().__init__(message)
        self.text = text
        self.response = response


class ImageError(XaiError, ValueError):
    """An image did not come in the form that is read, or cannot be fetched."""


class ToolError(XaiError):
    """A tool that the model called cannot be run: it is unknown, or its arguments are not what it takes."""


class RpcError(XaiError):
    """A call failed.

    Attributes:
        code: the status code.
        message: what the server, or the transport, says.
        details: what the server attached.
        method: the RPC's path, such as `/xai_api.Chat/GetCompletion`.
        call: headers, trailers, attempts and request id of the call.
        advice: what to do, in a sentence; empty where there is nothing general to say.
    """

    code: StatusCode = StatusCode.UNKNOWN
    advice: str = ""

    def __init__(
        self,
        message: str,
        *,
        code: StatusCode | None = None,
        details: tuple[ErrorDetail, ...] = (),
        method: str = "",
        call: CallInfo | None = None,
    ) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code
        self.message = message
        self.details = details
        self.method = method
        self.call = call

    @property
    def request_id(self) -> str:
        """What the server calls the request; empty where it did not say."""
        return self.call.request_id if self.call is not None else ""

    def __str__(self) -> str:
        parts = [f"{self.code.name}: {self.message}" if self.message else self.code.name]
        if self.method:
            parts.append(f"[{self.method}]")
        if self.request_id:
            parts.append(f"(request id {self.request_id})")
        if self.advice:
            parts.append(self.advice)
        return " ".join(parts)

    def __reduce__(self) -> tuple[Any, ...]:
        kind = type(self)
        return partial(kind, self.message, code=self.code, details=self.details, method=self.method, call=self.call), ()


class CancelledError(RpcError):
    """The call was cancelled, by this side or by the server."""

    code = StatusCode.CANCELLED


class UnknownError(RpcError):
    """The server gave no code that gRPC knows."""

    code = StatusCode.UNKNOWN


class InvalidArgumentError(RpcError):
    """The server refuses what the request says."""

    code = StatusCode.INVALID_ARGUMENT


class DeadlineExceededError(RpcError, TimeoutError):
    """The call took longer than it was allowed to."""

    code = StatusCode.DEADLINE_EXCEEDED
    advice = "Allow more time with timeout=SECONDS, at the call or at the client."


class NotFoundError(RpcError):
    """What the request names does not exist."""

    code = StatusCode.NOT_FOUND
    advice = "Check the name or id; models.list_language_models() shows the models that a key may use."


class AlreadyExistsError(RpcError):
    """What the request would make exists."""

    code = StatusCode.ALREADY_EXISTS


class PermissionDeniedError(RpcError, PermissionError):
    """The key may not do this."""

    code = StatusCode.PERMISSION_DENIED
    advice = "The key is known and may not do this: auth.get_api_key_info() shows its ACLs and whether it is blocked."


class ResourceExhaustedError(RpcError):
    """A limit is reached: requests, tokens, or the size of a message."""

    code = StatusCode.RESOURCE_EXHAUSTED
    advice = "Wait and call again, or let the client do so: retry=RetryPolicy(...)."


class FailedPreconditionError(RpcError):
    """The server's state does not allow this now."""

    code = StatusCode.FAILED_PRECONDITION


class AbortedError(RpcError):
    """The server gave up, mostly for the sake of another request."""

    code = StatusCode.ABORTED


class OutOfRangeError(RpcError):
    """The request goes past what there is."""

    code = StatusCode.OUT_OF_RANGE


class UnimplementedError(RpcError):
    """The server does not have the RPC."""

    code = StatusCode.UNIMPLEMENTED
    advice = "Is it the right host? Collections are on the management host."


class InternalError(RpcError):
    """The server, or what lies before it, has a defect."""

    code = StatusCode.INTERNAL


class UnavailableError(RpcError, ConnectionError):
    """The server cannot be reached, or does not take requests now."""

    code = StatusCode.UNAVAILABLE


class DataLossError(RpcError):
    """The server lost data."""

    code = StatusCode.DATA_LOSS


class UnauthenticatedError(RpcError):
    """The server does not take the key."""

    code = StatusCode.UNAUTHENTICATED
    advice = "Check XAI_API_KEY, or XAI_MANAGEMENT_KEY for collections."


_BY_CODE: dict[StatusCode, type[RpcError]] = {
    kind.code: kind
    for kind in (
        CancelledError,
        UnknownError,
        InvalidArgumentError,
        DeadlineExceededError,
        NotFoundError,
        AlreadyExistsError,
        PermissionDeniedError,
        ResourceExhaustedError,
        FailedPreconditionError,
        AbortedError,
        OutOfRangeError,
        UnimplementedError,
        InternalError,
        UnavailableError,
        DataLossError,
        UnauthenticatedError,
    )
}


def rpc_error(
    code: StatusCode,
    message: str,
    *,
    details: tuple[ErrorDetail, ...] = (),
    method: str = "",
    call: CallInfo | None = None,
) -> RpcError:
    """The error of the class that belongs to a status code."""
    return _BY_CODE.get(code, UnknownError)(message, details=details, method=method, call=call)
