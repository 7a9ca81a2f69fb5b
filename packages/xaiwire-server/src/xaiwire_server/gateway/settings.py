"""How a gateway is set up. Where the values come from is `configuration`'s concern."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["KeySettings", "Settings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySettings:
    """A gateway key: who has it, calls with the upstream key that belongs to it.

    Attributes:
        name: what logs and figures call it.
        digest: SHA-256 of the key, 32 bytes; the key itself is nowhere.
        upstream_key: what xAI's API is called with; never shown.
        management_key: the same for the management API; empty where there is none.
        models: patterns of the models that it may use, as `grok-4*`; empty for all.
        routes: patterns of the routes, as `chat.*`; empty for all.
        requests_per_minute: how many requests it may make in a minute; None for any number.
        tokens_per_minute: how many tokens its answers may take in a minute; None for any number.
    """

    name: str
    digest: bytes = field(repr=False)
    upstream_key: str = field(repr=False)
    management_key: str = field(default="", repr=False)
    models: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a gateway is set up. All times are in seconds.

    Attributes:
        api_host: xAI's API, as xaiwire's clients take it: `api.x.ai`, `localhost:50051`.
        management_host: the management API, in the same way.
        plaintext: whether they are spoken to without TLS, wherever they are.
        timeout: the limit of a call upstream.
        stream_silence: how long a stream may say nothing before it is given up.
        retries: how often a failed call is made at most, where that is safe; 1 for once.
        strict: whether unknown fields of requests are refused rather than named in a header.
        max_body_bytes: the largest request with JSON.
        max_file_bytes: the largest file that is uploaded.
        read_timeout: how long a client may take to send a request, or the next part of a file.
        write_timeout: how long a client may take to read what waits for it.
        keep_alive: after how long an idle stream gets a comment.
        grace: how long requests that are under way have when the gateway is stopped.
        keys: the gateway keys, by digest; empty to pass callers' own keys on.
        pass_through: whether callers' own keys are passed on; always so where there are no gateway keys; a
            configuration with gateway keys has to ask for it.
        store: where budgets are counted: `memory`, or `valkey://HOST:PORT/DB`.
        refuse_without_store: whether requests are refused while that store cannot be reached.
        cors_origins: the origins whose pages may call; `*` for all; empty for none.
        local_names_only: whether requests are refused that reach it under another name than an address or `localhost`.
        metrics: whether figures are counted and shown at `/metrics`.
        access_log: `none`, `text` or `json`.
        traces: `off`, `otlp` or `console`.
    """

    api_host: str = "api.x.ai"
    management_host: str = "management-api.x.ai"
    plaintext: bool = False
    timeout: float = 900.0
    stream_silence: float = 300.0
    retries: int = 3
    strict: bool = False
    max_body_bytes: int = 20 << 20
    max_file_bytes: int = 50_000_000
    read_timeout: float = 30.0
    write_timeout: float = 60.0
    keep_alive: float = 15.0
    grace: float = 25.0
    keys: Mapping[bytes, KeySettings] = field(default_factory=dict)
    pass_through: bool = True
    store: str = field(default="memory", repr=False)
    refuse_without_store: bool = True
    cors_origins: tuple[str, ...] = ()
    local_names_only: bool = False
    metrics: bool = True
    access_log: str = "none"
    traces: str = "off"
