"""What may be said of one call."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from xaiwire._calls.call_info import CallInfo
from xaiwire._calls.retry import RetryPolicy
from xaiwire._services import calls
from xaiwire.errors import ValidationError

if TYPE_CHECKING:
    from typing import Any

__all__ = ["CallOptions", "check_options"]


class CallOptions(calls.CallOptions, total=False):
    """What may be said of one call, beside what it asks for.

    Attributes:
        timeout: the limit of the call in seconds, retries included; None for none.
        metadata: what to send beside the request; it takes the place of the client's metadata of the same name.
        retry: how a failed call is made again; None for not at all.
        call_info: is filled in with headers, trailers and request id of the response.
        conversation_id: groups the spans of several calls (`gen_ai.conversation.id`); it is not sent to the API.
    """

    retry: RetryPolicy | None
    call_info: CallInfo
    conversation_id: str | None


_KNOWN = frozenset(("timeout", "metadata", "retry", "call_info", "conversation_id"))


def check_options(options: Mapping[str, Any], subject: str, *, without: frozenset[str] = frozenset()) -> None:
    """Refuse what cannot be said of a call; metadata is checked where it is put together.

    Args:
        options: CallOptions; what is in it is not known to be right.
        subject: what they are said of, such as an RPC's path.
        without: options that the subject does not take.

    Raises:
        TypeError: an option is unknown, or of another type.
        ValidationError: a timeout that cannot be used.
    """
    if not options.keys() <= _KNOWN - without:
        names = " or ".join(repr(name) for name in sorted(options.keys() - (_KNOWN - without)))
        raise TypeError(f"{subject} does not take {names}")
    if (timeout := options.get("timeout")) is not None:
        if isinstance(timeout, bool) or not isinstance(timeout, int | float):
            raise TypeError(f"timeout is a number of seconds, or None for no limit, and not a {type(timeout).__name__}")
        if not 0 < timeout < math.inf:
            raise ValidationError(f"timeout is a number of seconds above 0, or None for no limit; it is {timeout}")
    if (retry := options.get("retry")) is not None and not isinstance(retry, RetryPolicy):
        raise TypeError(f"retry is a RetryPolicy, or None for no retries, and not a {type(retry).__name__}")
    if not isinstance(options.get("conversation_id"), str | None):
        raise TypeError("conversation_id is text, or None")
    if "call_info" in options and not isinstance(options["call_info"], CallInfo):
        raise TypeError(f"call_info is a CallInfo that is filled in, and not a {type(options['call_info']).__name__}")
