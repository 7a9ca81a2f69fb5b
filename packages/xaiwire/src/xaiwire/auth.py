"""Keys: the client is `client.auth`, in xaiwire.sync.auth and xaiwire.aio.auth."""

from __future__ import annotations

from xaiwire._gen.xai.api.v1.auth_pb import ApiKey

__all__ = ["ApiKey"]
