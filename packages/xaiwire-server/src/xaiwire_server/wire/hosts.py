"""Hosts: which are this machine."""

from __future__ import annotations

import ipaddress

__all__ = ["is_local_name", "is_loopback"]


def is_loopback(host: str) -> bool:
    """Whether a host to listen on is this machine, and nobody else can reach it.

    Args:
        host: a name or an address.
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_local_name(host: str) -> bool:
    """Whether a page of another site cannot have this name for itself: an address, or a name of this machine's own.

    A site can have its own name lead to this machine's address, and its pages would then be allowed to read what is
    answered.

    Args:
        host: as a request's `host` has it, without a port.
    """
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
