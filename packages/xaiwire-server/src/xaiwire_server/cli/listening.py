"""What the commands that listen on a port have in common."""

from __future__ import annotations

import argparse
import errno
import os

from xaiwire_server.cli.failure import Failure

__all__ = ["allow_many_connections", "cannot_listen", "port_number", "seconds"]


def port_number(text: str) -> int:
    """A port from the command line."""
    if not (text.isascii() and text.isdigit() and int(text) <= 65_535):
        raise argparse.ArgumentTypeError(f"{text!r} is no port: a number up to 65535")
    return int(text)


def cannot_listen(host: str, port: int, error: OSError) -> Failure:
    """Why a port cannot be listened on."""
    where = f"{host}:{port}"
    if error.errno == errno.EADDRINUSE:
        return Failure(f"{where}: another program listens there; choose another --port, or 0 for a free one")
    if error.errno == errno.EACCES:
        return Failure(f"{where}: only root may listen there; choose a --port above 1023")
    return Failure(f"{where}: {error.strerror or error}; is --host an address of this machine?")


def allow_many_connections() -> None:
    """Let the process have as many sockets as it may."""
    if os.name == "posix":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = min(hard, 65_536) if hard != resource.RLIM_INFINITY else 65_536
        if soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def seconds(text: str) -> float:
    """A time from the command line."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is no time: seconds, 0 or more")
    return value
