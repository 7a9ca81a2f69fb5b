"""The clients: `Client` waits for its calls, `AsyncClient` makes them in an event loop."""

from __future__ import annotations

import os
import ssl
import warnings
from collections.abc import Iterable
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypedDict, Unpack, cast

from xaiwire._transport.endpoint import parse_host
from xaiwire._transport.model import ChannelOptions, Endpoint
from xaiwire._version import version
from xaiwire.errors import ConfigurationError

if TYPE_CHECKING:
    from xaiwire import aio, sync
    from xaiwire._calls import aio as calls_aio
    from xaiwire._calls import blocking as calls_blocking
    from xaiwire._calls.options import CallOptions
    from xaiwire._calls.retry import RetryPolicy
    from xaiwire._client_services import AsyncServices, Services
    from xaiwire._services.calls import Metadata
    from xaiwire.telemetry import Telemetry

__all__ = ["AsyncClient", "Client", "ClientOptions"]

API_HOST = "api.x.ai"
MANAGEMENT_HOST = "management-api.x.ai"
KEY = "XAI_API_KEY"
MANAGEMENT_KEY = "XAI_MANAGEMENT_KEY"
HINTS = {"management": f"give management_api_key=, or set {MANAGEMENT_KEY}."}


class ClientOptions(TypedDict, total=False):
    """What holds for all calls of a client; see CallOptions.

    Attributes:
        timeout: the limit of a call in seconds, retries included; None for none.
        metadata: what to send beside each request.
        retry: how a failed call is made again; None for not at all.
    """

    timeout: float | None
    metadata: Metadata
    retry: RetryPolicy | None


class _Retry(TypedDict, total=False):
    retry: RetryPolicy | None


class _Settings:
    """What both clients are made of."""

    __slots__ = ("defaults", "endpoints", "metadata", "options", "telemetry")

    def __init__(
        self,
        api_key: str | None,
        management_api_key: str | None,
        *,
        api_host: str | None,
        management_api_host: str | None,
        channel_options: Iterable[tuple[str, Any]] | None,
        use_insecure_channel: bool,
        ssl_context: ssl.SSLContext | None,
        user_agent: str | None,
        defaults: ClientOptions,
        telemetry: Telemetry | None,
    ) -> None:
        keys = {
            "api": _key("api_key", api_key, KEY),
            "management": _key("management_api_key", management_api_key, MANAGEMENT_KEY),
        }
        if not keys["api"]:
            raise ConfigurationError(
                f"There is no API key: give api_key=, or set {KEY}. Keys are made at console.x.ai."
            )
        hosts = {
            "api": api_host or os.environ.get("XAI_API_HOST") or API_HOST,
            "management": management_api_host or os.environ.get("XAI_MANAGEMENT_HOST") or MANAGEMENT_HOST,
        }
        self.endpoints: dict[str, Endpoint] = {
            label: parse_host(hosts[label], insecure=use_insecure_channel) for label, key in keys.items() if key
        }
        self.metadata: dict[str, Metadata] = {
            label: (("xai-sdk-version", f"xaiwire/{version()}"), ("authorization", f"Bearer {key}"))
            for label, key in keys.items()
            if key
        }
        own = f"xaiwire/{version()}"
        self.options = _channel_options(
            channel_options or (), user_agent=f"{user_agent} {own}" if user_agent else own, ssl_context=ssl_context
        )
        self.defaults = _as_call_options(defaults)
        self.telemetry = telemetry

    def __repr__(self) -> str:
        return ", ".join(f"{label}={endpoint.authority!r}" for label, endpoint in self.endpoints.items())


