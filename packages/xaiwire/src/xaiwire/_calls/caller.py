"""What the blocking and the asyncio caller have in common: hosts, defaults, and how a call is set up."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, cast

from xaiwire._calls.attempts import Clock
from xaiwire._calls.call import Call
from xaiwire._calls.hosts import Hosts
from xaiwire._calls.metadata import checked_metadata, merged_metadata
from xaiwire._calls.options import CallOptions, check_options
from xaiwire._calls.retry import RetryBudget, RetryPolicy
from xaiwire._services import calls

if TYPE_CHECKING:
    from protobuf import Message

    from xaiwire._services.calls import Metadata, Method
    from xaiwire._transport.model import Endpoint
    from xaiwire.telemetry import Telemetry

__all__ = ["BaseCaller"]

ChannelT = TypeVar("ChannelT")
Req = TypeVar("Req", bound="Message[Any]")
Res = TypeVar("Res", bound="Message[Any]")

_ONE_CALLS = frozenset(("call_info",))


class BaseCaller(Generic[ChannelT]):
    """Sets calls up.

    Args:
        channels: what makes calls, by the label of the host.
        metadata: what every call to a host carries, by label, such as its authorization.
        endpoints: where the hosts are, by label; for logs and spans.
        hints: by label, what the user has to give where there is no channel; a sentence for the error's end.
        defaults: what holds for all calls, unless a call says otherwise. Without `retry`, RetryPolicy() holds; without
            `timeout`, that of the RPC.
        telemetry: how spans are made; None for what the process uses.
        clock: time and chance, for tests.

    Raises:
        TypeError: a default is unknown, or of another type.
        ValidationError: a default cannot be used.
    """

    __slots__ = ("_budget", "_clock", "_conversation", "_defaults", "_hosts", "_policy", "_telemetry")

    def __init__(
        self,
        channels: Mapping[str, ChannelT],
        *,
        metadata: Mapping[str, Metadata] | None = None,
        endpoints: Mapping[str, Endpoint] | None = None,
        hints: Mapping[str, str] | None = None,
        defaults: CallOptions | None = None,
        telemetry: Telemetry | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._hosts: Hosts[ChannelT] = Hosts(channels, metadata or {}, endpoints or {}, hints or {})
        self._defaults: CallOptions = {}
        self._policy: RetryPolicy | None = RetryPolicy()
        self._conversation: str | None = None
        self._budget = RetryBudget()
        self._clock = clock or Clock()
        self._telemetry = telemetry
        self._set_defaults(defaults or {})

    def with_defaults(self, changes: CallOptions, /) -> Self:
        """A caller on the same channels, with other defaults.

        Args:
            changes: `timeout`, `retry` and `conversation_id` take the place of this caller's; `metadata` is sent beside
                this caller's, and takes the place of what has the same name.

        Raises:
            TypeError: an option is unknown, or of another type.
            ValidationError: an option cannot be used.
        """
        other = copy(self)
        other._set_defaults(changes)
        return other

    def _set_defaults(self, changes: CallOptions) -> None:
        check_options(changes, "a client", without=_ONE_CALLS)
        self._defaults = {**self._defaults, **changes}
        self._policy = changes.get("retry", self._policy)
        self._conversation = changes.get("conversation_id", self._conversation)
        if "metadata" in changes:
            self._hosts = self._hosts.with_metadata(checked_metadata(changes["metadata"]))

    def _open(self, method: Method[Req, Res], given: calls.CallOptions) -> Call[ChannelT, Req, Res]:
        """Set a call up; nothing is sent yet.

        Raises:
            ConfigurationError: no host is set up that serves the RPC.
            TypeError: an option is unknown, or of another type.
            ValidationError: an option cannot be used.
        """
        host = self._hosts.of(method)
        timeout = self._defaults.get("timeout", method.timeout)
        policy = self._policy
        metadata = host.metadata
        info = None
        conversation = self._conversation
        if given:
            options = cast("CallOptions", given)
            check_options(options, method.path)
            timeout = options.get("timeout", timeout)
            policy = options.get("retry", policy)
            info = options.get("call_info")
            conversation = options.get("conversation_id", conversation)
            if "metadata" in options:
                metadata = merged_metadata(metadata, checked_metadata(options["metadata"]))
        return Call(
            method,
            host,
            metadata=metadata,
            timeout=timeout,
            policy=policy,
            info=info,
            conversation=conversation,
            budget=self._budget,
            clock=self._clock,
            telemetry=self._telemetry,
        )
