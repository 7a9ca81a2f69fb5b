"""A process that serves: it listens, reads its configuration anew when asked to, and lets answers end when it stops."""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import TYPE_CHECKING

from xaiwire import ConfigurationError
from xaiwire_server.gateway.access.store import StoreError
from xaiwire_server.gateway.app import Gateway
from xaiwire_server.gateway.configuration.layers import ConfigurationMistake
from xaiwire_server.gateway.operations.traces import TracesError
from xaiwire_server.gateway.signals import Signals
from xaiwire_server.wire.model import Served
from xaiwire_server.wire.port import Port

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable

    from xaiwire_server.gateway.configuration.reading import Configuration

__all__ = ["CUT_SECONDS", "fixed_settings", "read_anew", "serve"]

_LOG = logging.getLogger("xaiwire_server.gateway")

CUT_SECONDS = 1.0
"""How long requests have that are ended by an error, before their connections are closed."""

LAST_SECONDS = 3.0
"""How long the last traces may take."""

_FIXED = ("host", "port", "workers", "tls_cert", "tls_key")


async def serve(
    configuration: Configuration,
    reread: Callable[[], Configuration],
    announce: Callable[[str], None],
    *,
    listener: socket.socket | None = None,
    parent: socket.socket | None = None,
) -> int:
    """Serve until a signal says to stop.

    Args:
        configuration: what holds at first.
        reread: reads it anew; raises ConfigurationMistake.
        announce: called with the address, once it listens.
        listener: a socket that listens already; None makes one.
        parent: ends when the process ends that this one works for; None where there is none.

    Returns:
        The exit code: 0, or that of the second signal where all was to end at once.

    Raises:
        OSError: the port cannot be listened on.
        TlsError: the certificate cannot be used.
        TracesError: traces cannot be made.
    """
    gateway = Gateway(configuration.settings)
    tls = configuration.tls()
    port = Port(Served(None, gateway, write_seconds=configuration.settings.write_timeout), tls=tls)
    await port.listen(configuration.host, configuration.port, listener=listener)
    signals = Signals()
    watcher = asyncio.ensure_future(_until_alone(parent, signals)) if parent is not None else None
    announce(f"{'http' if tls is None else 'https'}://{port.authority}")
    while await signals.next() == signal.SIGHUP:
        anew = read_anew(configuration, reread, is_worker=parent is not None)
        if anew is not None:
            await _take_over(gateway, configuration, anew, tls)
    code = await _stop(gateway, port, signals)
    if watcher is not None:
        watcher.cancel()
    signals.close()
    return code


def read_anew(
    before: Configuration, reread: Callable[[], Configuration], *, is_worker: bool = False
) -> Configuration | None:
    """Read a configuration anew; what is wrong with it, or cannot change, is logged.

    Args:
        before: what the process was started with.
        reread: reads it; raises ConfigurationMistake.
        is_worker: another process has read it, too, and has logged what cannot change.

    Returns:
        What holds from now on; None where it cannot be used.
    """
    try:
        configuration = reread()
    except ConfigurationMistake as mistake:
        _LOG.error("the configuration was not read anew; the old one stays", extra={"reason": str(mistake)})
        return None
    for name in () if is_worker else fixed_settings(before, configuration):
        _LOG.error("this setting cannot change while the gateway runs; start it anew", extra={"setting": name})
    return configuration


def fixed_settings(before: Configuration, after: Configuration) -> tuple[str, ...]:
    """The settings that have changed and cannot be followed, as the file names them."""
    changed = [name for name in _FIXED if getattr(before, name) != getattr(after, name)]
    if before.settings.write_timeout != after.settings.write_timeout:
        changed.append("limits.write_timeout")
    return tuple(name.replace("tls_", "tls.") for name in changed)


async def _take_over(gateway: Gateway, before: Configuration, anew: Configuration, tls: ssl.SSLContext | None) -> None:
    try:
        if tls is not None and before.tls_cert is not None:
            # The same files may have a newer certificate.
            tls.load_cert_chain(before.tls_cert, before.tls_key)
        await gateway.reload(anew.settings)
    except (ConfigurationError, StoreError, TracesError, OSError) as error:
        _LOG.error("the configuration was not taken over; the old one stays", extra={"reason": str(error)})
        return
    _LOG.info("the configuration was read anew")


async def _stop(gateway: Gateway, port: Port, signals: Signals) -> int:
    grace = gateway.settings.grace
    _LOG.info("stopping", extra={"grace": grace})
    gateway.drain()
    closing = asyncio.ensure_future(port.close(grace + CUT_SECONDS))
    again = asyncio.ensure_future(signals.stop())
    await asyncio.wait((closing, again), timeout=grace, return_when=asyncio.FIRST_COMPLETED)
    if not closing.done():
        gateway.cut()
        await asyncio.wait((closing, again), return_when=asyncio.FIRST_COMPLETED)
    code = 0
    if not closing.done():
        closing.cancel()
        await port.close(0)
        code = 128 + again.result()
    again.cancel()
    try:
        async with asyncio.timeout(LAST_SECONDS if code == 0 else 0.1):
            await gateway.close()
    except TimeoutError:
        _LOG.warning("what was left to send when the gateway stopped was not sent")
    _LOG.info("stopped")
    return code


async def _until_alone(parent: socket.socket, signals: Signals) -> None:
    """Stop when the parent has ended; it says nothing as long as it lives."""
    await asyncio.get_running_loop().sock_recv(parent, 1)
    _LOG.error("the process that this worker belongs to has ended; the worker stops")
    signals.add(signal.SIGTERM)
