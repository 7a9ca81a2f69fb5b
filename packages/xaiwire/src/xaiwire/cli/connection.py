"""The client that a command's flags ask for."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from xaiwire.cli.failures import InputError

if TYPE_CHECKING:
    from xaiwire.client import Client

__all__ = ["connected"]

MOST_BYTES = 16 << 10


@contextmanager
def connected(args: Namespace, *, management: bool = False) -> Iterator[Client]:
    """A client, closed at the end.

    Args:
        args: the flags.
        management: whether the management key is needed.

    Raises:
        InputError: a key is missing, or its file cannot be used.
        ConfigurationError: a host or a key cannot be used.
    """
    api_key = _key(args.api_key_file, "XAI_API_KEY", "--api-key-file", "API key")
    if not api_key:
        raise InputError(
            "there is no API key: set XAI_API_KEY, or give --api-key-file FILE; keys are made at console.x.ai"
        )
    management_key = _key(args.management_key_file, "XAI_MANAGEMENT_KEY", "--management-key-file", "management key")
    if management and not management_key:
        raise InputError("there is no management key: set XAI_MANAGEMENT_KEY, or give --management-key-file FILE")

    from xaiwire.client import Client

    with Client(
        api_key,
        management_key or None,
        api_host=args.host,
        management_api_host=args.management_host,
        use_insecure_channel=args.insecure,
        timeout=args.timeout,
        user_agent="xaiwire-cli",
    ) as client:
        yield client


def _key(path: str | None, variable: str, flag: str, name: str) -> str:
    if path is None:
        return os.environ.get(variable, "").strip()
    with Path(path).open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    key = content.decode("ascii", errors="replace").strip()
    if not key or len(content) > MOST_BYTES or not (key.isascii() and key.isprintable()) or " " in key:
        raise InputError(f"{flag} {path}: a file with the {name} alone is expected")
    return key
