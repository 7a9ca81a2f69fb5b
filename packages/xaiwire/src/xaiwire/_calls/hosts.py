"""The hosts of a client: what goes to each, and what is missing where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Generic, TypeVar

from xaiwire._calls.metadata import checked_metadata, merged_metadata
from xaiwire.errors import ConfigurationError

if TYPE_CHECKING:
    from typing import Any

    from xaiwire._calls.call_info import Pairs
    from xaiwire._services.calls import Metadata, Method
    from xaiwire._transport.model import Endpoint

__all__ = ["Host", "Hosts"]

ChannelT = TypeVar("ChannelT")


class Host(Generic[ChannelT]):
    """A host that calls go to.

    Attributes:
        label: what methods call it, such as `management`.
        channel: what makes calls to it.
        metadata: what every call carries.
        endpoint: where it is; None where that was not said.
    """

    __slots__ = ("channel", "endpoint", "label", "metadata")

    def __init__(self, label: str, channel: ChannelT, metadata: Pairs, endpoint: Endpoint | None) -> None:
        self.label = label
        self.channel = channel
        self.metadata = metadata
        self.endpoint = endpoint

    @property
    def name(self) -> str:
        """What logs call it: where it is, else its label."""
        return self.endpoint.authority if self.endpoint is not None else self.label


class Hosts(Generic[ChannelT]):
    """The hosts of a client, by label.

    Args:
        channels: by label.
        metadata: what every call to a host carries, by label.
        endpoints: where they are, by label; for logs and spans.
        hints: by label, what to do where there is no channel: a sentence.
    """

    __slots__ = ("_by_label", "_hints")

    def __init__(
        self,
        channels: Mapping[str, ChannelT],
        metadata: Mapping[str, Metadata],
        endpoints: Mapping[str, Endpoint],
        hints: Mapping[str, str],
    ) -> None:
        self._hints = dict(hints)
        self._by_label = {
            label: Host(label, channel, checked_metadata(metadata.get(label, ())), endpoints.get(label))
            for label, channel in channels.items()
        }

    def of(self, method: Method[Any, Any]) -> Host[ChannelT]:
        """The host that serves an RPC.

        Raises:
            ConfigurationError: there is none; the message says what to give.
        """
        host = self._by_label.get(method.host)
        if host is None:
            hint = self._hints.get(method.host) or "give the client a key and an address for it."
            raise ConfigurationError(f"{method.path} is served by the {method.host} host, which is not set up: {hint}")
        return host

    def with_metadata(self, more: Pairs) -> Hosts[ChannelT]:
        """The same hosts, to which every call carries more; it takes the place of what has the same name."""
        hosts: Hosts[ChannelT] = Hosts({}, {}, {}, self._hints)
        hosts._by_label = {
            label: Host(label, host.channel, merged_metadata(host.metadata, more), host.endpoint)
            for label, host in self._by_label.items()
        }
        return hosts

    def channels(self) -> list[ChannelT]:
        """The channels, each once."""
        return list({id(host.channel): host.channel for host in self._by_label.values()}.values())