class Client:
    """Makes calls of the xAI API, and waits for them.

        client = xaiwire.Client()
        print(client.chat.complete("grok-4", "Hello").content)

    Nothing connects before the first call. A client may be used from several threads at once, and in the child of a
    fork. Close it, or use it in a `with` block, to close its connections.

    Args:
        api_key: the API key; the environment's `XAI_API_KEY` by default.
        management_api_key: the key for collections; the environment's `XAI_MANAGEMENT_KEY` by default. Without it,
            collections cannot be managed.
        api_host: the API's host; the environment's `XAI_API_HOST` or `api.x.ai` by default. Loopback hosts get plain
            text, all others TLS, unless `http://` or `https://` stands before them.
        management_api_host: the management API's host; `XAI_MANAGEMENT_HOST` or `management-api.x.ai` by default.
        metadata: what to send beside each request.
        channel_options: options of grpcio, for code that was written for it. Those for the size of messages and for
            keepalive hold; a warning names the others.
        timeout: the limit of a call in seconds; None for that of each RPC.
        use_insecure_channel: plain text, without TLS. The key can then be read on the way.
        retry: how failed calls are made again; `RetryPolicy()` by default, None for not at all.
        ssl_context: how the server is verified; by the system's certificates by default.
        user_agent: stands before our own in the header of that name.
        telemetry: how spans are made; see xaiwire.telemetry.

    Raises:
        ConfigurationError: there is no key, or a key or a host cannot be used.
    """

    def __init__(
        self,
        api_key: str | None = None,
        management_api_key: str | None = None,
        *,
        api_host: str | None = None,
        management_api_host: str | None = None,
        metadata: Metadata | None = None,
        channel_options: Iterable[tuple[str, Any]] | None = None,
        timeout: float | None = None,
        use_insecure_channel: bool = False,
        ssl_context: ssl.SSLContext | None = None,
        user_agent: str | None = None,
        telemetry: Telemetry | None = None,
        **defaults: Unpack[_Retry],
    ) -> None:
        from xaiwire._calls.blocking import Caller
        from xaiwire._transport.blocking import Channel

        self._settings = _Settings(
            api_key,
            management_api_key,
            api_host=api_host,
            management_api_host=management_api_host,
            channel_options=channel_options,
            use_insecure_channel=use_insecure_channel,
            ssl_context=ssl_context,
            user_agent=user_agent,
            defaults=_defaults(metadata, timeout, defaults),
            telemetry=telemetry,
        )
        self._caller: calls_blocking.Caller = Caller(
            {label: Channel(endpoint, self._settings.options) for label, endpoint in self._settings.endpoints.items()},
            metadata=self._settings.metadata,
            endpoints=self._settings.endpoints,
            hints=HINTS,
            defaults=self._settings.defaults,
            telemetry=telemetry,
        )

    def with_options(self, **options: Unpack[ClientOptions]) -> Client:
        """A client with other options for its calls, on the same connections: closing one closes both.

        Args:
            **options: `timeout` and `retry` take the place of this client's; `metadata` is sent beside it.
        """
        other = type(self).__new__(type(self))
        other.__dict__ = {"_settings": self._settings, "_caller": self._caller.with_defaults(_as_call_options(options))}
        return other

    def close(self) -> None:
        """Close all connections; later calls raise RuntimeError."""
        self._caller.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._settings!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"a {type(self).__name__} holds keys and connections, and is not pickled: make one where it is used"
        )

    @cached_property
    def services(self) -> Services:
        """The RPCs as they are, with all fields of their requests: `services.files.list(limit=3)`."""
        from xaiwire._client_services import Services

        return Services(self._caller)

    @cached_property
    def auth(self) -> sync.auth.Client:
        """What the key is and may do."""
        from xaiwire.sync.auth import Client as Auth

        return Auth(self._caller)

    @cached_property
    def chat(self) -> sync.chat.Client:
        """Conversations with a model."""
        from xaiwire.sync.chat import Client as Chat

        return Chat(self._caller)

    @cached_property
    def collections(self) -> sync.collections.Client:
        """Collections of documents; with the management key."""
        from xaiwire.sync.collections import Client as Collections

        return Collections(self._caller)

    @cached_property
    def deferred(self) -> sync.deferred.Client:
        """Completions that are made in the background."""
        from xaiwire.sync.deferred import Client as Deferred

        return Deferred(self._caller)

    @cached_property
    def documents(self) -> sync.documents.Client:
        """Search in documents."""
        from xaiwire.sync.documents import Client as Documents

        return Documents(self._caller)

    @cached_property
    def embed(self) -> sync.embed.Client:
        """Vectors of texts and images."""
        from xaiwire.sync.embed import Client as Embed

        return Embed(self._caller)

    @cached_property
    def files(self) -> sync.files.Client:
        """Files that models can read."""
        from xaiwire.sync.files import Client as Files

        return Files(self._caller)

    @cached_property
    def image(self) -> sync.image.Client:
        """Images out of prompts."""
        from xaiwire.sync.image import Client as Image

        return Image(self._caller)

    @cached_property
    def models(self) -> sync.models.Client:
        """The models that the key may use, with their prices."""
        from xaiwire.sync.models import Client as Models

        return Models(self._caller)

    @cached_property
    def sample(self) -> sync.sample.Client:
        """Texts that go on from a prompt."""
        from xaiwire.sync.sample import Client as Sample

        return Sample(self._caller)

    @cached_property
    def tokenize(self) -> sync.tokenizer.Client:
        """The tokens of a text."""
        from xaiwire.sync.tokenizer import Client as Tokenizer

        return Tokenizer(self._caller)


