"""Errors as the clients of each API read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from xaiwire_server.gateway.http.events import data_event, named_event

if TYPE_CHECKING:
    from xaiwire_server.gateway.http.failures import ApiError

__all__ = ["AnthropicError", "OpenAIError", "anthropic_event", "error_body", "openai_event"]

_ANTHROPIC_KINDS = {"conflict_error": "invalid_request_error"}


class _OpenAIProblem(msgspec.Struct):
    message: str
    type: str
    param: str | None
    code: str | None


class OpenAIError(msgspec.Struct):
    """An error of OpenAI's API."""

    error: _OpenAIProblem


class _AnthropicDetails(msgspec.Struct):
    error_code: str


class _AnthropicProblem(msgspec.Struct, omit_defaults=True):
    type: str
    message: str
    details: _AnthropicDetails | None = None


class AnthropicError(msgspec.Struct, tag="error"):
    """An error of Anthropic's API."""

    error: _AnthropicProblem
    request_id: str | None = None


def error_body(error: ApiError, form: Literal["openai", "anthropic"], request_id: str) -> Any:  # noqa: ANN401 - one of two
    """The JSON of an error.

    Args:
        error: the error.
        form: whose.
        request_id: of the request.
    """
    if form == "anthropic":
        kind = _ANTHROPIC_KINDS.get(error.kind, error.kind)
        kind = {503: "overloaded_error", 504: "timeout_error"}.get(error.status, kind)
        details = _AnthropicDetails(error.code) if error.code else None
        return AnthropicError(_AnthropicProblem(kind, error.message, details), request_id)
    return OpenAIError(_OpenAIProblem(error.message, error.kind, error.param, error.code))


def openai_event(error: ApiError) -> bytes:
    """The event that ends a stream of OpenAI's API that broke off."""
    return data_event(error_body(error, "openai", ""))


def anthropic_event(error: ApiError) -> bytes:
    """The event that ends a stream of Anthropic's API that broke off."""
    return named_event("error", error_body(error, "anthropic", ""))
