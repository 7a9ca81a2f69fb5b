"""Keys: whose request it is, and what he may do."""

from __future__ import annotations

import hashlib
import hmac
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from xaiwire_server.gateway.http.exchange import Caller
from xaiwire_server.gateway.http.failures import ApiError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xaiwire_server.gateway.http.exchange import Exchange
    from xaiwire_server.gateway.routing import Route
    from xaiwire_server.gateway.settings import Settings

__all__ = ["Keyring", "allow_model", "check_route", "may_use"]

_KEY = re.compile(r"[\x21-\x7e]{1,4096}")
_CHALLENGE = (("www-authenticate", "Bearer"),)


class Keyring:
    """Tells callers by their keys."""

    def __init__(self, settings: Settings) -> None:
        """Take the keys.

        Args:
            settings: the gateway's.
        """
        self._keys = settings.keys
        self._pass_through = settings.pass_through or not settings.keys

    def caller(self, headers: Mapping[bytes, bytes]) -> Caller:
        """Who made a request.

        Args:
            headers: the request's; the key is in `authorization` as a bearer, or in `x-api-key`.

        Raises:
            ApiError: 401, there is no key, or it is none that is accepted. The message never shows it.
        """
        key = _given(headers)
        digest = hashlib.sha256(key.encode()).digest()
        found = self._keys.get(digest)
        # The digest was compared by the dictionary; once more, in a time that says nothing.
        if found is not None and hmac.compare_digest(found.digest, digest):
            return Caller(found.upstream_key, found.management_key or None, found)
        if not self._pass_through:
            raise ApiError(401, "this key is none of the gateway's", code="invalid_api_key", headers=_CHALLENGE)
        return Caller(key, key)


def check_route(caller: Caller, route: Route) -> None:
    """Whether a caller may use a route.

    Raises:
        ApiError: 403.
    """
    key = caller.gateway_key
    if key is not None and not _allowed(route.name, key.routes):
        raise ApiError(403, f"this gateway key may not use {route.name}", code="route_not_allowed")


def allow_model(exchange: Exchange, model: str, param: str = "model") -> None:
    """Note the model that a request names, and see whether its caller may use it.

    Args:
        exchange: the request. Where the caller's own key is passed on, the API looks at the model.
        model: as the request names it.
        param: the path of the field that names it.

    Raises:
        ApiError: 403.
    """
    exchange.model = model
    key = exchange.caller.gateway_key if exchange.caller is not None else None
    if key is not None and not _allowed(model, key.models):
        raise ApiError(403, "this gateway key may not use the model", code="model_not_allowed", param=param)


def may_use(caller: Caller | None, *names: str) -> bool:
    """Whether a caller may use a model.

    Args:
        caller: the caller; where his own key is passed on, the API looks at the model.
        *names: the model's name, and its aliases: one that he may use is enough.
    """
    key = caller.gateway_key if caller is not None else None
    return key is None or any(_allowed(name, key.models) for name in names)


def _allowed(name: str, patterns: tuple[str, ...]) -> bool:
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)


def _given(headers: Mapping[bytes, bytes]) -> str:
    authorization = headers.get(b"authorization", b"").decode("latin-1")
    scheme, _, key = authorization.partition(" ")
    key = key.strip() if scheme.lower() == "bearer" else ""
    key = key or headers.get(b"x-api-key", b"").decode("latin-1")
    if not key:
        raise ApiError(
            401,
            "there is no key: send Authorization: Bearer KEY, or x-api-key",
            code="missing_api_key",
            headers=_CHALLENGE,
        )
    if not _KEY.fullmatch(key):
        raise ApiError(401, "the key has characters that no key has", code="invalid_api_key", headers=_CHALLENGE)
    return key
