"""What may be said of one call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xaiwire._services import calls

if TYPE_CHECKING:
    from xaiwire._calls.call_info import CallInfo
    from xaiwire._calls.retry import RetryPolicy

__all__ = ["CallOptions"]


class CallOptions(calls.CallOptions, total=False):
    """What may be said of one call, beside what it asks for.

    Attributes:
        timeout: the limit of the call in seconds, retries included; None for none.
        metadata: what to send beside the request; it takes the place of the client's metadata of the same name.
        retry: how a failed call is made again; None for not at all.
        call_info: is filled in with headers, trailers and request id of the response.
    """

    retry: RetryPolicy | None
    call_info: CallInfo
