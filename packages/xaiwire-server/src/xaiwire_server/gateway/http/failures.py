"""Why a request is not answered as it was meant, and how that is said in HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xaiwire import RpcError, StatusCode, XaiError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CLIENT_CLOSED", "ApiError", "ClientGoneError", "invalid", "meaning", "not_carried", "upstream_silent"]

CLIENT_CLOSED = 499
"""nginx's status for a client that left; it is logged and counted, nobody receives it."""

_STATUS: Mapping[StatusCode, int] = {
    # The server gave up; a client that left does not read this.
    StatusCode.CANCELLED: 502,
    StatusCode.UNKNOWN: 502,
    StatusCode.INVALID_ARGUMENT: 400,
    StatusCode.DEADLINE_EXCEEDED: 504,
    StatusCode.NOT_FOUND: 404,
    StatusCode.ALREADY_EXISTS: 409,
    StatusCode.PERMISSION_DENIED: 403,
    StatusCode.RESOURCE_EXHAUSTED: 429,
    StatusCode.FAILED_PRECONDITION: 400,
    StatusCode.ABORTED: 409,
    StatusCode.OUT_OF_RANGE: 400,
    StatusCode.UNIMPLEMENTED: 501,
    StatusCode.INTERNAL: 502,
    StatusCode.UNAVAILABLE: 503,
    StatusCode.DATA_LOSS: 502,
    StatusCode.UNAUTHENTICATED: 401,
}

KINDS: Mapping[int, str] = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
}
"""The `type` of an error, by status, as both OpenAI's and Anthropic's clients know them; others are `api_error`."""


class ApiError(Exception):
    """A request is refused, or failed.

    Attributes:
        status: HTTP's status.
        message: for the caller: what, where and what to do next; never a secret.
        code: a short word for programs, such as `model_not_allowed`.
        param: the path of the field that is wrong, such as `messages[2].content`; None where it is none.
        headers: further headers of the answer.
        grpc: the status upstream; None where it was not asked.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
        grpc: StatusCode | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.param = param
        self.headers = headers
        self.grpc = grpc

    @property
    def kind(self) -> str:
        """The `type` of the error."""
        return KINDS.get(self.status, "api_error" if self.status >= 500 else "invalid_request_error")


class ClientGoneError(Exception):
    """The client left before it was answered."""


def invalid(param: str, problem: str) -> ApiError:
    """400: a field is wrong.

    Args:
        param: its path from the request, as `messages[2].content[0]`.
        problem: what is wrong with it.
    """
    return ApiError(400, f"{param}: {problem}", code="invalid_value", param=param)


def not_carried(param: str, reason: str = "") -> ApiError:
    """400: a field that the API's contract has no place for.

    Args:
        param: its path from the request.
        reason: what to do instead.
    """
    message = f"{param}: xAI's API has no place for this, and the gateway leaves nothing out in silence"
    return ApiError(400, f"{message}; {reason}" if reason else message, code="unsupported_parameter", param=param)


def upstream_silent(seconds: float) -> ApiError:
    """504: a stream upstream was given up.

    Args:
        seconds: how long nothing came.
    """
    return ApiError(504, f"the server said nothing for {seconds:g} s", code="upstream_silent")


def meaning(error: Exception) -> ApiError | None:
    """What an error says to the caller; None for a bug."""
    if isinstance(error, ApiError):
        return error
    return _of_upstream(error) if isinstance(error, XaiError) else None


def _of_upstream(error: XaiError) -> ApiError:
    if not isinstance(error, RpcError):
        # The client refused to send it: a value that its field cannot hold.
        return ApiError(400, str(error), code="invalid_value")
    pairs = (*error.call.headers, *error.call.trailers) if error.call is not None else ()
    status = _STATUS.get(error.code, 502)
    answered = any(name == "grpc-status" for name, _ in pairs)
    if error.code is StatusCode.RESOURCE_EXHAUSTED and not answered:
        # The client's own limit: what it was to send is too large, or, where an answer has begun, what came.
        status = 502 if pairs else 413
    headers = tuple((name, value) for name, value in pairs if name == "retry-after")[:1]
    return ApiError(
        status,
        error.message or error.code.name,
        code=error.code.name.lower(),
        headers=headers,
        grpc=error.code,
    )