class AsyncClient:
    """Makes calls of the xAI API in an event loop; all else is as in Client.

        async with xaiwire.AsyncClient() as client:
            response = await client.chat.complete("grok-4", "Hello")
            print(response.content)

    It may be used in several event loops: each has connections of its own, which are closed when asyncio.run() ends.

    Raises:
        ConfigurationError: there is no key, or a key or a host cannot be used.
    """

    def __init__(
        self,
        api_key: str | None = None,
        management_api_key: str | None = None,
        *,
        api_host: str | None = None,
        management_api_host: str | None = None,
        metadata: Metadata | None = None,
        channel_options: Iterable[tuple[str, Any]] | None = None,
        timeout: float | None = None,
        use_insecure_channel: bool = False,
        ssl_context: ssl.SSLContext | None = None,
        user_agent: str | None = None,
        telemetry: Telemetry | None = None,
        **defaults: Unpack[_Retry],
    ) -> None:
        from xaiwire._calls.aio import AsyncCaller
        from xaiwire._transport.aio import Channel

        self._settings = _Settings(
            api_key,
            management_api_key,
            api_host=api_host,
            management_api_host=management_api_host,
            channel_options=channel_options,
            use_insecure_channel=use_insecure_channel,
            ssl_context=ssl_context,
            user_agent=user_agent,
            defaults=_defaults(metadata, timeout, defaults),
            telemetry=telemetry,
        )
        self._caller: calls_aio.AsyncCaller = AsyncCaller(
            {label: Channel(endpoint, self._settings.options) for label, endpoint in self._settings.endpoints.items()},
            metadata=self._settings.metadata,
            endpoints=self._settings.endpoints,
            hints=HINTS,
            defaults=self._settings.defaults,
            telemetry=telemetry,
        )

    def with_options(self, **options: Unpack[ClientOptions]) -> AsyncClient:
        """A client with other options for its calls, on the same connections: closing one closes both.

        Args:
            **options: `timeout` and `retry` take the place of this client's; `metadata` is sent beside it.
        """
        other = type(self).__new__(type(self))
        other.__dict__ = {"_settings": self._settings, "_caller": self._caller.with_defaults(_as_call_options(options))}
        return other

    async def close(self) -> None:
        """Close all connections; later calls raise RuntimeError."""
        await self._caller.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._settings!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"a {type(self).__name__} holds keys and connections, and is not pickled: make one where it is used"
        )

    @cached_property
    def services(self) -> AsyncServices:
        """The RPCs as they are, with all fields of their requests: `services.files.list(limit=3)`."""
        from xaiwire._client_services import AsyncServices

        return AsyncServices(self._caller)

    @cached_property
    def auth(self) -> aio.auth.Client:
        """What the key is and may do."""
        from xaiwire.aio.auth import Client as Auth

        return Auth(self._caller)

    @cached_property
    def chat(self) -> aio.chat.Client:
        """Conversations with a model."""
        from xaiwire.aio.chat import Client as Chat

        return Chat(self._caller)

    @cached_property
    def collections(self) -> aio.collections.Client:
        """Collections of documents; with the management key."""
        from xaiwire.aio.collections import Client as Collections

        return Collections(self._caller)

    @cached_property
    def deferred(self) -> aio.deferred.Client:
        """Completions that are made in the background."""
        from xaiwire.aio.deferred import Client as Deferred

        return Deferred(self._caller)

    @cached_property
    def documents(self) -> aio.documents.Client:
        """Search in documents."""
        from xaiwire.aio.documents import Client as Documents

        return Documents(self._caller)

    @cached_property
    def embed(self) -> aio.embed.Client:
        """Vectors of texts and images."""
        from xaiwire.aio.embed import Client as Embed

        return Embed(self._caller)

    @cached_property
    def files(self) -> aio.files.Client:
        """Files that models can read."""
        from xaiwire.aio.files import Client as Files

        return Files(self._caller)

    @cached_property
    def image(self) -> aio.image.Client:
        """Images out of prompts."""
        from xaiwire.aio.image import Client as Image

        return Image(self._caller)

    @cached_property
    def models(self) -> aio.models.Client:
        """The models that the key may use, with their prices."""
        from xaiwire.aio.models import Client as Models

        return Models(self._caller)

    @cached_property
    def sample(self) -> aio.sample.Client:
        """Texts that go on from a prompt."""
        from xaiwire.aio.sample import Client as Sample

        return Sample(self._caller)

    @cached_property
    def tokenize(self) -> aio.tokenizer.Client:
        """The tokens of a text."""
        from xaiwire.aio.tokenizer import Client as Tokenizer

        return Tokenizer(self._caller)


