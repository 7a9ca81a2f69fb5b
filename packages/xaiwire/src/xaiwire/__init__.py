"""The xAI API in Python: every RPC, sync and async, on the contract of the official xai-sdk 1.4.0. Unofficial.

import xaiwire

client = xaiwire.Client()  # takes the key from XAI_API_KEY
print(client.chat.complete("grok-4", "Hello").content)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xaiwire import (
        aio,
        auth,
        chat,
        collections,
        documents,
        embed,
        errors,
        files,
        image,
        models,
        progress,
        proto,
        sample,
        search,
        sync,
        telemetry,
        tokenizer,
        tools,
    )
    from xaiwire._calls.call_info import CallInfo
    from xaiwire._calls.options import CallOptions
    from xaiwire._calls.retry import RetryPolicy
    from xaiwire.client import AsyncClient, Client, ClientOptions
    from xaiwire.errors import ConfigurationError, RpcError, StatusCode, ValidationError, XaiError

    __version__: str

__all__ = [
    "AsyncClient",
    "CallInfo",
    "CallOptions",
    "Client",
    "ClientOptions",
    "ConfigurationError",
    "RetryPolicy",
    "RpcError",
    "StatusCode",
    "ValidationError",
    "XaiError",
    "__version__",
    "aio",
    "auth",
    "chat",
    "collections",
    "documents",
    "embed",
    "errors",
    "files",
    "image",
    "models",
    "progress",
    "proto",
    "sample",
    "search",
    "sync",
    "telemetry",
    "tokenizer",
    "tools",
]

# All is imported when it is first asked for, so that a script pays for what it uses alone.
_HOMES = {
    "AsyncClient": "xaiwire.client",
    "CallInfo": "xaiwire._calls.call_info",
    "CallOptions": "xaiwire._calls.options",
    "Client": "xaiwire.client",
    "ClientOptions": "xaiwire.client",
    "ConfigurationError": "xaiwire.errors",
    "RetryPolicy": "xaiwire._calls.retry",
    "RpcError": "xaiwire.errors",
    "StatusCode": "xaiwire.errors",
    "ValidationError": "xaiwire.errors",
    "XaiError": "xaiwire.errors",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - classes, modules and a string
    if name in _HOMES:
        found = getattr(import_module(_HOMES[name]), name)
    elif name == "__version__":
        from xaiwire._version import version

        found = version()
    elif name in __all__:
        found = import_module(f"{__name__}.{name}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
