"""Gateway keys: from what a configuration says of them to what the application needs."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import UnsetType

from xaiwire_server.gateway.configuration.layers import ConfigurationMistake, GivenKey
from xaiwire_server.gateway.settings import KeySettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["HASH_PREFIX", "key_settings"]

HASH_PREFIX = "sha256:"

MOST_KEY_BYTES = 4096

_HASH = re.compile(rf"{HASH_PREFIX}([0-9A-Fa-f]{{64}})")
_SECRET = re.compile(r"[\x21-\x7e]+")


def key_settings(
    given: Mapping[str, GivenKey], environment: Mapping[str, str], routes: Sequence[str]
) -> dict[bytes, KeySettings]:
    """The gateway keys, by digest.

    Args:
        given: what the configuration says of them, by their names.
        environment: where it says that upstream keys are.
        routes: the names of all routes.

    Raises:
        ConfigurationMistake: a hash is none, two keys are the same, an upstream key cannot be found, or a pattern fits
            no route.
    """
    keys: dict[bytes, KeySettings] = {}
    for name, each in given.items():
        key = each.key
        found = _HASH.fullmatch(key.hash)
        if found is None:
            raise ConfigurationMistake(
                f"{each.where}.hash: it is to be {HASH_PREFIX} with 64 hexadecimal digits; "
                "`xaiwire-server gateway-key` makes a key and its hash"
            )
        digest = bytes.fromhex(found[1])
        if digest in keys:
            raise ConfigurationMistake(
                f"{each.where}.hash: {keys[digest].name} has the same key; give each a key of its own"
            )
        for at, pattern in enumerate(key.routes):
            if not any(fnmatchcase(route, pattern) for route in routes):
                groups = {f"{route.partition('.')[0]}.*" if "." in route else route for route in routes}
                raise ConfigurationMistake(
                    f"{each.where}.routes[{at}]: {pattern!r} fits no route; there are {', '.join(sorted(groups))}"
                )
        upstream_key = _secret(each, "upstream_key", key.upstream_key_env, key.upstream_key_file, environment)
        if upstream_key is None:
            raise ConfigurationMistake(
                f"{each.where}: there is no upstream key; name the variable of the environment that has it in "
                "upstream_key_env, or a file in upstream_key_file"
            )
        management_key = _secret(each, "management_key", key.management_key_env, key.management_key_file, environment)
        keys[digest] = KeySettings(
            name=name,
            digest=digest,
            upstream_key=upstream_key,
            management_key=management_key or "",
            models=tuple(key.models),
            routes=tuple(key.routes),
            requests_per_minute=key.requests_per_minute,
            tokens_per_minute=key.tokens_per_minute,
        )
    return keys


def _secret(
    given: GivenKey, what: str, variable: str | UnsetType, file: str | UnsetType, environment: Mapping[str, str]
) -> str | None:
    if isinstance(variable, str) and isinstance(file, str):
        raise ConfigurationMistake(f"{given.where}: {what}_env and {what}_file are two ways; give one")
    if isinstance(variable, str):
        place, secret = f"{given.where}.{what}_env", environment.get(variable, "").strip()
        if not secret:
            raise ConfigurationMistake(f"{place}: the environment has no {variable}; set it to the key")
    elif isinstance(file, str):
        place = f"{given.where}.{what}_file"
        secret = _content(given.folder / file, place)
    else:
        return None
    if not _SECRET.fullmatch(secret):
        raise ConfigurationMistake(
            f"{place}: there is no key there: one is of printable letters of ASCII, without spaces"
        )
    return secret


def _content(path: Path, place: str) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_KEY_BYTES)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise ConfigurationMistake(f"{place}: {path} cannot be read: {reason or error}") from error
    return content.decode("latin-1").strip()