def _as_call_options(options: ClientOptions) -> CallOptions:
    return cast("CallOptions", dict(options))


def _defaults(metadata: Metadata | None, timeout: float | None, given: _Retry) -> ClientOptions:
    defaults = cast("ClientOptions", dict(given))
    if metadata is not None:
        defaults["metadata"] = metadata
    if timeout is not None:
        defaults["timeout"] = timeout
    return defaults


def _key(argument: str, given: str | None, variable: str) -> str:
    """A key out of an argument or the environment; empty where there is none.

    Raises:
        ConfigurationError: it cannot be a key; the message does not repeat it.
    """
    source = argument if given is not None else variable
    key = given if given is not None else os.environ.get(variable, "")
    if given is not None and not key.strip():
        raise ConfigurationError(f"{argument} is empty")
    if key != key.strip() or not all("!" <= character <= "~" for character in key.strip()):
        raise ConfigurationError(f"{source} has spaces, line ends or other characters that no key has")
    return key


SIZES = {
    "grpc.max_receive_message_length": "max_receive_bytes",
    "grpc.max_send_message_length": "max_send_bytes",
}
KEEPALIVE = {
    "grpc.keepalive_time_ms": "keepalive_interval",
    "grpc.keepalive_timeout_ms": "keepalive_timeout",
}
# What they ask for is so anyway.
GRANTED = frozenset({"grpc.keepalive_permit_without_calls", "grpc.http2.max_pings_without_data", "grpc.enable_retries"})
UNLIMITED = (1 << 32) - 1


def _channel_options(
    given: Iterable[tuple[str, Any]], *, user_agent: str, ssl_context: ssl.SSLContext | None
) -> ChannelOptions:
    known: dict[str, Any] = {}
    for name, value in given:
        if name in SIZES:
            known[SIZES[name]] = UNLIMITED if value < 0 else int(value)
        elif name in KEEPALIVE:
            known[KEEPALIVE[name]] = value / 1000
        elif name not in GRANTED:
            warnings.warn(f"the channel option {name!r} means nothing here", UserWarning, stacklevel=4)
    return ChannelOptions(user_agent=user_agent, ssl_context=ssl_context, **known)
