"""What is said of the calls of methods that make several."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from xaiwire._calls.call_info import CallInfo
    from xaiwire._calls.options import CallOptions
    from xaiwire._calls.retry import RetryPolicy
    from xaiwire._services.calls import Metadata

__all__ = ["PollOptions", "without_call_info"]


class PollOptions(TypedDict, total=False):
    """What may be said of the calls of a method with a timeout of its own; see CallOptions.

    Attributes:
        metadata: what to send beside each request.
        retry: how a failed call is made again; None for not at all.
        call_info: is filled in with headers, trailers and request id of the last response.
        conversation_id: groups the spans of several calls; it is not sent to the API.
    """

    metadata: Metadata
    retry: RetryPolicy | None
    call_info: CallInfo
    conversation_id: str | None


def without_call_info(options: CallOptions) -> CallOptions:
    """The options for a call beside the one that a user wants to know about."""
    others = options.copy()
    others.pop("call_info", None)
    return others
